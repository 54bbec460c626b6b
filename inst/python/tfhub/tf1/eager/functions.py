"""A part of a TensorFlow 1 graph as a function of TensorFlow 2."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...runtime.tf import tf
from .. import private
from ..pruning import Graph, node_of, order_effects, reads, tensor_of

Function = Callable[..., list[Any]]


def make(
    graph: Graph,
    feeds: Mapping[str, Any],
    fetches: Sequence[str],
    state: Mapping[str, Any],
    updates: Sequence[str] = (),
) -> Function:
    """Makes a function that runs what the fetches and updates need, and nothing else.

    TensorFlow's own loader and the automatic control dependencies of `tf.function`
    both fail on some graphs of TensorFlow 1; a graph that is imported within
    `wrap_function` keeps exactly the edges that it has.

    Args:
      graph: The graph.
      feeds: Names of tensors, with their TensorSpecs: what the function takes.
      fetches: Names of tensors: what it gives.
      state: Names of tensors, with what stands for them outside of the function: a
        `tf.Variable`, or the eager tensor of a table or of an asset's path.
      updates: Names of ops that have run when the function is done.

    Returns:
      A function of tensors in the order of the feeds, that gives the list of the
      tensors fetched. It has a gradient for every variable and every feed, unless the
      graph has a loop of the first generation; see `gradients`.
    """
    updates = [node_of(name) for name in updates]
    part = graph.extract([*fetches, *updates], {*feeds, *state})
    order_effects(part, [n for n, v in state.items() if isinstance(v, tf.Variable)])
    # What follows a call may assign to what it reads; where the call is inlined, only
    # these are waited for.
    ending = [*updates, *reads(part)]
    taken = {
        tensor_of(name)
        for node in part.node
        for name in node.input
        if not name.startswith("^")
    }

    def body(*arguments: Any) -> list[Any]:
        known = dict(zip(feeds, arguments, strict=True))
        for name, value in state.items():
            if name in taken or name in fetches:
                known[name] = private.capture(value)
        inner = [name for name in fetches if name not in known]
        elements = tf.graph_util.import_graph_def(
            part,
            input_map={name: known[name] for name in known if name in taken},
            return_elements=[*inner, *ending],
            name="hub",
            producer_op_list=graph.op_list,
        )
        known |= dict(zip(inner, elements, strict=False))
        private.must_run(elements[len(inner) :])
        return [tf.identity(known[name]) for name in fetches]

    with tf.init_scope():  # out of any function being traced, and off every tape
        return tf.compat.v1.wrap_function(body, list(feeds.values()))  # type: ignore[no-any-return]
