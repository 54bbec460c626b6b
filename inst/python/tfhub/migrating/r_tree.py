"""R code as R's own parser reads it: each part with its place. Nothing in it is run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DependencyError
from ..shown import brief
from .remarks import UnreadableError

_SECONDS = 120
# One line for each part: its number and its parent's, where it is, and what it is.
_PROGRAM = """
file <- commandArgs(TRUE)[[1]]
options(warn = -1, encoding = "native.enc")
found <- tryCatch(parse(file, keep.source = TRUE), error = function(e) {
  cat("error\\n", sub("^[^:]*:", "", conditionMessage(e)), sep = "")
  quit(status = 0)
})
data <- utils::getParseData(found, includeText = FALSE)
cat("parsed\\n")
if (!is.null(data)) {
  utils::write.table(
    data[, c("id", "parent", "line1", "col1", "line2", "col2", "token")],
    quote = FALSE, sep = "\\t", row.names = FALSE, col.names = FALSE
  )
}
"""


# What R calls an expression, by its version, where `=` assigns.
_EXPRESSIONS = {"equal_assign", "expr_or_assign_or_help", "expr_or_help"}


def rscript() -> str | None:
    """The program that runs R: that of the R which runs this, or that of the PATH."""
    home = os.environ.get("R_HOME")
    own = shutil.which("Rscript", path=os.path.join(home, "bin")) if home else None
    return own or shutil.which("Rscript")


@dataclass
class Part:
    """A token, or an expression of several."""

    kind: str
    start: int  # its place in the text
    end: int
    text: str
    line: int
    parent: Part | None = None
    children: list[Part] = field(default_factory=list)

    def walk(self) -> Iterator[Part]:
        """This part and all in it, in order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(part.children)


def parsed(text: str) -> Part:
    """The tree of a program.

    Raises:
      UnreadableError: It is no R.
      DependencyError: There is no Rscript.
    """
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableError(line, "it is no R: there is a null character")
    program = rscript()
    if program is None:
        msg = "Programs in R are read by R itself, and there is no Rscript."
        raise DependencyError(msg, hint="Install R, or put it on the PATH.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "program.R")
        file.write_bytes(_plain(text).encode("ascii"))
        reader = Path(folder, "reader.R")
        reader.write_text(_PROGRAM, "ascii")
        command = [program, "--vanilla", str(reader), str(file)]
        try:
            run = subprocess.run(
                command, capture_output=True, timeout=_SECONDS, check=False,
                stdin=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C"},
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise UnreadableError(1, "R does not come to an end with it") from error
    head, _, rest = run.stdout.decode("ascii", "replace").partition("\n")
    if head == "error":
        place, _, what = rest.partition("\n")[0].lstrip().partition(":")
        line = int(place) if place.isdecimal() else 1
        _, _, said = what.partition(": ")
        raise UnreadableError(line, f"it is no R: {brief(said or what or rest)}")
    if head != "parsed":
        said = brief(run.stderr.decode("utf-8", "replace").strip() or "no answer")
        raise UnreadableError(1, f"R cannot read it: {said}")
    return _tree(text, rest)


def _plain(text: str) -> str:
    """A text of the same places, whose columns R counts as they are.

    R counts a tab as up to eight columns, and obeys a line directive.
    """
    text = "".join(char if char.isascii() else "x" for char in text)
    text = text.replace("\t", " ").replace("\r", " ").replace("\f", " ")
    return text.replace("#line", "#_ine")


def _tree(text: str, table: str) -> Part:
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    root = Part("program", 0, len(text), text, 1)
    parts: dict[int, Part] = {0: root}
    parents: dict[int, int] = {}
    for row in table.splitlines():
        number, parent, line1, col1, line2, col2, kind = row.split("\t")
        kind = "expr" if kind in _EXPRESSIONS else kind
        start = offsets[int(line1) - 1] + int(col1) - 1
        end = offsets[int(line2) - 1] + int(col2)
        parts[int(number)] = Part(kind, start, end, text[start:end], int(line1))
        parents[int(number)] = int(parent)
    for own, above in parents.items():
        if above in parts:  # a comment's is negative
            parts[own].parent = parts[above]
            parts[above].children.append(parts[own])
    for part in parts.values():
        part.children.sort(key=lambda each: each.start)
    return root
