"""A Python program as a tree that keeps every byte, read with bounds."""

from __future__ import annotations

import ast
import codecs
import sys
import warnings
from typing import TYPE_CHECKING

from .. import words
from ..errors import DependencyError
from .remarks import UnreadableError

if TYPE_CHECKING:
    import libcst as cst

_DEEPEST = 500  # nodes within each other


def require_libcst() -> None:
    """Checks that the package that reads Python is there.

    Raises:
      DependencyError: It is not.
    """
    try:
        import libcst  # noqa: F401
    except ImportError as error:
        msg = "Programs in Python are read by the package libcst, which is missing."
        hint = f"Install it: {words.install('libcst>=1.5')}."
        raise DependencyError(msg, hint=hint, packages=("libcst>=1.5",)) from error


def as_tree(source: bytes) -> cst.Module:
    """The tree of a program.

    Python reads it first, which says at which line it is none; its bounds keep the
    reader that is not its own from what is nested too deep.

    Raises:
      UnreadableError: It is no Python 3, or nested too deep.
    """
    import libcst as cst

    check(source)
    bom = source.startswith(codecs.BOM_UTF8)
    try:
        tree = cst.parse_module(source[len(codecs.BOM_UTF8) :] if bom else source)
    except cst.ParserSyntaxError as error:
        raise UnreadableError(error.raw_line, "libcst cannot read it") from error
    except (SyntaxError, ValueError) as error:  # of an encoding that Python takes
        raise UnreadableError(1, f"libcst cannot read it: {error}") from error
    except RecursionError as error:
        raise too_deep() from error
    if as_bytes(tree, source) != source:
        what = "its line breaks or its encoding would not be kept"
        raise UnreadableError(1, what, "change it by hand")
    return tree


def as_bytes(tree: cst.Module, source: bytes) -> bytes:
    """The program of a tree, which began as its source did."""
    bom = codecs.BOM_UTF8 if source.startswith(codecs.BOM_UTF8) else b""
    return bom + tree.bytes


def check(source: bytes) -> None:
    """Says at which line something is no Python 3.

    Raises:
      UnreadableError: It is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the program's texts escape
            tree = ast.parse(source)
        _require_shallow(tree)
    except SyntaxError as error:
        raise _no_python_3(error, source) from error
    except (RecursionError, MemoryError) as error:
        raise too_deep() from error
    except ValueError as error:  # null bytes, before Python 3.12
        raise UnreadableError(1, f"it is no Python 3: {error}") from error


def _require_shallow(tree: ast.AST) -> None:
    """Refuses what would end the process: libcst's own reader has no bound."""
    level = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return
    raise too_deep()


def too_deep() -> UnreadableError:
    """What is said of a program whose nesting no reader here follows."""
    return UnreadableError(1, "it is nested too deep to be read", "change it by hand")


def _no_python_3(error: SyntaxError, source: bytes) -> UnreadableError:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    advice = "mend that line first"
    if _looks_like_python_2(error, source):
        advice = "bring it to Python 3 first, with 2to3 or by hand"
    return UnreadableError(
        error.lineno or 1, f"it is no Python {version}: {error.msg}", advice
    )


def _looks_like_python_2(error: SyntaxError, source: bytes) -> bool:
    """By what Python says of it, which has a message for each such thing."""
    marks = (
        "'print'",
        "'exec'",
        "multiple exception types",
        "leading zeros",
        "backtick",
    )
    text = error.msg or ""
    if any(mark in text for mark in marks):
        return True
    lines = source.splitlines()
    at = error.lineno or 0
    line = lines[at - 1] if 0 < at <= len(lines) else b""
    starts = (b"print ", b"exec ", b"raise ", b"except ")
    return line.strip().startswith(starts) or b"<>" in line or b"`" in line
