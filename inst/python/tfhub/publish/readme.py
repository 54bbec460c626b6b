"""The README of a model, as HTML that is safe to show."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_LONGEST = 1024 * 1024


def readme(folder: Path) -> Markup:
    """The README.md of a folder as HTML, or "".

    HTML in it is shown as text, links lead nowhere but to the web, and nothing is
    loaded from elsewhere.
    """
    return Markup(_MARKDOWN.renderer.render(_tokens(folder), _MARKDOWN.options, {}))


def summary(folder: Path, *, at_most: int = 160) -> str:
    """The first paragraph of the README.md as plain text, shortened, or ""."""
    for opening, inline in pairwise(_tokens(folder)):
        if opening.type == "paragraph_open" and opening.level == 0:
            parts = inline.children or []
            words = (" " if p.type.endswith("break") else p.content for p in parts)
            text = " ".join("".join(words).split())
            cut = text if len(text) <= at_most else text[:at_most].rpartition(" ")[0]
            return cut if cut == text else f"{cut or text[:at_most]} …"
    return ""


def _tokens(folder: Path) -> list[Token]:
    for file in sorted(folder.iterdir()):
        if file.name.casefold() == "readme.md" and not file.is_symlink():
            with file.open("rb") as stream:
                text = stream.read(_LONGEST).decode("utf-8-sig", errors="replace")
            # Some hosts keep facts for machines in a block above the text.
            text = re.sub(r"\A---\r?\n.*?\n---\r?\n", "", text, flags=re.DOTALL)
            return _MARKDOWN.parse(text)
    return []


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
_MARKDOWN.add_render_rule("heading_open", _heading)
_MARKDOWN.add_render_rule("heading_close", _heading)
_MARKDOWN.add_render_rule("image", _image)
