// A button on each block of code that copies it, without R's output. Browsers have a
// clipboard for scripts on https:// and on this machine only.
if (navigator.clipboard) {
  for (const block of document.querySelectorAll("main pre")) {
    const button = document.createElement("button");
    button.className = "copy";
    button.textContent = document.documentElement.lang === "es" ? "Copiar" : "Copy";
    button.addEventListener("click", async () => {
      const code = block.querySelector("code") ?? block;
      const lines = code.textContent.split("\n").filter((line) => !line.startsWith("#>"));
      await navigator.clipboard.writeText(lines.join("\n").trim() + "\n");
      button.textContent = "✓";
    });
    block.append(button);
  }
}
