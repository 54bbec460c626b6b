"""Edits of a tree: statements that go, and blocks whose statements move up.

Comments stay, also those of a statement that goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import libcst as cst

from .scopes import Edits


def REMOVED(now: Any) -> Any:  # noqa: ARG001
    """Stands for the edit of a statement that goes."""
    return cst.RemoveFromParent()


def spliced(now: Any) -> Any:
    """Stands for the edit of a block whose statements take its place."""
    return now


def applied(tree: cst.Module, edits: Edits) -> cst.Module:
    """The tree with its edits."""
    return tree.visit(_Editor(edits)) if edits else tree


class _Editor(cst.CSTTransformer):
    def __init__(self, edits: Edits) -> None:
        super().__init__()
        self._edits = edits

    def on_leave(self, original: Any, updated: Any) -> Any:
        if isinstance(original, (cst.Module, cst.IndentedBlock)):
            return self._block(original, updated)
        if isinstance(original, cst.SimpleStatementLine):
            updated = self._line(original, updated)
        edit = self._edits.get(original)
        # Blocks and lines see to what is to go: its comments stay.
        return updated if edit in (None, REMOVED, spliced) else edit(updated)

    def _line(self, original: Any, updated: Any) -> Any:
        """A line of statements without those that go."""
        kept = [
            now
            for before, now in zip(original.body, updated.body, strict=True)
            if self._edits.get(before) is not REMOVED
        ]
        if len(kept) in (0, len(updated.body)):
            return updated
        kept[-1] = kept[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
        return updated.with_changes(body=kept)

    def _goes(self, statement: Any) -> bool:
        """Whether nothing is left of a line."""
        return isinstance(statement, cst.SimpleStatementLine) and all(
            self._edits.get(part) is REMOVED for part in statement.body
        )

    def _block(self, original: Any, updated: Any) -> Any:
        if not any(self._is_touched(each) for each in original.body):
            return updated
        statements: list[Any] = []
        waiting: list[cst.EmptyLine] = []  # comments for what comes next

        def add(statement: Any) -> None:
            lines = [*waiting, *statement.leading_lines]
            waiting.clear()
            statements.append(statement.with_changes(leading_lines=lines))

        # An edit may have made several statements of one.
        after = iter(updated.body)
        for before in original.body:
            now = next(after)
            edit = self._edits.get(before)
            if self._goes(before):
                waiting += _comments(now.leading_lines)
            elif edit is spliced:
                waiting += now.leading_lines
                for statement in now.body.body:
                    add(statement)
                waiting += _comments(now.body.footer)
            else:
                add(now)
                if edit is not None and isinstance(before, cst.SimpleStatementLine):
                    add(next(after))
        if not statements and isinstance(original, cst.IndentedBlock):
            add(cst.SimpleStatementLine([cst.Pass()]))
        return updated.with_changes(body=statements, footer=[*waiting, *updated.footer])

    def _is_touched(self, statement: Any) -> bool:
        parts: Sequence[Any] = getattr(statement, "body", ())
        inner = isinstance(statement, cst.SimpleStatementLine) and any(
            self._edits.get(part) is REMOVED for part in parts
        )
        return inner or self._edits.get(statement) is not None


def _comments(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """From the first comment to the last."""
    at = [index for index, line in enumerate(lines) if line.comment is not None]
    return list(lines[at[0] : at[-1] + 1]) if at else []
