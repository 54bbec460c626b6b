"""A module becomes a folder, byte for byte the same each time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import HandleNotFoundError, ModelExistsError
from ..formats import protos
from ..formats.new_folder import new_folder, require_free
from ..formats.tf1_hub import FORMAT, MARKER
from ..handles import folder_of
from ..runtime.tf import np, tf
from . import importing, naming, saved, tensors
from .messages import message_class
from .pruning import Graph, node_of
from .variables import Declared, declared

_PLACEHOLDER = "SAVEDMODEL-ASSET"  # in the place of an asset's path; any text would do
_ASSET_TYPE = "type.googleapis.com/tensorflow.AssetFileDef"
_ASSET_PATHS = tf.compat.v1.GraphKeys.ASSET_FILEPATHS


class _ExistsError(ModelExistsError, tf.errors.AlreadyExistsError):
    """As the reference library has it; `errors.py` does not know TensorFlow."""


def write(
    definition: saved.Definition,
    path: str | os.PathLike[str],
    values: dict[str, Any],
) -> str:
    """Writes a module in the TF1 Hub format.

    Args:
      definition: Its graphs.
      path: The folder. Other files may be in it, but none of a model. What is written
        is there when it is whole, and not before.
      values: The values of its variables, arrays by name; those of the parts of a
        partitioned one in a list, in the order of their offsets.

    Returns:
      The path.

    Raises:
      ModelExistsError: There is a file at the path, or files of a model in it.
      WriteError: Nothing can be written there.
      HandleNotFoundError: An asset is not there any more.
    """
    target = folder_of(path)
    require_free(target, _ExistsError)
    with new_folder(target, _ExistsError) as folder:
        _write(definition, folder, values)
    return str(target)


def _write(definition: saved.Definition, folder: Path, values: dict[str, Any]) -> None:
    (folder / saved.ASSETS_FOLDER).mkdir(parents=True)
    copied: dict[str, str] = {}
    graphs = []
    for tags in definition.tags:
        meta_graph = definition.meta_graph(tags)
        moved = _move_assets(meta_graph, folder / saved.ASSETS_FOLDER, copied)
        meta_graph.ClearField("saver_def")
        _forget_checkpoints(meta_graph)
        naming.forget_gradients(meta_graph.graph_def)
        naming.name_all(meta_graph, map(Path.read_bytes, moved))
        _sort_contexts(meta_graph)
        graphs.append(meta_graph.SerializeToString(deterministic=True))
    if values:
        parts = {
            variable.name: variable
            for tags in definition.tags
            for variable in declared(definition.meta_graph(tags), "variables")
        }
        _write_variables(folder / saved.VARIABLES, _whole(parts.values(), values))
    model = protos.SavedModelBytes(meta_graphs=graphs)
    (folder / "saved_model.pb").write_bytes(model.SerializeToString())
    marker = protos.ModuleDef(format=FORMAT)
    (folder / MARKER).write_bytes(marker.SerializeToString())


def _sort_contexts(meta_graph: Any) -> None:
    """Writes the maps within the contexts of control flow in their order, too."""
    for key, name in importing.CONTEXTS.items():
        for i, text in enumerate(saved.collection(meta_graph, key).bytes_list.value):
            context = message_class(name).FromString(text)
            listed = meta_graph.collection_def[key].bytes_list
            listed.value[i] = context.SerializeToString(deterministic=True)


def _move_assets(meta_graph: Any, folder: Path, copied: dict[str, str]) -> list[Path]:
    """Copies the files that a graph names, and makes it name the copies."""
    moved = []
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    names = dict.fromkeys(saved.collection(meta_graph, _ASSET_PATHS).node_list.value)
    if saved.ASSETS in meta_graph.collection_def:
        del meta_graph.collection_def[saved.ASSETS]
    for name in names:
        node = nodes.get(name.partition(":")[0])
        path = tf.make_ndarray(saved.constant(node)).item().decode()
        if path not in copied:
            copied[path] = _copy(path, folder)
        asset = protos.AssetFileDef(filename=copied[path])
        asset.tensor_info.name = name
        listed = meta_graph.collection_def[saved.ASSETS].any_list.value
        listed.add(type_url=_ASSET_TYPE, value=asset.SerializeToString())
        saved.set_constant(node, _PLACEHOLDER)
        moved.append(folder / copied[path])
    return moved


def _forget_checkpoints(meta_graph: Any) -> None:
    """Removes the paths of the checkpoints that variables of inner modules began with.

    The new module has a checkpoint of its own. What restores for a signature stays.
    """
    graph = Graph(meta_graph.graph_def)
    outputs = [
        part
        for signature in meta_graph.signature_def.values()
        for info in signature.outputs.values()
        for part in tensors.parts(info)
    ]
    needed = graph.needed(outputs, ())
    for node in meta_graph.graph_def.node:
        if node.op == "RestoreV2" and node.name not in needed:
            prefix = graph.by_name[node_of(node.input[0])]
            if prefix.op == "Const":
                saved.set_constant(prefix, _PLACEHOLDER)


def _copy(path: str, folder: Path) -> str:
    """Copies a file under its own name, or with a number where that is taken."""
    files = tf.io.gfile  # an asset may be one of file:// or gs://
    if not files.exists(path) or files.isdir(path):
        msg = f"The asset {path} does not exist."
        raise HandleNotFoundError(msg, handle=path, hint="Keep it until the export.")
    name, number = os.path.basename(path), 0
    while (folder / name).exists():
        name, number = f"{os.path.basename(path)}{number}", number + 1
    files.copy(path, str(folder / name))
    return name


def _whole(variables: Iterable[Declared], values: dict[str, Any]) -> dict[str, Any]:
    """The values by name, with the parts of partitioned variables put together."""
    parts: dict[str, list[Declared]] = {}
    for variable in variables:
        if variable.offset is not None:
            parts.setdefault(variable.whole, []).append(variable)
    whole = {}
    for name, value in values.items():
        if not isinstance(value, list):
            whole[name] = np.asarray(value)
            continue
        placed = sorted(parts[name], key=lambda part: part.offset or ())
        ends = [np.add(part.offset or (), part.size) for part in placed]
        whole[name] = np.empty(np.max(ends, axis=0), np.asarray(value[0]).dtype)
        for part, piece in zip(placed, value, strict=True):
            part.part_of(whole[name])[...] = piece
    return whole


def _write_variables(prefix: Path, values: dict[str, Any]) -> None:
    """Writes a checkpoint in the format of `tf.compat.v1.train.Saver`."""
    prefix.parent.mkdir()
    names = sorted(values)
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, importing.session(graph) as session:
        given = [v1.placeholder(values[name].dtype) for name in names]
        save = tf.raw_ops.SaveV2(
            prefix=str(prefix),
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=given,
        )
        fed = {t: values[n] for t, n in zip(given, names, strict=True)}
        session.run(save, fed)
