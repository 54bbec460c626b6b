"""The pages, as a browser shows them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from tfhub.hosting.readme import about_readme
from tfhub.hosting.serving import Server

from ..conftest import bounded

Browse = Callable[..., Any]
VOID = {"meta", "link", "br", "hr", "img"}


class Page(HTMLParser):
    """The text of a page, and its tables as lists of rows; checks that tags match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.tables[-1][-1][-1] += data.strip()


@pytest.fixture(scope="session")
def shown(url: str) -> str:
    return f"{url}/zoo/pet/10"


def test_in_chromium(browse: Browse, shown: str) -> None:
    run = browse(shown, "--dump-dom")
    assert not re.findall(r".*CONSOLE.*", run.stderr)
    page = Page(run.stdout)
    text = " ".join(re.sub("<[^>]*>", " ", run.stdout).split())
    assert "zoo/ pet version 10" in text
    assert "TF2 SavedModel 3 parameters in 2 variables" in text
    assert re.search(r"written by TensorFlow \d+\.\d+", text)
    assert f'm &lt;- hub_load("{shown}")' in run.stdout
    assert f'm = hub.load("{shown}")' in run.stdout
    of_readme, fruit_to_pet, default, shout, functions, files = page.tables
    assert of_readme == [["input", "meaning"], ["apples", "three weights"]]
    assert fruit_to_pet == [
        ["", "Name", "Dtype", "Shape"],
        ["Inputs", "apples", "float32", "[?, 3]"],
        ["oranges", "int64", "[?]"],
        ["Outputs", "cats", "float32", "[?, 3]"],
        ["default", "float32", "[?]"],
        ["dogs", "int64", "[?]"],
    ]
    assert ["Inputs", "x", "float32", "[?, 3]"] in default
    assert ["Inputs", "text", "string", "[?]"] in shout
    assert [
        "__call__",
        "x: float32[?, 3], training=False",
        "float32[?, 2]",
    ] in functions
    assert "saved_model.pb" in [row[0] for row in files]
    links = [str(attrs["href"]) for tag, attrs in page.attributes if tag == "a"]
    origin = shown.removesuffix("/zoo/pet/10")
    assert "?tf-hub-format=compressed" in links
    assert {urljoin(shown, link).removeprefix(origin) for link in links} >= {
        *("/", "/zoo", "/zoo/pet/9", "/zoo/pet/2", "/zoo/pet/1"),
    }


def test_readme_cannot_do_harm(browse: Browse, shown: str) -> None:
    run = browse(shown, "--dump-dom")
    page = Page(run.stdout)
    assert "<title>zoo/pet version 10</title>" in run.stdout  # no script changed it
    assert not {"script", "img", "iframe", "form"} & set(page.tags)
    for tag, attrs in page.attributes:
        assert not any(name.startswith("on") for name in attrs)
        if tag != "a":
            assert "http" not in str(attrs.get("href", "")).replace("http://www.w3", "")
        assert not str(attrs.get("href")).startswith("javascript")
    assert '<a href="https://example.com/figure.png">[A figure]</a>' in run.stdout
    assert "[Another]" in run.stdout
    assert "license: apache" not in run.stdout


@pytest.mark.parametrize("path", ["/", "/zoo", "/nothing/here"])
def test_other_pages_in_chromium(browse: Browse, url: str, path: str) -> None:
    run = browse(url + path, "--dump-dom")
    page = Page(run.stdout)
    errors = re.findall(r"CONSOLE.*", run.stderr)
    assert not [line for line in errors if "status of 404" not in line]
    assert page.tags.count("h1") == 1
    assert any(
        urljoin(path, str(attrs.get("href"))).startswith("/zoo/")
        for _, attrs in page.attributes
    )


@pytest.mark.parametrize("dark", [False, True])
def test_screenshot(browse: Browse, shown: str, tmp_path: Path, dark: bool) -> None:
    file = tmp_path / "page.png"
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    browse(shown, f"--screenshot={file}", "--window-size=1100,900", scheme)
    assert 20_000 < file.stat().st_size < 150_000


def test_headings_and_labels(url: str, ask: Callable[..., Any]) -> None:
    page = Page(ask(url, "/zoo/pet/10").text)
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:]))  # noqa: B905, RUF007
    assert ("html", {"lang": "en"}) in page.attributes
    scopes = [attrs.get("scope") for tag, attrs in page.attributes if tag == "th"]
    assert scopes.count(None) == 2  # those of the README


def test_a_module_of_tf1(tf1_modules: Path, ask: Callable[..., Any]) -> None:
    with Server(tf1_modules) as server:
        page = ask(server.url, "/batch_norm_variants").text
        assert "TF1 Hub module" in page
        assert "Signatures without tags" in page
        assert "Signatures for tags train" in page
        Page(page)
        for path in tf1_modules.iterdir():
            assert ask(server.url, f"/{path.name}").status == 200


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("# Only a title", ""),
        (
            "# Title\n\nIt *sees* `cats`\nand [dogs](u).\n\nMore.",
            "It sees cats and dogs.",
        ),
        ("---\na: b\n---\nText", "Text"),
        ("\ufeffText", "Text"),
        ("- a list\n\nText", "Text"),
        ("word " * 100, "word " * 31 + "word …"),
        ("x" * 500, "x" * 160 + " …"),
    ],
)
def test_summary(tmp_path: Path, text: str, short: str) -> None:
    (tmp_path / "ReadMe.md").write_text(text, "utf-8")
    assert about_readme(str(tmp_path))["summary"] == short


def test_readme_of_a_link_is_not_shown(tmp_path: Path) -> None:
    shutil.copy("/etc/passwd", tmp_path / "secret")
    (tmp_path / "README.md").symlink_to("secret")
    assert about_readme(str(tmp_path))["html"] == ""


def test_what_a_terminal_obeys_is_escaped(tmp_path: Path) -> None:
    """A page may be looked at by curl."""
    text = "# \x1b]0;x\x07\u202e\n\n\x9b31m &#x202e; `\x1b` [\u2066](https://a/\u202e)"
    (tmp_path / "README.md").write_text(text, "utf-8")
    html = about_readme(str(tmp_path))["html"]
    assert html.replace("\n", "").isprintable()
    assert "\\x1b]0;x\\x07\\u202e" in html


@pytest.mark.parametrize(
    ("link", "is_one"),
    [
        ("https://example.com", True),
        ("HTTP://example.com", True),
        ("mailto:me@example.com", True),
        ("docs/a.md", True),
        ("#part", True),
        ("a/b:c", True),
        ("ms-msdt:/id", False),
        ("search-ms:query=x", False),
        ("smb://example.com/share", False),
        ("data:image/png;base64,AAAA", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
    ],
)
def test_links_lead_to_the_web(tmp_path: Path, link: str, is_one: bool) -> None:
    (tmp_path / "README.md").write_text(f"[x]({link}) <{link}>")
    html = about_readme(str(tmp_path))["html"]
    assert ("href" in html) == is_one


def test_a_readme_among_many_files(tmp_path: Path) -> None:
    for number in range(20_000):
        (tmp_path / str(number)).touch()
    with bounded(1):
        for _ in range(300):
            assert about_readme(str(tmp_path))["html"] == ""
    (tmp_path / "Readme.md").write_text("Text")
    assert about_readme(str(tmp_path))["summary"] == "Text"
