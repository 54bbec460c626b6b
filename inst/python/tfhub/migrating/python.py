"""A program in Python for tensorflow_hub, as it is for this library.

Importing this needs libcst; see `syntax.require_libcst()`.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from . import handles, imports, sessions
from .remarks import Remark, once
from .scopes import Scopes
from .statements import applied
from .syntax import as_bytes, as_tree, check, too_deep


def migrated(source: bytes, *, is_whole: bool = True) -> tuple[bytes, list[Remark]]:
    """The program as it is to be, and what a person has to know of it.

    Args:
      source: The program, in the encoding that it declares.
      is_whole: Whether it is all of the program: else a part that was not read may
        use what is here.

    Returns:
      The program, in the same encoding, and the remarks.

    Raises:
      UnreadableError: It cannot be read.
    """
    tree = as_tree(source)
    try:
        return _changed(source, tree, is_whole=is_whole)
    except RecursionError as error:
        raise too_deep() from error


def _changed(
    source: bytes, tree: cst.Module, *, is_whole: bool
) -> tuple[bytes, list[Remark]]:
    scopes = Scopes(tree)
    if not imports.are_of_hub(scopes):
        return source, []
    edits, remarks = imports.changes(scopes)
    more, said = sessions.changes(scopes, is_whole=is_whole)
    after = as_bytes(applied(tree, {**edits, **more}), source)
    check(after)
    return after, once([*remarks, *said, *_handles(scopes)])


def _handles(scopes: Scopes) -> Iterator[Remark]:
    for node in scopes.nodes:
        text = node.evaluated_value if isinstance(node, cst.SimpleString) else None
        if isinstance(text, str):
            remark = handles.of_text(text, scopes.line(node))
            if remark is not None:
                yield remark
