"""The README of a model, as HTML that is safe to show."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from ..formats.walking import UnfitTreeError, open_file
from ..shown import shown

_LONGEST = 256 * 1024  # bytes of a README
_LARGEST = 1024 * 1024  # characters of HTML that become of it
# As it is usually called. Other spellings are looked for among some of the files.
_NAMES = ("README.MD", "README.md", "ReadMe.md", "Readme.md", "readme.md")
_LOOKED_AT = 1000
# What a terminal obeys, which may show a page as it came, and what turns text round.
_OBEYED = "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
_SCHEME = re.compile("[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WEB = ("http:", "https:", "mailto:")


def find(folder: Path) -> tuple[str, os.stat_result] | None:
    """The name and the status of the README.md of a folder; a link is none."""
    for name in _NAMES:
        with suppress(OSError):
            status = os.lstat(folder / name)
            if stat.S_ISREG(status.st_mode):
                return name, status
    with os.scandir(folder) as entries:
        found = sorted(
            (entry.name, entry.stat(follow_symlinks=False))
            for entry in islice(entries, _LOOKED_AT)
            if entry.name.casefold() == "readme.md"
            and entry.is_file(follow_symlinks=False)
        )
    return found[0] if found else None


def about_readme(folder: str) -> dict[str, str]:
    """The README of a model: `html`, a `summary`, and a `note` on what is left out.

    HTML in it is shown as text, links lead nowhere but to the web, and nothing is
    loaded from elsewhere.

    Args:
      folder: The real path of the model.
    """
    text, is_whole = _text(Path(folder))
    tokens = _MARKDOWN.parse(text)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    html, told = map(_harmless, (html, summary(tokens)))
    note = "" if is_whole else f"Only its first {_LONGEST // 1024} KB are shown."
    if len(html) > _LARGEST:
        html, note = "", "The README of this model is too large to be shown here."
    return {"html": html, "summary": told, "note": note}


def _harmless(text: str) -> str:
    return re.sub(_OBEYED, lambda char: shown(char[0]), text)


def summary(tokens: list[Token], *, at_most: int = 160) -> str:
    """The first paragraph of a README as plain text, shortened, or ""."""
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and opening.level == 0:
            parts = inline.children or []
            words = (" " if p.type.endswith("break") else p.content for p in parts)
            text = " ".join("".join(words).split())
            cut = text if len(text) <= at_most else text[:at_most].rpartition(" ")[0]
            return cut if cut == text else f"{cut or text[:at_most]} …"
    return ""


def _text(folder: Path) -> tuple[str, bool]:
    """The README, and whether this is all of it."""
    found = find(folder)
    if found is None:
        return "", True
    try:
        with open(open_file(folder / found[0]), "rb") as stream:
            content = stream.read(_LONGEST + 1)
    except (OSError, UnfitTreeError):  # it has gone, or is not to be read
        return "", True
    text = content[:_LONGEST].decode("utf-8-sig", errors="replace")
    # Some hosts keep facts for machines in a block above the text.
    text = re.sub(r"\A---\r?\n.*?\n---\r?\n", "", text, flags=re.DOTALL)
    return text, len(content) <= _LONGEST


def _is_web(url: str) -> bool:
    """Whether a link leads to the web: others start programs of who reads the page."""
    scheme = _SCHEME.match(url)
    return scheme is None or scheme[0].lower() in _WEB


def _heading(_: Any, tokens: list[Token], index: int, *__: Any) -> str:
    """A heading two levels down: above it stand the name of the model and a section."""
    tag = f"h{min(int(tokens[index].tag[1]) + 2, 6)}"
    return f"<{tag}>" if tokens[index].nesting == 1 else f"</{tag}>\n"


def _image(
    renderer: Any, tokens: list[Token], index: int, options: Any, env: Any
) -> str:
    """A link to the image, or its text where it does not lie on the web."""
    image = tokens[index]
    text = renderer.renderInlineAsText(image.children, options, env) or "image"
    source = str(image.attrs["src"])
    if source.startswith(("https://", "http://")):
        return Markup('<a href="{}">[{}]</a>').format(source, text)
    return Markup("[{}]").format(text)


_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
_MARKDOWN.validateLink = _is_web  # type: ignore[method-assign]
_MARKDOWN.add_render_rule("heading_open", _heading)
_MARKDOWN.add_render_rule("heading_close", _heading)
_MARKDOWN.add_render_rule("image", _image)
