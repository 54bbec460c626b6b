"""What a layer applies: something callable, and what Keras has to know of it."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .. import words
from ..errors import LayerError, SignatureNotFoundError, SymbolicInputError
from ..runtime import signatures
from ..runtime.coercion import Misfit
from ..runtime.tf import tf
from ..shown import brief, listed
from .binding import bind, placeholders
from .choices import Choices
from .functions import FIT_INPUT, Functions, described, inferred, traced


@dataclass
class Source:
    """A model and what a layer asks of it.

    Attributes:
      model: What was loaded, or given.
      apply: Maps inputs and `training` to the outputs.
      outputs: Maps the TypeSpecs of inputs and `training` to those of the outputs; None
        where only a call tells.
      inputs: The TypeSpecs of the inputs, where there is one structure for them all.
      trainable: The variables to train.
      fixed: All other variables.
      losses: The regularization losses, functions without arguments.
      path: The folder of the model; None where there is none.
      origin: What its handle resolved to; the folder itself may be a private copy.
      output: The output to give; None is whatever comes.
    """

    model: Any
    apply: Callable[[Any, bool], Any]
    outputs: Callable[[Any, bool], Any] | None
    inputs: Any
    trainable: list[Any] = field(default_factory=list)
    fixed: list[Any] = field(default_factory=list)
    losses: list[Callable[[], Any]] = field(default_factory=list)
    path: str | None = None
    origin: str | None = None
    output: str | None = None

    @property
    def dtype(self) -> str | None:
        """The dtype of the input, if there is but one and it is known."""
        if isinstance(self.inputs, tf.TypeSpec):
            return str(self.inputs.dtype.name)
        return None


def of_object(model: Any, choices: Choices) -> Source:
    """What applies a loaded object, or any callable, by its call or a signature.

    Raises:
      LayerError: The choices do not fit together, or a loss is no function.
      SignatureNotFoundError: There is no such signature, or no call of its own.
    """
    output, arguments = choices.output(is_module=False), choices.arguments or {}
    handle = model._hub.handle if hasattr(model, "_hub") else str(model)
    losses = list(getattr(model, "regularization_losses", None) or [])
    for loss in losses:
        if not callable(loss):
            msg = (
                f"The regularization_losses of {words.name('KerasLayer')} of {handle} "
                "are to be "
                f"functions without arguments, and one is a {type(loss).__name__}."
            )
            hint = "Put each loss into a function that computes it."
            raise LayerError(msg, handle=handle, hint=hint)
    if choices.signature is not None:
        source = _of_signature(model, choices.signature, arguments, handle)
    else:
        source = of_call(model, arguments, handle)
    source.losses, source.output = losses, output
    return source


def of_call(
    model: Any,
    arguments: dict[str, Any],
    handle: str,
    prepare: Callable[[Any], Any] | None = None,
) -> Source:
    """What applies an object by its own call.

    Args:
      model: The object.
      arguments: Further arguments by name.
      handle: For errors.
      prepare: As for `Functions`.

    Raises:
      SignatureNotFoundError: It has none.
    """
    # HubCallable gives every loaded object a call; its own is in the instance.
    own = vars(model).get("__call__") if hasattr(model, "_hub") else model
    if own is model and hasattr(model, "__dict__"):
        own = vars(model).get("__call__", model)
    called = model  # whose errors are better than those of its own call
    if own is None:
        own = called = _served(model)
    if own is None:
        names = sorted(getattr(model, "signatures", {}))
        msg = (
            f"{handle} has no call of its own. Signature name has to be specified for "
            f"non-callable saved models. Signatures: {listed(names)}."
        )
        hint = (
            f"Choose one with {words.argument('signature')}, and an output with "
            f"{words.argument('output_key')}."
        )
        others = signatures.functions_of(model) if hasattr(model, "_hub") else []
        if others and not names:
            one = brief(others[0])
            made = words.code(
                f"hub.KerasLayer({words.member('hub.load(handle)', one)})",
                f"layer_hub(hub_load(handle)${words.r_name(one)})",
            )
            hint = f"It has functions: {listed(others)}. Make a layer of one: {made}."
        raise SignatureNotFoundError(msg, handle=handle, hint=hint, available=names)
    takes_training = _takes_training(own)

    def call(inputs: Any, training: bool | None) -> Any:
        extra = {} if training is None else {"training": training}
        return called(inputs, **arguments, **extra)

    if not getattr(own, "concrete_functions", None):

        def apply(inputs: Any, training: bool) -> Any:
            return call(inputs, training if takes_training else None)

        return Source(model, apply, None, None, *_variables(model, []))
    functions = Functions(
        traced(own, arguments),
        call,
        handle=handle,
        takes_training=takes_training,
        prepare=prepare,
        traced=own,
        arguments=arguments,
    )
    found = functions.variants(False) or functions.variants(True)
    return Source(
        model,
        functions,
        functions.outputs,
        found[0].specs if found else None,
        *_variables(model, own.concrete_functions),
    )


def _served(model: Any) -> Any:
    """The function that `model.export()` of Keras puts in the place of a call."""
    served = vars(model).get("serve")
    return served if getattr(served, "concrete_functions", None) else None


def _of_signature(
    model: Any, name: str, arguments: dict[str, Any], handle: str
) -> Source:
    available = getattr(model, "signatures", {})
    if name not in available:
        raise no_signature(handle, name, sorted(available))
    function = available[name]
    bound = signatures.BoundSignature(name, function, handle)

    def apply(inputs: Any, training: bool) -> Any:  # noqa: ARG001
        return bound((inputs,), arguments, True)

    specs = {key: spec for key, spec in bound.specs.items() if key not in arguments}
    names = [key for key in bound.inputs if key not in arguments]
    only = names[0] if len(names) == 1 else None

    def outputs(given: Any, training: bool) -> Any:  # noqa: ARG001
        named = {only: given} if only and not isinstance(given, dict) else given
        if isinstance(named, dict):
            named = _parts(named, bound.parts)
        with tf.Graph().as_default():
            try:
                tensors = bind(placeholders(named, specs), specs)
            except Misfit as error:
                msg = (
                    f"The inputs do not fit the signature {brief(repr(name))} of "
                    f"{handle}:\n"
                    f"  expected  {described(specs)}\n"
                    f"  given     {described(given)}"
                )
                raise SymbolicInputError(msg, handle=handle, hint=FIT_INPUT) from error
        return inferred(call_flat, tensors, specs, dict(function.structured_outputs))

    def call_flat(flat: list[Any]) -> Any:
        named = dict(zip(sorted(specs), flat, strict=True))
        return bound((named,), arguments, True)

    inputs = specs.get(only, specs) if only else specs
    return Source(model, apply, outputs, inputs, *_variables(model, [function]))


def _parts(given: dict[str, Any], parts: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """What is sparse or ragged as the tensors that a signature takes for it."""
    named = dict(given)
    for whole, names in parts.items():
        if isinstance(named.get(whole), (tf.SparseTensorSpec, tf.RaggedTensorSpec)):
            flat = tf.nest.flatten(named.pop(whole), expand_composites=True)
            named |= dict(zip(names, flat, strict=False))
    return named


def no_signature(
    handle: str, name: str, available: list[str]
) -> SignatureNotFoundError:
    """The error that there is no such signature."""
    wanted = brief(repr(name))
    msg = f"{handle} has no signature {wanted}. Signatures: {listed(available)}."
    hint = f"Give one of these names as {words.argument('signature')}."
    return SignatureNotFoundError(msg, handle=handle, hint=hint, available=available)


def _takes_training(function: Any) -> bool:
    with contextlib.suppress(ValueError, TypeError):
        parameters = inspect.signature(function).parameters
        if "training" in parameters:
            return True
    return False


def _variables(model: Any, functions: list[Any]) -> tuple[list[Any], list[Any]]:
    """The variables to train, and the others.

    They are what the model says. Where it says nothing, as a plain `tf.Module` that was
    saved, they are those that its functions use.
    """
    used = _unique(v for function in functions for v in function.variables)
    known = _unique(getattr(model, "variables", None))
    declared = getattr(model, "trainable_variables", None)
    if declared is None:
        declared = [v for v in known or used if v.trainable]
    trainable = _unique(declared)
    return trainable, without([*known, *used], trainable)


def _unique(variables: Any) -> list[Any]:
    """The variables, each once.

    Models also list tables among them, and Keras 2 a None in place of each table. A
    variable of Keras 3 has TensorFlow's in it.
    """
    known = [v if isinstance(v, tf.Variable) else _value(v) for v in variables or ()]
    return list({id(v): v for v in known if isinstance(v, tf.Variable)}.values())


def _value(variable: Any) -> Any:
    return getattr(variable, "value", None)


def without(variables: list[Any], others: list[Any]) -> list[Any]:
    """The variables, each once, that are not among the others."""
    taken = {id(variable) for variable in others}
    return [v for v in _unique(variables) if id(v) not in taken]
