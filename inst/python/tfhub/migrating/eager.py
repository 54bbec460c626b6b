"""A program that computes in sessions, without them: all of it, or none.

Understood are sessions that are opened by `with` or kept in a variable, and do nothing
but run initialisers and fetch what a `hub.Module` gives, or functions of it that are
the same in TensorFlow 2. What is fed, trained, saved or handed around is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import libcst as cst

from . import names
from .fetches import Fetches
from .scopes import Edits, Scopes, as_expression, dotted
from .statements import REMOVED, spliced


class NotUnderstoodError(Exception):
    """Something in a program needs its session."""

    def __init__(self, node: cst.CSTNode, why: str) -> None:
        super().__init__(why)
        self.node = node
        self.why = why


def without_sessions(scopes: Scopes, sessions: list[cst.Call]) -> Edits:
    """What becomes of the program.

    Raises:
      NotUnderstoodError: It cannot go without.
    """
    return _Eager(scopes, sessions).edits


class _Eager:
    def __init__(self, scopes: Scopes, sessions: list[cst.Call]) -> None:
        self.scopes = scopes
        self.edits: Edits = {}
        self._known: set[cst.CSTNode] = set()  # names of TensorFlow that go or stay
        self._sessions = set(sessions)
        self._fetches = Fetches(scopes, self._is_run)
        self._withs: dict[cst.With, set[cst.WithItem]] = {}
        for session in sessions:
            self._session(session)
        self._graphs()
        for block, items in self._withs.items():
            self._open(block, items)
        for node, full in scopes.uses:
            self._other(node, full)
        for node in scopes.nodes:
            if isinstance(node, cst.Attribute) and _is_of_graphs(node):
                raise NotUnderstoodError(node, f".{node.attr.value} needs a graph")

    def _session(self, session: cst.Call) -> None:
        if session.args:
            raise NotUnderstoodError(session, "the session has arguments")
        self._known.add(session.func)
        parent = self.scopes.parent(session)
        target: cst.CSTNode | None
        if isinstance(parent, cst.WithItem):
            block = cst.ensure_type(self.scopes.parent(parent), cst.With)
            self._withs.setdefault(block, set()).add(parent)
            target = parent.asname.name if parent.asname else None
        elif isinstance(parent, cst.Assign) and len(parent.targets) == 1:
            target = parent.targets[0].target
            self.edits[parent] = REMOVED
        else:
            raise NotUnderstoodError(session, "the session is kept in no variable")
        if not isinstance(target, cst.Name):
            raise NotUnderstoodError(session, "the session is kept in no variable")
        for access in self._accesses(target):
            self._access(access)

    def _accesses(self, target: cst.Name) -> Iterable[cst.Name]:
        """Where the variable is used, which is a session each time."""
        for assignment in self.scopes.assignments(target):
            made = getattr(assignment, "node", None)
            if made is None or not self._is_session(made):
                raise NotUnderstoodError(
                    target, f"{target.value} is not only a session"
                )
            for access in assignment.references:
                yield access.node

    def _is_session(self, target: cst.CSTNode) -> bool:
        for above in self.scopes.ancestors(target):
            if isinstance(above, cst.WithItem):
                return above.item in self._sessions
            if isinstance(above, cst.Assign):
                return above.value in self._sessions
            if isinstance(above, (cst.BaseCompoundStatement, cst.Module)):
                break
        return False

    def _is_run(self, node: cst.CSTNode) -> bool:
        """Whether it is what a session's `run()` gives."""
        func = node.func if isinstance(node, cst.Call) else None
        return (
            isinstance(func, cst.Attribute)
            and func.attr.value == "run"
            and isinstance(func.value, cst.Name)
            and any(
                self._is_session(made)
                for each in self.scopes.assignments(func.value)
                if (made := getattr(each, "node", None)) is not None
            )
        )

    def _access(self, session: cst.Name) -> None:
        member = self.scopes.parent(session)
        call = self.scopes.parent(member)
        if (
            not isinstance(member, cst.Attribute)
            or not isinstance(call, cst.Call)
            or call.func is not member
        ):
            raise NotUnderstoodError(session, "the session is handed on")
        statement = self.scopes.parent(call)
        if member.attr.value == "close" and isinstance(statement, cst.Expr):
            self.edits[statement] = REMOVED
        elif member.attr.value == "run":
            self._run(call, statement)
        else:
            why = f"session.{member.attr.value}() is no run()"
            raise NotUnderstoodError(session, why)

    def _run(self, call: cst.Call, statement: cst.CSTNode) -> None:
        if len(call.args) != 1 or call.args[0].keyword or call.args[0].star:
            raise NotUnderstoodError(call, "session.run() feeds values")
        fetched = call.args[0].value
        initializers = self._initializers(fetched)
        if initializers is not None:
            if not isinstance(statement, cst.Expr):
                raise NotUnderstoodError(call, "an initialiser is used")
            self.edits[statement] = REMOVED
            return
        if not self._fetches.understood(fetched):
            why = "session.run() fetches more than the outputs of a module"
            raise NotUnderstoodError(call, why)
        form = self._fetches.computed(fetched)
        self.edits[call] = lambda now: form(now.args[0].value)

    def _initializers(self, node: cst.CSTNode) -> list[cst.CSTNode] | None:
        """The calls that are initialisers, or None if it is anything else."""
        if isinstance(node, (cst.List, cst.Tuple)):
            found = [self._initializers(each.value) for each in node.elements]
            if not found or any(each is None for each in found):
                return None
            return [call for each in found for call in each or ()]
        if isinstance(node, cst.Name):
            return self._of_variable(node)
        if not isinstance(node, cst.Call):
            return None
        name = self.scopes.name(node.func)
        if name in names.INITIALIZERS and not node.args:
            self._known.add(node.func)
            return [node]
        if name == "group":
            parts = [self._initializers(arg.value) for arg in node.args]
            if parts and not any(part is None for part in parts):
                return [node]
        return None

    def _of_variable(self, node: cst.Name) -> list[cst.CSTNode] | None:
        """An initialiser that is kept in a variable, which goes with it."""
        gone = []
        for assignment in self.scopes.assignments(node):
            target = getattr(assignment, "node", None)
            statement = self._fetches.assigned(target)
            if statement is None or self._initializers(statement.value) is None:
                return None
            for access in assignment.references:
                if not any(
                    isinstance(each, cst.Call)
                    and (self._is_run(each) or self.scopes.name(each.func) == "group")
                    for each in self.scopes.ancestors(access.node)
                ):
                    return None
            gone.append(statement)
        self.edits.update(dict.fromkeys(gone, REMOVED))
        return list(gone) or None

    def _graphs(self) -> None:
        """`with tf.Graph().as_default()` goes; any other graph is one to be kept."""
        for node in self.scopes.nodes:
            made = opened_graph(node)
            if made is None or self.scopes.name(made.func) != "Graph":
                continue
            block = self.scopes.parent(node)
            if isinstance(block, cst.With):
                self._known.add(made.func)
                self._withs.setdefault(block, set()).add(node)  # type: ignore[arg-type]

    def _open(self, block: cst.With, items: set[cst.WithItem]) -> None:
        """A `with` without what it opened; its statements stand in its place."""
        if not isinstance(block.body, cst.IndentedBlock) or block.asynchronous:
            raise NotUnderstoodError(block, "the session is opened in one line")
        kept = [index for index, item in enumerate(block.items) if item not in items]
        if not kept:
            self.edits[block] = spliced
            return

        def change(now: cst.With) -> cst.With:
            left = [now.items[index] for index in kept]
            left[-1] = left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            return now.with_changes(items=left)

        self.edits[block] = change

    def _other(self, node: cst.CSTNode, full: str) -> None:
        """All else of TensorFlow 1 must have its place in TensorFlow 2."""
        name = names.tensorflow(full) or ""
        if node in self._known or not name:
            return
        if name.split(".")[0] in names.OF_GRAPHS or (
            names.is_only_tf1(name) and not names.works_anywhere(name)
        ):
            raise NotUnderstoodError(node, f"tf.{name} needs a graph")
        if names.works_anywhere(name) and not names.is_compat(full):
            self._rename(node, full, name)

    def _rename(self, node: cst.CSTNode, full: str, name: str) -> None:
        """`tf.logging` is `tf.compat.v1.logging`."""
        written = dotted(node) if isinstance(node, cst.Attribute) else ""
        if full != f"tensorflow.{name}" or not written.endswith(f".{name}"):
            raise NotUnderstoodError(node, f"tf.{name} is not in TensorFlow 2")
        new: Any = as_expression(f"{written[: -len(name)]}compat.v1.{name}")
        keep = {"lpar": getattr(node, "lpar", ()), "rpar": getattr(node, "rpar", ())}
        self.edits[node] = lambda now: new.with_changes(**keep)  # noqa: ARG005


def _is_of_graphs(node: cst.Attribute) -> bool:
    """Whether it may be a member of an object that TensorFlow 2 has otherwise."""
    if node.attr.value in names.MEMBERS_OF_GRAPHS:
        return True
    if node.attr.value != "value":  # of a dimension
        return False
    base: cst.CSTNode = node.value
    while isinstance(base, (cst.Subscript, cst.Call, cst.Attribute)):
        if isinstance(base, cst.Attribute) and base.attr.value in (
            "shape",
            "get_shape",
        ):
            return True
        base = base.func if isinstance(base, cst.Call) else base.value
    return False


def opened_graph(node: cst.CSTNode) -> cst.Call | None:
    """The call `tf.Graph()` of `with tf.Graph().as_default():`."""
    if not isinstance(node, cst.WithItem) or node.asname is not None:
        return None
    func = node.item.func if isinstance(node.item, cst.Call) else None
    made = func.value if isinstance(func, cst.Attribute) else None
    return made if isinstance(made, cst.Call) else None
