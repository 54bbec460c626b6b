"""What comes out of a loaded model keeps the model.

A function of TensorFlow 2 has no hold on its variables, only the object that has them
as attributes does: of `f = load(u).signatures["default"]` nothing would be left to
train or to freeze. So each function gets a hold on the variables and tables of its
model. None of these leads back to a function, so all is freed as soon as it is let go.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from itertools import filterfalse
from typing import Any

from .tf import tf

# TensorFlow makes a class for each object that it loads: only some are remembered.
_remembered = functools.lru_cache(maxsize=256)


def keep(model: Any) -> None:
    """Gives all functions of a model a hold on what it needs to run.

    Args:
      model: What TensorFlow's loader gave.
    """
    nodes = tf.train.TrackableView(model).descendants()
    kept = tuple(node for node in nodes if _is_state(node))
    if not kept:
        return
    owners = [*filterfalse(_is_state, nodes), getattr(model, "signatures", {})]
    for function in _functions(owners):
        if isinstance(function, tf.types.experimental.PolymorphicFunction):
            function.__class__ = _class(type(function))  # type: ignore[arg-type]
            for concrete in getattr(function, "concrete_functions", ()):
                concrete._tfhub_keeps = kept
        function._tfhub_keeps = kept


def _is_state(node: Any) -> bool:
    return _is_state_type(type(node))  # type: ignore[arg-type]


@_remembered
def _is_state_type(type_: type[Any]) -> bool:
    resource = tf.saved_model.experimental.TrackableResource
    return issubclass(type_, (tf.Variable, resource))


def _functions(owners: Iterable[Any]) -> Iterator[Any]:
    for owner in owners:
        if isinstance(owner, Mapping):
            values: Iterable[Any] = owner.values()
        elif isinstance(owner, (list, tuple)):
            values = owner
        else:
            values = vars(owner).values()
        yield from filter(_is_function, values)


def _is_function(value: Any) -> bool:
    return _is_function_type(type(value))  # type: ignore[arg-type]


@_remembered
def _is_function_type(type_: type[Any]) -> bool:
    types = tf.types.experimental
    return issubclass(type_, (types.PolymorphicFunction, types.ConcreteFunction))


@functools.cache
def _class(base: type[Any]) -> type[Any]:
    """A class of functions that hand what they keep to those made of them."""

    class Keeping(base):  # type: ignore[misc]
        def get_concrete_function(self, *args: Any, **kwargs: Any) -> Any:
            concrete = super().get_concrete_function(*args, **kwargs)
            concrete._tfhub_keeps = self._tfhub_keeps
            return concrete

    Keeping.__name__, Keeping.__qualname__ = base.__name__, base.__qualname__
    return Keeping
