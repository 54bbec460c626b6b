"""What R asks of the layers in one step."""

from __future__ import annotations

import importlib
from typing import Any

from ..runtime.symbolic import root_of
from ..runtime.tf import tf
from . import versions


def layer_hub(value: Any, handle: Any, **arguments: Any) -> Any:
    """A layer, put where it belongs.

    Args:
      value: A Sequential model, to which the layer is added; or tensors, also nested,
        symbolic ones or not, to which it is applied; or None.
      handle: As for `KerasLayer`.
      **arguments: As for `KerasLayer`, the one of the Keras that the value is of.

    Returns:
      The model; or what the layer gives; or the layer.
    """
    import tfhub.keras as layers

    keras = _keras_of(value)
    if keras is None:
        kind = layers.KerasLayer
    elif versions.is_keras2(keras):
        kind = layers.tf_keras.KerasLayer
    else:
        kind = layers.keras3.KerasLayer
    layer = kind(handle, **arguments)
    if value is None:
        return layer
    if keras is not None and isinstance(value, keras.Sequential):
        value.add(layer)
        return value
    return layer(value)


def _keras_of(value: Any) -> Any:
    """The Keras that made a value, or None."""
    roots = map(root_of, tf.nest.flatten(value))
    root = next(filter(None, roots), None)
    return None if root is None else importlib.import_module(root)
