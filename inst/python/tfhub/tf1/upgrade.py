"""upgrade(): a TF1 Hub module becomes a reusable SavedModel of TensorFlow 2."""

from __future__ import annotations

import os
from typing import Any

from ..formats.new_folder import new_folder, require_free
from ..handles import folder_of
from ..runtime.arguments import as_signature
from ..runtime.saving import Root
from ..runtime.tf import tf
from ..shown import brief
from . import saved
from .eager.module import EagerModule
from .spec import ModuleSpec, as_module_spec


def upgrade(
    handle: str | os.PathLike[str] | ModuleSpec,
    path: str | os.PathLike[str],
    tags: Any = None,
) -> str:
    """Writes a TF1 Hub module as a reusable SavedModel of TensorFlow 2.

    The new model has `__call__(inputs, training=False)`, `variables`,
    `trainable_variables`, `regularization_losses`, all signatures and assets. It gives
    the outputs of the module, and trains with a `tf.GradientTape` or in Keras:
    `training=True` runs the graph variant with the tags `{"train"}` if there is one,
    and the update ops (moving averages).

    `__call__` applies the signature `default`, or the only signature under another
    name. Its inputs are one tensor, or a dict of them by name where there are several;
    its output is that named `default`, or else a dict of them all. A module with
    several signatures, none of them `default`, gets no `__call__`: it is applied by
    signature.

    A signature takes a sparse input `x` as `x_indices`, `x_values` and
    `x_dense_shape`, and a ragged one as `x_component_0`, ..., which is how TensorFlow
    itself loads a module; a model from `load()` takes either also under its one name.
    An input whose name TensorFlow 2 cannot save, such as `a$b` or `self`, gets another
    in its signature, `a_b` or `self_`, which is logged.
    Attached messages are not kept: a SavedModel has no place for them.

    Args:
      handle: As for `load()`, or a ModuleSpec.
      path: The folder. It may hold other files, but no model. The model appears in it
        only when it is whole.
      tags: The tags of the graph variant, for instance for a module whose variants all
        have tags. That variant is then used for training, too. None is the one without
        tags, and the one with the tags `{"train"}` for training.

    Returns:
      The path.

    Raises:
      ModelExistsError: There is a file at the path, or files of a model in it.
      WriteError: Nothing can be written there.
      TagsError: The module has no such graph variant.
    """
    target = folder_of(path)
    require_free(target)
    wanted = saved.as_tags(tags)
    module = EagerModule(as_module_spec(handle), trainable=True, name="", tags=wanted)
    with new_folder(target) as folder:
        save(module, str(folder), _called(module.signatures))
    return str(target)


def save(
    module: EagerModule, folder: str, called: str | None, *, as_dict: bool | None = None
) -> None:
    """Writes a module as `upgrade()` does, with a `__call__` of choice.

    Args:
      module: The module.
      folder: Where to.
      called: The signature that `__call__` applies; None is no `__call__`.
      as_dict: Whether that gives a dict of all outputs, and not the output `default`.
        None does so where there is none of that name.
    """
    root = _reusable(module)
    if called is not None:
        if as_dict is None:
            as_dict = "default" not in module.outputs(called)
        root.__call__ = _call(module, called, as_dict=as_dict)
    tf.saved_model.save(root, folder, _signatures(module))


def _reusable(module: EagerModule) -> Any:
    """What TensorFlow saves: the attributes that Keras and users look for."""
    root = Root()
    root.variables = module.variables
    root.trainable_variables = module.trainable_variables
    root.regularization_losses = module.regularization_losses
    root.resources = module.resources
    return root


def _called(signatures: list[str]) -> str | None:
    """The signature that `__call__` applies."""
    if "default" in signatures:
        return "default"
    return signatures[0] if len(signatures) == 1 else None


def _call(module: EagerModule, name: str, *, as_dict: bool) -> Any:
    specs = module.specs(name)

    def apply(inputs: dict[str, Any], *, training: bool) -> Any:
        function = module.function(name, training=training, as_dict=as_dict)
        outputs = function(inputs)
        return outputs if as_dict else outputs["default"]

    only = next(iter(specs)) if len(specs) == 1 else None

    def call(inputs: Any, training: bool = False) -> Any:
        return apply({only: inputs} if only else inputs, training=training)

    def call_without_inputs(training: bool = False) -> Any:
        return apply({}, training=training)

    function = tf.function(call if specs else call_without_inputs, autograph=False)
    arguments = [specs[only] if only else specs] if specs else []
    for training in (False, True):
        function.get_concrete_function(*arguments, training=training)
    return function


def _signatures(module: EagerModule) -> dict[str, Any]:
    return {name: _signature(module, name) for name in module.signatures}


def _signature(module: EagerModule, name: str) -> Any:
    specs = module.specs(name)
    arguments = dict[str, Any]()
    for key, spec in specs.items():
        parts = tf.nest.flatten(spec, expand_composites=True)
        arguments |= dict(zip(_arguments(key, spec), parts, strict=True))

    def call(tensors: dict[str, Any]) -> Any:
        inputs = {
            key: tf.nest.pack_sequence_as(
                spec,
                [tensors[argument] for argument in _arguments(key, spec)],
                expand_composites=True,
            )
            for key, spec in specs.items()
        }
        return module.function(name, training=False, as_dict=True)(inputs)

    return as_signature(call, arguments, f"the signature {brief(repr(name))}")


def _arguments(key: str, spec: Any) -> list[str]:
    """What the tensors of an input are called, as TensorFlow's loader does."""
    if isinstance(spec, tf.TensorSpec):
        return [key]
    if isinstance(spec, tf.SparseTensorSpec):
        return [f"{key}_indices", f"{key}_values", f"{key}_dense_shape"]
    parts = tf.nest.flatten(spec, expand_composites=True)
    return [f"{key}_component_{i}" for i in range(len(parts))]
