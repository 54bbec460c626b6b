"""The variables of a checkpoint under the names that they have in the model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError

from . import protos, reading
from .description import Tensor, Weight

# How an object's own tensor ends (tensorflow/python/checkpoint/trackable_utils.py).
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
# Characters of all names: many ways may lead to one variable, and what shows the
# weights writes its name again for each.
_MOST_TEXT = 1 << 20


def name_weights(
    tensors: dict[str, Tensor], meta_graphs: Iterable[Any]
) -> tuple[Weight, ...]:
    """Gives each tensor of a checkpoint its name, and whether it can be trained.

    A TF2 SavedModel's checkpoint names a variable by its way through the objects, such
    as `layers/0/kernel`; the object at its end knows the name and what it is for. One
    of TF1 has the variable's own name, and a collection lists those to be trained.
    Where names are much longer than the ways, further ones have the ways for names.

    Args:
      tensors: The tensors, by their names in the checkpoint.
      meta_graphs: The graphs of the model.
    """
    graphs = list(meta_graphs)
    trained = {name for graph in graphs for name in _trained(graph)}
    weights, left = [], _MOST_TEXT
    ways = _Ways(graphs[0].object_graph_def)
    for key, tensor in tensors.items():
        way = key.removesuffix(_VALUE)
        variable = ways.variable(key)
        if variable is None:
            weights.append(Weight(way, tensor, key in trained))
            continue
        name, trainable = variable
        left -= max(0, len(name) - len(way))
        weights.append(Weight(name if name and left >= 0 else way, tensor, trainable))
    return tuple(weights)


class _Ways:
    """The ways through the objects of a model, each object looked at once.

    Names come sorted, and a table writes only what a name does not share with the one
    before. So only that is gone anew: all ways together may be longer than the file.
    """

    def __init__(self, objects: Any) -> None:
        self._nodes = objects.nodes
        self._count = len(objects.nodes)
        self._children: dict[int, dict[str, int]] = {}
        self._variables: dict[int, tuple[str, bool] | None] = {}
        self._way = ""  # the last one, as far as it led
        self._passed = [0]  # the objects on it

    def variable(self, key: str) -> tuple[str, bool] | None:
        """The variable to which a name in the checkpoint leads, or None.

        Returns:
          Its name, and whether it can be trained.
        """
        if not key.endswith(_VALUE) or not self._count:
            return None
        way = key.removesuffix(_VALUE) + "/"
        known = way.rfind("/", 0, _shared(way, self._way)) + 1
        del self._passed[way.count("/", 0, known) + 1 :]
        for step in way[known:-1].split("/"):
            size = len(step) + 1
            if "." in step:
                step = re.sub(r"\.(.)", lambda m: "/" if m[1] == "S" else m[1], step)
            below = self._below(self._passed[-1]).get(step)
            if below is None:
                self._way = way[:known]
                return None
            self._passed.append(below)
            known += size
        self._way = way
        return self._at(self._passed[-1])

    def _at(self, number: int) -> tuple[str, bool] | None:
        if number not in self._variables:
            node, found = self._nodes[number], None
            if node.HasField("variable"):
                found = node.variable.name, node.variable.trainable
            self._variables[number] = found
        return self._variables[number]

    def _below(self, node: int) -> dict[str, int]:
        children = self._children.get(node)
        if children is None:
            children = self._children[node] = {}
            for child in self._nodes[node].children:
                if 0 <= child.node_id < self._count:
                    children.setdefault(child.local_name, child.node_id)
        return children


def _shared(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _trained(meta_graph: Any) -> set[str]:
    """The variables of TF1 in the collection of those to be trained."""
    names = set()
    for entry in meta_graph.collection_def:
        if entry.key == "trainable_variables":
            for data in entry.value.bytes_list.value:
                try:
                    variable = reading.parsed(protos.VariableDef, data)
                except DecodeError:
                    continue
                whole = variable.save_slice_info_def.full_name  # of a partition
                names.add(whole or variable.variable_name.partition(":")[0])
    return names
