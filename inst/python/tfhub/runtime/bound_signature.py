"""A signature of a loaded model, with what it takes and gives.

It takes its inputs by name and gives a dict of outputs. TensorFlow checks the dtypes of
a signature's inputs and not their shapes, so that is done here. It also takes a sparse
input `x` of a TF1 module as `x_indices`, `x_values` and `x_dense_shape`, and a ragged
one as `x_component_0`, ...; here both are also taken under their one name.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import words
from ..errors import InputError, OutputError
from ..shown import brief, listed
from . import failures
from .advice import advise
from .arguments import declared_names, run_signature
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
from .tf import tf
from .unit_values import image_inputs, note, says_in_files


@dataclass
class Source:
    """Where a loaded model came from, and what was made of it so far.

    Attributes:
      handle: Its handle.
      path: Its folder.
      bound: Its signatures by name.
      traced: What `predict()` traced, by `as_dict` and the number of the form.
      tags: Those that it was loaded with, sorted; None where none were given.
      stamp: What tells whether its file is still the same, see `printing`.
      text: What `print()` says of it, once it was asked for.
    """

    handle: str
    path: str
    bound: dict[str, BoundSignature] = field(default_factory=dict)
    traced: dict[bool, dict[int, Any]] = field(default_factory=dict)
    tags: tuple[str, ...] | None = None
    stamp: tuple[int, ...] | None = None
    text: str | None = None


class BoundSignature:
    """A signature with its inputs and outputs looked up once."""

    def __init__(
        self, name: str, function: Any, handle: str, path: str | None = None
    ) -> None:
        self.name = name
        self.handle = handle
        self._path = path
        self.function = function
        specs: dict[str, Any] = function.structured_input_signature[1]
        self._arguments = declared_names(function)
        self.specs = {
            name: by_value(specs[argument])
            for name, argument in self._arguments.items()
        }
        self.parts = _composites(self.specs)
        self._images = image_inputs(self.specs) if path else []
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
            argument = self._arguments[name]
            tensors[argument] = value if fits else self._convert(name, inputs)
        if self._images and self._path:
            images = (tensors[self._arguments[name]] for name in self._images)
            says = functools.partial(says_in_files, self._path)
            note(self.handle, images, says)
        what = f"The signature {self.name!r}"
        call = functools.partial(run_signature, self.function)
        outputs = run(call, (tensors,), {}, what, self.handle)
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
        hint = f"Use {words.argument(as_dict=True)} to get them all."
        raise OutputError(msg, handle=self.handle, hint=hint)

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
        if not inputs.keys() <= self._arguments.keys():
            known = {argument: name for name, argument in self._arguments.items()}
            inputs = {known.get(name, name): value for name, value in inputs.items()}
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
        specs = {name: self.specs.get(name) for name in self.inputs}
        raise input_error(what, self.handle, rows, reason, advise([(specs, given)]))

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


def run(
    function: Any, args: Any, kwargs: dict[str, Any], what: str, handle: str
) -> Any:
    """Runs a function of a model, whose failures are said by `failures.of_call()`."""
    try:
        return function(*args, **kwargs)
    except (tf.errors.OpError, ValueError, AttributeError) as error:
        better = failures.of_call(error, what, handle)
        raise better from better.__cause__


def input_error(
    what: str,
    handle: str | None,
    rows: Sequence[tuple[str, ...]],
    reason: str | None,
    hint: str,
) -> InputError:
    """The error for inputs that do not fit, with a table of what was expected."""
    head = f"The inputs do not fit {what}" + (f": {reason}." if reason else ":")
    return InputError(f"{head}\n{words.table(rows)}", handle=handle, hint=hint)
