"""Parts of a file that are one program: the cells of a notebook, chunks of R Markdown.

They are read together, as a later one uses what an earlier one made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

from .remarks import Remark, UnreadableError, once
from .syntax import check, require_libcst

if TYPE_CHECKING:
    from .r_tree import Part

Cells = list[str]


def migrated_python(cells: Sequence[str]) -> tuple[Cells, list[Remark]]:
    """The cells as they are to be, with remarks by cell; see `python.migrated()`.

    A cell that is no Python, a magic for one, is left as it is.
    """
    require_libcst()
    from .python import migrated

    key = secrets.token_hex(8)
    lines: list[str] = []  # lines of IPython, which Python does not know
    plain: list[str] = []
    remarks, is_whole = [], True
    for number, cell in enumerate(cells, 1):
        try:
            plain.append(_without_magics(cell, key, lines))
        except UnreadableError as error:
            plain.append("")
            is_whole &= cell.lstrip().startswith("%%")
            if "tensorflow_hub" in cell:
                remarks.append(replace(error.remark, cell=number))
        else:
            remarks += _of_pip(cell, plain[-1], number)
    # Code in these is not read.
    is_whole &= not any(line.lstrip().startswith(_WITH_CODE) for line in lines)
    # No line of a cell is among the first two, where it could declare an encoding.
    marks = [f'"{key} cell {number}"\n' for number in range(len(cells))]
    parts = [
        f"{mark}{cell}" + ("" if cell.endswith("\n") else "\n")
        for mark, cell in zip(marks, plain, strict=True)
    ]
    after, said = migrated(_encoded(f'"{key}"\n' + "".join(parts)), is_whole=is_whole)
    text = after.decode()
    made = []
    for index, (cell, before) in enumerate(zip(cells, plain, strict=True)):
        start = text.index(marks[index]) + len(marks[index])
        last = index + 1 == len(cells)
        part = text[start : len(text) if last else text.index(marks[index + 1])]
        if not before.endswith("\n"):
            part = part.removesuffix("\n")
        made.append(cell if part == before else _with_magics(part, key, lines))
    starts = _starts(parts, first=2)
    return made, once([*remarks, *(_placed(each, starts, 1) for each in said)])


def _of_pip(cell: str, plain: str, number: int) -> Iterator[Remark]:
    """What to know of lines for IPython that install the old library."""
    rows = zip(cell.split("\n"), plain.split("\n"), strict=True)
    for line, (row, kept) in enumerate(rows, 1):
        if row != kept and ("tensorflow-hub" in row or "tensorflow_hub" in row):
            yield Remark(line, "it installs the old library", "leave it out", number)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise UnreadableError(1, "it holds characters that are none") from error


def _starts(parts: Sequence[str], first: int) -> list[int]:
    """The line at which each part begins in all of them together."""
    starts = [first]
    for part in parts:
        starts.append(starts[-1] + part.count("\n"))
    return starts


def _placed(remark: Remark, starts: Sequence[int], header: int) -> Remark:
    """A remark of the whole, at its cell; `header` lines come before each cell."""
    at = max(
        i for i, start in enumerate(starts) if start <= max(remark.line, starts[0])
    )
    line = remark.line - starts[at] + 1 - header
    return replace(remark, line=max(line, 1), cell=at + 1)


def _without_magics(cell: str, key: str, lines: list[str]) -> str:
    """A cell whose lines for IPython are texts, which Python reads past.

    Raises:
      UnreadableError: It is no Python otherwise.
    """
    if cell.lstrip().startswith("%%"):
        first, _, rest = cell.partition("\n")
        if not first.strip().startswith(_OF_PYTHON):
            raise UnreadableError(1, f"a cell of {first.split()[0]} is not looked at")
        kept = _kept(first, _indent(first), key, lines)
        return f"{kept}\n{_without_magics(rest, key, lines)}"
    rows = cell.split("\n")
    for _ in range(len(rows) + 1):
        try:
            check(_encoded("\n".join(rows)))
        except UnreadableError as error:
            at = error.remark.line - 1
            while 0 < at < len(rows) and rows[at - 1].endswith("\\"):
                at -= 1
            if not 0 <= at < len(rows) or not _is_magic(rows[at]):
                raise
            indent = _indent(rows[at])
            more = True
            while more:
                more = rows[at].endswith("\\") and at + 1 < len(rows)
                rows[at] = _kept(rows[at], indent, key, lines)
                at += 1
        else:
            break
    return "\n".join(rows)


# Magics of a cell whose other lines are Python.
_OF_PYTHON = ("%%time", "%%capture", "%%prun", "%%memit", "%%mprun")


_WITH_CODE = ("%time", "%prun", "%lprun", "%memit", "%mprun", "%debug", "%run")


def _kept(row: str, indent: str, key: str, lines: list[str]) -> str:
    """A text that stands for a line, which is put back in its place afterwards."""
    lines.append(row.removeprefix(indent))
    return f'{indent}"{key} line {len(lines) - 1}"'


def _indent(row: str) -> str:
    return row[: len(row) - len(row.lstrip())]


def _is_magic(row: str) -> bool:
    text = row.strip()
    _, equals, value = text.partition("=")
    return (
        text.startswith(("%", "!", "?"))
        or text.endswith("?")
        or (bool(equals) and value.lstrip().startswith(("%", "!")))
    )


def _with_magics(cell: str, key: str, lines: Sequence[str]) -> str:
    rows = cell.split("\n")
    for index, row in enumerate(rows):
        text = row.strip()
        if text.startswith(f'"{key} line '):
            kept = lines[int(text.rpartition(" ")[2].rstrip('"'))]
            rows[index] = _indent(row) + kept
    return "\n".join(rows)


def migrated_r(cells: Sequence[str]) -> tuple[Cells, list[Remark]]:
    """The cells as they are to be, with remarks by cell; see `r_code.edits()`.

    A cell that is no R is left as it is.
    """
    from .r_code import apply, edits

    taken, remarks = list(cells), list[Remark]()
    try:
        tree = _tree(taken)
    except UnreadableError:
        taken, remarks = _read_one_by_one(taken)
        if not remarks:
            raise
        tree = _tree(taken)
    found, said = edits(tree)
    made, offset = [], 0
    for cell, read in zip(cells, taken, strict=True):
        end = offset + len(read) + 1
        own = [
            (a - offset, b - offset, new) for a, b, new in found if offset <= a < end
        ]
        made.append(apply(cell, own))
        offset = end
    starts = _starts([f"{cell}\n" for cell in taken], first=1)
    return made, once([*remarks, *(_placed(each, starts, 0) for each in said)])


def _tree(cells: Sequence[str]) -> Part:
    """All of them as one, in which none goes on in the next.

    Raises:
      UnreadableError: It is no R, or one does.
    """
    from .r_tree import parsed

    tree = parsed("".join(f"{cell}\n" for cell in cells))
    ends = list(accumulate(len(cell) + 1 for cell in cells))
    for part in tree.children:
        if any(part.start < end < part.end for end in ends):
            raise UnreadableError(part.line, "it is no R: it does not end")
    return tree


def _read_one_by_one(cells: Cells) -> tuple[Cells, list[Remark]]:
    """The cells, empty where one is no R, and what is wrong with each of these."""
    from .r_tree import parsed

    taken, remarks = [], []
    for number, cell in enumerate(cells, 1):
        try:
            if cell.strip():
                parsed(cell)
        except UnreadableError as error:
            remarks.append(replace(error.remark, cell=number))
            cell = ""
        taken.append(cell)
    return taken, remarks
