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

from playwright.sync_api import Browser, Error, Page, sync_playwright

SCREENS = {"wide": (1280, 900), "narrow": (390, 844)}
# What a reader may type into the search, and a page that has to be found.
SEARCHES = {"hub_load": "/hub_load.html", "KerasLayer": "/KerasLayer.html"}
# What is on a page once its scripts have run.
SEEN = """() => ({
  links: [...document.querySelectorAll("[href], [src]")].map(
    (element) => element.href || element.src),
  ids: [...document.querySelectorAll("[id]")].map((element) => element.id),
  missing: [...document.images].filter((image) => !image.naturalWidth).length,
  formulas: document.querySelectorAll("span.math, script[type^='math/']").length,
  width: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Site:
    """The site as a browser sees it: the links and places of its pages, and faults."""

    def __init__(self, folder: Path, root: str) -> None:
        self.folder = folder
        self.root = root
        self.faults: list[str] = []
        self.links: dict[str, set[str]] = {}
        self.ids: dict[str, set[str]] = {}

    def watched(self, browser: Browser, screen: str) -> Page:
        """A page of the browser whose console and network are listened to."""
        width, height = SCREENS[screen]
        view = browser.new_page(viewport={"width": width, "height": height})

        def note(what: str) -> None:
            self.faults.append(f"{view.url.removeprefix(self.root)} ({screen}): {what}")

        def console(message: object) -> None:
            if message.type in ("error", "warning"):
                note(f"console: {message.text}")

        def request(asked: object) -> None:
            if not asked.url.startswith((self.root, "data:", "blob:")):
                note(f"leaves loopback: {asked.url}")

        def response(answer: object) -> None:
            if answer.status >= 400:
                note(f"{answer.status}: {answer.url}")

        def failed(asked: object) -> None:
            # The next page is opened while an icon is still on its way.
            if asked.failure != "net::ERR_ABORTED":
                note(f"failed: {asked.url}")

        view.on("console", console)
        view.on("pageerror", lambda error: note(f"script: {error}"))
        view.on("request", request)
        view.on("response", response)
        view.on("requestfailed", failed)
        return view

    def open_all(self, browser: Browser, pages: list[str], screen: str) -> None:
        """Opens the pages and remembers what is on them."""
        view = self.watched(browser, screen)
        for page in pages:
            view.goto(self.root + page)
            seen = view.evaluate(SEEN)
            for key, text in {
                "width": "pixels wider than the screen",
                "missing": "pictures that are not there",
                "formulas": "formulas that nothing draws",
            }.items():
                if seen[key] > 0:
                    self.faults.append(f"{page} ({screen}): {seen[key]} {text}")
            self.links.setdefault(page, set()).update(seen["links"])
            self.ids[page] = set(seen["ids"])
        view.close()

    def search(self, browser: Browser, page: str) -> None:
        """Searches as a reader does."""
        for words, wanted in SEARCHES.items():
            view = self.watched(browser, "wide")
            view.goto(self.root + page)
            try:
                view.locator("pagefind-modal-trigger button").click(timeout=10_000)
                view.keyboard.type(words)
                hit = view.locator(f"pagefind-modal a[href*='{wanted}']").first
                hit.wait_for(timeout=10_000)
            except Error:
                self.faults.append(f"a search for {words} does not show {wanted}")
            view.close()

    def follow(self) -> int:
        """Notes the links that lead nowhere; gives the number of other addresses."""
        elsewhere = set()
        for page, links in self.links.items():
            for link in links:
                url, anchor = urldefrag(link)
                if not url.startswith(self.root):
                    if urlsplit(url).scheme in ("http", "https"):
                        elsewhere.add(url)
                    continue
                path = unquote(urlsplit(url).path).lstrip("/")
                if not path or path.endswith("/"):
                    path += "index.html"
                if not (self.folder / path).is_file():
                    self.faults.append(f"{page}: no such page: {path}")
                elif anchor and unquote(anchor) not in self.ids.get(path, ()):
                    self.faults.append(f"{page}: no such place: {path}#{anchor}")
        return len(elsewhere)


def main(folder: Path) -> int:
    """Checks the site and prints what is wrong."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pages = sorted(str(file.relative_to(folder)) for file in folder.rglob("*.html"))
    site = Site(folder, f"http://127.0.0.1:{server.server_port}/")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        for screen in SCREENS:
            site.open_all(browser, pages, screen)
        site.search(browser, "reference/index.html")
        browser.close()
    server.shutdown()
    elsewhere = site.follow()
    print(*sorted(site.faults), sep="\n")
    print(f"{len(pages)} pages, {elsewhere} other addresses, {len(site.faults)} faults")
    return int(len(pages) < 10 or bool(site.faults))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
