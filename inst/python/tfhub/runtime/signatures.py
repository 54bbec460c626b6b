"""Applying a model: through its own call, one of its functions, or a signature.

A signature takes its inputs by name and gives a dict of outputs. TensorFlow checks the
dtypes of a signature's inputs and not their shapes, so that is done here. It also takes
a sparse input `x` of a TF1 module as `x_indices`, `x_values` and `x_dense_shape`, and a
ragged one as `x_component_0`, ...; here both are also taken under their one name.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import words
from ..errors import InputError, OutputError, SignatureNotFoundError
from ..formats.contents import read_contents
from ..formats.description import DEFAULT_SIGNATURES, default_graph
from ..shown import brief, listed
from . import failures
from .coercion import (
    Frame,
    Misfit,
    by_value,
    coerce,
    columns,
    describe_spec,
    describe_value,
    to_tensor,
)
from .forks import require_home
from .tf import tf


@dataclass
class Source:
    """Where a loaded model came from, and what was made of it so far.

    Attributes:
      handle: Its handle.
      path: Its folder.
      bound: Its signatures by name.
      traced: What `predict()` traced, by `as_dict` and the number of the form.
    """

    handle: str
    path: str
    bound: dict[str, BoundSignature] = field(default_factory=dict)
    traced: dict[bool, dict[int, Any]] = field(default_factory=dict)


class BoundSignature:
    """A signature with its inputs and outputs looked up once."""

    def __init__(self, name: str, function: Any, handle: str) -> None:
        self.name = name
        self.handle = handle
        self.function = function
        specs: dict[str, Any] = function.structured_input_signature[1]
        self.specs = {name: by_value(spec) for name, spec in specs.items()}
        self.parts = _composites(self.specs)
        whole = self.specs.keys() - {n for names in self.parts.values() for n in names}
        self.inputs = tuple(sorted(whole | self.parts.keys()))
        self.outputs: tuple[str, ...] = tuple(sorted(function.structured_outputs))

    def __call__(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], as_dict: bool | None
    ) -> Any:
        """Binds the inputs, runs the signature, and chooses the outputs."""
        inputs = self._bind(args, kwargs)
        tensors = {}
        for name, spec in self.specs.items():
            value = inputs[name]
            # The same rule as to_tensor(), without its cost where nothing is to do.
            fits = (
                isinstance(value, tf.Tensor)
                and value.dtype == spec.dtype
                and spec.shape.is_compatible_with(value.shape)
            )
            tensors[name] = value if fits else self._convert(name, inputs)
        what = f"The signature {self.name!r}"
        outputs = _run(self.function, (), tensors, what, self.handle)
        if as_dict:
            return {name: outputs[name] for name in self.outputs}
        return outputs[self.output]

    @property
    def output(self) -> str:
        """The output that a call without `as_dict=True` gives."""
        if "default" in self.outputs:
            return "default"
        if len(self.outputs) == 1:
            return self.outputs[0]
        msg = (
            f"The signature {self.name!r} of {self.handle} has no output named "
            f"'default'; it has: {listed(self.outputs)}."
        )
        raise OutputError(msg, handle=self.handle, hint="Set as_dict to get them all.")

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        inputs = dict(kwargs)
        if len(args) > 1:
            reason = f"{len(args)} positional inputs given, at most one is taken"
            self._refuse(dict(enumerate(args)), reason)
        if args and args[0] is not None:
            value = columns(args[0])
            if len(self.inputs) == 1 and (
                not isinstance(value, dict)
                or (isinstance(value, Frame) and value.keys() != set(self.inputs))
            ):
                value = {self.inputs[0]: value}
            if not isinstance(value, dict):
                count = len(self.inputs) or "no"
                reason = f"it has {count} inputs, so give them by name"
                self._refuse({"?": value}, reason)
            twice = sorted(map(str, inputs.keys() & value.keys()))
            if twice:
                self._refuse(inputs | value, f"given twice: {listed(twice)}")
            inputs |= value
        inputs = self._take_apart(inputs)
        if inputs.keys() != self.specs.keys():
            missing = self._missing(inputs)
            extra = sorted(map(str, inputs.keys() - self.specs.keys()))
            reasons = [f"missing {listed(missing)}"] if missing else []
            reasons += [f"extra {listed(extra)}"] if extra else []
            self._refuse(inputs, "; ".join(reasons))
        return inputs

    def _take_apart(self, inputs: dict[str, Any]) -> dict[str, Any]:
        taken = dict(inputs)
        for name, parts in self.parts.items():
            if name in inputs:
                twice = ", ".join(sorted(set(parts) & inputs.keys()))
                if twice:
                    self._refuse(inputs, f"given twice: {brief(twice)}")
                try:
                    whole = coerce(taken.pop(name), self._composite_spec(parts))
                except Misfit as misfit:
                    reason = f"{name!r} has to be a {_kind(parts).__name__}"
                    self._refuse(inputs, ": ".join(filter(None, [reason, str(misfit)])))
                values = tf.nest.flatten(whole, expand_composites=True)
                taken |= dict(zip(parts, values, strict=True))
        return taken

    def _composite_spec(self, parts: tuple[str, ...]) -> Any:
        first, *others = (self.specs[part] for part in parts)
        if _kind(parts) is tf.SparseTensor:
            values, dense_shape = others
            rank = tf.compat.dimension_value(dense_shape.shape[0])
            shape = None if rank is None else [None] * rank
            return tf.SparseTensorSpec(shape, values.dtype)
        splits = len(others)
        shape = [None] * (splits + 1) + first.shape.as_list()[1:]
        return tf.RaggedTensorSpec(shape, first.dtype, splits, others[-1].dtype)

    def _missing(self, inputs: dict[str, Any]) -> list[str]:
        missing = self.specs.keys() - inputs.keys()
        for name, parts in self.parts.items():
            if missing.issuperset(parts):
                missing = missing - set(parts) | {name}
        return sorted(missing)

    def _convert(self, name: str, inputs: dict[str, Any]) -> Any:
        try:
            return to_tensor(inputs[name], self.specs[name])
        except Misfit as misfit:
            reason = f"{name!r}: {misfit}" if str(misfit) else None
        return self._refuse(inputs, reason)

    def _refuse(self, given: dict[Any, Any], reason: str | None) -> None:
        rows = [("input", "expected", "given")]
        names = list[str]()
        for name in self.inputs:
            parts = self.parts.get(name, ())
            names += parts if set(parts) & given.keys() else [name]
        for name in dict.fromkeys([*names, *given]):
            expected = self._expected(name)
            came = describe_value(given[name]) if name in given else "missing"
            rows.append((str(name), expected, came))
        what = f"the signature {self.name!r} of {self.handle}"
        raise _misfit(what, self.handle, rows, reason)

    def _expected(self, name: str) -> str:
        if name in self.specs:
            return describe_spec(self.specs[name])
        if name not in self.parts:
            return "-"
        kind = _kind(self.parts[name]).__name__
        values = self.parts[name][kind == "SparseTensor"]
        return f"{self.specs[values].dtype.name} {kind}"


def _composites(specs: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Inputs that are not one tensor, with the names of the tensors they are made of.

    In the order of `tf.nest.flatten(..., expand_composites=True)`.
    """
    found = dict[str, tuple[str, ...]]()
    for name in specs:
        whole, _, end = name.rpartition("_")
        sparse = f"{whole}_indices", f"{whole}_values", f"{whole}_dense_shape"
        if end == "indices" and set(sparse) <= specs.keys():
            found[whole] = sparse
        if name.endswith("_component_0"):
            whole = name.removesuffix("_component_0")
            names = (f"{whole}_component_{i}" for i in range(len(specs)))
            found[whole] = tuple(name for name in names if name in specs)
    return found


