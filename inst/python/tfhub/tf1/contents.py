"""The tables that a model of TensorFlow 2 brings into a graph, made fit for a module.

In a graph TensorFlow fills a table that can change, such as that of an adapted layer of
Keras, by reading the checkpoint of the model. A module has no such file, so what is
read becomes a part of its graph.
"""

from __future__ import annotations

from typing import Any

from ..runtime.tf import tf
from . import importing, saved
from .eager.tables import ANONYMOUS, makers
from .pruning import Graph, node_of


def flatten_initializers(graph: Any) -> None:
    """Makes the initializers of tables a plain list, the only one that is exported.

    TensorFlow adds those that read a checkpoint as a list in the list.

    Args:
      graph: The graph, before its MetaGraph is made.
    """
    listed = graph.get_collection_ref(importing.Keys.TABLE_INITIALIZERS)
    listed[:] = tf.nest.flatten(listed)


def keep_contents(meta_graph: Any) -> None:
    """Puts what the initializers of tables read from checkpoints into the graph.

    Args:
      meta_graph: The MetaGraphDef, which is changed.
    """
    graph = Graph(meta_graph.graph_def)
    key = importing.Keys.TABLE_INITIALIZERS
    listed = saved.collection(meta_graph, key).node_list.value
    needed = graph.needed(listed, ())
    values: dict[str, list[Any]] = {}
    for node in (graph.by_name[name] for name in sorted(needed)):
        for i, name in enumerate(node.input):
            source = graph.by_name[node_of(name)]
            if source.op == "RestoreV2" and not name.startswith("^"):
                if name not in values:
                    values[name] = _value(graph, source, name)
                node.input[i] = values[name][-1].name
    for nodes in values.values():
        graph.graph_def.node.extend(nodes)


def name_anonymous(meta_graph: Any) -> None:
    """Lets tables that are shared under no name last from run to run of a session.

    Args:
      meta_graph: The MetaGraphDef, which is changed.
    """
    for tensor, node in makers(Graph(meta_graph.graph_def)):
        if node.op in ANONYMOUS:
            node.op = node.op.removeprefix("Anonymous") + "V2"
            node.attr["shared_name"].s = f"{node_of(tensor)}/{node.name}".encode()


def _value(graph: Graph, restore: Any, output: str) -> list[Any]:
    """Nodes, the last of which gives what an op reads from a checkpoint."""
    prefix, names = (
        tf.make_ndarray(graph.by_name[node_of(name)].attr["value"].tensor)
        for name in restore.input[:2]
    )
    index = int(output.partition(":")[2] or 0)
    name = tf.compat.as_str(names[index])
    value = tf.train.load_checkpoint(tf.compat.as_str(prefix.item())).get_tensor(name)
    dtype = restore.attr["dtypes"].list.type[index]
    node = tf.compat.v1.NodeDef(name=f"{restore.name}/value_{index}", op="Const")
    node.attr["dtype"].type = dtype
    tensor = tf.make_tensor_proto(value, tf.as_dtype(dtype), value.shape)
    node.attr["value"].tensor.CopyFrom(tensor)
    # A table that takes values of this shape may say that it does not, and was never
    # asked: what is read from a file has none.
    hidden = tf.compat.v1.NodeDef(name=f"{node.name}_read", op="PlaceholderWithDefault")
    hidden.input.append(node.name)
    hidden.attr["dtype"].type = dtype
    hidden.attr["shape"].shape.unknown_rank = True
    return [node, hidden]
