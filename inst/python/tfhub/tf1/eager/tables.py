"""The tables of a TF1 Hub module, made once for all of its graph variants."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...runtime.tf import tf
from ..pruning import Graph
from ..saved import collection
from .functions import make

_TABLES = {
    "HashTableV2",
    "MutableHashTableV2",
    "MutableHashTableOfTensorsV2",
    "MutableDenseHashTableV2",
}
_count = itertools.count()


class Table(tf.saved_model.experimental.TrackableResource):
    """A table of lookup ops. TensorFlow makes it and fills it again after a reload.

    Args:
      create: Gives the handle of the table.
      initialize: Fills the table.
    """

    def __init__(
        self, create: Callable[[], list[Any]], initialize: Callable[[Any], None]
    ) -> None:
        super().__init__()
        self._create = create
        self._fill = initialize
        self._initialize()

    def _create_resource(self) -> Any:
        return self._create()[0]

    def _initialize(self) -> None:
        self._fill(self.resource_handle)


def own_prefix() -> str:
    """A name that no other module of this process has."""
    return f"tfhub_{next(_count)}"


def isolate(graph_def: Any, prefix: str) -> None:
    """Gives what is shared by its name a name that is this module's alone, in place.

    Tables, queues and the like live in one space for the whole process, and two copies
    of a module, or two modules with a node of the same name, must not meet there.
    """
    for node in graph_def.node:
        if "shared_name" in node.attr or node.op in _TABLES:
            node.attr["shared_name"].s = f"{prefix}/{node.name}".encode()


def tables(
    graph: Graph, meta_graph: Any, state: Mapping[str, Any]
) -> Iterator[tuple[str, Table]]:
    """Makes the tables of a graph, each filled by the initialisers that speak of it.

    Args:
      graph: The graph.
      meta_graph: What it belongs to, for the collection `table_initializer`.
      state: As for `functions.make()`; tables that it holds are not made again.
    """
    fillers = [
        (name, graph.needed([name], ()))
        for name in collection(meta_graph, "table_initializer").node_list.value
    ]
    for node in graph.graph_def.node:
        tensor = f"{node.name}:0"
        if node.op in _TABLES and tensor not in state:
            yield tensor, _table(graph, node.name, fillers, state)


def _table(
    graph: Graph,
    name: str,
    fillers: list[tuple[str, set[str]]],
    state: Mapping[str, Any],
) -> Table:
    tensor = f"{name}:0"
    create = make(graph, {}, [tensor], state)
    updates = [filler for filler, needed in fillers if name in needed]

    def fill(handle: Any) -> None:
        if updates:
            make(graph, {}, [], {**state, tensor: handle}, updates)()

    return Table(create, fill)
