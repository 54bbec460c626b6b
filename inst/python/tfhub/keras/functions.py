"""The functions that a model was saved with, and the choice among them.

A loaded function keeps a ConcreteFunction for each combination of types and of values
such as `training` that it was traced with. TensorFlow looks for the right one at each
call. Here the choice is kept by what decides it, and the ConcreteFunction called flat.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator
from typing import Any

from .. import words
from ..errors import InputError, SymbolicInputError
from ..runtime.coercion import Misfit, describe_spec
from ..runtime.private import call_flat
from ..runtime.tf import np, tf
from ..shown import brief
from .binding import bind, kind_of, placeholders

FIT_INPUT = (
    "Give the layer an Input of the shape and dtype that are expected. The shape that "
    "an Input is made with leaves out the batch."
)


def described(specs: Any) -> str:
    """A structure of TypeSpecs or TensorShapes, such as `{x: float32[?, 3]}`."""
    if isinstance(specs, dict):
        inner = (f"{brief(name)}: {described(spec)}" for name, spec in specs.items())
        return brief(f"{{{', '.join(inner)}}}", 2000)
    if isinstance(specs, (list, tuple)):
        return brief(f"({', '.join(map(described, specs))})", 2000)
    if isinstance(specs, tf.TensorSpec):
        return describe_spec(specs)
    return brief(specs, 2000)


class Variant:
    """A ConcreteFunction, called with its inputs.

    Args:
      function: The ConcreteFunction.
      specs: The TypeSpecs of the inputs.
      fixed: The tensors that it takes after them.
    """

    def __init__(self, function: Any, specs: Any, fixed: list[Any]) -> None:
        self.function = function
        self.specs = specs
        self._fixed = fixed
        flat = tf.nest.flatten(specs, expand_composites=True)
        # Dtypes and ranks are those of the kind; what is left are the sizes.
        self._sized = [
            (i, spec.shape)
            for i, spec in enumerate(flat)
            if spec.shape.rank and set(spec.shape.as_list()) != {None}
        ]

    @property
    def outputs(self) -> Any:
        """The TypeSpecs of the outputs."""
        return tf.nest.map_structure(_spec_of, self.function.structured_outputs)

    def fits(self, flat: list[Any]) -> bool:
        """Whether the sizes of inputs of the right kind are right, too."""
        return all(shape.is_compatible_with(flat[i].shape) for i, shape in self._sized)

    def __call__(self, flat: list[Any]) -> Any:
        """Calls it with the inputs, flat."""
        return call_flat(self.function, flat + self._fixed)


class Functions:
    """A function with variants.

    Args:
      variants: Gives the variants for `training`, True, False, or None where the
        function takes no such argument.
      otherwise: Called with the inputs and `training` where no variant fits.
      handle: For errors.
      takes_training: Whether there are variants by `training`.
      prepare: Brings the inputs into the structure of the specs.
      traced: The function, for errors where it has no variant for these arguments.
      arguments: Those that are given beside the inputs, by name.
    """

    def __init__(
        self,
        variants: Callable[[bool | None], Iterator[Variant]],
        otherwise: Callable[[Any, bool | None], Any],
        *,
        handle: str,
        takes_training: bool,
        prepare: Callable[[Any], Any] | None = None,
        traced: Any = None,
        arguments: Collection[str] = (),
    ) -> None:
        self._variants = variants
        self._otherwise = otherwise
        self._handle = handle
        self.takes_training = takes_training
        self._prepare = prepare
        self._traced = traced
        self._lacking = _lacking(traced, arguments) if traced is not None else []
        self._made: dict[bool | None, list[Variant]] = {}
        self._known: dict[Any, list[Variant]] = {}

    def variants(self, training: bool | None) -> list[Variant]:
        """The variants for `training`."""
        key = training if self.takes_training else None
        if key not in self._made:
            self._made[key] = list(self._variants(key))
        return self._made[key]

    def __call__(self, inputs: Any, training: bool) -> Any:
        """Calls the variant that fits, with inputs brought to its specs if need be."""
        if self._prepare is not None:
            inputs = self._prepare(inputs)
        kind = kind_of(inputs)
        if kind is not None:
            flat = tf.nest.flatten(inputs, expand_composites=True)
            for variant in self._known.get((training, kind), ()):
                if variant.fits(flat):
                    return variant(flat)
        for variant in self.variants(training):
            try:
                bound = bind(inputs, variant.specs)
            except Misfit:
                continue
            if kind is not None and kind_of(bound) == kind:
                known = self._known.setdefault((training, kind), [])
                if variant not in known:
                    known.append(variant)
            return variant(tf.nest.flatten(bound, expand_composites=True))
        try:
            return self._otherwise(inputs, training if self.takes_training else None)
        except InputError as error:
            if self._hint is None:
                raise
            # Anew, as Keras makes it anew of what it was made of.
            msg, data = error.marked[0], error.data
            better = InputError(msg, handle=error.handle, hint=self._hint, **data)
            raise better from error.__cause__

    @property
    def _hint(self) -> str | None:
        """What to do where the function takes more than the inputs."""
        if not self._lacking:
            return None
        more = words.argument(arguments=dict.fromkeys(self._lacking, ...))
        return f"A layer gives a model one input. Give the others with {more}."

    def outputs(self, given: Any, training: bool) -> Any:
        """What comes out for inputs that have no values yet.

        Args:
          given: TypeSpecs of the inputs; TensorShapes where no more is known.
          training: As for a call; another variant tells as much where there is none.

        Raises:
          SymbolicInputError: No variant takes such inputs.
        """
        if self._prepare is not None:
            given = self._prepare(given)
        tried = [*self.variants(training), *self.variants(not training)]
        for variant in tried:
            with tf.Graph().as_default():
                try:
                    bound = bind(placeholders(given, variant.specs), variant.specs)
                except Misfit:
                    continue
            return inferred(variant, bound, variant.specs, variant.outputs)
        wanted = dict.fromkeys(described(variant.specs) for variant in tried)
        if not tried:
            wanted = dict.fromkeys(map(_form, self._traced.concrete_functions))
        lines = [f"  expected  {spec}" for spec in wanted] + [
            f"  given     {described(given)}"
        ]
        msg = "\n".join([f"The inputs do not fit {self._handle}:", *lines])
        hint = self._hint or FIT_INPUT
        raise SymbolicInputError(msg, handle=self._handle, hint=hint)


def _form(concrete: Any) -> str:
    """What a ConcreteFunction takes, such as `(x: float32[?, 3], n: int32[])`."""
    args, kwargs = concrete.structured_input_signature
    named = [(getattr(spec, "name", None), spec) for spec in args] + [*kwargs.items()]
    parts = [f"{brief(n)}: {described(s)}" if n else described(s) for n, s in named]
    return brief(f"({', '.join(parts)})", 2000)


def _lacking(function: Any, given: Collection[str]) -> list[str]:
    """What a function takes after its inputs and cannot do without, by name."""
    following = list(inspect.signature(function).parameters.values())[1:]
    return [
        parameter.name
        for parameter in following
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and parameter.name not in {*given, "training"}
    ]


def inferred(
    call: Callable[[list[Any]], Any], inputs: Any, specs: Any, outputs: Any
) -> Any:
    """The TypeSpecs of outputs, with the sizes that follow from those of the inputs.

    A function that was saved with a free batch tells of no batch. Where more is known
    of the inputs, TensorFlow infers what follows for the outputs.

    Args:
      call: What maps the tensors of the inputs, flat in a list, to the outputs.
      inputs: Tensors of the shapes and dtypes of the inputs, in their structure.
      specs: The TypeSpecs that the function was saved with, in the same structure.
      outputs: The TypeSpecs of its outputs, as it was saved.
    """
    flat = tf.nest.flatten(inputs, expand_composites=True)
    saved = tf.nest.flatten(specs, expand_composites=True)
    more = any(
        None in spec.shape.as_list() and spec.shape != tensor.shape
        for tensor, spec in zip(flat, saved, strict=True)
        if spec.shape.rank and tensor.shape.rank
    )
    parts = tf.nest.flatten(outputs, expand_composites=True)
    known = all(part.shape.is_fully_defined() for part in parts)
    if known or not more or tf.distribute.has_strategy():
        return outputs
    function = tf.function(lambda *tensors: call(list(tensors)), autograph=False)
    given = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in flat]
    found = function.get_concrete_function(*given).structured_outputs
    return tf.nest.map_structure(_spec_of, found)


def traced(
    function: Any, arguments: dict[str, Any]
) -> Callable[[bool | None], Iterator[Variant]]:
    """Gives the variants of a loaded function.

    Args:
      function: What has `concrete_functions`.
      arguments: Further arguments by name.
    """
    parameters = inspect.signature(function).parameters
    positional = [
        name
        for name, parameter in parameters.items()
        if parameter.kind
        in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    any_number = any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
    most = max(len(positional), int(any_number))

    def variants(training: bool | None) -> Iterator[Variant]:
        wanted = {
            name: parameter.default
            for name, parameter in parameters.items()
            if parameter.default is not parameter.empty
        }
        wanted |= arguments
        if training is not None:
            wanted["training"] = training
        for concrete in function.concrete_functions:
            args, kwargs = concrete.structured_input_signature
            if not args or len(args) > most:
                continue
            rest = dict(zip(positional[1:], args[1:], strict=False))
            rest |= sorted(kwargs.items())
            try:
                fixed = _fixed(rest, wanted)
            except Misfit:
                continue
            variant = Variant(concrete, args[0], fixed)
            count = len(tf.nest.flatten(args[0], expand_composites=True)) + len(fixed)
            if count == len(concrete.inputs) - len(concrete.captured_inputs):
                yield variant

    return variants


def _fixed(rest: dict[str, Any], wanted: dict[str, Any]) -> list[Any]:
    """The tensors of what follows the inputs, in the order in which they are taken."""
    if not wanted.keys() <= rest.keys() | _unused(wanted, rest):
        raise Misfit
    fixed: list[Any] = []
    for name, spec in rest.items():
        if _has_spec(spec):
            if name not in wanted:
                raise Misfit
            with tf.init_scope():  # for good, also when a graph is being built
                bound = bind(wanted[name], spec)
            fixed += tf.nest.flatten(bound, expand_composites=True)
        elif not _same(wanted.get(name), spec):
            raise Misfit
    return fixed


def _unused(wanted: dict[str, Any], rest: dict[str, Any]) -> set[str]:
    """Arguments that are None and that the function was not traced with."""
    return {name for name in wanted.keys() - rest.keys() if wanted[name] is None}


def _has_spec(value: Any) -> bool:
    return any(isinstance(leaf, tf.TypeSpec) for leaf in tf.nest.flatten(value))


def _same(value: Any, constant: Any) -> bool:
    if isinstance(value, np.ndarray) or isinstance(constant, np.ndarray):
        return bool(np.array_equal(value, constant))
    return type(value) is type(constant) and bool(value == constant)


def _spec_of(output: Any) -> Any:
    if isinstance(output, tf.TypeSpec):
        return output
    return tf.type_spec_from_value(output)
