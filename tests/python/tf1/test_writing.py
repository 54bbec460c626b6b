"""What an exported module is on disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub import errors
from tfhub.formats import protos

tf: Any = tensorflow
v1 = tf.compat.v1


def add_asset(path: Any) -> Any:
    asset = tf.constant(str(path))
    v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, asset)
    return asset


def content(*paths: Any) -> Callable[[], None]:
    """A module that gives what is in the files."""

    def module_fn() -> None:
        outputs = {f"{i}": tf.io.read_file(add_asset(p)) for i, p in enumerate(paths)}
        hub.add_signature(outputs=outputs)

    return module_fn


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def files_of(path: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(path)): each.read_bytes()
        for each in path.rglob("*")
        if each.is_file()
    }


def graphs_of(path: Path) -> list[Any]:
    model = protos.SavedModelBytes.FromString((path / "saved_model.pb").read_bytes())
    return [v1.MetaGraphDef.FromString(part) for part in model.meta_graphs]


def values_of(path: Path) -> dict[str, Any]:
    reader = tf.train.load_checkpoint(str(path / "variables" / "variables"))
    names: dict[str, Any] = reader.get_variable_to_shape_map()
    return {name: reader.get_tensor(name) for name in names}


def export(spec: Any, path: Path) -> Path:
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        assert module.export(path, session) == str(path)
    return path


# The form


def plain(scale: float = 1.0) -> None:
    x = v1.placeholder(tf.float32, [None, 2], name="x")
    w = v1.get_variable("w", [2], initializer=v1.constant_initializer([scale, 2.0]))
    v1.add_to_collection(v1.GraphKeys.REGULARIZATION_LOSSES, tf.nn.l2_loss(w))
    hub.add_signature(inputs=x, outputs=tf.multiply(x, w, name="y"))
    hub.add_signature("twice", {"in": x}, {"out": 2 * x})


def test_the_files(tmp_path: Path) -> None:
    hub.create_module_spec(plain).export(tmp_path / "m")
    found = files_of(tmp_path / "m")
    assert found.keys() == {
        "tfhub_module.pb",
        "saved_model.pb",
        "variables/variables.index",
        "variables/variables.data-00000-of-00001",
    }
    assert found["tfhub_module.pb"] == b"\x08\x03"
    assert (tmp_path / "m" / "assets").is_dir()
    assert {name: v.tolist() for name, v in values_of(tmp_path / "m").items()} == {
        "w": [1.0, 2.0]
    }


def test_without_variables_there_is_no_folder_for_them(tmp_path: Path) -> None:
    spec = hub.create_module_spec(lambda: hub.add_signature(outputs=tf.constant(1)))
    spec.export(tmp_path / "m")
    assert {path.name for path in (tmp_path / "m").iterdir()} == {
        "tfhub_module.pb", "saved_model.pb", "assets",
    }  # fmt: skip


def test_the_graphs(tmp_path: Path) -> None:
    variants = [({"train", "a"}, {"scale": 3.0}), (set(), {})]
    hub.create_module_spec(plain, variants).export(tmp_path / "m")
    first, second = graphs_of(tmp_path / "m")
    assert [list(g.meta_info_def.tags) for g in (first, second)] == [[], ["a", "train"]]
    for meta_graph in (first, second):
        assert sorted(meta_graph.signature_def) == ["default", "twice"]
        assert meta_graph.signature_def["twice"].inputs["in"].name == "x:0"
        assert meta_graph.signature_def["twice"].method_name == ""
        assert meta_graph.signature_def["default"].outputs["default"].name == "y:0"
        assert not meta_graph.HasField("saver_def")
        assert meta_graph.meta_info_def.stripped_default_attrs
        assert sorted(meta_graph.collection_def) == [
            "regularization_losses", "trainable_variables", "variables",
        ]  # fmt: skip
        [variable] = meta_graph.collection_def["variables"].bytes_list.value
        assert b"w:0" in variable
    model = protos.SavedModelBytes.FromString(
        (tmp_path / "m" / "saved_model.pb").read_bytes()
    )
    assert model.ByteSize() == sum(len(p) + 1 + 2 for p in model.meta_graphs)


def test_what_a_saved_model_has_besides_is_left_out(tmp_path: Path) -> None:
    """TensorFlow 1 wrote a saver, an op to run first, assets in their own form."""
    words = write(tmp_path / "source" / "words.txt", "a")
    with tf.Graph().as_default(), v1.Session() as session:
        plain()
        v1.train.get_or_create_global_step()
        read = tf.io.read_file(add_asset(words))
        session.run(v1.global_variables_initializer())
        signature = v1.saved_model.build_signature_def(
            {}, {"default": v1.saved_model.build_tensor_info(read)}
        )
        builder = v1.saved_model.Builder(str(tmp_path / "saved"))
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"words": signature},
            assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
            main_op=v1.tables_initializer(),
        )  # fmt: skip
        builder.save()
    words.unlink()
    [before] = graphs_of(tmp_path / "saved")
    assert before.HasField("saver_def")
    saved = hub.create_module_spec_from_saved_model(tmp_path / "saved")
    assert saved.get_tags() == [frozenset({"serve"})]
    saved.export(tmp_path / "m")
    [after] = graphs_of(tmp_path / "m")
    assert not after.HasField("saver_def")
    assert sorted(after.collection_def) == [
        "asset_filepaths", "regularization_losses", "saved_model_assets",
        "trainable_variables", "variables",
    ]  # fmt: skip
    with hub.eval_function_for_module(tmp_path / "m", tags={"serve"}) as f:
        assert f(signature="words") == b"a"
    assert values_of(tmp_path / "m").keys() == {"w", "global_step"}


def test_values_of_every_kind(tmp_path: Path) -> None:
    values = {
        "bfloat16": ([1.5, -2.0], tf.bfloat16),
        "bool": ([True, False], tf.bool),
        "complex": ([1 + 2j], tf.complex64),
        "deep/in.a-scope/half": ([[1.5]], tf.float16),
        "int64": (2**60, tf.int64),
        "string": (["a", "é", b"\xff"], tf.string),
        "uint8": ([0, 255], tf.uint8),
    }

    def module_fn() -> None:
        read = {
            name.replace("/", "."): tf.identity(
                v1.get_variable(name, initializer=tf.constant(value, dtype))
            )
            for name, (value, dtype) in values.items()
        }
        hub.add_signature(outputs=read)

    hub.create_module_spec(module_fn).export(tmp_path / "m")
    found = values_of(tmp_path / "m")
    assert found.keys() == values.keys()
    with hub.eval_function_for_module(tmp_path / "m") as f:
        outputs = f(as_dict=True)
    for name, (value, dtype) in values.items():
        want = tf.constant(value, dtype).numpy()
        np.testing.assert_array_equal(found[name], want)
        np.testing.assert_array_equal(outputs[name.replace("/", ".")], want)


def test_an_empty_variable(tmp_path: Path) -> None:
    def module_fn() -> None:
        hub.add_signature(outputs=tf.identity(v1.get_variable("none", [0, 3])))

    hub.create_module_spec(module_fn).export(tmp_path / "m")
    with hub.eval_function_for_module(tmp_path / "m") as f:
        assert f().shape == (0, 3)


# Assets


def test_names_of_assets_that_clash(tmp_path: Path) -> None:
    one, two, three = (
        write(tmp_path / folder / "b", folder) for folder in ("one", "two", "three")
    )
    taken = write(tmp_path / "b0", "b0")
    spec = hub.create_module_spec(content(one, two, taken, three, one))
    spec.export(tmp_path / "m")
    shutil.rmtree(tmp_path / "one")
    assert {k: v.decode() for k, v in files_of(tmp_path / "m" / "assets").items()} == {
        "b": "one", "b0": "two", "b00": "b0", "b1": "three",
    }  # fmt: skip
    with hub.eval_function_for_module(tmp_path / "m") as f:
        read = f(as_dict=True)
    assert list(read.values()) == [b"one", b"two", b"b0", b"three", b"one"]


def test_variants_share_an_asset(tmp_path: Path) -> None:
    file = write(tmp_path / "some words.txt", "été")
    module_fn = content(file)
    spec = hub.create_module_spec(lambda: module_fn(), [(set(), {}), ({"train"}, {})])
    spec.export(tmp_path / "m")
    assert files_of(tmp_path / "m" / "assets").keys() == {file.name}
    file.unlink()
    with hub.eval_function_for_module(tmp_path / "m", tags={"train"}) as f:
        assert f(as_dict=True)["0"].decode() == "été"


def test_an_asset_in_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "words.txt", "a")
    hub.create_module_spec(content(file)).export(tmp_path / "m")
    [meta_graph] = graphs_of(tmp_path / "m")
    [listed] = meta_graph.collection_def["saved_model_assets"].any_list.value
    asset = protos.AssetFileDef.FromString(listed.value)
    assert (asset.tensor_info.name, asset.filename) == ("Const:0", "words.txt")
    assert listed.type_url == "type.googleapis.com/tensorflow.AssetFileDef"
    [node] = [n for n in meta_graph.graph_def.node if n.name == "Const"]
    assert tf.make_ndarray(node.attr["value"].tensor).item() == b"SAVEDMODEL-ASSET"


def test_an_asset_that_is_gone(tmp_path: Path) -> None:
    file = write(tmp_path / "words.txt", "a")
    spec = hub.create_module_spec(content(file))
    file.unlink()
    with pytest.raises(FileNotFoundError, match=r"words\.txt"):
        spec.export(tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: v1.placeholder(tf.string, []),
        lambda: tf.constant(3),
        lambda: tf.constant(["words.txt"]),
        lambda: tf.identity("words.txt"),
    ],
    ids=["placeholder", "number", "vector", "computed"],
)
def test_an_asset_that_is_none(tmp_path: Path, make: Any) -> None:
    def module_fn() -> None:
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, make())
        hub.add_signature(outputs=tf.constant(1))

    with pytest.raises(TypeError, match="asset") as caught:
        hub.create_module_spec(module_fn).export(tmp_path / "m")
    assert isinstance(caught.value, errors.HubError)
    assert list(tmp_path.iterdir()) == []


def test_an_exported_module_may_move(tmp_path: Path) -> None:
    write(tmp_path / "words.txt", "a")
    spec = hub.create_module_spec(content(tmp_path / "words.txt"))
    spec.export(tmp_path / "m")
    (tmp_path / "words.txt").unlink()
    moved = tmp_path / "elsewhere"
    (tmp_path / "m").rename(moved)
    again = export(moved, tmp_path / "again")
    assert files_of(again) == files_of(moved)


# Nothing, or all


def test_an_export_over_something(tmp_path: Path) -> None:
    spec = hub.create_module_spec(plain)
    spec.export(tmp_path / "m")
    before = files_of(tmp_path / "m")
    file = write(tmp_path / "file", "mine")
    other = write(tmp_path / "other" / "saved_model.pbtxt", "mine").parent
    for path in (tmp_path / "m", file, other):
        with pytest.raises(errors.HubError, match=path.name) as caught:
            spec.export(path)
        assert "Remove" in str(caught.value)
        with pytest.raises(errors.HubError, match=path.name):
            export(spec, path)
    assert files_of(tmp_path / "m") == before
    assert file.read_text() == (other / "saved_model.pbtxt").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("spelled", [str, Path, lambda path: f"{path}/"])
def test_paths(tmp_path: Path, spelled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = hub.create_module_spec(plain)
    spec.export(spelled(tmp_path / "a" / "new one"))
    (tmp_path / "empty").mkdir()
    spec.export(spelled(tmp_path / "empty"))
    monkeypatch.chdir(tmp_path)
    spec.export(spelled("relative"))
    found = [files_of(tmp_path / name) for name in ("a/new one", "empty", "relative")]
    assert found[0] == found[1] == found[2]
    assert {path.name for path in tmp_path.iterdir()} == {"a", "empty", "relative"}


def test_a_failing_export_leaves_nothing(tmp_path: Path) -> None:
    """Here the variables cannot be read: they have no values."""
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(hub.create_module_spec(plain))
        with pytest.raises(tf.errors.FailedPreconditionError):
            module.export(tmp_path / "m", session)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_to_be_written(tmp_path: Path) -> None:
    file = write(tmp_path / "file", "mine")
    with pytest.raises(OSError, match="file"):
        hub.create_module_spec(plain).export(file / "m")
    assert list(tmp_path.iterdir()) == [file]


FOREVER = """
import sys, itertools
import tensorflow as tf
import tfhub as hub
v1 = tf.compat.v1

