"""What changes in a program, as text that is fit to be shown."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ..shown import brief, shown
from .project import Program
from .remarks import Remark

_WIDEST = 500  # characters of a line


def diff(program: Program) -> Iterator[str]:
    """The lines of a unified diff."""
    before, after = (
        each.decode("utf-8", "backslashreplace").removesuffix("\n").split("\n")
        for each in (program.before, program.after)
    )
    name = program.path
    for line in difflib.unified_diff(before, after, name, name, lineterm=""):
        yield line[:1] + brief(line[1:].rstrip("\r").replace("\t", "    "), _WIDEST)


def said(program: Program, remark: Remark) -> str:
    """A remark with its place, as `file.py:3: what; advice` has it."""
    cell = f":cell {remark.cell}" if remark.cell else ""
    line = f":{remark.line}" if remark.line else ""
    advice = f"; {brief(remark.advice, _WIDEST)}" if remark.advice else ""
    what = brief(remark.what, _WIDEST)
    return f"{shown(program.path)}{cell}{line}: {what}{advice}."
