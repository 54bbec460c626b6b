"""The names of TensorFlow that are not in its documentation, each where it is used.

Each is here because no documented name does the job; `tests/python/tf1/test_private.py`
fails when one of them moves.
"""

from __future__ import annotations

import importlib
from typing import Any

from ..runtime.tf import tf


def capture(value: Any) -> Any:
    """What stands for an eager value within the function graph that is being built.

    `FuncGraph.capture()` gives the placeholder for a handle, which an import needs
    for its `input_map`: the operation that uses the handle is not made by Python, so
    nothing captures it. `FuncGraph.watch_variable()` lets a tape know of the variable.
    Both names are without an underscore, but of a class that is not documented.

    Args:
      value: A `tf.Variable`, or an eager tensor.
    """
    graph = tf.compat.v1.get_default_graph()
    if not isinstance(value, tf.Variable):
        return graph.capture(value)
    graph.watch_variable(value)
    return graph.capture(value.handle)


def dense_columns() -> tuple[Any, Any]:
    """The base classes of a feature column with dense values: TF1's, and TF2's.

    What takes feature columns asks for these classes: `input_layer` and `linear_model`
    of `tf.compat.v1.feature_column` for the first, Keras for the second. The first is
    not exported at all, the second only below `tf.__internal__`, for Keras.
    """
    module = "tensorflow.python.feature_column.feature_column"
    old = importlib.import_module(module)._DenseColumn
    return old, tf.__internal__.feature_column.DenseColumn


def trains(state_manager: Any) -> bool:
    """Whether the layer that a feature column makes its state for is trainable.

    A StateManager heeds that in the variables that it makes, and a module makes its
    own.
    """
    return bool(state_manager._trainable)


def lookup_interface() -> type[Any]:
    """The base class of all tables.

    Of what a model uses beside variables, `export()` of Keras 2 saves only what is of
    this class, or was loaded.
    """
    bases = tf.lookup.StaticHashTable.__mro__
    return next(base for base in bases if base.__name__ == "LookupInterface")  # type: ignore[no-any-return]


def must_run(operations: list[Any]) -> None:
    """Makes operations run whenever the function that is being built does.

    `tf.function` finds them by its automatic control dependencies; `wrap_function` has
    none, and what no output needs would be lost where the function is inlined.
    """
    tf.compat.v1.get_default_graph().control_outputs.extend(operations)


def in_default_graph(tensor: Any) -> Any:
    """A tensor of a graph, or what stands for it within a function's graph.

    The bodies of loops and conditionals of TensorFlow 2 are such graphs. As in
    `capture()`, what is imported there takes what was captured. A function takes the
    value of a variable by reference, read outside of it.
    """
    graph = tf.compat.v1.get_default_graph()
    if tensor.graph is graph or not is_function(graph):
        return tensor
    if tensor.dtype != tensor.dtype.base_dtype:
        with tf.init_scope():
            tensor = tf.identity(tensor)
    return graph.capture(tensor)


def is_function(graph: Any) -> bool:
    """Whether a graph is that of a function, such as the body of a loop."""
    return hasattr(graph, "capture")


def place_beside(op: Any, groups: list[bytes]) -> None:
    """Puts an op into colocation groups, beside those that it is in.

    An import prefixes the names of all groups with the scope, so an op cannot get into
    a group of the graph around it before, and nothing else changes an op after.
    """
    own = f"loc:@{op.name}".encode()
    groups = sorted({*op.colocation_groups(), *groups} - {own})
    value = tf.compat.v1.AttrValue(list=tf.compat.v1.AttrValue.ListValue(s=groups))
    op._set_attr("_class", value)
