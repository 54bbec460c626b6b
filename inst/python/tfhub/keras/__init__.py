"""Models as Keras layers, of Keras 3 and of Keras 2.

`hub.KerasLayer(...)` makes a layer of the Keras that the program uses where it is
called: the nearest caller that has imported one of `keras` and `tf_keras`, and not the
other, decides; what its function and its file have by name counts, also classes such as
`from tf_keras.layers import Dense`, and models. If nobody decides, it is the Keras that
`tf.keras` is: Keras 2 in TensorFlow 2.15 or under `TF_USE_LEGACY_KERAS=1`, else Keras
3. What TensorFlow or other libraries have imported does not count.
`hub.keras3.KerasLayer` and `hub.tf_keras.KerasLayer` name each.

All of these layers are instances of `hub.KerasLayer`. A class that is made of it is of
the Keras in use where the class is. A model of the other Keras refuses a layer, and the
error names the line that made it, and what to write there.
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
        from . import in_use
        from .shared import HubLayer

        in_use.register()
        return HubLayer
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
