"""export(): a model in memory becomes a reusable SavedModel of TensorFlow 2."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .. import words
from ..errors import InputError, UnfitModuleError
from ..formats.contents import read_contents
from ..formats.description import default_graph
from ..formats.new_folder import new_folder, require_free
from ..handles import folder_of
from ..runtime.arguments import as_signature as as_saved
from ..runtime.arguments import run_signature
from ..runtime.loading import HubCallable
from ..runtime.tf import tf
from ..shown import brief
from ..tf1.module import Module
from ..tf1.spec import ModuleSpec
from .reusable import as_signature, reusable


def export(
    object: Any,
    path: str | os.PathLike[str],
    *,
    inputs: Any = None,
    signatures: Mapping[str, Any] | None = None,
) -> str:
    """Writes a model that `load()`, `KerasLayer` and TensorFlow's own tools can read.

    ```python
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    hub.export(model, "models/me/dense/1")
    hub.load("models/me/dense/1")([[1.0, 2.0, 3.0]])
    ```

    It is a reusable SavedModel: it has `__call__`, `variables`, `trainable_variables`
    and `regularization_losses`, and the functions and attributes of the model under
    their names. A model whose call takes `training`
    is saved for both, so that it can be trained further. The signature
    `serving_default` is the call with `training=False`; its output is `default`, or
    those of a dict.

    Args:
      object: What to export:
        - a model of Keras 3 or of tf_keras, or a layer of either;
        - a `tf.Module`, or another object that TensorFlow tracks;
        - what `load()` gave, with the values that its variables have now;
        - a `ModuleSpec` or a `Module`, by its own `export()`.
      path: The folder. It may hold other files, but no model. The model appears in it
        only when it is whole.
      inputs: What the call takes: a `tf.TensorSpec`, or a list or dict of such. None
        where that is known: from a Keras model, from the `input_signature` of a
        `tf.function`, or from the calls that one has had.
      signatures: Further signatures by name, each a `tf.function` with an
        `input_signature`, or a ConcreteFunction.

    Returns:
      The path.

    Raises:
      ModelExistsError: There is a file at the path, or files of a model in it.
      WriteError: Nothing can be written there.
      UnfitModuleError: TensorFlow cannot save it, it has neither a call nor a
        signature, or it uses a variable that is not one of its attributes.
      InputError: It is not known what the call takes, or `inputs` has no use here.
    """
    signatures = dict(signatures or {})
    if isinstance(object, (Module, ModuleSpec)):
        if inputs is not None or signatures:
            msg = "A module in the TF1 Hub format has its own inputs and signatures."
            raise InputError(msg, hint="Leave inputs and signatures out.")
        return object.export(path)
    target = folder_of(path)
    require_free(target)
    model = reusable(object, inputs)
    if isinstance(model.root, HubCallable):
        signatures = {**_signatures(model.root), **signatures}
    if model.call is None and not signatures and not _has_functions(model.root):
        msg = f"The {type(object).__name__} has neither a call nor a signature."
        hint = "Give its class a __call__, or name functions of it in signatures."
        raise UnfitModuleError(msg, hint=hint)
    if model.arguments is not None and "serving_default" not in signatures:
        served = as_signature(model.call, model.arguments)
        signatures |= {"serving_default": served} if served else {}
    with new_folder(target) as folder:
        try:
            tf.saved_model.save(model.root, str(folder), signatures)
        except (KeyError, AssertionError) as error:  # of a capture that has no place
            msg = f"TensorFlow cannot save the {type(object).__name__}: {error.args[0]}"
            hint = "Make each variable and table that it uses an attribute of it."
            raise UnfitModuleError(msg, hint=hint) from error
        functions = default_graph(read_contents(folder).graphs).functions
        if model.call and "__call__" not in functions:
            msg = (
                f"The call of the {type(object).__name__} was never called, and has no "
                "input_signature: it is not known what it takes."
            )
            raise InputError(
                msg, hint=f"Give inputs, such as a {words.tensorflow('TensorSpec')}."
            )
    return str(target)


def _has_functions(model: Any) -> bool:
    """Whether it is a model that was loaded and is applied by other functions of it."""
    if not isinstance(model, HubCallable):
        return False
    return bool(default_graph(read_contents(model._hub.path).graphs).functions)


def _signatures(model: Any) -> dict[str, Any]:
    """The signatures of what `load()` gave, fit to be saved again.

    TensorFlow's own, of a graph of TensorFlow 1, are not: their inputs may be called
    what no function of TensorFlow 2 has, and it takes those of a sparse one for others.
    """
    found = dict(model.signatures)
    if getattr(model, "graph", None) is None:
        return found
    return {name: _again(name, function) for name, function in found.items()}


def _again(name: str, function: Any) -> Any:
    def call(tensors: dict[str, Any]) -> Any:
        return run_signature(function, tensors)

    specs = function.structured_input_signature[1]
    return as_saved(call, specs, f"the signature {brief(repr(name))}")
