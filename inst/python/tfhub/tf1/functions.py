"""A module applied within a function: the body of a loop, `tf.function`, a dataset.

A function of TensorFlow 2 runs all that has an effect, whether an output needs it or
not. So what is imported into one is only what the outputs need, and not the
initializers, say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from . import importing, saved
from .messages import message_class
from .pruning import Graph, node_of, tensor_of


def prune(
    meta_graph: Any,
    targets: Iterable[str],
    given: dict[str, Any],
    *,
    updates: bool,
) -> tuple[dict[str, Any], list[str]]:
    """Leaves of a MetaGraph what some of its tensors and the update ops need.

    Loops and conditionals of the first generation stay whole, for their contexts name
    their ops.

    Args:
      meta_graph: The MetaGraphDef, which is changed.
      targets: The names of tensors.
      given: Tensors that are put in the place of others, by the names of those.
      updates: Whether update ops are wanted, but for those that take an input of
        another signature, which could never run.

    Returns:
      Those given that are of use, and the names of the update ops.
    """
    graph = Graph(meta_graph.graph_def)
    contexts = [
        (key, text, set(map(node_of, _names(key, text))))
        for key in importing.CONTEXTS
        for text in saved.collection(meta_graph, key).bytes_list.value
    ]
    to_run: list[str] = []
    if updates:
        listed = saved.collection(meta_graph, importing.Keys.UPDATE_OPS).node_list.value
        to_run = [node_of(name) for name in listed if _can_run(graph, name, given)]
    wanted = graph.needed([*targets, *to_run], given)
    size = -1
    while size < len(wanted):
        size = len(wanted)
        for _, _, named in contexts:
            if not named.isdisjoint(wanted):
                wanted |= graph.needed(named, given) | named
    for key in importing.CONTEXTS:
        kept = [t for k, t, named in contexts if k == key and named <= wanted]
        if key in meta_graph.collection_def:
            meta_graph.collection_def[key].bytes_list.value[:] = kept
    paths = saved.collection(meta_graph, importing.Keys.ASSET_FILEPATHS).node_list
    paths.value[:] = [name for name in paths.value if node_of(name) in wanted]
    nodes = [node for node in meta_graph.graph_def.node if node.name in wanted]
    del meta_graph.graph_def.node[:]
    meta_graph.graph_def.node.extend(nodes)
    taken: set[str] = set()
    for node in meta_graph.graph_def.node:
        inputs = [n for n in node.input if n[0] != "^" or n[1:] in wanted]
        node.input[:] = inputs
        taken.update(tensor_of(name) for name in inputs if name[0] != "^")
    return {name: given[name] for name in given if name in taken}, to_run


def _can_run(graph: Graph, name: str, given: dict[str, Any]) -> bool:
    needed = graph.needed([name], given)
    return all(not graph.by_name[n].op.startswith("Placeholder") for n in needed)


def _names(key: str, text: bytes) -> Iterator[str]:
    """The names that a context has."""
    message: Any = message_class(importing.CONTEXTS[key]).FromString(text)
    yield from _names_in(message)


def _names_in(message: Any) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.name == "values_def":
            yield from value.values
            yield from value.external_values
            yield from value.external_values.values()
        elif field.name == "nested_contexts":
            for nested in value:
                for _, context in nested.ListFields():
                    yield from _names_in(context)
        elif field.name in ("loop_exit_names", "loop_enter_names"):
            yield from value
        elif field.name.startswith(("pivot", "pred", "maximum_iterations")):
            yield value
