"""A TF1 Hub module outside of a graph."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ... import words
from ...errors import GraphError, InputError
from ...runtime import failures, ops
from ...runtime.tf import tf
from ...runtime.unit_values import IMAGE_INFO, image_inputs, note
from .. import tensors
from ..spec import ModuleSpec
from ..variables import by_whole
from .functions import make
from .gradients import has_loop, with_gradient
from .state import State
from .tables import own_prefix
from .variant import Variant

TRAIN = frozenset({"train"})


class EagerModule(tf.Module):
    """A module whose variables are TensorFlow 2's, to be called and trained.

    A call with `training=True` runs the graph variant with the tags `{"train"}` if no
    tags were given and the module has it, and else the same variant as any other call.
    When the module is trainable it also runs the update ops (moving averages) of that
    variant, those that need no input of another signature. The variants share their
    variables. Only the parts that the outputs asked for need are run.

    Args:
      spec: What the module is made of.
      trainable: Whether its variables are to be trained.
      name: The first part of the names of its variables.
      tags: The graph variant. None is the one without tags, and that for training.

    Raises:
      TagsError: There is no such variant.
      ModelFormatError: The checkpoint lacks a variable, or a file of the module is
        missing, cut or damaged.
    """

    def __init__(self, spec: ModuleSpec, trainable: bool, name: str, tags: Any) -> None:
        super().__init__()
        self._spec = spec
        self._is_trainable = trainable
        definition = spec.definition
        if definition.folder is not None:
            ops.provide(definition.folder, spec.name)
        prefix = own_prefix()
        self._variant = Variant(definition.meta_graph(frozenset(tags or ())), prefix)
        self._training = self._variant
        if tags is None and TRAIN in definition.tags:
            self._training = Variant(definition.meta_graph(TRAIN), prefix)
        variants = dict.fromkeys((self._variant, self._training))
        try:
            self._state = State(definition, variants, trainable=trainable, scope=name)
        except Exception as error:  # TensorFlow raises of all kinds
            if definition.folder is None:
                raise
            better = failures.of_loading(error, definition.folder, spec.name)
            raise better from better.__cause__
        # Attributes that TensorFlow saves and restores with the module.
        self._variables = dict(self._state.variables)
        self.resources = [*self._state.tables, *self._state.assets]
        # A dict would be tracked, and with such keys it could not be saved.
        self._function = functools.cache(self._make)

    @property
    def variables(self) -> list[Any]:
        """All variables, sorted by their names."""
        return [v for _, v in sorted(self._state.variables.items())]

    @property
    def trainable_variables(self) -> list[Any]:
        """Those to train, sorted by name; none if the module is not trainable."""
        return [v for v in self.variables if v.trainable]

    @property
    def variable_map(self) -> dict[str, Any]:
        """The variables by name; the parts of a partitioned one are a list."""
        declared = [*self._variant.variables, *self._training.variables]
        return by_whole(dict.fromkeys(declared), self._state.variables)

    @functools.cached_property
    def regularization_losses(self) -> list[Callable[[], Any]]:
        """Functions without arguments, each of which gives a scalar.

        They are those of the variant for training; none if the module is not trainable.
        """
        if not self._is_trainable:
            return []
        return [self._loss(name) for name in self._training.losses()]

    @property
    def signatures(self) -> list[str]:
        """The names of the signatures, sorted."""
        return sorted(self._variant.meta_graph.signature_def)

    def specs(self, signature: str) -> dict[str, Any]:
        """The TypeSpec of each input of a signature, sorted by name."""
        infos = tensors.input_infos(self._variant.meta_graph, signature)
        return {name: infos[name].type_spec for name in sorted(infos)}

    def outputs(self, signature: str) -> list[str]:
        """The names of the outputs of a signature, sorted."""
        return sorted(tensors.output_infos(self._variant.meta_graph, signature))

    def __call__(
        self,
        inputs: Any = None,
        signature: str | None = None,
        as_dict: bool | None = None,
        training: bool | None = None,
    ) -> Any:
        """Applies the module; see `Module.__call__`."""
        if not tf.executing_eagerly():
            self._require_no_graph()
        name = signature or "default"
        meta_graph = (self._training if training else self._variant).meta_graph
        infos = tensors.input_infos(meta_graph, name)
        bound = tensors.bind(inputs, infos)
        function = self.function(name, training=bool(training), as_dict=bool(as_dict))
        images = image_inputs({name: infos[name].type_spec for name in bound})
        note(self._spec.name, map(bound.get, images), self._says_unit)
        try:
            return tensors.choose(function(bound), as_dict)
        except tf.errors.OpError as error:
            what = f"The signature {name!r}"
            better = failures.of_call(error, what, self._spec.name)
            raise better from better.__cause__

    def _says_unit(self) -> bool:
        tags = self._variant.meta_graph.meta_info_def.tags
        return IMAGE_INFO in self._spec.definition.attachments(tags)

    def _require_no_graph(self) -> None:
        with tf.init_scope():
            in_a_function = tf.executing_eagerly()
        if not in_a_function:
            msg = (
                f"{self._spec.name} was made outside of a graph, and is applied in one."
            )
            hint = "Make the module in the graph: its variables have to be there."
            raise GraphError(msg, handle=self._spec.name, hint=hint)

    def function(self, signature: str, *, training: bool, as_dict: bool) -> Any:
        """The `tf.function` of a signature, from a dict of inputs to one of outputs."""
        return self._function(signature, training=training, as_dict=as_dict)

    def _make(self, signature: str, *, training: bool, as_dict: bool) -> Any:
        variant = self._training if training else self._variant
        infos = tensors.input_infos(variant.meta_graph, signature)
        inputs = {name: infos[name].type_spec for name in sorted(infos)}
        infos = tensors.output_infos(variant.meta_graph, signature)
        tensors.choose(infos, as_dict)  # raises now if there is no output to give
        outputs = {
            name: infos[name].type_spec
            for name in sorted(infos)
            if as_dict or name == "default"
        }
        names = _names(variant.feeds(signature))
        specs = tf.nest.flatten(inputs, expand_composites=True)
        feeds = dict(zip(names, specs, strict=True))
        fetches = _names({n: variant.fetches(signature)[n] for n in outputs})
        updates = variant.updates(feeds) if training and self._is_trainable else []
        # What went through a variable or a table has lost the shape that is declared.
        shapes = [s.shape for s in tf.nest.flatten(outputs, expand_composites=True)]
        state = self._state.tensors[variant]
        for name in feeds:
            if isinstance(state.get(name), tf.Variable):
                msg = (
                    f"An input of the signature {signature!r} is the variable {name!r} "
                    "of the module, in whose place nothing can be given here."
                )
                hint = f"Use the module in a {words.tensorflow('Graph')}."
                raise InputError(msg, hint=hint)
        try:
            run = make(variant.graph, feeds, fetches, state, updates)
        except (ValueError, tf.errors.OpError) as error:  # the graph contradicts itself
            folder = self._spec.definition.folder
            if folder is None:
                raise
            better = failures.of_loading(error, folder, self._spec.name)
            raise better from better.__cause__
        if has_loop(variant.graph, fetches, feeds):
            run = with_gradient(run, variant.meta_graph, feeds, fetches, state)

        def apply(values: dict[str, Any]) -> dict[str, Any]:
            flat = tf.nest.flatten(values, expand_composites=True)
            known = dict(zip(names, flat, strict=True))
            results = list(run(*(known[name] for name in feeds)))
            for result, shape in zip(results, shapes, strict=True):
                result.set_shape(shape)
            packed = tf.nest.pack_sequence_as(outputs, results, expand_composites=True)
            return dict(packed)

        function = tf.function(apply, input_signature=[inputs], autograph=False)
        with tf.init_scope():  # or a tape that watches would differentiate the loops
            function.get_concrete_function()
        return function

    def _loss(self, name: str) -> Callable[[], Any]:
        variant = self._training
        run = make(variant.graph, {}, [name], self._state.tensors[variant])
        return tf.function(lambda: run()[0], input_signature=[], autograph=False)  # type: ignore[no-any-return]


def _names(by_name: dict[str, list[str]]) -> list[str]:
    """The names of all tensors, in the order of `tf.nest.flatten()`."""
    return [tensor for name in sorted(by_name) for tensor in by_name[name]]
