"""Models as Keras layers, of Keras 3 and of Keras 2.

`hub.KerasLayer` is the layer of the Keras that `tf.keras` is: Keras 2 in TensorFlow
2.15 or under `TF_USE_LEGACY_KERAS=1`, else Keras 3. `hub.keras3.KerasLayer` and
`hub.tf_keras.KerasLayer` name each.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import keras3, tf_keras
    from .on_keras3 import KerasLayer

__all__ = ["KerasLayer", "keras3", "tf_keras"]


def __getattr__(name: str) -> Any:
    if name in ("keras3", "tf_keras"):
        return import_module(f".{name}", __name__)
    if name == "KerasLayer":
        from ..runtime.tf import tf
        from .versions import is_keras2

        return import_module(
            ".on_tf_keras" if is_keras2(tf.keras) else ".on_keras3", __name__
        ).KerasLayer
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
