"""The tables of a TF1 Hub module, made once for all of its graph variants."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...runtime.tf import tf
from .. import private
from ..pruning import Graph, node_of
from ..saved import collection
from .functions import make

_TABLES = {
    "HashTableV2",
    "MutableHashTableV2",
    "MutableHashTableOfTensorsV2",
    "MutableDenseHashTableV2",
}
# Those that share nothing by a name: made anew, and empty, wherever the op runs.
ANONYMOUS = {
    "AnonymousHashTable",
    "AnonymousMutableHashTable",
    "AnonymousMutableHashTableOfTensors",
    "AnonymousMutableDenseHashTable",
}
_count = itertools.count()


_Base: Any = private.lookup_interface()


class Table(_Base):
    """A table of lookup ops, or what is made and filled like one.

    TensorFlow makes it and fills it again after a reload.

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

    def _create_resource(self) -> Any:
        return self._create()[0]

    def fill(self) -> None:
        """Fills it, once all the tables of its graph are made."""
        self._fill(self.resource_handle)

    _initialize = fill  # as TensorFlow calls it


def own_prefix() -> str:
    """A name that no other module of this process has."""
    return f"tfhub_{next(_count)}"


def isolate(graph_def: Any, prefix: str) -> None:
    """Gives what is shared by its name a name that is this module's alone, in place.

    Tables, queues and the like live in one space for the whole process, and two copies
    of a module, or two modules with a node of the same name, must not meet there. That
    holds within functions, too: a table of TensorFlow 2 is made by one.
    """
    new: dict[bytes, bytes] = {}
    for node in graph_def.node:
        if "shared_name" in node.attr or node.op in _TABLES:
            shared = node.attr["shared_name"]
            name = f"{prefix}/{node.name}".encode()
            new.setdefault(shared.s, name)
            shared.s = name
    for function in graph_def.library.function:
        for node in function.node_def:
            if "shared_name" in node.attr and node.attr["shared_name"].s:
                shared = node.attr["shared_name"]
                shared.s = new.get(shared.s, prefix.encode() + b"/" + shared.s)


def tables(
    graph: Graph, meta_graph: Any, state: Mapping[str, Any], made: dict[bytes, Table]
) -> dict[str, Table]:
    """Makes the tables of a graph, not yet filled.

    Args:
      graph: The graph.
      meta_graph: What it belongs to, for the collection `table_initializer`.
      state: As for `functions.make()`. When a table is filled it has to hold the
        handles of all.
      made: Those of other variants. What is made and filled in the same way is one
        table; what is new is added.

    Returns:
      The tables by the names of the tensors that are their handles.
    """
    listed = collection(meta_graph, "table_initializer").node_list.value
    fillers = [(name, graph.needed([name], ())) for name in dict.fromkeys(listed)]
    found = {}
    for tensor, maker in makers(graph):
        updates = [name for name, needed in fillers if node_of(tensor) in needed]
        part = graph.extract([tensor, *updates], ())
        part.ClearField("library")  # a variant's functions have names of their own
        key = part.SerializeToString(deterministic=True)
        if key not in made:
            made[key] = _table(graph, tensor, maker, updates, state)
        found[tensor] = made[key]
    return found


def _table(
    graph: Graph, tensor: str, maker: Any, updates: list[str], state: Mapping[str, Any]
) -> Table:
    def fill(handle: Any) -> None:
        if updates:
            make(graph, {}, [], {**state, tensor: handle}, updates)()

    def dtype(name: str) -> Any:
        # What is no table, such as a tokenizer, has none, and nobody asks for it.
        return tf.as_dtype(maker.attr[name].type) if name in maker.attr else tf.variant

    dtypes = dtype("key_dtype"), dtype("value_dtype")
    return Table(dtypes, make(graph, {}, [tensor], state), fill)


def makers(graph: Graph) -> Iterator[tuple[str, Any]]:
    """The tensors that are handles of tables, each with the node that makes it.

    A table of TensorFlow 2 that is used in a graph is made by the call of a function.

    Args:
      graph: The graph.
    """
    library = {f.signature.name: f for f in graph.graph_def.library.function}
    for node in graph.graph_def.node:
        if node.op in _TABLES:
            yield f"{node.name}:0", node
            continue
        function = _called(node, library)
        for i, output in enumerate(function.signature.output_arg if function else ()):
            if output.type == tf.resource.as_datatype_enum:
                maker = _maker(function, output.name, library)
                if maker is not None:
                    yield f"{node.name}:{i}", maker


def _called(node: Any, library: Mapping[str, Any]) -> Any:
    if node.op in ("PartitionedCall", "StatefulPartitionedCall"):
        return library.get(node.attr["f"].func.name)
    return library.get(node.op)


def _maker(function: Any, output: str, library: Mapping[str, Any]) -> Any:
    """The node that makes the resource that a function gives, also if by another.

    None where the function was given it, and where it is a variable.
    """
    nodes = {node.name: node for node in function.node_def}
    tensor = function.ret[output]
    while True:
        name, _, place = tensor.partition(":")
        node = nodes.get(name)
        if node is None:
            return None
        if node.op != "Identity":
            break
        tensor = node.input[0]
    inner = _called(node, library)
    if inner is not None:  # "call:output:1", or by the name where it is called by name
        outputs = [argument.name for argument in inner.signature.output_arg]
        field, _, index = place.partition(":")
        return _maker(
            inner, outputs[int(index)] if field == "output" else field, library
        )
    shared = node.op != "VarHandleOp" and "shared_name" in node.attr
    return node if shared or node.op in ANONYMOUS else None
