"""The chunks of R and Python in R Markdown and Quarto."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .cells import migrated_python, migrated_r
from .remarks import Remark, UnreadableError, once

# What opens a chunk, as knitr has it; a line of no fewer ticks closes it.
_OPENS = re.compile(r"[\t >]*(`{3,})\s*\{\s*([A-Za-z0-9_]+)[^}]*\}\s*")
_CLOSES = re.compile(r"[\t >]*(`{3,})\s*")


@dataclass
class _Chunk:
    language: str
    first: int  # the index of its first line
    lines: list[str]

    @property
    def text(self) -> str:
        """Its code, without the last line break."""
        return "".join(self.lines).removesuffix("\n")


def migrated(source: bytes) -> tuple[bytes, list[Remark]]:
    """The document as it is to be, and remarks.

    Raises:
      UnreadableError: It is not in UTF-8.
    """
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(1, "it is not in UTF-8", "save it in UTF-8") from error
    lines = text.split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    chunks = list(_chunks(lines))
    remarks: list[Remark] = []
    made: list[tuple[_Chunk, str]] = []
    for language, migrate in (("python", migrated_python), ("r", migrated_r)):
        own = [each for each in chunks if each.language == language]
        texts = [each.text for each in own]
        if not any("hub" in each for each in texts):
            continue
        after, said = migrate(texts)
        made += zip(own, after, strict=True)
        for remark in said:
            first = own[remark.cell - 1].first
            remarks.append(replace(remark, line=first + remark.line, cell=0))
    for chunk, code in sorted(made, key=lambda pair: -pair[0].first):
        if code != chunk.text:
            new = [f"{code}\n"] if code else []
            lines[chunk.first : chunk.first + len(chunk.lines)] = new
    return "".join(lines).encode("utf-8"), once(remarks)


def _chunks(lines: list[str]) -> Iterator[_Chunk]:
    chunk: _Chunk | None = None
    ticks = 0
    for index, line in enumerate(lines):
        if chunk is None:
            found = _OPENS.fullmatch(line)
            if found:
                ticks = len(found[1])
                chunk = _Chunk(found[2].lower(), index + 1, [])
            continue
        closes = _CLOSES.fullmatch(line)
        if closes and len(closes[1]) >= ticks:
            yield chunk
            chunk = None
        else:
            chunk.lines.append(line)
