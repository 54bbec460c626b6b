"""`tensorflow_hub.keras_layer`."""

from __future__ import annotations

import inspect
from typing import Any

from tfhub.errors import LayerError
from tfhub.keras import KerasLayer
from tfhub.runtime.loading import load
from tfhub.runtime.tf import tf

__all__ = ["KerasLayer", "func_has_training_argument", "load_module", "version_fn"]

version_fn = getattr(tf.keras, "version", None)


def load_module(handle: Any, tags: Any = None, load_options: Any = None) -> Any:
    """What a layer applies: a callable as it is, a handle loaded.

    Raises:
      LayerError: It is a callable, with tags or options to load it with.
    """
    if not callable(handle):
        return load(handle, tags, load_options)
    if tags is not None or load_options is not None:
        msg = "Passing a callable handle is mutually exclusive with setting tags or "
        msg += "load_options."
        raise LayerError(msg, hint="Leave them out, or give a handle.")
    return handle


def func_has_training_argument(func: Any) -> bool:
    """Whether what a layer applies can be told if it is trained."""
    if not callable(func):
        return False
    # A loaded model has the call that was traced among its own attributes.
    call = getattr(func, "__dict__", {}).get("__call__", func)
    return "training" in inspect.signature(call).parameters
