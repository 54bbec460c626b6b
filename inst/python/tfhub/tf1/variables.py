"""The variables of a TF1 Hub module, made once for all of its graph variants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..runtime.tf import tf
from . import importing, saved
from .messages import message_class


@dataclass(frozen=True)
class Declared:
    """A variable as the collection `variables` of a MetaGraph declares it.

    Attributes:
      name: Its name in the graph, without `:0`.
      whole: The name of the whole of which it is a part, else its own: what the
        checkpoint calls it.
      offset: Where its part begins in each dimension; None when it is the whole.
      size: The length of its part in each dimension.
    """

    name: str
    whole: str
    offset: tuple[int, ...] | None = None
    size: tuple[int, ...] = ()

    def part_of(self, value: Any) -> Any:
        """Its part of the value of the whole."""
        if self.offset is None:
            return value
        sizes = zip(self.offset, self.size, strict=True)
        return value[tuple(slice(at, at + length) for at, length in sizes)]


def declared(meta_graph: Any, collection: str) -> Iterator[Declared]:
    """The variables of a collection, in its order."""
    for text in saved.collection(meta_graph, collection).bytes_list.value:
        variable: Any = message_class("VariableDef").FromString(text)
        name = variable.variable_name.partition(":")[0]
        part = variable.save_slice_info_def
        if part.full_name:
            yield Declared(
                name, part.full_name, tuple(part.var_offset), tuple(part.var_shape)
            )
        else:
            yield Declared(name, name)


def from_checkpoint(prefix: str, variables: Iterable[Declared]) -> dict[str, Any]:
    """Reads the values of those variables that a checkpoint has, by their names."""
    reader = tf.train.load_checkpoint(prefix)
    wholes = reader.get_variable_to_shape_map()
    values: dict[str, Any] = {}
    last, value = "", None
    for variable in sorted(variables, key=lambda v: (v.whole, v.name)):
        if variable.whole in wholes:
            if variable.whole != last:  # the parts of a whole follow each other
                last, value = variable.whole, reader.get_tensor(variable.whole)
            values[variable.name] = variable.part_of(value)
    return values


def from_initializers(meta_graph: Any, names: Iterable[str]) -> dict[str, Any]:
    """Runs the initialisers of a graph once, and gives the values of variables."""
    v1 = tf.compat.v1
    names = list(names)
    with tf.Graph().as_default() as graph, importing.session(graph) as session:
        v1.train.import_meta_graph(meta_graph)
        session.run(v1.tables_initializer())
        session.run(v1.global_variables_initializer())
        by_name = {v.op.name: v for v in v1.global_variables()}
        values = session.run([by_name[name] for name in names])
    return dict(zip(names, values, strict=True))


def by_whole(
    variables: Iterable[Declared], made: dict[str, Any]
) -> dict[str, Any | list[Any]]:
    """The public map: a variable by its name, the parts of a whole in a list."""
    found: dict[str, Any] = {}
    parts: dict[str, list[tuple[tuple[int, ...], Any]]] = {}
    for variable in variables:
        if variable.offset is None:
            found[variable.name] = made[variable.name]
        else:
            parts.setdefault(variable.whole, []).append(
                (variable.offset, made[variable.name])
            )
    for whole, listed in parts.items():
        listed.sort(key=lambda item: item[0])
        found[whole] = [variable for _, variable in listed]
    return found
