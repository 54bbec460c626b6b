"""The gradient of a loop of the first generation.

A tape cannot differentiate `Enter` ... `Exit` within a function. `tf.gradients` can in
a graph, with the contexts of the loops. So the gradient is built there, and imported
as a function of its own: the second half of a `tf.custom_gradient`. It runs the loop
again, so a loop that draws random numbers has the gradient of other draws.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...runtime.tf import tf
from ..pruning import Graph
from .functions import Function, make

_OPS = {"Enter", "Switch", "While", "StatelessWhile"}
_CONTEXTS = {"cond_context", "while_context"}
_switching = threading.Lock()


def has_loop(graph: Graph, fetches: Sequence[str], feeds: Iterable[str]) -> bool:
    """Whether there is a loop of the first generation on the way to the fetches."""
    needed = graph.needed(fetches, feeds)
    return any(graph.by_name[name].op in _OPS for name in needed)


def with_gradient(
    forward: Function,
    meta_graph: Any,
    feeds: Mapping[str, Any],
    fetches: Sequence[str],
    state: Mapping[str, Any],
) -> Function:
    """Gives a function that `make()` made from such a graph its gradient.

    Args:
      forward: The function.
      meta_graph: The whole graph, with the contexts of its loops.
      feeds: As for `make()`.
      fetches: As for `make()`.
      state: As for `make()`.
    """
    gradient = _Gradient(meta_graph, feeds, fetches, state)

    def function(*inputs: Any) -> Any:
        return forward(*inputs), functools.partial(gradient, inputs)

    return tf.custom_gradient(function)  # type: ignore[no-any-return]


class _Gradient:
    """The gradient of a function by its inputs and variables, built when first used."""

    def __init__(
        self,
        meta_graph: Any,
        feeds: Mapping[str, Any],
        fetches: Sequence[str],
        state: Mapping[str, Any],
    ) -> None:
        self._meta_graph = meta_graph
        self._feeds = feeds
        self._fetches = fetches
        self._state = state
        self._variables = {
            variable.ref(): name
            for name, variable in state.items()
            if isinstance(variable, tf.Variable) and variable.trainable
        }

    def __call__(
        self, inputs: Sequence[Any], *given: Any, variables: Sequence[Any] = ()
    ) -> Any:
        function, sizes = self._function
        floats = [dy for dy in given if dy is not None and dy.dtype.is_floating]
        tensors = iter(function(*inputs, *floats))
        gradients = {
            name: _gradient([next(tensors) for _ in range(size)])
            for name, size in sizes.items()
        }
        by_inputs = [gradients.get(name) for name in self._feeds]
        if not variables:
            return by_inputs
        names = [self._variables[variable.ref()] for variable in variables]
        return by_inputs, [gradients.get(name) for name in names]

    @functools.cached_property
    def _function(self) -> tuple[Function, dict[str, int]]:
        """The function, and how many tensors each of its gradients is made of."""
        v1 = tf.compat.v1
        with _first_generation(), tf.Graph().as_default() as graph:
            v1.train.import_meta_graph(_bare(self._meta_graph))
            ys = [graph.get_tensor_by_name(name) for name in self._fetches]
            ys = [y for y in ys if y.dtype.is_floating]
            dys = [v1.placeholder(y.dtype, y.shape, "tfhub_dy") for y in ys]
            by = [*self._feeds, *self._variables.values()]
            xs = [graph.get_tensor_by_name(name) for name in by]
            found = {
                name: tf.nest.flatten(gradient, expand_composites=True)
                for name, gradient in zip(by, v1.gradients(ys, xs, dys), strict=True)
                if gradient is not None
            }
            fetches = [tensor.name for parts in found.values() for tensor in parts]
            feeds = dict(self._feeds) | {
                dy.name: tf.TensorSpec(dy.shape, dy.dtype) for dy in dys
            }
            made = Graph(graph.as_graph_def())
        sizes = {name: len(parts) for name, parts in found.items()}
        return make(made, feeds, fetches, self._state), sizes


@contextlib.contextmanager
def _first_generation() -> Iterator[None]:
    """Has TensorFlow build loops, and the arrays in them, as TensorFlow 1 did.

    The gradient of a TensorArray of TensorFlow 1, as RNNs and `map_fn()` have it, is
    another such array, which TensorFlow makes only so. The switch is one for the whole
    process, but what is built within functions does not heed it.
    """
    v1 = tf.compat.v1
    with _switching:
        second = v1.control_flow_v2_enabled()
        v1.disable_control_flow_v2()
        try:
            yield
        finally:
            if second:
                v1.enable_control_flow_v2()


def _gradient(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else tf.IndexedSlices(*parts)


def _bare(meta_graph: Any) -> Any:
    """A copy without the collections of which the loops have no need."""
    bare = type(meta_graph)()
    bare.CopyFrom(meta_graph)
    for name in set(bare.collection_def) - _CONTEXTS:
        del bare.collection_def[name]
    return bare