def module_fn():
    asset = tf.constant(__file__)
    v1.add_to_collection("asset_filepaths", asset)
    w = v1.get_variable("w", [1 << 18], initializer=v1.ones_initializer())
    hub.add_signature(outputs=tf.reduce_sum(w))

spec = hub.create_module_spec(module_fn)
for i in itertools.count():
    spec.export(f"{sys.argv[1]}/{i}")
"""


@pytest.mark.slow
def test_a_killed_export_shows_no_part(tmp_path: Path) -> None:
    program = write(tmp_path / "forever.py", FOREVER)
    root = tmp_path / "exports"
    root.mkdir()
    process = subprocess.Popen(
        [sys.executable, program, root], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 100
    seen: set[str] = set()
    try:
        while len(seen) < 6 and time.monotonic() < deadline:
            for path in root.iterdir():
                if path.name.isdigit() and path.name not in seen:
                    # Whole from the moment that it is there.
                    assert len(files_of(path)) == 5
                    seen.add(path.name)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    visible = sorted((p for p in root.iterdir() if p.name.isdigit()), key=os.fspath)
    assert len(visible) >= 6
    first = files_of(visible[0])
    assert all(files_of(path) == first for path in visible)


def test_folders_and_assets_may_be_urls_of_files(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("one\ntwo\n")

    def module_fn() -> None:
        v1 = tf.compat.v1
        lines = tf.lookup.TextFileInitializer(
            f"file://{words}",
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
        )
        x = v1.placeholder(tf.int64, [None])
        outputs = tf.lookup.StaticHashTable(lines, "?").lookup(x)
        hub.add_signature(inputs=x, outputs=outputs)

    target = hub.create_module_spec(module_fn).export(f"file://{tmp_path}/m")
    assert (tmp_path / "m" / "assets" / "words.txt").read_text() == "one\ntwo\n"
    words.unlink()
    found = hub.load(target)(tf.constant([1, 5], tf.int64))
    assert found.numpy().tolist() == [b"two", b"?"]
