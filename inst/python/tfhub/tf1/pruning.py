"""The part of a graph that some of its tensors need, and the order of its effects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

_WRITES = (
    "Assign",
    "ResourceApply",
    "ResourceCountUpTo",
    "ResourceScatter",
    "ResourceSparseApply",
    "ResourceStridedSliceAssign",
)
_READS = {"ReadVariableOp", "ResourceGather", "ResourceGatherNd"}


def tensor_of(name: str) -> str:
    """The name of an input of a node as that of a tensor, always with its index."""
    return name if ":" in name else f"{name}:0"


def node_of(name: str) -> str:
    """The name of the node of an input, a control input or a tensor."""
    return name.removeprefix("^").partition(":")[0]


class Graph:
    """A GraphDef whose parts are asked for.

    Args:
      graph_def: The graph; see `rewriting`.
      op_list: The ops as they were when the graph was made, if their default values
        were left out of it.
    """

    def __init__(self, graph_def: Any, op_list: Any = None) -> None:
        self.graph_def = graph_def
        self.op_list = op_list
        self.by_name: dict[str, Any] = {node.name: node for node in graph_def.node}

    def needed(self, targets: Iterable[str], given: Iterable[str]) -> set[str]:
        """The names of the nodes that the targets need.

        Args:
          targets: Names of tensors or nodes.
          given: Names of tensors whose values are known; what only they need is not.
        """
        known = set(given)
        found: set[str] = set()
        waiting = [name for name in targets if name not in known]
        while waiting:
            name = node_of(waiting.pop())
            if name in found or name not in self.by_name:
                continue
            found.add(name)
            for source in self.by_name[name].input:
                if source.startswith("^"):
                    # A control input on what is given has happened already.
                    if f"{source[1:]}:0" not in known:
                        waiting.append(source)
                elif tensor_of(source) not in known:
                    waiting.append(source)
        return found

    def dependent(self, sources: Iterable[str], given: Iterable[str]) -> set[str]:
        """The names of the nodes that cannot run without the sources.

        Args:
          sources: Names of tensors.
          given: As for `needed()`.
        """
        takers = _takers(self.graph_def)
        for name in given:
            takers[node_of(name)] = []
        return _descendants(takers, map(node_of, sources))

    def extract(self, targets: Iterable[str], given: Iterable[str]) -> Any:
        """A GraphDef of what the targets need, without what is given.

        Nodes whose only output is given are left out, with the control inputs on them;
        where the devices and colocations of the maker's machine were, there is nothing.
        """
        wanted = self.needed(targets, given)
        whole = self.graph_def
        part = type(whole)(versions=whole.versions, library=whole.library)
        for node in whole.node:
            if node.name in wanted:
                copy = part.node.add()
                copy.CopyFrom(node)
                copy.device = ""
                if "_class" in copy.attr:
                    del copy.attr["_class"]
                kept = [
                    name
                    for name in node.input
                    if not name.startswith("^") or name[1:] in wanted
                ]
                del copy.input[:]
                copy.input.extend(kept)
        return part


def order_effects(graph_def: Any, handles: Iterable[str]) -> None:
    """Makes each assignment of a variable wait for the reads beside it, in place.

    A graph of TensorFlow 1 leaves open whether a read comes before or after an
    assignment where no edge says it; a training step means the value before. Reads
    that descend from the assignment stay after it. What lies in a loop or a branch of
    the first generation is left alone: an edge out of it would not be valid, or would
    stop the assignment when the branch is not taken.

    Args:
      graph_def: The graph, changed in place.
      handles: The tensors that are the resources of variables.
    """
    takers = _takers(graph_def)
    inside = _inside(graph_def, takers)
    for handle in handles:
        using = [
            node
            for node in _through_identities(takers, handle)
            if node.name not in inside
        ]
        for write in (node for node in using if node.op.startswith(_WRITES)):
            after = _descendants(takers, [write.name])
            write.input.extend(
                f"^{node.name}"
                for node in using
                if node.op in _READS and node.name not in after
                if f"^{node.name}" not in write.input
            )
            # The new edges make new descendants; the map of takers must know them.
            for node in using:
                if f"^{node.name}" in write.input:
                    takers[node.name].append(write)


def reads(graph_def: Any) -> list[str]:
    """The ops that read a variable, but for those in a loop or branch of TF1.

    Args:
      graph_def: The graph.
    """
    inside = _inside(graph_def, _takers(graph_def))
    return [
        node.name
        for node in graph_def.node
        if node.op in _READS and node.name not in inside
    ]


def _inside(graph_def: Any, takers: dict[str, list[Any]]) -> set[str]:
    """The nodes in loops and branches of the first generation."""
    return _descendants(
        takers,
        (n.name for n in graph_def.node if n.op in ("Enter", "Switch")),
        stop=("Exit", "Merge"),
    )


def _takers(graph_def: Any) -> dict[str, list[Any]]:
    """The nodes that take something from a node, by its name."""
    takers = defaultdict(list)
    for node in graph_def.node:
        for name in node.input:
            takers[node_of(name)].append(node)
    return takers


def _through_identities(takers: Any, handle: str) -> list[Any]:
    found = []
    for node in takers[node_of(handle)]:
        found += (
            _through_identities(takers, node.name) if node.op == "Identity" else [node]
        )
    return found


def _descendants(
    takers: Any, names: Iterable[str], stop: tuple[str, ...] = ()
) -> set[str]:
    found = set(names)
    waiting = list(found)
    while waiting:
        for node in takers[waiting.pop()]:
            if node.name not in found and node.op not in stop:
                found.add(node.name)
                waiting.append(node.name)
    return found
