"""The pages of a server, from their templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..formats.sizes import size_text
from ..shown import shown_lines


def _fit(value: Any) -> Any:
    """Text without what a browser would obey: controls of its direction, say."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown_lines(value)
    return value


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    finalize=_fit,
)
_TEMPLATES.filters["size"] = size_text


def render(template: str, **context: Any) -> str:
    """Fills one of the templates."""
    return _TEMPLATES.get_template(template).render(context)