def _kind(parts: tuple[str, ...]) -> Any:
    return tf.SparseTensor if parts[0].endswith("_indices") else tf.RaggedTensor


def call(
    model: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    signature: str | None = None,
    as_dict: bool | None = None,
) -> Any:
    """What `m(...)` does; see `HubCallable.__call__`."""
    require_home(model._hub.handle)
    bound = choose(model, signature, as_dict)
    if bound is not None:
        return bound(args, kwargs, as_dict)
    if not as_dict:
        try:
            own = vars(model)["__call__"]
            return _run(own, args, kwargs, "The call", model._hub.handle)
        except (TypeError, ValueError):
            # The fit was not exact. Try again with every input brought to its spec,
            # which ends in a readable error where that does not help.
            return _call_coerced(model, "__call__", args, kwargs)
    outputs = _call_coerced(model, "__call__", args, kwargs)
    return _sorted(outputs) if isinstance(outputs, dict) else {"default": outputs}


def choose(
    model: Any, signature: str | None, as_dict: bool | None
) -> BoundSignature | None:
    """The signature that a call applies; None if that is the model's own `__call__`.

    Raises:
      SignatureNotFoundError: There is neither.
    """
    own = vars(model).get("__call__")
    if signature is None and own is not None and not as_dict:
        return None
    bound = _bound(model, signature)
    if bound is None and own is None:
        _refuse_signature(model, None)
    return bound


