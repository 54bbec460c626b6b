"""Models whose bytes or ways of loading hide what they do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfhub.formats import protos
from tfhub.formats.scanning import scan_folder
from tfhub.runtime.tf import tf

from .programs import TEXT, Save, found, function, save, save_graph

__all__ = ["save"]  # a fixture


def change(path: Path, edit: Callable[[Any], None]) -> None:
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    for meta_graph in model.meta_graphs:
        edit(meta_graph)
    (path / "saved_model.pb").write_bytes(model.SerializeToString())


def nodes_of(meta_graph: Any, op: str) -> list[Any]:
    bodies = [meta_graph.graph_def.node]
    bodies += [each.node_def for each in meta_graph.graph_def.library.function]
    return [node for nodes in bodies for node in nodes if node.op == op]


def test_what_tensorflow_takes_first_of_a_constant_is_found(save: Save) -> None:
    model = {"call": function()(lambda: tf.data.Dataset.range(2).cache("/x").reduce(
        tf.constant(0, tf.int64), lambda a, b: a + b))}  # fmt: skip
    path = save(model)

    def hide(meta_graph: Any) -> None:
        for node in nodes_of(meta_graph, "Const"):
            for entry in node.attr:
                if list(entry.value.tensor.string_val) == [b"/x"]:
                    # `tensor_content`, and a text that does not count then
                    tensor = b"\x08\x07\x22\x03\x02/x\x42\x00"
                    wire = b"\x42" + bytes([len(tensor)]) + tensor
                    entry.value.ParseFromString(wire)

    change(path, hide)
    assert [effect for effect, _, _ in found(path)] == ["reads files, writes files"]


@pytest.mark.parametrize(("parts", "between"), [(["", ""], "/x"), (["/", "", ""], "x")])
def test_what_stands_between_joined_texts_is_found(
    save: Save, parts: list[str], between: str
) -> None:
    def call() -> Any:
        file = tf.strings.join(parts, between)
        zero = tf.constant(0, tf.int64)
        return tf.data.Dataset.range(2).cache(file).reduce(zero, lambda a, b: a + b)

    path = save({"call": function()(call)})
    assert [op for _, op, _ in found(path)] == ["CacheDatasetV2"]


@pytest.mark.parametrize(
    ("parts", "between"), [(["/.", "./b"], ""), (["/", "/b"], ".."), (["", "/b"], "/.")]
)
def test_joined_texts_that_lead_up_from_an_asset_are_found(
    save: Save, tmp_path: Path, parts: list[str], between: str
) -> None:
    (tmp_path / "a.txt").write_text("a")
    asset = tf.saved_model.Asset(str(tmp_path / "a.txt"))
    join, inputs = tf.strings.join, [asset.asset_path, *parts]
    call = function()(lambda: tf.io.read_file(join(inputs, between)))
    path = save({"asset": asset, "call": call})
    assert [op for _, op, _ in found(path)] == ([] if between == "/." else ["ReadFile"])


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../b", "a/../../../b", r"C:\b", "."]
)
def test_an_asset_that_lies_elsewhere_is_found(
    save: Save, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a.txt").write_text("a")
    asset = tf.saved_model.Asset(str(tmp_path / "a.txt"))
    call = function()(lambda: tf.io.read_file(asset.asset_path))
    path = save({"asset": asset, "call": call})
    assert found(path) == []
    change(path, lambda graph: setattr(graph.asset_file_def[0], "filename", name))
    assert ("reads files", "ReadFile", name) in found(path)


def test_the_last_kind_of_a_value_counts(save: Save) -> None:
    def call(text: Any) -> Any:
        tf.print(text, output_stream="file:///x")
        return text

    path = save({"call": function(TEXT)(call)})

    def hide(meta_graph: Any) -> None:
        for node in nodes_of(meta_graph, "PrintV2"):
            for entry in node.attr:
                if entry.key == "output_stream":  # a list, and then the text
                    wire = b"\x0a\x08\x12\x06stderr\x12\x09file:///x"
                    entry.value.ParseFromString(wire)

    change(path, hide)
    assert ("writes files", "PrintV2", "file:///x") in found(path)


def test_a_constant_is_no_asset(save: Save, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    asset = tf.saved_model.Asset(str(tmp_path / "a.txt"))
    call = function()(lambda: tf.io.read_file(asset.asset_path))
    path = save({"asset": asset, "call": call})

    def hide(meta_graph: Any) -> None:
        for node in meta_graph.object_graph_def.nodes:
            if node.HasField("asset"):  # and what it really is, which comes last
                node.MergeFromString(b"\x4a\x00")

    change(path, hide)
    assert [op for _, op, _ in found(path)] == ["ReadFile"]


def test_what_loading_and_a_signature_call_is_of_the_signature(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    read = tf.function(tf.io.read_file, input_signature=[TEXT], autograph=False)
    with tf.Graph().as_default():
        asset = tf.constant(str(tmp_path / "a.txt"))
        tf.compat.v1.add_to_collection("asset_filepaths", asset)
        first = read(asset).op
        while first.type == "Identity":
            first = first.inputs[0].op
        path = save_graph(tmp_path / "model", read(asset))

    def start(meta_graph: Any) -> None:
        entry = meta_graph.collection_def.add(key="saved_model_main_op")
        entry.value.node_list.value.append(first.name)

    change(path, start)
    (finding,) = scan_folder(path).findings
    assert finding.where == str(tmp_path / "a.txt")
    assert finding.reached_from[0] == "signature serving_default"


def test_objects_count_only_in_a_model_of_one_graph(tmp_path: Path) -> None:
    # TensorFlow loads the graphs of another as it did before there were objects.
    (tmp_path / "a.txt").write_text("a")
    with tf.Graph().as_default():
        asset = tf.constant(str(tmp_path / "a.txt"))
        tf.compat.v1.add_to_collection("asset_filepaths", asset)
        path = save_graph(tmp_path / "model", tf.io.read_file(asset))
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    model.meta_graphs[0].object_graph_def.nodes.add()
    model.meta_graphs.add().CopyFrom(model.meta_graphs[0])
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    assert [op for _, op, _ in found(path)] == ["ReadFile", "ReadFile"]


def test_only_the_tensor_that_stands_for_an_asset_is_one(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        first, _ = tf.unstack(tf.constant(["/first", "/second"]))
        path = save_graph(tmp_path / "model", tf.io.read_file(first))

    def name(meta_graph: Any) -> None:
        meta_graph.object_graph_def.nodes.add()
        asset = meta_graph.asset_file_def.add(filename="a.txt")
        asset.tensor_info.name = f"{first.op.name}:1"

    change(path, name)
    assert [op for _, op, _ in found(path)] == ["ReadFile"]


def test_a_signature_of_a_module_reads_the_constant_of_an_asset(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with tf.Graph().as_default():
        asset = tf.constant(str(tmp_path / "a.txt"))
        tf.compat.v1.add_to_collection("asset_filepaths", asset)
        path = save_graph(tmp_path / "model", tf.io.read_file(asset))
    (path / "tfhub_module.pb").write_bytes(b"\x08\x03")
    assert [op for _, op, _ in found(path)] == ["ReadFile"]
