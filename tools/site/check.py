"""Opens every page of the site in Chromium, on a wide and on a narrow screen.

The argument is the folder of the site. What may not be: an error in the console, a
request that fails or leaves loopback, a link within the site that leads nowhere (its
anchor too), a page wider than the screen, a formula that nothing draws. Links to other
hosts are counted and not followed.
"""

from __future__ import annotations

import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from playwright.sync_api import Browser, sync_playwright

SCREENS = {"wide": (1280, 900), "narrow": (390, 844)}
# What is on a page once its scripts have run.
SEEN = """() => ({
  links: [...document.querySelectorAll("[href], [src]")].map(
    (element) => element.href || element.src).filter((url) => typeof url === "string"),
  ids: [...document.querySelectorAll("[id]")].map((element) => element.id),
  formulas: document.querySelectorAll("span.math, script[type^='math/']").length,
  empty: document.querySelectorAll("img:not([src]), img[src=''], a[href='']").length,
  missing: [...document.images].filter((image) => !image.naturalWidth).map((i) => i.src),
  width: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Checked:
    """What was seen of the site, and what was wrong."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.wrong: list[str] = []
        self.links: dict[str, set[str]] = {}
        self.ids: dict[str, set[str]] = {}

    def open_all(self, browser: Browser, pages: list[str]) -> None:
        """Opens the pages on each screen."""
        for screen, (width, height) in SCREENS.items():
            view = browser.new_page(viewport={"width": width, "height": height})
            where = ""

            def note(what: str, screen: str = screen) -> None:
                self.wrong.append(f"{where} ({screen}): {what}")

            view.on(
                "console",
                lambda message: (
                    message.type in ("error", "warning")
                    and note(f"console: {message.text}")
                ),
            )
            view.on("pageerror", lambda error: note(f"script: {error}"))
            view.on(
                "requestfailed",
                # The next page is opened while an icon is still on its way.
                lambda asked: (
                    asked.failure == "net::ERR_ABORTED" or note(f"failed: {asked.url}")
                ),
            )
            view.on(
                "response",
                lambda answer: (
                    answer.status < 400 or note(f"{answer.status}: {answer.url}")
                ),
            )
            view.on(
                "request",
                lambda asked: (
                    asked.url.startswith((self.root, "data:", "blob:"))
                    or note(f"leaves loopback: {asked.url}")
                ),
            )
            for where in pages:  # noqa: B007: `note` reads it
                view.goto(self.root + where, wait_until="load")
                seen = view.evaluate(SEEN)
                if seen["width"] > 0:
                    note(f"{seen['width']} pixels wider than the screen")
                if seen["formulas"]:
                    note("formulas that nothing draws")
                if seen["empty"]:
                    note("pictures or links of nothing")
                for image in seen["missing"]:
                    note(f"no picture: {image}")
                self.links.setdefault(where, set()).update(seen["links"])
                self.ids[where] = set(seen["ids"])
            view.close()

    def follow(self, folder: Path) -> int:
        """Finds the links that lead nowhere; gives the number of those to other hosts."""
        outside = set()
        for page, links in self.links.items():
            for link in sorted(links):
                url, anchor = urldefrag(link)
                if not url.startswith(self.root):
                    if urlsplit(url).scheme in ("http", "https"):
                        outside.add(url)
                    continue
                path = unquote(urlsplit(url).path).lstrip("/")
                if not path or path.endswith("/"):
                    path += "index.html"
                if not (folder / path).is_file():
                    self.wrong.append(f"{page}: no such page: {path}")
                elif anchor and unquote(anchor) not in self.ids.get(path, ()):
                    self.wrong.append(f"{page}: no such place: {path}#{anchor}")
        return len(outside)

    def search(self, browser: Browser, page: str, words: str, wanted: str) -> None:
        """Searches as a reader does; the results must name a page."""
        view = browser.new_page()
        view.goto(self.root + page)
        view.locator("pagefind-modal-trigger button").click()
        view.keyboard.type(words)
        try:
            view.locator(f"pagefind-modal a[href*='{wanted}']").first.wait_for(
                timeout=10_000
            )
        except Exception as error:
            self.wrong.append(f"{page}: search for {words!r} misses {wanted}: {error}")
        view.close()


def main(folder: Path) -> int:
    """Checks the site and prints what is wrong."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pages = sorted(str(file.relative_to(folder)) for file in folder.rglob("*.html"))
    checked = Checked(f"http://127.0.0.1:{server.server_port}/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        checked.open_all(browser, pages)
        for words, wanted in (("hub_load", "hub_load.html"), ("KerasLayer", "python/")):
            checked.search(browser, "reference/hub_load.html", words, wanted)
        browser.close()
    server.shutdown()
    outside = checked.follow(folder)
    wrong = sorted(set(checked.wrong))
    print(*wrong, sep="\n")
    print(f"{len(pages)} pages, {outside} addresses elsewhere, {len(wrong)} wrong")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()) > 0)
