"""Models that hide what they do, and models that only compute."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfhub.errors import ModelFormatError
from tfhub.formats import protos, scanning
from tfhub.formats.reaching import REACHING, harmless_ops
from tfhub.formats.scanning import scan_folder
from tfhub.runtime.tf import tf

from .programs import TEXT, Save, found, function, save, save_graph

__all__ = ["save"]  # a fixture


def test_every_op_of_tensorflow_is_classified() -> None:
    ops = {name for name in dir(tf.raw_ops) if name[0].isupper()}
    assert len(ops) > 1400
    assert sorted(ops - harmless_ops() - REACHING.keys()) == []


def test_no_op_is_classified_twice() -> None:
    assert sorted(harmless_ops() & REACHING.keys()) == []


@pytest.mark.parametrize("op", sorted(REACHING))
def test_places_are_those_of_the_op(op: str) -> None:
    if not hasattr(tf.raw_ops, op):
        pytest.skip("not in tf.raw_ops")
    names = list(inspect.signature(getattr(tf.raw_ops, op)).parameters)
    for place in REACHING[op].places:
        if isinstance(place, int):
            words = "file path name pattern prefix address target logdir uri dir value"
            assert any(word in names[place] for word in words.split()), names[place]
        else:
            assert place in names


def test_models_that_compute_have_no_findings(fruit: Path, tf1_modules: Path) -> None:
    folders = [fruit, *(each for each in tf1_modules.iterdir() if each.is_dir())]
    assert len(folders) > 5
    for folder in folders:
        scan = scan_folder(folder)
        assert (scan.findings, scan.nodes > 10) == ((), True), folder


def test_tables_and_assets_of_a_models_own_are_not_found(
    save: Save, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("a\nb\n")
    table = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            str(words),
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        ),
        -1,
    )
    asset = tf.saved_model.Asset(str(words))
    model = {
        "table": table,
        "asset": asset,
        "weights": tf.Variable([1.0, 2.0]),
        "look": function(TEXT)(table.lookup),
        "read": function()(lambda: tf.io.read_file(asset.asset_path)),
    }
    assert found(save(model)) == []


def test_an_op_in_the_body_of_a_loop_is_found(save: Save) -> None:
    @function(tf.TensorSpec([], tf.int32))
    def loop(n: Any) -> Any:
        def body(i: Any, text: Any) -> Any:
            tf.io.write_file(tf.strings.join(["/tmp/", "out"]), text)
            return i + 1, tf.io.read_file("/etc/passwd") + text

        return tf.while_loop(lambda i, _: i < n, body, [0, ""])[1]

    scan = scan_folder(save({"loop": loop}))
    read, written = sorted(scan.findings, key=lambda each: each.op)
    assert (read.effect, read.where) == ("reads files", "/etc/passwd")
    assert (written.effect, written.where) == ("writes files", "/tmp/out")
    assert read.reached_from[0] == "function loop"
    assert "while_body" in read.reached_from[-1]
    assert read.function == read.reached_from[-1]
    assert read.tags == ("serve",)


def test_an_op_in_an_initializer_is_found(save: Save) -> None:
    class Resource(tf.saved_model.experimental.TrackableResource):  # type: ignore[misc]
        def _create_resource(self) -> Any:
            return tf.raw_ops.MutableHashTableV2(
                key_dtype=tf.string, value_dtype=tf.int64
            )

        def _initialize(self) -> None:
            tf.io.write_file("/tmp/here", "x")

    resource = Resource()
    model = {"resource": resource, "use": function()(lambda: resource.resource_handle)}
    del model["use"]
    assert ("writes files", "WriteFile", "/tmp/here") in found(save(model))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (tf.io.read_file, ("reads files", "ReadFile", "an input")),
        (
            lambda x: tf.io.read_file(tf.strings.join(["/a/", x])),
            ("reads files", "ReadFile", "computed"),
        ),
        (
            lambda x: tf.io.matching_files(tf.where(x == "", "/a*", "/b*")),
            ("lists files", "MatchingFiles", "/a*, /b*"),
        ),
        (
            lambda x: tf.py_function(lambda y: y, [x], tf.string),
            ("runs code", "EagerPyFunc", "pyfunc_"),
        ),
        (
            lambda x: tf.raw_ops.PrintV2(input=x, output_stream="file:///tmp/log"),
            ("writes files", "PrintV2", "file:///tmp/log"),
        ),
        (
            lambda x: tf.raw_ops.DebugIdentityV2(input=x, debug_urls=["grpc://a:1"]),
            ("writes files, uses the network", "DebugIdentityV2", "grpc://a:1"),
        ),
        (
            lambda _: tf.reduce_sum(
                tf.data.TextLineDataset("/x").map(tf.strings.length).batch(9).take(1)
                .get_single_element()
            ),
            ("reads files", "TextLineDataset", "computed"),
        ),
        (
            lambda _: tf.raw_ops.RestoreV2(
                prefix="/other", tensor_names=["a"], shape_and_slices=[""],
                dtypes=[tf.float32],
            )[0],
            ("reads files", "RestoreV2", "/other"),
        ),
        (
            lambda _: tf.raw_ops.SaveV2(
                prefix="/other", tensor_names=["a"], shape_and_slices=[""],
                tensors=[tf.ones([])],
            ),
            ("writes files", "SaveV2", "/other"),
        ),
        (
            lambda _: tf.raw_ops.ImmutableConst(
                dtype=tf.float32, shape=[1], memory_region_name="/etc/passwd"
            ),
            ("reads files", "ImmutableConst", "/etc/passwd"),
        ),
    ],
)  # fmt: skip
def test_what_an_op_is_given_is_told(
    save: Save, make: Callable[[Any], Any], expected: tuple[str, str, str]
) -> None:
    def call(x: Any) -> Any:
        made = make(x)
        return made if isinstance(made, tf.Tensor) else x

    ((effect, op, where),) = found(save({"call": function(TEXT)(call)}))
    assert (effect, op) == expected[:2]
    assert where.startswith(expected[2])


@pytest.mark.parametrize(
    "make",
    [
        tf.print,
        lambda x: tf.raw_ops.PrintV2(input=x, output_stream="log(info)"),
        lambda x: tf.raw_ops.DebugIdentityV2(input=x, debug_urls=[]),
        lambda _: tf.data.Dataset.range(3).cache().reduce(0, lambda x, _: x),
        lambda x: tf.io.decode_proto(x, "tensorflow.Any", ["value"], [tf.string])[0],
    ],
)
def test_an_op_that_reaches_nowhere_is_not_found(
    save: Save, make: Callable[[Any], Any]
) -> None:
    def call(x: Any) -> Any:
        make(x)
        return x

    assert found(save({"call": function(TEXT)(call)})) == []


def test_a_function_that_nothing_reaches_is_scanned(save: Save) -> None:
    path = save({"call": function(TEXT)(tf.io.read_file)})
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    for graph in model.meta_graphs:
        del graph.graph_def.node[:]
        graph.ClearField("object_graph_def")
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    findings = {each.op: each.reached_from for each in scan_folder(path).findings}
    assert findings["ReadFile"] == ()


def test_every_variant_of_the_graph_is_scanned(save: Save) -> None:
    path = save({"call": function(TEXT)(tf.io.read_file)})
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    other = model.meta_graphs.add()
    other.CopyFrom(model.meta_graphs[0])
    del other.meta_info_def.tags[:]
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    assert {each.tags for each in scan_folder(path).findings} == {("serve",), ()}


def test_a_function_with_the_name_of_an_op_is_a_function(save: Save) -> None:
    path = save({"call": function(TEXT)(lambda x: x)})
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    library = model.meta_graphs[0].graph_def.library.function.add()
    library.signature.name = "Identity"
    library.node_def.add(name="read", op="ReadFile", input=["path"])
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    (finding,) = scan_folder(path).findings
    assert (finding.function, finding.op) == ("Identity", "ReadFile")


def test_ops_that_tensorflow_does_not_have_are_unknown(save: Save) -> None:
    path = save({"call": function(TEXT)(tf.io.read_file)})
    file = path / "saved_model.pb"
    file.write_bytes(file.read_bytes().replace(b"ReadFile", b"LeadFile"))
    ((effect, op, _),) = found(path)
    assert (effect, op) == ("unknown op", "LeadFile")


def test_a_constant_that_stands_for_an_asset_counts_only_at_loading(
    tmp_path: Path,
) -> None:
    # TensorFlow's loader puts the asset's path there when it initialises the model, and
    # leaves the constant to what is called later.
    (tmp_path / "a.txt").write_text("a")
    with tf.Graph().as_default():
        asset = tf.constant(str(tmp_path / "a.txt"))
        tf.compat.v1.add_to_collection("asset_filepaths", asset)
        save_graph(tmp_path / "model", tf.io.read_file(asset))
    (finding,) = scan_folder(tmp_path / "model").findings
    assert finding.where == str(tmp_path / "a.txt")
    assert finding.reached_from == ("signature serving_default",)


def test_the_variables_of_a_tf1_model_are_its_own(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        variable = tf.compat.v1.get_variable("v", initializer=[1.0], use_resource=True)
        save_graph(tmp_path / "model", variable + 1.0)
    assert found(tmp_path / "model") == []


def test_findings_are_bounded_and_fit_to_be_shown(save: Save) -> None:
    path = save({"call": function(TEXT)(tf.io.read_file)})
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    nodes = model.meta_graphs[0].graph_def.node
    for _ in range(scanning._MOST + 5):
        nodes.add(name="\x1b[2J" + "x" * 1000, op="ReadFile", input=["\n"])
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    scan = scan_folder(path)
    assert (len(scan.findings), scan.more) == (scanning._MOST, 6)
    assert scan.findings[0].node.startswith("\\x1b[2J")
    assert all(len(each.node) <= 200 for each in scan.findings)


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01\x12\xff\xff")
    with pytest.raises(ModelFormatError, match=r"saved_model\.pb"):
        scan_folder(tmp_path)


def test_what_is_said_twice_is_what_tensorflow_takes(save: Save) -> None:
    # Maps are repeated messages on the wire, of which the last with a key counts.
    read = function()(lambda: tf.io.read_file("/first"))
    path = save({"read": read})
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    for body in model.meta_graphs[0].graph_def.library.function:
        for node in body.node_def:
            if node.op == "Const":
                second = node.attr.add(key="value").value.tensor
                second.dtype = protos.STRING
                second.string_val.append(b"/second")
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    assert {where for _, _, where in found(path)} == {"/second"}


def test_two_functions_of_one_name_are_an_error(save: Save) -> None:
    path = save({"read": function(TEXT)(tf.io.read_file)})
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    library = model.meta_graphs[0].graph_def.library.function
    library.add().CopyFrom(library[0])
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    assert found(path)
    library.add(node_def=library[0].node_def).signature.name = library[0].signature.name
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    with pytest.raises(ModelFormatError, match="two functions are named"):
        scan_folder(path)


def test_a_model_that_writes_its_own_files_when_it_is_loaded_is_found(
    save: Save,
) -> None:
    path = save({"v": tf.Variable(1.0)})
    model = protos.Programs.FromString((path / "saved_model.pb").read_bytes())
    meta_graph = model.meta_graphs[0]
    saver = meta_graph.saver_def
    node = meta_graph.graph_def.node.add(name="write", op="WriteFile")
    node.input.extend([saver.filename_tensor_name, "text"])
    saver.restore_op_name = "write"
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    assert ("writes files", "WriteFile", "the loader's own path") in found(path)
