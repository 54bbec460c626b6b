"""The layer of Keras 2, whichever Keras `tf.keras` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .on_tf_keras import KerasLayer

__all__ = ["KerasLayer"]


def __getattr__(name: str) -> Any:
    if name != "KerasLayer":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from .on_tf_keras import KerasLayer  # imports Keras 2

    return KerasLayer
