"""Describes a SavedModel from its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import DecodeError

from ..errors import ModelFormatError
from . import protos, values
from .checkpoint import describe_variables
from .description import Call, Description, Graph, Signature
from .files import require_model
from .tf1_hub import is_hub_module
from .weights import name_weights


def read_saved_model(file: Path) -> Any:
    """Parses `saved_model.pb` or `saved_model.pbtxt`.

    Raises:
      ModelFormatError: The file is damaged.
    """
    try:
        if file.suffix == ".pbtxt":
            text = file.read_text(encoding="utf-8")
            model = text_format.Parse(
                text, protos.SavedModel(), allow_unknown_field=True
            )
        else:
            model = protos.SavedModel.FromString(file.read_bytes())
    except (DecodeError, text_format.ParseError, UnicodeDecodeError) as error:
        msg = f"{file} is not a SavedModel, or is damaged: {error}"
        raise ModelFormatError(msg, hint="Fetch or export the model again.") from error
    if not model.meta_graphs:
        msg = f"{file} holds no graph: it is empty or damaged."
        raise ModelFormatError(msg, hint="Fetch or export the model again.")
    return model


def describe_folder(folder: str | Path, *, handle: str | None = None) -> Description:
    """Describes the model in a folder; reads its files and loads nothing.

    Raises:
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: A file of it is damaged or from the future.
    """
    folder = Path(folder)
    model = read_saved_model(require_model(folder, handle=handle))
    if is_hub_module(folder):
        kind = "TF1 Hub module"
    elif any(graph.HasField("object_graph_def") for graph in model.meta_graphs):
        kind = "TF2 SavedModel"
    else:
        kind = "TF1 SavedModel"
    files = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    variables = describe_variables(folder)
    return Description(
        handle=handle or str(folder),
        path=str(folder),
        format=kind,
        tensorflow=model.meta_graphs[0].meta_info_def.tensorflow_version,
        graphs=tuple(_graph(graph) for graph in model.meta_graphs),
        variables=variables,
        files=files,
        size=sum(files.values()),
        weights=name_weights(variables.tensors, model.meta_graphs),
    )


def _graph(graph: Any) -> Graph:
    signatures = {
        entry.key: Signature(
            values.tensors(entry.value.inputs), values.tensors(entry.value.outputs)
        )
        for entry in graph.signature_def
        if not entry.key.startswith("__saved_model")  # TensorFlow's own, no signature
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
    if not objects.nodes:
        return {}
    concrete = {entry.key: entry.value for entry in objects.concrete_functions}
    functions = {}
    for child in objects.nodes[0].children:
        node = objects.nodes[child.node_id]
        if node.HasField("function") and node.function.concrete_functions:
            function = node.function
            functions[child.local_name] = tuple(
                _call(concrete[name], function.function_spec)
                for name in sorted(function.concrete_functions)
                if name in concrete
            )
    return dict(sorted(functions.items()))


def _call(concrete: Any, function_spec: Any) -> Call:
    return Call(
        values.arguments(concrete.canonicalized_input_signature, function_spec),
        values.text(concrete.output_signature),
    )
