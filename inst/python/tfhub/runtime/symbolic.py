"""Inputs of a Keras model that stand for values which there are not yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .. import words
from ..errors import InputError
from .tf import tf

_KERASES = ("keras", "tf_keras")


def root_of(value: Any) -> str | None:
    """The Keras that made a value: `keras`, `tf_keras`, or None."""
    for base in type(value).__mro__:
        root = base.__module__.partition(".")[0]
        if root in _KERASES:
            return root
    return None


def keras_tensor(*values: Any) -> Any:
    """The first KerasTensor, of either Keras, in structures of inputs; else None."""
    for leaf in tf.nest.flatten(values):
        # Keras 2 has a RaggedKerasTensor and a SparseKerasTensor, too.
        if type(leaf).__name__.endswith("KerasTensor") and root_of(leaf):
            return leaf
    return None


@contextmanager
def refusing(handle: str, *values: Any) -> Iterator[None]:
    """Names the layer where what goes wrong has a KerasTensor among its inputs.

    Args:
      handle: That of the model.
      *values: The inputs.

    Raises:
      InputError: There is one.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        given = keras_tensor(*values)
        if given is None:
            raise
        msg = (
            f"{handle} was called with a KerasTensor of {root_of(given)}, which stands "
            "for values that there are not yet: a loaded model is no layer."
        )
        hint = f"Apply {words.name('KerasLayer')} to it, made of the same handle."
        raise InputError(msg, handle=handle, hint=hint) from error
