"""A module in a `tf.Graph`: its state once, and each application of it."""

from __future__ import annotations

from typing import Any

from ..errors import CheckpointError, GraphError
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
      CheckpointError: The variables' files are damaged.
    """

    def __init__(
        self, definition: Definition, trainable: bool, name: str, tags: Any
    ) -> None:
        self._definition, self._name, self._tags = definition, name, tags
        self._trainable = trainable
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
        meta_graph = self._definition.meta_graph(self._tags)
        importing.name_resources(meta_graph, self._scope)
        gives = tensors.output_infos(meta_graph, name)
        bound = tensors.bind(inputs, tensors.input_infos(meta_graph, name))
        declared = tensors.signature_of(meta_graph, name)
        given = dict(self._state)
        for key, value in bound.items():
            flat = tf.nest.flatten(value, expand_composites=True)
            given |= dict(zip(tensors.parts(declared.inputs[key]), flat, strict=True))
        given = {key: private.in_default_graph(value) for key, value in given.items()}
        fetched = {key: tensors.parts(declared.outputs[key]) for key in gives}
        beside = importing.detach(meta_graph, self._state, given)
        scope = f"{self._scope.split('/')[-1]}_apply_{name.replace(':', '_')}"
        graph = tf.compat.v1.get_default_graph()
        updates: list[str] = []
        if graph is self.graph:
            collections = [*importing.APPLIED]
            if self._trainable:
                collections += importing.TRAINABLE_APPLIED
            scope = importing.import_graph(meta_graph, scope, collections, given)
        else:
            targets = {part for parts in fetched.values() for part in parts}
            used, updates = functions.prune(
                meta_graph, targets, given, updates=self._trainable
            )
            scope = importing.import_graph(meta_graph, scope, importing.CONTEXTS, used)
        for op, groups in beside.items():
            private.place_beside(graph.get_operation_by_name(f"{scope}/{op}"), groups)

        def output(part: str) -> Any:
            # It may be an input, or of the state.
            if part in given:
                return tf.identity(given[part])
            tensor = graph.get_tensor_by_name(f"{scope}/{part}")
            return tf.identity(tensor) if updates else tensor

        run = [graph.get_operation_by_name(f"{scope}/{name}") for name in updates]
        outputs = {}
        with tf.control_dependencies(run):
            for key, info in gives.items():
                outputs[key] = tf.nest.pack_sequence_as(
                    info.type_spec,
                    [output(part) for part in fetched[key]],
                    expand_composites=True,
                )
        return tensors.choose(outputs, as_dict)


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
