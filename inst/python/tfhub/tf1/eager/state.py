"""What the graph variants of a module share: variables, tables, assets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...errors import ModelFormatError
from ...runtime.tf import tf
from ...shown import listed
from ..pruning import node_of
from ..saved import Definition, collection
from ..variables import Declared, from_checkpoint, from_initializers
from .tables import Table, tables
from .variant import Variant


class State:
    """Made once for all variants, each thing by the name that it has in the graphs.

    Attributes:
      variables: By the names of their nodes.
      tensors: For each variant, by the names of tensors, what stands for them outside
        of its graph: see `functions.make()`.
      tables: The tables, to be tracked.
      assets: The assets, to be tracked.
    """

    def __init__(
        self,
        definition: Definition,
        variants: Iterable[Variant],
        *,
        trainable: bool,
        scope: str,
    ) -> None:
        self.variables: dict[str, Any] = {}
        self.tensors: dict[Variant, dict[str, Any]] = {}
        self.assets: list[Any] = []
        made: dict[bytes, Table] = {}
        for number, variant in enumerate(variants):
            fresh = [v for v in variant.variables if v.name not in self.variables]
            values = _values(definition, variant, fresh, required=number == 0)
            for variable in fresh:
                name = variable.name
                shape = variant.graph.by_name[name].attr["shape"].shape
                self.variables[name] = tf.Variable(
                    values.pop(name),
                    trainable=trainable and name in variant.trainable,
                    name=f"{scope}/{name}" if scope else name,
                    shape=tf.TensorShape(shape),
                )
            names = (variable.name for variable in variant.variables)
            known = {f"{name}:0": self.variables[name] for name in names}
            self.tensors[variant] = known
            self._add_assets(variant, known)
            before = set(made)
            found = tables(variant.graph, variant.meta_graph, known, made)
            known |= {name: table.resource_handle for name, table in found.items()}
            for key in made.keys() - before:
                made[key].fill()
        self.tables = list(made.values())

    def _add_assets(self, variant: Variant, known: dict[str, Any]) -> None:
        made = {asset.asset_path.numpy(): asset for asset in self.assets}
        for tensor, path in _assets(variant.meta_graph):
            if path not in made:
                made[path] = tf.saved_model.Asset(path)
                self.assets.append(made[path])
            known[tensor] = made[path].asset_path


def _assets(meta_graph: Any) -> Iterator[tuple[str, bytes]]:
    """The tensors of a graph that are paths of assets, with these paths."""
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    for name in collection(meta_graph, "asset_filepaths").node_list.value:
        yield name, tf.make_ndarray(nodes[node_of(name)].attr["value"].tensor).item()


def _values(
    definition: Definition, variant: Variant, fresh: list[Declared], *, required: bool
) -> dict[str, Any]:
    """The values of variables: as trained, or fresh when they never were.

    A variant for training may have variables that the checkpoint, made from the other
    variant, does not have.
    """
    values: dict[str, Any] = {}
    if definition.checkpoint is not None:
        values = from_checkpoint(definition.checkpoint, fresh)
    lacking = [v.name for v in fresh if v.name not in values]
    if lacking and definition.checkpoint is not None and required:
        msg = (
            f"The checkpoint {definition.checkpoint} has no variable "
            f"{listed(sorted(lacking))}, which the graph has."
        )
        raise ModelFormatError(msg, hint="Fetch or export the module again.")
    if lacking:
        values |= from_initializers(definition.meta_graph(variant.tags), lacking)
    return values
