"""What R's users do not want to see and to keep: TensorFlow's notes and leftovers.

Used in R only: a program in Python has the say itself. Imports nothing of TensorFlow.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_silent = False

# Notes that come before TensorFlow knows of that variable.
_NOTES = re.compile(
    rb"(WARNING: All log messages before absl::InitializeLog|I0000 |"
    rb"To enable the following instructions: ).*\n?"
)


def silence() -> None:
    """Has TensorFlow begin without notes, unless the user has chosen what it says.

    Programs that this one starts have the variable from it: who has chosen 1 or more
    wants no notes, either.
    """
    global _silent
    if "tensorflow" not in sys.modules:
        level = os.environ.setdefault(_LEVEL, "1") or "1"  # warnings and errors stay
        os.environ[_LEVEL] = level
        _silent = level != "0"


@contextmanager
def without_notes() -> Iterator[None]:
    """While TensorFlow is imported: what is written to standard error, but its notes.

    They are written by C++, past `sys.stderr`.
    """
    if not _silent:
        yield
        return
    try:
        stream = os.dup(2)
    except OSError:  # a program with windows has no such stream
        yield
        return
    try:
        with tempfile.TemporaryFile() as written:
            os.dup2(written.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(stream, 2)
                written.seek(0)
                for line in written:
                    if not _NOTES.fullmatch(line):
                        os.write(2, line)
    finally:
        os.close(stream)


def remove_leftovers() -> None:
    """Removes the files that AutoGraph keeps until Python ends: R ends without that.

    They are modules of such names, in the system's temporary folder.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("__autograph_generated_file"):
            with suppress(OSError, AttributeError, TypeError):
                os.remove(module.__file__)  # type: ignore[arg-type]
