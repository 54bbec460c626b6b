"""What a SavedModel's own file says: graphs, signatures, functions, operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ModelFormatError
from ..shown import shown
from . import protos, reading, values
from .description import Call, Graph, Signature
from .files import require_model
from .textproto import parsed
from .tf1_hub import is_hub_module

NOT = "not a SavedModel"
TF1_HUB, TF1, TF2 = "TF1 Hub module", "TF1 SavedModel", "TF2 SavedModel"
# Characters of all functions, and bytes of the forms that they are made of: these, and
# some for each byte of the objects. TensorFlow writes each traced form for one
# function, so its models have less.
_MOST_TEXT, _MOST_BYTES, _GROWTH = 16 << 20, 1 << 20, 4
_VERSION = b"\x08\x01\x12"  # how a binary SavedModel begins
_MOST_GRAPHS = 10_000  # variants of the graph; those of models are a few
_ENDLESS = "the arguments of its functions name each other without end"


def read_saved_model(file: Path) -> Any:
    """Parses `saved_model.pb` or `saved_model.pbtxt`.

    Raises:
      ModelFormatError: The file is damaged, or too large.
    """
    return read_as(file, protos.SavedModel)


def read_as(file: Path, message: Any) -> Any:
    """Parses it as one of the messages for such a file: SavedModel, or Programs."""

    def parse(content: bytes) -> Any:
        is_text = file.suffix == ".pbtxt"
        return _parse_text(content, message) if is_text else message.FromString(content)

    model = reading.read(file, NOT, parse)
    if not model.meta_graphs:
        msg = f"{shown(file)} holds no graph: it is empty or damaged."
        raise ModelFormatError(msg, hint="Fetch or export the model again.")
    if len(model.meta_graphs) > _MOST_GRAPHS:
        msg = f"{shown(file)} holds {len(model.meta_graphs):,} graphs, "
        msg += f"more than {_MOST_GRAPHS:,}."
        raise ModelFormatError(msg, hint="Fetch or export the model again.")
    return model


def _parse_text(content: bytes, message: Any) -> Any:
    if b"\0" in content:  # of a sparse file, say; the parser would look at each
        msg = "it is to be text, and has bytes that are zero"
        if content.startswith(_VERSION):
            msg += "; a binary one is named saved_model.pb"
        raise ValueError(msg)
    return parsed(content.decode("utf-8"), message)


@dataclass(frozen=True)
class Contents:
    """What the file of a SavedModel says, and `tfhub_module.pb` where there is one.

    Attributes:
      format: `TF2 SavedModel`, `TF1 SavedModel` or `TF1 Hub module`.
      tensorflow: The version of TensorFlow that wrote it, or "".
      graphs: One for each set of tags.
      meta_graphs: The graphs as they were parsed.
    """

    format: str
    tensorflow: str
    graphs: tuple[Graph, ...]
    meta_graphs: Sequence[Any]


def read_contents(folder: str | Path, *, handle: str | None = None) -> Contents:
    """Reads what a model is, and nothing of its variables.

    Raises:
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The file is damaged or from the future.
    """
    folder = Path(folder)
    file = require_model(folder, handle=handle)
    model = read_saved_model(file)
    if is_hub_module(folder):
        kind = TF1_HUB
    elif any(graph.HasField("object_graph_def") for graph in model.meta_graphs):
        kind = TF2
    else:
        kind = TF1
    with reading.guarded(file, NOT):
        graphs = tuple(_graph(graph) for graph in model.meta_graphs)
    version = model.meta_graphs[0].meta_info_def.tensorflow_version
    return Contents(kind, version, graphs, model.meta_graphs)


def _graph(graph: Any) -> Graph:
    signatures = {
        name: Signature(values.tensors(value.inputs), values.tensors(value.outputs))
        for name, value in ((entry.key, entry.value) for entry in graph.signature_def)
        if not name.startswith("__saved_model")  # TensorFlow's own, no signature
    }
    return Graph(
        tags=tuple(sorted(graph.meta_info_def.tags)),
        signatures=dict(sorted(signatures.items())),
        functions=_functions(graph.object_graph_def),
        ops=_ops(graph.graph_def),
    )


def _ops(graph_def: Any) -> tuple[str, ...]:
    library = graph_def.library.function
    used = {node.op for node in graph_def.node}
    used.update(node.op for function in library for node in function.node_def)
    return tuple(sorted(used - {function.signature.name for function in library}))


def _functions(objects: Any) -> dict[str, tuple[Call, ...]]:
    """The functions that the model's object has, by their names.

    Several names may lead to one node, and several nodes to one traced form, so what
    is made of each is made once, and there is a bound to all of it.
    """
    if not objects.nodes:
        return {}
    forms = _Forms(objects)
    nodes, calls = len(objects.nodes), dict[int, tuple[tuple[Call, ...], int]]()
    functions, left = {}, _MOST_TEXT + _GROWTH * objects.ByteSize()
    for child in objects.nodes[0].children:
        if not 0 <= child.node_id < nodes:
            msg = f"{child.local_name!r} is the node {child.node_id} of {nodes:,}"
            raise ValueError(msg)
        node = objects.nodes[child.node_id]
        if not node.HasField("function") or not node.function.concrete_functions:
            continue
        if child.node_id not in calls:
            calls[child.node_id] = _calls(node.function, forms, left)
        # What shows them writes each form again for each name.
        made, length = calls[child.node_id]
        left -= length
        if left < 0:
            raise ValueError(_ENDLESS)
        functions[child.local_name] = made
    return dict(sorted(functions.items()))


class _Forms:
    """The traced forms by their names, of which only so many bytes are read again."""

    def __init__(self, objects: Any) -> None:
        self._forms = {entry.key: entry.value for entry in objects.concrete_functions}
        self._sizes: dict[str, int] = {}
        self.told: dict[tuple[str, ...], Call] = {}  # by their names and arguments
        self._left = _MOST_BYTES + _GROWTH * objects.ByteSize()

    def get(self, name: str) -> Any:
        """A form, or None. A long one may be told in few characters, and takes time."""
        form = self._forms.get(name)
        if form is None:
            return None
        if name not in self._sizes:
            self._sizes[name] = form.ByteSize()
        self._left -= self._sizes[name]
        if self._left < 0:
            raise ValueError(_ENDLESS)
        return form


def _calls(function: Any, forms: _Forms, most: int) -> tuple[tuple[Call, ...], int]:
    """Each form once, and the characters of all: a model may be traced twice with one.

    Args:
      function: What the model's object says of a function.
      forms: All traced forms.
      most: The characters that they may have.
    """
    arguments, length = values.argument_names(function.function_spec), 0
    found = dict[tuple[str, str], Call]()
    for name in sorted(function.concrete_functions):
        form = forms.get(name)
        if form is None:
            continue
        key = name, *arguments
        if key not in forms.told:
            signature = form.canonicalized_input_signature
            forms.told[key] = Call.of(
                values.arguments(signature, arguments),
                values.text(form.output_signature),
                values.inputs(signature, arguments),
                arguments,
            )
        call = forms.told[key]
        length += len(call.arguments) + len(call.output) + 100
        if length > most:
            raise ValueError(_ENDLESS)
        found.setdefault((call.arguments, call.output), call)
    return tuple(found.values()), length
