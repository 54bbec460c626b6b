"""A model made ready for one batch after another.

A function that was loaded, or that `tf.function` made, is traced for each new shape of
its inputs, so also for the smaller batch at the end. Here each is traced once, with the
number of rows left open. A signature is never traced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from .. import words
from ..errors import GraphError, InputError
from ..shown import brief
from . import signatures
from .coercion import Misfit, coerce
from .tf import tf

Apply = Callable[[Any], Any]


@dataclass
class Step:
    """What applies a model to a batch.

    Attributes:
      what: The model, for messages.
      apply: Takes a batch and gives the outputs.
      forms: What the model takes, each a structure of TypeSpecs; none where that is
        not known.
    """

    what: str
    apply: Apply
    forms: list[Any] = field(default_factory=list)

    @property
    def rows(self) -> int | None:
        """How many rows a batch has to have, if the model takes but one number."""
        sizes = [_rows_of(form) for form in self.forms]
        known = [size for size in sizes if size is not None]
        return max(known) if known and len(known) == len(sizes) else None


def prepare(model: Any, signature: str | None, as_dict: bool | None) -> Step:
    """The step of a model, with the arguments of `predict()`.

    Raises:
      GraphError: TensorFlow is building a graph.
      SignatureNotFoundError: There is no signature of that name.
      InputError: The model cannot be applied, or knows no signatures.
    """
    if not tf.executing_eagerly():
        msg = (
            f"{words.function('predict')} gives values, and in a graph there are none."
        )
        hint = "Apply the module by m(x), and run what that gives in a session."
        raise GraphError(msg, hint=hint)
    if hasattr(model, "_hub"):
        return _loaded(model, signature, as_dict)
    if hasattr(model, "get_input_info_dict"):
        return Step(
            str(model._spec.name),
            lambda batch: model(batch, signature, as_dict),
            _module_forms(model, signature),
        )
    return _other(model, signature, as_dict)


def _loaded(model: Any, signature: str | None, as_dict: bool | None) -> Step:
    source: signatures.Source = model._hub

    def apply(*args: Any) -> Any:
        return signatures.apply(model, args, {}, signature, as_dict)

    bound = signatures.choose(model, signature, as_dict)
    if bound is None:
        known = source.traced.setdefault(bool(as_dict), {})
        return _traced(source.handle, apply, vars(model)["__call__"], known)
    if not isinstance(bound, signatures.BoundSignature):
        return Step(source.handle, apply, _module_forms(model, signature))
    return Step(source.handle, apply, _signature_forms(bound))


def _other(model: Any, signature: str | None, as_dict: bool | None) -> Step:
    name = getattr(model, "name", None) or getattr(model, "__name__", None)
    what = brief(name or f"the {type(model).__name__}")
    if not callable(model):
        msg = (
            f"{words.function('predict')} cannot apply a {type(model).__name__}, which "
            "is not callable."
        )
        raise InputError(
            msg, hint=f"Give what {words.function('load')} returned, or a Keras model."
        )
    if getattr(model, "structured_input_signature", ((), {}))[1]:
        # One of m.signatures, which takes its inputs by name only.
        bound = signatures.BoundSignature(what, model, what)
        forms = _signature_forms(bound)
        return Step(what, lambda batch: bound((batch,), {}, as_dict), forms)
    if signature is not None or as_dict:
        msg = (
            f"{what} has no signatures, so {words.argument('signature')} and "
            f"{words.argument('as_dict')} say nothing."
        )
        hint = (
            f"Leave them out; they are for what {words.function('load')} or "
            f"{words.function('Module')} returned."
        )
        raise InputError(msg, hint=hint)
    step = _traced(what, model, model, {})
    if step.forms:
        return step
    is_function = isinstance(model, tf.types.experimental.PolymorphicFunction)
    is_keras = hasattr(model, "trainable_weights")
    return Step(what, _Open(model) if is_function or is_keras else model)


def _traced(
    what: str, apply: Callable[..., Any], function: Any, known: dict[int, Any]
) -> Step:
    """The step of a function that says what it takes, traced once for each form of it.

    Args:
      what: The model, for messages.
      apply: What to trace.
      function: The function with the forms.
      known: What was traced before, by the number of the form.
    """
    forms, several = _forms(function)

    def apply_batch(batch: Any) -> Any:
        return apply(*batch) if several and isinstance(batch, tuple) else apply(batch)

    def traced(batch: Any) -> Any:
        for i, form in enumerate(forms):
            try:
                tensors = coerce(batch, form)
                if i not in known:
                    spec = [form]
                    open_ = tf.function(
                        apply_batch, input_signature=spec, autograph=False
                    )
                    known[i] = open_.get_concrete_function()
                return known[i](tensors)
            except (Misfit, TypeError, ValueError):
                continue
        return apply_batch(batch)  # raises what says why

    return Step(what, traced, forms)


class _Open:
    """A function that takes anything, traced once if only the number of rows varies."""

    def __init__(self, apply: Apply) -> None:
        self._function = tf.function(
            lambda batch: apply(batch), reduce_retracing=True, autograph=False
        )
        self._is_traced = False

    def __call__(self, batch: Any) -> Any:
        tensors = tf.nest.map_structure(_as_tensor, batch)
        if not self._is_traced:
            specs = tf.nest.map_structure(_with_any_rows, tensors)
            self._function.get_concrete_function(specs)
            self._is_traced = True
        return self._function(tensors)


def _as_tensor(value: Any) -> Any:
    return value if tf.is_tensor(value) else tf.convert_to_tensor(value)


def _with_any_rows(tensor: Any) -> Any:
    spec = tf.type_spec_from_value(tensor)
    shape = [None, *spec.shape[1:]] if spec.shape.rank else spec.shape
    if isinstance(spec, tf.RaggedTensorSpec):
        return tf.RaggedTensorSpec(
            shape, spec.dtype, spec.ragged_rank, spec.row_splits_dtype
        )
    return type(spec)(shape, spec.dtype)


def _forms(function: Any) -> tuple[list[Any], bool]:
    """What the variants of a function take, and whether that is several arguments."""
    found = list[tuple[Any, ...]]()
    variants = getattr(function, "concrete_functions", ())
    positional = [tuple(v.structured_input_signature[0]) for v in variants]
    positional.append(tuple(getattr(function, "input_signature", None) or ()))
    for args in positional:
        form = tuple(takewhile(_is_spec, args))
        if form and form not in found:
            found.append(form)
    if all(len(form) > 1 for form in found):
        return list(found), bool(found)
    return [form[0] for form in found], False


def _is_spec(value: Any) -> bool:
    flat = tf.nest.flatten(value)
    return bool(flat) and all(isinstance(spec, tf.TypeSpec) for spec in flat)


def _module_forms(module: Any, signature: str | None) -> list[Any]:
    name = signature or "default"
    if name not in module.get_signature_names():
        return []
    infos = module.get_input_info_dict(name)
    return _by_name({name: info.type_spec for name, info in infos.items()})


def _signature_forms(bound: signatures.BoundSignature) -> list[Any]:
    return _by_name({name: _spec(bound, name) for name in bound.inputs})


def _spec(bound: signatures.BoundSignature, name: str) -> Any:
    if name in bound.specs:
        return bound.specs[name]
    whole = bound.specs.get(f"{name}_dense_shape")
    rank = whole.shape.num_elements() if whole is not None else None
    return tf.TensorSpec([None] * rank if rank else None, tf.variant)


def _by_name(specs: dict[str, Any]) -> list[Any]:
    """The inputs of a signature: by name, and a single one also without it."""
    return [specs, *specs.values()] if len(specs) == 1 else [specs]


def _rows_of(form: Any) -> int | None:
    shapes = [spec.shape for spec in tf.nest.flatten(form)]
    sizes = {s[0] if s.rank else None for s in shapes if s.rank != 0}
    return sizes.pop() if len(sizes) == 1 else None
