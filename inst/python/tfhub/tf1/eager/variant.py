"""One graph variant of a module: its graph, and what is asked of its collections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .. import saved, tensors
from ..pruning import Graph, node_of
from ..variables import declared
from . import rewriting, tables


class Variant:
    """A MetaGraph made fit for TensorFlow 2.

    Args:
      meta_graph: The MetaGraphDef; it is changed.
      prefix: As for `tables.isolate()`.
    """

    def __init__(self, meta_graph: Any, prefix: str) -> None:
        rewriting.modernize(meta_graph)
        tables.isolate(meta_graph.graph_def, prefix)
        self.meta_graph = meta_graph
        info = meta_graph.meta_info_def
        op_list = info.stripped_op_list if info.HasField("stripped_op_list") else None
        self.graph = Graph(meta_graph.graph_def, op_list)
        self.tags = frozenset(info.tags)
        self.variables = list(declared(meta_graph, "variables"))
        self.trainable = {v.name for v in declared(meta_graph, "trainable_variables")}
        self._placeholders = {
            f"{node.name}:0"
            for node in meta_graph.graph_def.node
            if node.op in ("Placeholder", "PlaceholderV2")
        }

    def feeds(self, signature: str) -> dict[str, list[str]]:
        """The tensors of each input of a signature."""
        inputs = self.meta_graph.signature_def[signature].inputs
        return {name: tensors.parts(inputs[name]) for name in sorted(inputs)}

    def fetches(self, signature: str) -> dict[str, list[str]]:
        """The tensors of each output of a signature."""
        outputs = self.meta_graph.signature_def[signature].outputs
        return {name: tensors.parts(outputs[name]) for name in sorted(outputs)}

    def updates(self, given: Iterable[str]) -> list[str]:
        """The update ops that can run when these tensors are given.

        In a graph all of the collection is there, also the ops that take the inputs of
        another signature; nobody can run those.
        """
        return list(self._runnable("update_ops", set(given)))

    def losses(self) -> list[str]:
        """The regularization losses, which need no input."""
        return list(self._runnable("regularization_losses", set()))

    def _runnable(self, collection: str, given: set[str]) -> Iterator[str]:
        stuck = self.graph.dependent(self._placeholders, given)
        listed = saved.collection(self.meta_graph, collection).node_list.value
        for name in dict.fromkeys(listed):
            if node_of(name) not in stuck:
                yield name
