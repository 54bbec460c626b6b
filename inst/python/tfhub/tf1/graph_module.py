"""A module in a `tf.Graph`: its state once, and each application of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import CheckpointError, GraphError, InputError
from ..formats.amiss import require_whole
from ..runtime import ops
from ..runtime.tf import tf
from . import functions, importing, private, tensors
from .saved import Definition
from .variables import by_whole, declared

_CHECKPOINT_HINT = (
    "Fetch or export the module again; where you gave the checkpoint, give a "
    "name_transform_fn if names differ."
)


class GraphModule:
    """What `hub.Module()` is in a graph.

    Args:
      definition: What the module is made of.
      trainable: Whether its variables are to be trained.
      name: The variable scope to make, made unique.
      tags: The graph variant.

    Raises:
      TagsError: There is no such variant.
      GraphError: The name is taken by something else in the graph.
      ModelFormatError: A file of its variables is missing, cut or damaged.
      CheckpointError: The checkpoint that was given for it cannot be read.
    """

    def __init__(
        self, definition: Definition, trainable: bool, name: str, tags: Any
    ) -> None:
        self._definition, self._name, self._tags = definition, name, tags
        self._trainable = trainable
        if definition.folder is not None:
            ops.provide(definition.folder, definition.folder)
            if definition.has_own_variables:
                require_whole(Path(definition.folder))
        meta_graph = definition.meta_graph(tags)
        collections = [*importing.STATE]
        if trainable:
            collections += importing.TRAINABLE_STATE
        # Not after the ops, in the loop or in the function of who makes the module.
        with tf.init_scope():
            self.graph = graph = tf.compat.v1.get_default_graph()
            self._scope = scope = _new_scope(name)
            importing.name_resources(meta_graph, scope)
            nodes = [node.name for node in meta_graph.graph_def.node]
            before = graph.get_collection(importing.Keys.GLOBAL_VARIABLES)
            with graph.name_scope(None):
                importing.import_graph(meta_graph, scope, collections)
                after = graph.get_collection(importing.Keys.GLOBAL_VARIABLES)
                made = {v.op.name[len(scope) + 1 :]: v for v in after[len(before) :]}
                self.variable_map = by_whole(declared(meta_graph, "variables"), made)
                if definition.checkpoint is not None and self.variable_map:
                    restore(self.variable_map, definition.checkpoint)
            self._state = importing.state_of(graph, scope, nodes)

    @property
    def variables(self) -> list[Any]:
        """All variables, sorted by name, the parts of a partitioned one in order."""
        result = []
        for _, value in sorted(self.variable_map.items()):
            result += value if isinstance(value, list) else [value]
        return result

    def __call__(
        self, inputs: Any = None, signature: str | None = None, as_dict: Any = None
    ) -> Any:
        """Applies the module; see `Module.__call__`."""
        importing.require_graph(self.graph, f"The module {self._name!r}")
        name = signature or "default"
        signatures = self._definition.signatures(self._tags)
        gives = tensors.output_infos(signatures, name)
        bound = tensors.bind(inputs, tensors.input_infos(signatures, name))
        declared = tensors.signature_of(signatures, name)
        given = dict(self._state)
        for key, value in bound.items():
            flat = tf.nest.flatten(value, expand_composites=True)
            given |= dict(zip(tensors.parts(declared.inputs[key]), flat, strict=True))
        given = {key: private.in_default_graph(value) for key, value in given.items()}
        fetched = {key: tensors.parts(declared.outputs[key]) for key in gives}
        targets = {part for parts in fetched.values() for part in parts}
        name = f"{self._scope.split('/')[-1]}_apply_{name.replace(':', '_')}"
        if tf.compat.v1.get_default_graph() is not self.graph:
            scope, updates = self._import_part(name, targets, given)
        else:
            scope, updates = self._import_all(name, targets, given), []

        def output(part: str) -> Any:
            # It may be an input, or of the state.
            if part in given:
                return tf.identity(given[part])
            graph = tf.compat.v1.get_default_graph()
            tensor = graph.get_tensor_by_name(f"{scope}/{part}")
            return tf.identity(tensor) if updates else tensor

        outputs = {}
        with tf.control_dependencies(updates):
            for key, info in gives.items():
                outputs[key] = tf.nest.pack_sequence_as(
                    info.type_spec,
                    [output(part) for part in fetched[key]],
                    expand_composites=True,
                )
        return tensors.choose(outputs, as_dict)

    def _meta_graph(self) -> Any:
        meta_graph = self._definition.meta_graph(self._tags)
        importing.name_resources(meta_graph, self._scope)
        return meta_graph

    def _import_all(self, name: str, targets: set[str], given: dict[str, Any]) -> str:
        """Imports the graph for an application, and gives its scope.

        Whole, as programs may ask for any of its tensors by name; but without what the
        outputs do not need if that does not take inputs of this shape.
        """
        meta_graph = self._meta_graph()
        collections = [*importing.APPLIED]
        if self._trainable:
            collections += importing.TRAINABLE_APPLIED
        beside = importing.detach(meta_graph, self._state, given)
        try:
            scope = importing.import_graph(meta_graph, name, collections, given)
        except ValueError:
            scope, updates = self._import_part(name, targets, given)
            for op in updates:
                tf.compat.v1.add_to_collection(importing.Keys.UPDATE_OPS, op)
            return scope
        _place(beside, scope)
        return scope

    def _import_part(
        self, name: str, targets: set[str], given: dict[str, Any]
    ) -> tuple[str, list[Any]]:
        """Imports what the outputs need, and the update ops, which it gives, too."""
        meta_graph = self._meta_graph()
        beside = importing.detach(meta_graph, self._state, given)
        used, updates = functions.prune(
            meta_graph, targets, given, updates=self._trainable
        )
        there = {node.name for node in meta_graph.graph_def.node}
        beside = {op: groups for op, groups in beside.items() if op in there}
        try:
            scope = importing.import_graph(meta_graph, name, importing.APPLIED, used)
        except ValueError as error:
            msg = f"The module {self._name!r} does not take these inputs: {error}"
            hint = "Look at the shapes of the inputs."
            raise InputError(msg, hint=hint) from error
        _place(beside, scope)
        graph = tf.compat.v1.get_default_graph()
        ops = [graph.get_operation_by_name(f"{scope}/{name}") for name in updates]
        return scope, ops


def _place(beside: dict[str, list[bytes]], scope: str) -> None:
    graph = tf.compat.v1.get_default_graph()
    for op, groups in beside.items():
        private.place_beside(graph.get_operation_by_name(f"{scope}/{op}"), groups)


def restore(variable_map: dict[str, Any], checkpoint: str) -> None:
    """Makes the initializers of variables read a checkpoint.

    Args:
      variable_map: The variables by their names there; parts of one are a list.
      checkpoint: The prefix of its files.

    Raises:
      CheckpointError: It cannot be read, lacks one, or has it in another shape.
    """
    try:
        tf.compat.v1.train.init_from_checkpoint(checkpoint, variable_map)
    except (ValueError, tf.errors.OpError) as error:
        msg = f"The checkpoint {checkpoint} is not that of the module: {error}"
        raise CheckpointError(msg, hint=_CHECKPOINT_HINT) from error


def _new_scope(name: str) -> str:
    """A variable scope that is not in use, whose name is free for ops, too."""
    if not name:
        msg = "The name of a module is empty."
        raise GraphError(msg, hint="Leave it out, or give one.")
    scopes = tf.compat.v1.variable_scope(
        None, default_name=name, auxiliary_name_scope=False
    )
    with scopes as made:
        scope: str = made.name
    graph = tf.compat.v1.get_default_graph()
    with graph.name_scope(None):
        free = graph.unique_name(scope, mark_as_used=False) == scope
    if not free:
        msg = (
            f"variable_scope {scope} was unused but the corresponding name_scope was "
            "already taken."
        )
        raise GraphError(msg, hint="Give the module another name.")
    return scope
