"""The object of which TensorFlow makes a reusable SavedModel.

The interface is that of TensorFlow's documents on such models: `__call__`, `variables`,
`trainable_variables` and `regularization_losses`. TensorFlow saves what is an attribute
of an object, and of a model these are properties; so the model's parts are put into
another object.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .. import words
from ..errors import InputError, UnfitModuleError
from ..formats.contents import read_contents
from ..runtime.loading import HubCallable
from ..runtime.saving import Root
from ..runtime.tf import tf

_SPEC = words.code(
    "tf.TensorSpec([None, 3], tf.float32)", "tf$TensorSpec(list(NULL, 3L), tf$float32)"
)


class Model(NamedTuple):
    """A model as it is to be saved.

    Attributes:
      root: What TensorFlow saves.
      call: Its call, a `tf.function`, or None.
      arguments: The TypeSpecs of what the call takes by position; None if that is not
        known here.
    """

    root: Any
    call: Any
    arguments: tuple[Any, ...] | None


def reusable(model: Any, inputs: Any) -> Model:
    """What is to be saved of a model.

    Args:
      model: As for `export()`.
      inputs: Likewise.

    Raises:
      UnfitModuleError: It is nothing that TensorFlow can save.
      InputError: The inputs of the call are not known.
    """
    if _is_keras(model):
        return _of_keras(model, inputs)
    if getattr(model, "_is_hub_module_v1", False):
        msg = (
            "A module in the TF1 Hub format is not exported from what "
            f"{words.function('load')} gives."
        )
        hint = (
            f"Use {words.function('upgrade')}, or the export() of a "
            f"{words.name('Module')}."
        )
        raise UnfitModuleError(msg, hint=hint)
    if isinstance(model, HubCallable):
        _require_no_references(model)
        return Model(model, vars(model).get("__call__"), None)  # as it was saved
    if isinstance(model, (tf.Module, tf.train.Checkpoint)):
        return _of_module(model, inputs)
    msg = f"{model!r} is neither a model of Keras nor a {words.tensorflow('Module')}."
    hint = (
        f"A function can be exported as the __call__ of a {words.tensorflow('Module')}."
    )
    raise UnfitModuleError(msg, hint=hint)


def _require_no_references(model: Any) -> None:
    """Refuses variables by reference, which stay in the graph that was loaded.

    TensorFlow saves their ops and not their values.
    """
    graph = getattr(model, "graph", None)
    kinds = {op.type for op in graph.get_operations()} if graph is not None else set()
    if kinds & {"Variable", "VariableV2"}:
        source = model._hub
        tags = list(read_contents(source.path).graphs[0].tags)
        msg = (
            f"{source.handle} has variables by reference, as TensorFlow 1 made them, "
            "and TensorFlow cannot save their values from what "
            f"{words.function('load')} gives."
        )
        hint = (
            "Use "
            + words.call(
                "upgrade",
                words.Call("create_module_spec_from_saved_model", source.path),
                "path",
                tags=tags,
            )
            + "."
        )
        raise UnfitModuleError(msg, handle=source.handle, hint=hint)


def as_signature(call: Any, arguments: tuple[Any, ...]) -> Any:
    """The call as a signature, or None where inputs or outputs are not all tensors.

    Its inputs have the names of the specs, of the keys of a dict, or of the arguments;
    its output is `default`, or those of a dict, or `output_0` and so on of a list.

    Args:
      call: A `tf.function`.
      arguments: The TypeSpecs of what it takes by position.
    """
    specs = tf.nest.flatten(arguments)
    names = _names(call, arguments)
    if len(set(names)) < len(names) or not _all(tf.TensorSpec, specs):
        return None

    def serve(**tensors: Any) -> Any:
        flat = [tensors[name] for name in names]
        outputs = call(*tf.nest.pack_sequence_as(arguments, flat))
        if isinstance(outputs, Mapping):
            return dict(outputs)
        if isinstance(outputs, (list, tuple)):
            return {f"output_{i}": output for i, output in enumerate(outputs)}
        return {"default": outputs}

    function = tf.function(serve, autograph=False).get_concrete_function(
        **{
            name: tf.TensorSpec(spec.shape, spec.dtype, name)
            for name, spec in zip(names, specs, strict=True)
        }
    )
    outputs = function.structured_outputs.values()
    return (
        function if _all(tf.Tensor, outputs) or _all(tf.TensorSpec, outputs) else None
    )


def _all(kind: Any, values: Iterable[Any]) -> bool:
    return all(isinstance(value, kind) for value in values)


def _names(call: Any, arguments: tuple[Any, ...]) -> list[str]:
    names = []
    parameters = list(inspect.signature(call.python_function).parameters)
    for i, argument in enumerate(arguments):
        name = parameters[i] if i < len(parameters) else f"inputs_{i}"
        if isinstance(argument, Mapping):
            names += sorted(argument)  # as tf.nest has them
        elif isinstance(argument, tf.TypeSpec):
            names.append(getattr(argument, "name", None) or name)
        else:
            flat = enumerate(tf.nest.flatten(argument))
            names += [getattr(spec, "name", None) or f"{name}_{j}" for j, spec in flat]
    return [str(name) for name in names]


def _is_keras(model: Any) -> bool:
    """Whether it is a model or a layer of either Keras."""
    return any(
        base.__name__ == "Layer" and base.__module__.split(".")[0] in _KERASES
        for base in type(model).__mro__
    )


_KERASES = ("keras", "tf_keras")


def _of_keras(model: Any, inputs: Any) -> Model:
    specs = _input_specs(model) if inputs is None else inputs

    def call(inputs: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002
        return model(inputs, training=training)

    function = tf.function(call)
    for training in (False, True):
        concrete = function.get_concrete_function(specs, training=training)
    root = Root()
    root.variables = _variables(model.variables)
    root.trainable_variables = _variables(model.trainable_variables)
    root.regularization_losses = _losses(model)
    known = {id(variable.handle) for variable in concrete.variables}
    if any(
        tensor.dtype == tf.resource and id(tensor) not in known
        for tensor in concrete.captured_inputs
    ):
        root.layers = getattr(model, "layers", [model])  # a layer has tables
    root.__call__ = function
    return Model(root, function, (specs,))


def _input_specs(model: Any) -> Any:
    """What a Keras model takes, where it knows that."""
    try:
        found = model.input
    except (AttributeError, ValueError):  # the second in Keras 3.5
        found = getattr(model, "inputs", None) or None
        if found is not None and len(found) == 1:
            found = found[0]
    if found is not None:
        return tf.nest.map_structure(_spec, found)
    if getattr(model, "save_spec", None) and model.save_spec():  # Keras 2, once called
        return model.save_spec()[0][0]
    msg = f"The Keras model {model.name!r} does not say what it takes."
    hint = f"Give inputs, such as {_SPEC}."
    raise InputError(msg, hint=hint)


def _spec(tensor: Any) -> Any:
    """The TypeSpec of a KerasTensor."""
    if hasattr(tensor, "type_spec"):  # Keras 2
        return tensor.type_spec
    if getattr(tensor, "sparse", False):
        return tf.SparseTensorSpec(tensor.shape, tensor.dtype)
    if getattr(tensor, "ragged", False):
        return tf.RaggedTensorSpec(tensor.shape, tensor.dtype)
    # Keras counts those that have no name of their own.
    own = tensor.name if not tensor.name.startswith("keras_tensor") else None
    return tf.TensorSpec(tensor.shape, tensor.dtype, own)


def _variables(variables: Iterable[Any]) -> list[Any]:
    """Those of TensorFlow; one of Keras 3 holds such as its value."""
    return [v if isinstance(v, tf.Variable) else v.value for v in variables]


def _losses(model: Any) -> list[Any]:
    """The sum of the losses of the weights, a function without arguments, if any."""

    def regularization() -> Any:
        # Losses of the outputs of former calls lie there, too.
        graph = tf.compat.v1.get_default_graph()
        losses = model.losses
        return tf.add_n([x for x in losses if getattr(x, "graph", None) is graph])

    function = tf.function(regularization, input_signature=[], autograph=False)
    try:
        function.get_concrete_function()
    except ValueError:  # there is nothing to add
        return []
    return [function]


def _of_module(model: Any, inputs: Any) -> Model:
    root = Root()
    for name, value in _parts(model).items():
        setattr(root, name, value)
    for name in ("variables", "trainable_variables", "regularization_losses"):
        found = getattr(model, name, None)
        if found is not None:
            setattr(root, name, list(found))
    call = vars(model).get("__call__", model.__call__ if callable(model) else None)
    if call is None:
        return Model(root, None, None)
    root.__call__, arguments = _traced(call, inputs)
    return Model(root, root.__call__, arguments)


def _parts(model: Any) -> dict[str, Any]:
    """The attributes of an object, and its methods that are a `tf.function`."""
    parts = {
        name: value
        for name, value in vars(model).items()
        if name not in _OWN and not name.startswith(("_self_", "__"))
    }
    for name in dir(type(model)):
        if isinstance(inspect.getattr_static(type(model), name), _FUNCTION):
            parts[name] = getattr(model, name)
    return parts


_OWN = {*vars(tf.Module()), *vars(tf.train.Checkpoint())}  # what each has
_FUNCTION = tf.types.experimental.GenericFunction


def _traced(call: Any, inputs: Any) -> tuple[Any, tuple[Any, ...] | None]:
    """The call as a `tf.function` that was traced, and what it takes, if that is known.

    Raises:
      InputError: It is a function of Python, of which nobody says what it takes.
    """
    known = getattr(call, "input_signature", None)
    if inputs is None:
        if not isinstance(call, _FUNCTION):
            msg = "It is not known what the call of the model takes."
            hint = (
                f"Give inputs, or make it a {words.tensorflow('function')} with an "
                "input_signature."
            )
            raise InputError(msg, hint=hint)
        return call, known
    if known is not None:
        msg = f"The call of the model says already what it takes: {known}."
        raise InputError(msg, hint="Leave inputs out.")
    function = call if isinstance(call, _FUNCTION) else tf.function(call)
    if "training" in inspect.signature(call).parameters:
        for training in (False, True):
            function.get_concrete_function(inputs, training=training)
    else:
        function.get_concrete_function(inputs)
    return function, (inputs,)
