"""The layer of Keras 3, whichever Keras `tf.keras` is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .on_keras3 import KerasLayer

__all__ = ["KerasLayer"]


def __getattr__(name: str) -> Any:
    if name != "KerasLayer":
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from .on_keras3 import KerasLayer  # imports Keras 3

    return KerasLayer
