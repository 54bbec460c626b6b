"""The files of a module: graphs by their tags, attachments, assets, variables.

A module in the TF1 Hub format is a folder:

```
tfhub_module.pb            the number of the format; see `formats/tf1_hub.py`
saved_model.pb             a SavedModel message: a MetaGraphDef for each set of tags
assets/                    files, such as vocabularies
variables/variables.*      a checkpoint, if there are variables
```

Signatures stand in `signature_def`; attached messages and assets in collections.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import words
from ..asking.policy import admitted_by_policy
from ..errors import AssetError, ModelFormatError, TagsError
from ..formats import protos, reading
from ..formats.amiss import require_no_pointers
from ..formats.files import require_model
from ..runtime.tf import tf
from ..shown import brief
from . import naming

ATTACHMENTS = "hub_module_attachments"
ASSETS = "saved_model_assets"
ASSETS_FOLDER = "assets"
VARIABLE_DEFS = tf.compat.v1.GraphKeys.GLOBAL_VARIABLES
VARIABLES = posixpath.join("variables", "variables")

Tags = frozenset[str]


@dataclass(frozen=True)
class Definition:
    """What a module is made of.

    Attributes:
      meta_graphs: A MetaGraphDef for each graph variant, by its tags.
      folder: Where it was read from; None for one that was made here.
      checkpoint: The prefix of its variables' files; None if there are none.
    """

    meta_graphs: dict[Tags, Any]
    folder: str | None = None
    checkpoint: str | None = None

    @property
    def tags(self) -> list[Tags]:
        """The tags of each variant, sorted."""
        return sorted(self.meta_graphs, key=sorted)

    @property
    def has_own_variables(self) -> bool:
        """Whether the files of its variables are those in its folder."""
        folder, prefix = self.folder, self.checkpoint
        if folder is None or prefix is None:
            return False
        return Path(prefix) == Path(folder, VARIABLES)

    def meta_graph(self, tags: Iterable[str] | None) -> Any:
        """A copy of the MetaGraphDef with exactly these tags.

        Raises:
          TagsError: There is none.
        """
        copy = tf.compat.v1.MetaGraphDef()
        copy.CopyFrom(self._variant(tags))
        return copy

    def signatures(self, tags: Iterable[str] | None) -> Any:
        """The `signature_def` of a variant, which is not to be changed."""
        return self._variant(tags).signature_def

    def attachments(self, tags: Iterable[str] | None) -> dict[str, bytes]:
        """The attached messages of a variant, by their keys."""
        listed = collection(self._variant(tags), ATTACHMENTS).bytes_list.value
        with reading.guarded(Path(self.folder or ""), "not a module"):
            parsed = map(protos.ModuleAttachment.FromString, listed)
            return {attachment.key: attachment.value for attachment in parsed}

    def _variant(self, tags: Iterable[str] | None) -> Any:
        wanted = as_tags(tags) or frozenset()
        if wanted not in self.meta_graphs:
            there = ", ".join(map(words.tags, self.tags[:50]))
            msg = (
                f"No such graph variant: {self.folder or 'this module'} has none with "
                f"the tags {words.tags(wanted)}, only {there}."
            )
            hint = f"Give the tags of one, such as {words.tags(self.tags[-1])}."
            raise TagsError(msg, handle=self.folder, hint=hint)
        return self.meta_graphs[wanted]


def as_tags(tags: str | Iterable[str] | None) -> Tags | None:
    """Tags as they are compared: a set; a string is one tag."""
    if tags is None:
        return None
    return frozenset({tags} if isinstance(tags, str) else tags)


def read(folder: str | os.PathLike[str]) -> Definition:
    """Reads the folder of a module, or of a SavedModel.

    The graphs name their assets by full paths then.

    Raises:
      ModelNotFoundError: There is no model in the folder.
      ModelFormatError: A file of it is damaged, or a pointer of Git LFS.
      AssetError: An asset is not in its folder, or is no file name.
      PolicyError: The model does more than compute, and `TFHUB_POLICY` refuses that.
    """
    with admitted_by_policy(os.fspath(folder), os.fspath(folder)) as place:
        definition = _read(place.path)
        place.keep_for(definition)
    return definition


def _read(folder: str) -> Definition:
    file = require_model(Path(folder))
    require_no_pointers(file.parent)
    checkpoint = file.parent / VARIABLES
    there = checkpoint.with_name(f"{checkpoint.name}.index").exists()
    meta_graphs: dict[Tags, Any] = {}
    for meta_graph in _meta_graphs(file):
        naming.forget_gradients(meta_graph.graph_def)
        naming.name_functions(meta_graph.graph_def)
        with reading.guarded(file, "not a module"):
            _find_assets(meta_graph, file.parent)
        tags = frozenset(meta_graph.meta_info_def.tags)
        if tags in meta_graphs:
            msg = f"{file} has the tags {words.tags(tags)} for several graphs."
            raise ModelFormatError(msg, hint="Export the model again.")
        if not there and collection(meta_graph, VARIABLE_DEFS).bytes_list.value:
            msg = (
                f"{file.parent} has no {VARIABLES}.index, and its graph has variables."
            )
            raise ModelFormatError(msg, hint="Fetch or export the model again.")
        meta_graphs[tags] = meta_graph
    return Definition(
        meta_graphs, str(file.parent), checkpoint=str(checkpoint) if there else None
    )


def _meta_graphs(file: Path) -> list[Any]:
    if file.suffix == ".pbtxt":
        msg = f"{file} is a SavedModel as text, and only a binary one can be read."
        hint = "Load it with TensorFlow 1 or 2, and save it again."
        raise ModelFormatError(msg, hint=hint)

    def parse(data: bytes) -> list[Any]:
        parts = protos.SavedModelBytes.FromString(data).meta_graphs
        return [tf.compat.v1.MetaGraphDef.FromString(part) for part in parts]

    meta_graphs = reading.read(file, "not a SavedModel", parse)
    if not meta_graphs:
        msg = f"{file} holds no graph: it is empty or damaged."
        raise ModelFormatError(msg, hint="Fetch or export the model again.")
    return meta_graphs


def _find_assets(meta_graph: Any, folder: Path) -> None:
    """Gives the constants that name assets the paths of the files."""
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    for name, asset in assets(meta_graph):
        path = posixpath.normpath(posixpath.join(ASSETS_FOLDER, asset))
        if not path.startswith(f"{ASSETS_FOLDER}/"):
            msg = f"{folder} has the asset {asset!r}, outside of its folder for assets."
            raise AssetError(msg, hint="Do not use it: a module cannot be like that.")
        set_constant(nodes.get(name.partition(":")[0]), os.path.join(folder, path))


def collection(meta_graph: Any, name: str) -> Any:
    """A CollectionDef, empty where there is none: the map itself would add one."""
    if name in meta_graph.collection_def:
        return meta_graph.collection_def[name]
    return tf.compat.v1.MetaGraphDef.CollectionDefEntry().value


def assets(meta_graph: Any) -> list[tuple[str, str]]:
    """The tensors that name assets, each with its file in the folder of assets."""
    listed = collection(meta_graph, ASSETS).any_list.value
    parsed = [protos.AssetFileDef.FromString(each.value) for each in listed]
    return [(asset.tensor_info.name, asset.filename) for asset in parsed]


def constant(node: Any) -> Any:
    """The TensorProto of a node that is a constant string, the name of an asset.

    Raises:
      AssetError: It is no such node.
    """
    tensor = node.attr["value"].tensor if node is not None else None
    if (
        tensor is None
        or node.op != "Const"
        or node.attr["dtype"].type != tf.string.as_datatype_enum
        or tensor.tensor_shape.dim
    ):
        what = (
            "missing"
            if node is None
            else f"a {brief(node.op)} node, {brief(repr(node.name))}"
        )
        msg = f"The name of an asset must be a constant string; it is {what}."
        raise AssetError(
            msg,
            hint="Make it with "
            + words.code("tf.constant('path')", 'tf$constant("path")')
            + ".",
        )
    return tensor


def set_constant(node: Any, text: str) -> None:
    """Gives such a node another value; as `constant()`."""
    constant(node).CopyFrom(tf.make_tensor_proto(text, tf.string))
