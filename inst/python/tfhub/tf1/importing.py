"""A MetaGraph becomes a part of a graph.

A module is imported once for its state (variables, tables, assets), and once for each
application, in which what stands for the state is that of the first import.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from typing import Any

from .. import words
from ..errors import GraphError, ModelFormatError
from ..runtime.tf import tf
from ..shown import brief
from . import naming, private

Keys = tf.compat.v1.GraphKeys
_imports = itertools.count()
# The contexts of control flow of the first generation, and the messages in them.
CONTEXTS = {Keys.COND_CONTEXT: "CondContextDef", Keys.WHILE_CONTEXT: "WhileContextDef"}
STATE = (
    Keys.GLOBAL_VARIABLES,
    Keys.MODEL_VARIABLES,
    Keys.TABLE_INITIALIZERS,
    Keys.ASSET_FILEPATHS,
    *CONTEXTS,
)
TRAINABLE_STATE = (Keys.TRAINABLE_VARIABLES, Keys.REGULARIZATION_LOSSES)
APPLIED = (Keys.ASSET_FILEPATHS, *CONTEXTS)
TRAINABLE_APPLIED = (Keys.UPDATE_OPS,)


def import_graph(
    meta_graph: Any,
    scope: str,
    collections: Collection[str],
    input_map: dict[str, Any] | None = None,
) -> str:
    """Imports a MetaGraph into the default graph.

    Args:
      meta_graph: The MetaGraphDef, which is changed.
      scope: The name scope to put it in, made unique.
      collections: Those to be restored.
      input_map: Tensors to use in place of those with these names.

    Returns:
      The name scope that it was put in.
    """
    for name in set(meta_graph.collection_def) - set(collections):
        del meta_graph.collection_def[name]
    # TensorFlow makes functions after these for gradients, one of a name in a process.
    naming.name_functions(meta_graph.graph_def, f"_{next(_imports)}")
    # Without a saver of its own the import would add the ops of a new one.
    saver = meta_graph.saver_def
    saver.filename_tensor_name = saver.save_tensor_name = saver.restore_op_name = "none"
    unique: str = tf.compat.v1.get_default_graph().unique_name(
        scope, mark_as_used=False
    )
    tf.compat.v1.train.import_meta_graph(
        meta_graph, import_scope=scope, input_map=input_map or {}
    )
    return unique


def name_resources(meta_graph: Any, scope: str) -> None:
    """Puts the shared names of resources below a scope, lest two modules share them."""
    graph_def = meta_graph.graph_def
    functions = graph_def.library.function
    for nodes in (graph_def.node, *(function.node_def for function in functions)):
        for node in nodes:
            if "shared_name" in node.attr and node.attr["shared_name"].s:
                shared = node.attr["shared_name"]
                shared.s = f"{scope}/".encode() + shared.s


def state_of(graph: Any, scope: str, names: Iterable[str]) -> dict[str, Any]:
    """What holds the state of a module: the stateful ops that take nothing.

    Args:
      graph: The graph that the module was imported into.
      scope: The name scope that it is in.
      names: The names of its nodes, without the scope.

    Returns:
      The output of each such op, by the name of the tensor, without the scope.

    Raises:
      ModelFormatError: One of them has several outputs.
    """
    state = {}
    for name in names:
        op = graph.get_operation_by_name(f"{scope}/{name}")
        if op.op_def is not None and op.op_def.is_stateful and not op.inputs:
            if len(op.outputs) > 1:
                msg = (
                    f"The op {brief(name)} ({brief(op.type)}) of the module holds "
                    f"state and has {len(op.outputs)} outputs; a module can use one."
                )
                raise ModelFormatError(msg, hint="Make the module without that op.")
            if op.outputs:
                state[f"{name}:0"] = op.outputs[0]
    return state


def detach(
    meta_graph: Any, state: dict[str, Any], given: dict[str, Any]
) -> dict[str, list[bytes]]:
    """Makes placeholders of what holds the state, which an application does not need.

    They stay because the contexts of control flow may name them.

    Args:
      meta_graph: The MetaGraphDef, which is changed.
      state: What `state_of()` gave.
      given: All tensors that are put in the place of others, by the names of those.

    Returns:
      For each op that is to be beside an op that is replaced, the colocation groups
      that it has to have. Within a function there are none: TensorFlow places the ops
      of a function where their resources are.

    Raises:
      ModelFormatError: It is not plain which op an op is to be beside.
    """
    nodes = meta_graph.graph_def.node
    for node in nodes:
        tensor = state.get(f"{node.name}:0")
        if tensor is not None:
            node.CopyFrom(type(node)(name=node.name, op="Placeholder"))
            node.attr["dtype"].type = tensor.dtype.base_dtype.as_datatype_enum
    places = _places(given)
    beside = {}
    for node in nodes:
        wanted = list(node.attr["_class"].list.s) if "_class" in node.attr else []
        moved = [group for group in wanted if group in places]
        if not moved:
            continue
        if any(len(places[group]) > 1 for group in moved):
            msg = (
                f"The op {brief(node.name)} of the module is to be beside "
                f"{brief(moved[0].decode('utf-8', 'replace'))}, whose outputs come "
                "from ops at several places."
            )
            raise ModelFormatError(msg, hint="Give these inputs from one op.")
        node.attr["_class"].list.s[:] = [g for g in wanted if g not in places]
        if not node.attr["_class"].list.s:
            del node.attr["_class"]
        beside[node.name] = [g for m in moved for groups in places[m] for g in groups]
    return {name: groups for name, groups in beside.items() if groups}


def _places(given: dict[str, Any]) -> dict[bytes, set[tuple[bytes, ...]]]:
    """The groups of the ops in the place of others, by the groups of these."""
    graph = tf.compat.v1.get_default_graph()
    places: dict[bytes, set[tuple[bytes, ...]]] = {}
    for name, tensor in given.items():
        groups = () if private.is_function(graph) else tensor.op.colocation_groups()
        group = b"loc:@" + name.partition(":")[0].encode()
        places.setdefault(group, set()).add(tuple(groups))
    return places


def session(graph: Any) -> Any:
    """A session of the library's own; what is pinned to a GPU runs without one, too."""
    v1 = tf.compat.v1
    return v1.Session(graph=graph, config=v1.ConfigProto(allow_soft_placement=True))


def require_graph(graph: Any, what: str) -> None:
    """Checks that the default graph is this one, or that of a loop's body within it.

    Raises:
      GraphError: It is neither.
    """
    with tf.init_scope():
        outermost = tf.compat.v1.get_default_graph()
    if outermost is not graph:
        msg = f"{what} is of another graph than the default one."
        raise GraphError(
            msg,
            hint="Use it within "
            + words.code("`with graph.as_default():`", "with(graph$as_default(), ...)")
            + ".",
        )
