from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorflow

import tfhub as hub
from tfhub import errors
from tfhub.formats import protos
from tfhub.tf1 import saved

tf: Any = tensorflow
v1 = tf.compat.v1


@pytest.fixture
def folder(tf1_modules: Path, tmp_path: Path) -> Path:
    """A module with a variable, a table and an asset."""
    return Path(shutil.copytree(tf1_modules / "text_embedding", tmp_path / "m"))


def rewrite(folder: Path, change: Callable[[Any], Any]) -> None:
    """Changes the one MetaGraph of a module; `change` may give a list of several."""
    file = folder / "saved_model.pb"
    [part] = protos.SavedModelBytes.FromString(file.read_bytes()).meta_graphs
    meta_graph = v1.MetaGraphDef.FromString(part)
    parts = change(meta_graph) or [meta_graph]
    model = protos.SavedModelBytes(meta_graphs=[p.SerializeToString() for p in parts])
    file.write_bytes(model.SerializeToString())


def asset_of(meta_graph: Any) -> tuple[Any, Any]:
    """The AssetFileDef of a MetaGraph within its Any, and its node."""
    [listed] = meta_graph.collection_def[saved.ASSETS].any_list.value
    asset = protos.AssetFileDef.FromString(listed.value)
    [node] = [
        node
        for node in meta_graph.graph_def.node
        if node.name == asset.tensor_info.name.partition(":")[0]
    ]
    return listed, node


def test_what_is_read(folder: Path) -> None:
    definition = saved.read(folder)
    assert definition.tags == [frozenset()]
    assert definition.folder == str(folder)
    assert definition.checkpoint == str(folder / "variables" / "variables")
    assert definition.attachments(None) == {}
    meta_graph = definition.meta_graph(())
    _, node = asset_of(meta_graph)
    path = tf.make_ndarray(node.attr["value"].tensor).item().decode()
    assert path == str(folder / "assets" / "tokens.txt")


def test_a_copy_is_given(folder: Path) -> None:
    definition = saved.read(folder)
    definition.meta_graph(None).Clear()
    assert definition.meta_graph(None).graph_def.node


def test_tags(tf1_modules: Path) -> None:
    definition = saved.read(tf1_modules / "batch_norm_variants")
    assert definition.tags == [frozenset(), frozenset({"train"})]
    for tags in ({"train"}, ["train"], ("train",), "train", frozenset({"train"})):
        assert definition.meta_graph(tags).meta_info_def.tags == ["train"]
    with pytest.raises(errors.TagsError, match=r'\{"serve"\}, only \{\}, \{"train"\}'):
        definition.meta_graph({"serve"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x08\x04", "expected format 3 .* got format 4"),
        (b"", "got format 0"),
        (b"\x08\x03\x12\x03abc", "format 3 with abc"),
        (b"\xff\xff", "damaged"),
    ],
)
def test_a_format_that_is_not_known(folder: Path, content: bytes, message: str) -> None:
    (folder / "tfhub_module.pb").write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        hub.load_module_spec(folder)
    assert isinstance(caught.value, errors.ModelFormatError)


@pytest.mark.parametrize(
    ("content", "message"), [(b"\xff\xff", "damaged"), (b"", "holds no graph")]
)
def test_a_damaged_graph(folder: Path, content: bytes, message: str) -> None:
    (folder / "saved_model.pb").write_bytes(content)
    with pytest.raises(errors.ModelFormatError, match=message):
        hub.load_module_spec(folder)


def test_a_graph_cut_short(folder: Path) -> None:
    content = (folder / "saved_model.pb").read_bytes()
    (folder / "saved_model.pb").write_bytes(content[: len(content) // 2])
    with pytest.raises(errors.ModelFormatError, match="damaged"):
        hub.load_module_spec(folder)


def test_a_graph_as_text(folder: Path) -> None:
    (folder / "saved_model.pb").rename(folder / "saved_model.pbtxt")
    with pytest.raises(errors.ModelFormatError, match="binary"):
        hub.load_module_spec(folder)


def test_tags_used_twice(folder: Path) -> None:
    rewrite(folder, lambda meta_graph: [meta_graph, meta_graph])
    with pytest.raises(ValueError, match="several graphs"):
        hub.load_module_spec(folder)


def test_variables_that_are_gone(folder: Path) -> None:
    shutil.rmtree(folder / "variables")
    with pytest.raises(errors.ModelFormatError, match=r"variables\.index"):
        hub.load_module_spec(folder)


def test_a_damaged_checkpoint(folder: Path) -> None:
    (folder / "variables" / "variables.index").write_bytes(b"abc")
    with (
        tf.Graph().as_default(),
        pytest.raises(errors.ModelFormatError, match=r"variables\.index"),
    ):
        hub.Module(folder)


def test_a_checkpoint_of_another_module(folder: Path, tf1_modules: Path) -> None:
    other = tf1_modules / "dense_two_layers" / "variables"
    shutil.rmtree(folder / "variables")
    shutil.copytree(other, folder / "variables")
    with tf.Graph().as_default(), pytest.raises(ValueError, match="embeddings"):
        hub.Module(folder)


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "..", "a/../../b", ""])
def test_an_asset_outside_of_its_folder(folder: Path, name: str) -> None:
    def change(meta_graph: Any) -> None:
        listed, _ = asset_of(meta_graph)
        asset = protos.AssetFileDef.FromString(listed.value)
        asset.filename = name
        listed.value = asset.SerializeToString()

    rewrite(folder, change)
    with pytest.raises(ValueError, match="outside") as caught:
        hub.load_module_spec(folder)
    assert isinstance(caught.value, errors.AssetError)


def not_a_constant(node: Any) -> None:
    node.op = "Placeholder"


def not_a_string(node: Any) -> None:
    node.attr["dtype"].type = tf.float32.as_datatype_enum


def not_a_scalar(node: Any) -> None:
    node.attr["value"].tensor.tensor_shape.dim.add(size=1)


def not_there(node: Any) -> None:
    node.name = "elsewhere"


@pytest.mark.parametrize(
    "change", [not_a_constant, not_a_string, not_a_scalar, not_there]
)
def test_an_asset_that_is_none(folder: Path, change: Callable[[Any], None]) -> None:
    rewrite(folder, lambda meta_graph: change(asset_of(meta_graph)[1]))
    with pytest.raises(TypeError, match="constant string") as caught:
        hub.load_module_spec(folder)
    assert isinstance(caught.value, errors.AssetError)
