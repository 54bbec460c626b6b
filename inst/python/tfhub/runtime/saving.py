"""What TensorFlow saves as a reusable SavedModel."""

from __future__ import annotations

from typing import Any

from .tf import tf


class Root(tf.Module):  # type: ignore[misc]
    """What takes every attribute that it is given, and adds none to what is saved.

    TensorFlow saves the attributes of an object. Those named here are properties of a
    `tf.Module`, which computes them, and so they would not be saved; a
    `tf.train.Checkpoint` would add a counter.
    """

    variables: Any = ()
    trainable_variables: Any = ()
    non_trainable_variables: Any = ()
    submodules: Any = ()
    name: Any = None
    name_scope: Any = None
