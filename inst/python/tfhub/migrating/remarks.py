"""What is said of a place in a program, where it stays as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """Something to know or to do at a line.

    Attributes:
      line: Its number in the file, from 1; 0 stands for the file as a whole.
      what: What is there, and why it matters.
      advice: What to write or to do instead.
      cell: The number of the notebook's cell that the line is in, from 1; else 0.
    """

    line: int
    what: str
    advice: str = ""
    cell: int = 0


class UnreadableError(Exception):
    """A program cannot be read, for the reason of a remark."""

    def __init__(self, line: int, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.remark = Remark(line, what, advice)


def once(remarks: Iterable[Remark]) -> list[Remark]:
    """In order of the lines; of those that say the same, the first."""
    said: dict[tuple[str, str], Remark] = {}
    for remark in sorted(remarks, key=lambda each: (each.cell, each.line)):
        said.setdefault((remark.what, remark.advice), remark)
    return list(said.values())
