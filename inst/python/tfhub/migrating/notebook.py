"""A Jupyter notebook, of which only the lines that change are written anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .cells import migrated_python, migrated_r
from .remarks import Remark, UnreadableError

_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"


def migrated(source: bytes) -> tuple[bytes, list[Remark]]:
    """The notebook as it is to be, and remarks by cell.

    Raises:
      UnreadableError: It is no notebook.
    """
    try:
        text = source.decode("utf-8")
        whole = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise UnreadableError(
            line, "it is no notebook: its JSON cannot be read"
        ) from error
    if not isinstance(whole, dict) or not isinstance(whole.get("cells"), list):
        advice = "convert it: jupyter nbconvert --to notebook --nbformat 4"
        raise UnreadableError(1, "it is no notebook of format 4", advice)
    language = _language(whole)
    if language not in ("python", "r"):
        return source, []
    spans = _sources(text, whole)
    sources = ["".join(lines) for _, lines in spans]
    migrate = migrated_python if language == "python" else migrated_r
    made, remarks = migrate(sources)
    for (span, lines), before, after in reversed(
        list(zip(spans, sources, made, strict=True))
    ):
        if after != before:
            new = _written(text[slice(*span)], lines, after)
            text = text[: span[0]] + new + text[span[1] :]
    return text.encode("utf-8"), remarks


def _language(whole: dict[str, Any]) -> str:
    metadata = whole.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(part)
        if isinstance(found, dict) and isinstance(found.get(key), str):
            return str(found[key]).lower()
    return "python"


def _sources(
    text: str, whole: dict[str, Any]
) -> list[tuple[tuple[int, int], list[str]]]:
    """Where the source of each cell stands, and its lines; of none that is no code."""
    found = []
    at = next(at for key, at in _members(text, text.index("{")) if key == "cells")
    for cell, start in zip(whole["cells"], _items(text, at), strict=True):
        is_code = isinstance(cell, dict) and cell.get("cell_type") == "code"
        written = cell.get("source") if is_code else None
        lines: Any = [written] if isinstance(written, str) else written
        span = (start, start)
        if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
            place = next(at for key, at in _members(text, start) if key == "source")
            span = (place, _end(text, place))
        else:
            lines = []
        found.append((span, lines))
    return found


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The keys of the object at a place, and where the value of each begins.

    Of a key that is there twice, the last counts, as for all who read JSON.
    """
    found = {}
    at = _skip(text, at + 1)
    while text[at] == '"':
        key, at = _DECODER.raw_decode(text, at)
        value = _skip(text, _skip(text, at) + 1)
        found[key] = value
        at = _skip(text, _end(text, value))
        at = _skip(text, at + 1) if text[at] == "," else at
    yield from found.items()


def _items(text: str, at: int) -> Iterator[int]:
    """Where each item of the array at a place begins."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        yield at
        at = _skip(text, _end(text, at))
        at = _skip(text, at + 1) if text[at] == "," else at


def _end(text: str, at: int) -> int:
    return _DECODER.raw_decode(text, at)[1]


def _skip(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at


def _written(raw: str, lines: list[str], after: str) -> str:
    """A source as it was written, with the lines that it has now."""
    is_ascii = raw.isascii()
    if raw[0] == '"':
        return json.dumps(after, ensure_ascii=is_ascii)
    starts = list(_items(raw, 0))
    ends = [_end(raw, start) for start in starts]
    old = {line: raw[a:b] for line, a, b in zip(lines, starts, ends, strict=True)}
    between = raw[ends[0] : starts[1]] if len(starts) > 1 else f",{raw[1 : starts[0]]}"
    new = after.splitlines(keepends=True) if "\r" not in after else _split(after)
    items = [old.get(line) or json.dumps(line, ensure_ascii=is_ascii) for line in new]
    if not items:
        return "[]"
    return raw[: starts[0]] + between.join(items) + raw[ends[-1] :]


def _split(text: str) -> list[str]:
    rows = text.split("\n")
    return [*(f"{row}\n" for row in rows[:-1]), *([rows[-1]] if rows[-1] else [])]