def apply(
    model: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    signature: str | None = None,
    as_dict: bool | None = None,
    function: str = "__call__",
) -> Any:
    """Like `call()`, with every input brought to its spec first.

    For callers whose types are not TensorFlow's, such as R's double matrices.

    Args:
      model: What `load()` returned.
      args: Positional arguments.
      kwargs: Keyword arguments.
      signature: As for `call()`.
      as_dict: As for `call()`.
      function: The function to apply when no signature is given: a name, with dots
        where it is a function of a part of the model.

    Raises:
      HubError: As `call()` does; InputError when a function does not fit.
    """
    by_signature = as_dict or "__call__" not in vars(model)
    if signature is None and not (function == "__call__" and by_signature):
        return _call_coerced(model, function, args, kwargs)
    return call(model, args, kwargs, signature, as_dict)


def _call_coerced(
    model: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    function = operator.attrgetter(name)(model)
    variants = getattr(function, "concrete_functions", ())
    reasons = set[str]()
    for variant in variants:
        positional, keyword = variant.structured_input_signature
        by_name = {getattr(spec, "name", None): spec for spec in positional} | keyword
        try:
            # A model may have been traced with fewer arguments than are given here.
            args_ = tuple(map(coerce, args, (*positional, *(None,) * len(args))))
            kwargs_ = {k: coerce(v, by_name.get(k)) for k, v in kwargs.items()}
        except Misfit as misfit:
            reasons.add(str(misfit))
            continue
        args, kwargs = args_, kwargs_
        break
    else:
        if variants:  # TensorFlow itself would cut numbers down to the dtype
            reason = reasons.pop() if len(reasons) == 1 else None
            raise _call_misfit(model, name, args, kwargs, reason)
    try:
        return _run(function, args, kwargs, "The call", model._hub.handle)
    except InputError:
        raise
    except (TypeError, ValueError) as error:
        # What TensorFlow says of it is long, and the tables say it better.
        reason = None if variants else str(error)
        raise _call_misfit(model, name, args, kwargs, reason) from error


def _run(
    function: Any, args: Any, kwargs: dict[str, Any], what: str, handle: str
) -> Any:
    try:
        return function(*args, **kwargs)
    except tf.errors.InvalidArgumentError as error:
        better = failures.of_call(error, what, handle)
        raise better from better.__cause__


def _call_misfit(
    model: Any,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    reason: str | None,
) -> InputError:
    source = model._hub
    functions = default_graph(read_contents(source.path).graphs).functions
    calls = functions.get(name, ())
    given = [describe_value(value) for value in args]
    given += [
        words.code(f"{key}=", f"{words.r_name(key)} = ") + describe_value(value)
        for key, value in kwargs.items()
    ]
    rows = [
        ("expected", words.code(f"({call.arguments})", f"({call.in_r[0]})"))
        for call in calls
    ]
    rows.append(("given", f"({', '.join(given)})"))
    what = "the call" if name == "__call__" else f"the function {name!r}"
    return _misfit(f"{what} of {source.handle}", source.handle, rows, reason)


def _bound(model: Any, name: str | None) -> BoundSignature | None:
    source: Source = model._hub
    signatures = getattr(model, "signatures", {})
    if name is None:
        names = [n for n in DEFAULT_SIGNATURES if n in signatures]
        if not names and len(signatures) == 1:
            names = list(signatures)
        if not names:
            return None
        name = names[0]
    bound = source.bound.get(name)
    if bound is None:
        if name not in signatures:
            _refuse_signature(model, name)
        bound = BoundSignature(name, signatures[name], source.handle)
        source.bound[name] = bound
    return bound


def _refuse_signature(model: Any, name: str | None) -> None:
    handle = model._hub.handle
    names = sorted(getattr(model, "signatures", {}))
    if name is None:
        msg = f"{handle} has no call of its own and no default signature."
        hint = (
            f"Name one with {words.argument('signature')}. Signatures: {listed(names)}."
        )
    else:
        msg = f"{handle} has no signature {name!r}. Signatures: {listed(names)}."
        if isinstance(name, str) and callable(getattr(model, name, None)):
            hint = (
                "It has a function of that name: "
                f"{words.method('m', brief(name), ...)}."
            )
        else:
            hint = "Give one of these names, or none for the model's own call."
    raise SignatureNotFoundError(msg, handle=handle, hint=hint, available=names)


def _sorted(outputs: dict[str, Any]) -> dict[str, Any]:
    return {name: outputs[name] for name in sorted(outputs)}


def _misfit(
    what: str, handle: str, rows: Sequence[tuple[str, ...]], reason: str | None
) -> InputError:
    head = f"The inputs do not fit {what}" + (f": {reason}." if reason else ":")
    return InputError(f"{head}\n{words.table(rows)}", handle=handle)
