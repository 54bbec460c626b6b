"""A model made ready for one batch after another.

A function that was loaded, or that `tf.function` made, is traced for each new shape of
its inputs, so also for the smaller batch at the end. Here each is traced once, with the
number of rows left open. A signature is never traced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import GraphError, InputError
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
        msg = "predict() gives values, and in a graph there are none."
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

    def apply(batch: Any) -> Any:
        return signatures.apply(model, (batch,), {}, signature, as_dict)

    bound = signatures.choose(model, signature, as_dict)
    if bound is None:
        forms = _forms(vars(model)["__call__"])
        known = source.traced.setdefault(bool(as_dict), {})
        return Step(source.handle, _Traced(apply, forms, known), forms)
    if not isinstance(bound, signatures.BoundSignature):
        return Step(source.handle, apply, _module_forms(model, signature))
    specs = {name: _spec(bound, name) for name in bound.inputs}
    return Step(source.handle, apply, _by_name(specs))


def _other(model: Any, signature: str | None, as_dict: bool | None) -> Step:
    name = getattr(model, "name", None) or getattr(model, "__name__", None)
    what = str(name or f"the {type(model).__name__}")
    if not callable(model):
        msg = f"predict() cannot apply a {type(model).__name__}, which is not callable."
        raise InputError(msg, hint="Give what load() returned, or a Keras model.")
    if signature is not None or as_dict:
        msg = f"{what} has no signatures, so signature= and as_dict= say nothing."
        hint = "Leave them out; they are for what load() or Module() returned."
        raise InputError(msg, hint=hint)
    forms = _forms(model)
    if forms:
        return Step(what, _Traced(model, forms, {}), forms)
    is_function = isinstance(model, tf.types.experimental.PolymorphicFunction)
    is_keras = hasattr(model, "trainable_weights")
    return Step(what, _Open(model) if is_function or is_keras else model)


class _Traced:
    """A function that knows what it takes, traced once for each of these forms."""

    def __init__(self, apply: Apply, forms: list[Any], known: dict[int, Any]) -> None:
        self._apply = apply
        self._forms = forms
        self._known = known

    def __call__(self, batch: Any) -> Any:
        for i, form in enumerate(self._forms):
            try:
                tensors = coerce(batch, form)
                if i not in self._known:
                    self._known[i] = _trace(self._apply, form)
                return self._known[i](tensors)
            except (Misfit, TypeError, ValueError):
                continue
        return self._apply(batch)  # raises what says why


def _trace(apply: Apply, form: Any) -> Any:
    function = tf.function(apply, input_signature=[form], autograph=False)
    return function.get_concrete_function()


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


def _forms(function: Any) -> list[Any]:
    """What the variants of a function take as their first argument."""
    found = list[Any]()
    variants = getattr(function, "concrete_functions", ())
    firsts = [v.structured_input_signature[0][:1] for v in variants]
    firsts.append((getattr(function, "input_signature", None) or ())[:1])
    for (form,) in filter(None, firsts):
        is_one = all(isinstance(s, tf.TypeSpec) for s in tf.nest.flatten(form))
        if is_one and form not in found:
            found.append(form)
    return found


def _module_forms(module: Any, signature: str | None) -> list[Any]:
    name = signature or "default"
    if name not in module.get_signature_names():
        return []
    infos = module.get_input_info_dict(name)
    return _by_name({name: info.type_spec for name, info in infos.items()})


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
