"""The names of TensorFlow and of Keras that are not documented, each where it is used.

Each is here because no documented name does the job; `tests/python/keras/
test_private.py` fails when one of them moves.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from ..runtime.tf import tf


def is_compiled() -> bool:
    """Whether the graph that is being built is for XLA, as `jit_compile=True` says.

    Exported only below `tf.__internal__`, for Keras.
    """
    return tf.__internal__.get_enclosing_xla_context() is not None


def in_safe_mode(keras: Any) -> bool | None:
    """Whether Keras is loading a model under safe mode; None if it loads none.

    Keras tells its own layers in this way. A file may name a layer of the other Keras
    than the one that reads it, so it is True if that one says so.

    Args:
      keras: The package of which the layer is.
    """
    root = keras.layers.Layer.__module__.partition(".")[0]
    answer = importlib.import_module(f"{root}{_LIBRARY}").in_safe_mode()
    if any(library.in_safe_mode() for library in _libraries()):
        return True
    return None if answer is None else bool(answer)


def is_loading_file() -> bool:
    """Whether a Keras is loading a `.keras` file, and neither `.h5`, JSON nor a config.

    Only while it loads such does it keep objects that several others share. Nothing
    that a file says fits the key.
    """
    for library in _libraries():
        key, found = _Key(), object()
        library.record_object_after_deserialization(found, key)
        if library.get_shared_object(key) is found:
            return True
    return False


_LIBRARY = ".src.saving.serialization_lib"


def _libraries() -> list[Any]:
    """What reads configurations, of each Keras that has loaded it."""
    names = (f"{root}{_LIBRARY}" for root in ("keras", "tf_keras"))
    return [sys.modules[name] for name in names if name in sys.modules]


class _Key:
    """Is equal to nothing else."""


def load_options(keras: Any) -> Any:
    """The options with which Keras 2 is loading a SavedModel; None if there are none.

    Args:
      keras: Keras 2. That of TensorFlow 2.15 has them itself, later ones TensorFlow.
    """
    root = keras.layers.Layer.__module__.partition(".")[0]
    try:
        name = f"{root}.src.saving.legacy.saved_model.load_context"
        library = importlib.import_module(name)
    except ImportError:
        name = "tensorflow.python.distribute.load_context"
        library = importlib.import_module(name)
    return library.get_load_options()


def take_any_input(layer: Any) -> None:
    """Lets a layer of Keras 3 have its inputs as they were given.

    Keras makes tensors of one floating dtype of them, also of lists of text; what a
    model wants is known only to it.
    """
    layer._convert_input_args = False
    layer._allow_non_tensor_positional_args = True


def variable_class(base: type[Any]) -> type[Any]:
    """A class of Keras 3 variables that are variables which there are already.

    `add_weight()` makes new ones, and `keras.Variable(variable)` a copy before Keras
    3.8. A model's functions use the variables that it was loaded with.

    Args:
      base: `keras.Variable`.
    """

    class LoadedVariable(base):  # type: ignore[misc]
        """A variable of a loaded model."""

        def __init__(self, loaded: Any, trainable: bool) -> None:
            self._loaded = loaded
            super().__init__(
                lambda shape, dtype=None: loaded,  # noqa: ARG005
                shape=tuple(loaded.shape),
                dtype=loaded.dtype.name,
                trainable=trainable,
                autocast=False,
                name=loaded.name.partition(":")[0].replace("/", "_"),
            )

        def _initialize(self, value: Any) -> None:  # noqa: ARG002
            self._value = self._loaded

        # Keras before 3.8 does not come by the other one from here.
        def _initialize_with_initializer(self, initializer: Any) -> None:
            self._initialize(initializer)

    return LoadedVariable


def track_variable(layer: Any, variable: Any) -> None:
    """Adds a variable to the weights of a layer of Keras 3."""
    layer._track_variable(variable)


def add_weights(layer: Any, trainable: list[Any], fixed: list[Any]) -> None:
    """Adds variables to the weights of a layer of Keras 2."""
    layer._trainable_weights.extend(trainable)
    layer._non_trainable_weights.extend(fixed)
