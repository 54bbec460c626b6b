"""The tables of a TF1 Hub module, made once for all of its graph variants."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...runtime.tf import tf
from .. import private
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


_Base: Any = private.lookup_interface()


class Table(_Base):
    """A table of lookup ops. TensorFlow makes it and fills it again after a reload.

    Args:
      dtypes: Those of the keys and of the values.
      create: Gives the handle of the table.
      initialize: Fills the table.
    """

    def __init__(
        self,
        dtypes: tuple[Any, Any],
        create: Callable[[], list[Any]],
        initialize: Callable[[Any], None],
    ) -> None:
        super().__init__(*dtypes)
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

    attr = graph.by_name[name].attr
    dtypes = tuple(tf.as_dtype(attr[k].type) for k in ("key_dtype", "value_dtype"))
    return Table(dtypes, create, fill)
