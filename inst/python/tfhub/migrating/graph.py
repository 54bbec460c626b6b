"""A program for graphs, which asks TensorFlow 2 for the behaviour of TensorFlow 1."""

from __future__ import annotations

from typing import Any

import libcst as cst

from .imports import imports_of
from .remarks import Remark
from .scopes import Edits, Scopes, as_expression, dotted

_COMPAT = "tensorflow.compat.v1"


def asking_for_tf1(
    scopes: Scopes, why: Remark, *, is_old: bool
) -> tuple[Edits, list[Remark]]:
    """The import of TensorFlow, followed by `tf.disable_v2_behavior()`.

    Args:
      scopes: The program.
      why: What keeps it from going without sessions.
      is_old: Whether it uses names that only `tensorflow.compat.v1` has.
    """
    imports = list(imports_of(scopes, "tensorflow"))
    wanted = [
        (a, name) for a, name in imports if dotted(a.name) in ("tensorflow", _COMPAT)
    ]
    lines = [scopes.parent(scopes.parent(alias)) for alias, _ in wanted]
    taken = [node for node in scopes.nodes if isinstance(node, cst.ImportFrom)
             and dotted(node.module) == "tensorflow"]  # fmt: skip
    advice = "write `import tensorflow.compat.v1 as tf` and `tf.disable_v2_behavior()`"
    if (
        not wanted
        or taken
        or not all(isinstance(line, cst.SimpleStatementLine) for line in lines)
    ):
        what = f"{why.what}; the program needs TensorFlow 1's behaviour"
        return {}, [Remark(why.line, what, advice)]
    edits: Edits = {}
    for (alias, name), line in zip(wanted, lines, strict=True):
        is_compat = dotted(alias.name) == _COMPAT
        short = name if is_compat or is_old else f"{name}.compat.v1"
        if is_old and not is_compat:
            edits[alias] = _compat(name)
        edits[line] = _followed_by(f"{short}.disable_v2_behavior")
    what = f"{why.what}: the program stays one for graphs, in TensorFlow 1's behaviour"
    advice = "import it into no program of TensorFlow 2, where that would count, too"
    return edits, [Remark(why.line, what, advice)]


def _compat(name: str) -> Any:
    named = cst.AsName(cst.Name(name))

    def change(now: cst.ImportAlias) -> cst.ImportAlias:
        return now.with_changes(name=as_expression(_COMPAT), asname=now.asname or named)

    return change


def _followed_by(function: str) -> Any:
    def change(now: cst.SimpleStatementLine) -> Any:
        call = cst.Call(as_expression(function))
        ends = cst.TrailingWhitespace(newline=now.trailing_whitespace.newline)
        after = cst.SimpleStatementLine([cst.Expr(call)], trailing_whitespace=ends)
        return cst.FlattenSentinel([now, after])

    return change
