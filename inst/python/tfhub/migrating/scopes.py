"""What the names in a Python program mean, as far as its own text tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import libcst as cst
from libcst import metadata

from . import names

Edits = dict[cst.CSTNode, Any]  # what is to become of a node, given it as it is by then


class _Reader(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (
        metadata.ParentNodeProvider,
        metadata.PositionProvider,
        metadata.QualifiedNameProvider,
        metadata.ScopeProvider,
    )

    def __init__(self, roots: set[str]) -> None:
        super().__init__()
        self._roots = roots
        self.nodes: list[cst.CSTNode] = []
        self.names: dict[cst.CSTNode, str] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        self.nodes.append(node)
        # To look up any other takes a time that grows with the square of its uses.
        if isinstance(node, (cst.Name, cst.Attribute)) and _root(node) in self._roots:
            found = self.get_metadata(metadata.QualifiedNameProvider, node, set())
            self.names[node] = _imported(found or set())
        return True


def _imported(found: Iterable[metadata.QualifiedName]) -> str:
    """The one name of an import; empty if that is not certain."""
    if {each.source for each in found} != {metadata.QualifiedNameSource.IMPORT}:
        return ""
    known = {each.name for each in found}
    return known.pop() if len(known) == 1 else ""


class Scopes:
    """A tree whose nodes know their place, their parent and what they name."""

    def __init__(self, tree: cst.Module) -> None:
        wrapper = metadata.MetadataWrapper(tree, unsafe_skip_copy=True)
        reader = _Reader(_imported_names(tree))
        wrapper.visit(reader)
        self.nodes = reader.nodes
        self._names = reader.names
        self._parents = wrapper.resolve(metadata.ParentNodeProvider)
        self._positions = wrapper.resolve(metadata.PositionProvider)
        self._scopes = wrapper.resolve(metadata.ScopeProvider)
        self.uses = list(self._uses())

    def line(self, node: cst.CSTNode) -> int:
        """The number of the line where a node begins."""
        return int(self._positions[node].start.line)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node that a node is part of."""
        parent: cst.CSTNode = self._parents[node]
        return parent

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a node lies in, the nearest first."""
        while not isinstance(node, cst.Module):
            node = self.parent(node)
            yield node

    def imported(self, node: cst.CSTNode) -> str:
        """What an expression names of an import; empty if that is not certain."""
        return self._names.get(node, "")

    def name(self, node: cst.CSTNode) -> str:
        """What an expression names of TensorFlow, without where it is taken from."""
        return names.tensorflow(self.imported(node)) or ""

    def hub(self, node: cst.CSTNode) -> str:
        """What an expression names of the hub: `Module`, `KerasLayer`; or nothing."""
        return hub_name(self.imported(node))

    def assignments(self, node: cst.Name) -> set[Any]:
        """Where the variable got what it is; of libcst's Assignment."""
        scope = self._scopes.get(node)
        return set(scope[node.value]) if scope is not None else set()

    def _uses(self) -> Iterator[tuple[cst.CSTNode, str]]:
        """Each name that is used of an import, in full: `tensorflow.nn.softmax`."""
        for node in self.nodes:
            if not isinstance(node, (cst.Name, cst.Attribute)):
                continue
            name = self.imported(node)
            parent = self.parent(node)
            part = isinstance(parent, cst.Attribute) and self.imported(parent)
            if name and not part and not self._is_of_import(node) and _is_plain(node):
                yield node, name

    def _is_of_import(self, node: cst.CSTNode) -> bool:
        kinds = (cst.Import, cst.ImportFrom)
        return any(isinstance(each, kinds) for each in self.ancestors(node))


def _is_plain(node: cst.BaseExpression) -> bool:
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


class _Imports(cst.CSTVisitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_ImportAlias(self, node: cst.ImportAlias) -> None:
        self.names.add((node.evaluated_alias or node.evaluated_name).split(".")[0])


def _imported_names(tree: cst.Module) -> set[str]:
    visitor = _Imports()
    tree.visit(visitor)
    return visitor.names


def _root(node: cst.BaseExpression) -> str:
    while isinstance(node, cst.Attribute):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


def hub_name(qualified: str) -> str:
    """What a full name is of the hub, old or new: `Module`; empty for another's."""
    root, _, name = qualified.partition(".")
    if root not in (names.OLD, names.NEW):
        return ""
    part, _, inner = name.partition(".")
    return inner if inner in names.SUBMODULES.get(part, ()) else name


def dotted(node: cst.BaseExpression | None) -> str:
    """A chain of names as text: `a.b.c`; empty for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr.value}" if before else ""
    return ""


def as_expression(name: str) -> cst.Name | cst.Attribute:
    """The chain of names of a text."""
    before, dot, last = name.rpartition(".")
    if not dot:
        return cst.Name(last)
    return cst.Attribute(as_expression(before), cst.Name(last))
