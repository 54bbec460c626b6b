"""Sessions of TensorFlow 1 around a module: what becomes of each.

Where all of a program's TensorFlow 1 is understood, it computes without a session:
`session.run(embed(texts))` is `embed(texts).numpy()`. Else it stays a program for
graphs, which asks TensorFlow 2 for the behaviour of TensorFlow 1. In between there is
nothing: half a program in a graph would not run.
"""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from . import names
from .eager import NotUnderstoodError, without_sessions
from .graph import asking_for_tf1
from .remarks import Remark
from .scopes import Edits, Scopes


@dataclass
class _Program:
    """What of TensorFlow 1 a program uses."""

    sessions: list[cst.Call]
    modules: list[cst.Call]
    old: list[tuple[cst.CSTNode, str]]  # what `tf` itself does not have any more
    is_declared: bool  # whether it asks for TensorFlow 1's behaviour
    has_keras: bool

    @classmethod
    def of(cls, scopes: Scopes) -> _Program:
        """Reads it."""
        calls = [node for node in scopes.nodes if isinstance(node, cst.Call)]
        used = [
            (node, full, names.tensorflow(full) or "") for node, full in scopes.uses
        ]
        keras = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras")
        return cls(
            sessions=[c for c in calls if scopes.name(c.func) in names.SESSIONS],
            modules=[c for c in calls if scopes.hub(c.func) == "Module"],
            old=[
                (node, name)
                for node, full, name in used
                if name and not names.is_compat(full) and names.is_only_tf1(name)
            ],
            is_declared=any(name in names.DISABLERS for _, _, name in used),
            has_keras=any(
                full.startswith(keras) or scopes.hub(node) == "KerasLayer"
                for node, full, _ in used
            ),
        )


def changes(scopes: Scopes, *, is_whole: bool) -> tuple[Edits, list[Remark]]:
    """What becomes of a program's sessions, and of its other TensorFlow 1.

    Args:
      scopes: The program.
      is_whole: Whether nothing that was not read can use its sessions.
    """
    program = _Program.of(scopes)
    remarks = [*_gone(scopes), *_keras(scopes, program)]
    if not program.sessions or not program.modules:
        return {}, remarks + _one_by_one(scopes, program)
    if not program.old and (program.is_declared or _all_in_graphs(scopes, program)):
        return {}, remarks
    if not is_whole:
        why = Remark(scopes.line(program.sessions[0]), "a part of it was not read")
    elif not program.is_declared:
        try:
            return without_sessions(scopes, program.sessions), remarks
        except NotUnderstoodError as error:
            why = Remark(scopes.line(error.node), error.why)
    else:
        why = Remark(scopes.line(program.old[0][0]), _missing(program.old[0][1]))
    if program.has_keras:
        what = "a session and Keras in one program: Keras 3 has no sessions"
        advice = "leave the session out, and use hub.KerasLayer(handle) in the model"
        loose = [each for each in program.sessions if not _in_graph(scopes, each)]
        line = scopes.line((loose or program.sessions)[0])
        return {}, [*remarks, Remark(line, what, advice)]
    edits, said = asking_for_tf1(scopes, why, is_old=bool(program.old))
    return edits, remarks + said


def _all_in_graphs(scopes: Scopes, program: _Program) -> bool:
    """Whether each session is that of a graph which the program makes."""
    return all(_in_graph(scopes, session) for session in program.sessions)


def _in_graph(scopes: Scopes, session: cst.Call) -> bool:
    graphs = [
        arg for arg in session.args if arg.keyword and arg.keyword.value == "graph"
    ]
    if graphs:
        return True
    blocks = [each for each in scopes.ancestors(session) if isinstance(each, cst.With)]
    return any(_opens_graph(item.item) for block in blocks for item in block.items)


def _opens_graph(node: cst.BaseExpression) -> bool:
    func = node.func if isinstance(node, cst.Call) else None
    return isinstance(func, cst.Attribute) and func.attr.value == "as_default"


def _missing(name: str) -> str:
    return f"tf.{name} is not in TensorFlow 2"


def _one_by_one(scopes: Scopes, program: _Program) -> list[Remark]:
    """Names that no session explains."""
    remarks = []
    for node, name in program.old:
        if names.gone(name) is None:
            advice = f"write tf.compat.v1.{name}"
            remarks.append(Remark(scopes.line(node), _missing(name), advice))
    return remarks


def _gone(scopes: Scopes) -> list[Remark]:
    remarks = []
    for node, full in scopes.uses:
        name = names.tensorflow(full) or (full if full.startswith("keras.") else "")
        found = names.gone(name) if name else None
        if found:
            remarks.append(Remark(scopes.line(node), *found))
        if scopes.hub(node) in names.SUBMODULES["estimator"]:
            what = f"hub.{scopes.hub(node)} serves Estimators"
            remarks.append(Remark(scopes.line(node), what, names.GONE["estimator"][1]))
    return remarks


def _keras(scopes: Scopes, program: _Program) -> list[Remark]:
    """A module within a Lambda: Keras 3 has no graph to put it in."""
    kinds = ("keras.layers.Lambda", "tf_keras.layers.Lambda")
    lambdas = [node for node, full in scopes.uses if full.endswith(kinds)]
    what = "a Lambda of Keras 3 cannot hold a hub.Module"
    advice = "write hub.KerasLayer(handle, signature=..., output_key=...) in its place"
    return [Remark(scopes.line(n), what, advice) for n in lambdas if program.modules]
