"""Which Keras is which."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from .. import words
from ..errors import DependencyError
from ..runtime.tf import tf

# Before, Sequential does not build itself and checkpoints do not restore.
OLDEST = (3, 5)


def is_keras2(keras: Any) -> bool:
    """Whether a Keras is Keras 2. That of TensorFlow 2.15 does not tell its version."""
    return str(getattr(keras, "__version__", "2.15")).startswith("2.")


def keras2() -> Any:
    """Keras 2: `tf.keras` where it is that, else the package `tf_keras`.

    Raises:
      DependencyError: Neither is there.
    """
    if _is_there("keras") and is_keras2(tf.keras):
        return tf.keras
    try:
        return importlib.import_module("tf_keras")
    except ImportError as error:
        version = ".".join(tf.__version__.split(".")[:2])
        msg = "Keras 2 is not installed."
        package = f"tf-keras=={version}.*"
        hint = "Install it with: " + words.install(package)
        raise DependencyError(msg, hint=hint, packages=(package,)) from error


def keras3() -> Any:
    """Keras 3 on TensorFlow.

    Raises:
      DependencyError: It is not there, too old, or computes with something else.
    """
    package = "keras>=3.5"
    hint = "Install it with: " + words.install(package)
    try:
        keras: Any = importlib.import_module("keras")
    except ImportError as error:
        msg = "Keras is not installed."
        raise DependencyError(msg, hint=hint, packages=(package,)) from error
    if is_keras2(keras):
        msg = "The package keras that is installed is Keras 2."
        hint += ", or use " + words.code("hub.tf_keras.KerasLayer", "Keras 2") + "."
        raise DependencyError(msg, hint=hint, packages=(package,))
    version = tuple(int(part) for part in keras.__version__.split(".")[:2])
    if version < OLDEST:
        msg = f"Keras {keras.__version__} is too old: the layer needs 3.5 or later."
        hint = "Upgrade it with: " + words.install(package)
        raise DependencyError(msg, hint=hint, packages=(package,))
    if keras.backend.backend() != "tensorflow":
        msg = (
            f"Keras computes with {keras.backend.backend()}, and a model of TensorFlow "
            "Hub needs TensorFlow."
        )
        hint = "Set KERAS_BACKEND=tensorflow before Keras is imported."
        raise DependencyError(msg, hint=hint)
    return keras


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
