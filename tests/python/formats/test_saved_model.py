from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tfhub.errors import HandleNotFoundError, ModelFormatError, ModelNotFoundError
from tfhub.formats.saved_model import describe_folder


def test_describes_a_tf2_model(fruit: Path) -> None:
    model = describe_folder(fruit)
    assert model.format == "TF2 SavedModel"
    assert model.tags == (("serve",),)
    assert list(model.signatures) == ["fruit_to_pet", "serving_default", "shout"]
    pets = model.signatures["fruit_to_pet"]
    assert {k: str(v) for k, v in pets.inputs.items()} == {
        "apples": "float32[?, 3]",
        "oranges": "int64[?]",
    }
    assert {k: str(v) for k, v in pets.outputs.items()} == {
        "cats": "float32[?, 3]",
        "default": "float32[?]",
        "dogs": "int64[?]",
    }
    assert [call.arguments for call in model.functions["__call__"]] == [
        "x: float32[?, 3], training=False",
        "x: float32[?, 3], training=True",
    ]
    assert model.functions["shout"][0].output == "{default: string[?]}"
    assert (model.variables.count, model.variables.parameters) == (2, 3)
    assert model.size == sum(f.stat().st_size for f in fruit.rglob("*") if f.is_file())
    ops = model.graphs[0].ops
    assert {"StringUpper", "ReadVariableOp"} <= set(ops)
    assert not any(op.startswith("__inference") for op in ops)
    assert model.default_signature == "serving_default"
    json.dumps(model.to_dict())


def test_describes_without_tensorflow_or_numpy(fruit: Path) -> None:
    code = (
        "import sys; from tfhub.formats.saved_model import describe_folder; "
        f"print(describe_folder({str(fruit)!r}).format); "
        "print({'tensorflow', 'numpy'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == ["TF2 SavedModel", "set()"]


CONFORMANCE = sorted(
    path.name.removesuffix(".json")
    for path in (Path(__file__).parents[1] / "data" / "tf1").glob("*.json")
)


@pytest.mark.parametrize("name", CONFORMANCE)
def test_describes_tf1_hub_modules(tf1_modules: Path, name: str) -> None:
    data = Path(__file__).parents[1] / "data" / "tf1" / f"{name}.json"
    spec = json.loads(data.read_text())["spec"]
    model = describe_folder(tf1_modules / name)
    assert model.format == "TF1 Hub module"
    assert sorted(map(list, model.tags)) == sorted(spec["tags"])
    for key, expected in spec["signatures"].items():
        tags, _, signature = key.rpartition("|")
        wanted = tuple(tags.split(",")) if tags else ()
        graph = next(graph for graph in model.graphs if graph.tags == wanted)
        got = graph.signatures[signature]
        for side in ("inputs", "outputs"):
            tensors = getattr(got, side)
            assert set(tensors) == set(expected[side])
            for tensor_name, tensor in tensors.items():
                want = expected[side][tensor_name]
                assert tensor.dtype == want["dtype"]
                assert tensor.kind == ("sparse" if want["sparse"] else "dense")
                shape = None if tensor.shape is None else list(tensor.shape)
                assert shape == want["shape"]


def test_describes_a_text_saved_model(fruit: Path, tmp_path: Path) -> None:
    from google.protobuf import text_format
    from tensorflow.core.protobuf import saved_model_pb2

    model = saved_model_pb2.SavedModel.FromString(
        (fruit / "saved_model.pb").read_bytes()
    )
    text = text_format.MessageToString(model, as_utf8=True)
    (tmp_path / "saved_model.pbtxt").write_text(text, "utf-8")
    got, want = describe_folder(tmp_path), describe_folder(fruit)
    assert got.graphs == want.graphs


def test_a_binary_saved_model_that_is_named_as_text(
    fruit: Path, tmp_path: Path
) -> None:
    shutil.copy(fruit / "saved_model.pb", tmp_path / "saved_model.pbtxt")
    with pytest.raises(ModelFormatError, match="binary one is named saved_model.pb"):
        describe_folder(tmp_path)


def test_a_ragged_and_a_nested_input(tmp_path: Path) -> None:
    import tensorflow as tf

    module = tf.Module()
    ragged = tf.RaggedTensorSpec([None, None], tf.int32)
    nested = {"a": tf.TensorSpec([2]), "b": [tf.TensorSpec([], tf.string)]}
    module.f = tf.function(lambda r, n: (r.to_tensor(), n["a"])).get_concrete_function
    module.f = tf.function(
        lambda r, n: (r.to_tensor(), n["a"]), input_signature=[ragged, nested]
    )
    tf.saved_model.save(module, str(tmp_path))
    [call] = describe_folder(tmp_path).functions["f"]
    assert call.arguments == (
        "r: ragged int32[?, ?], n: {a: float32[2], b: [string[]]}"
    )
    assert call.output == "(int32[?, ?], float32[2])"


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(HandleNotFoundError, match="does not exist"):
        describe_folder(tmp_path / "nope")


def test_a_folder_without_a_model(fruit: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="nor saved_model.pbtxt") as caught:
        describe_folder(tmp_path)
    assert "It contains: nothing." in str(caught.value)
    shutil.copytree(fruit, tmp_path / "1")
    with pytest.raises(ModelNotFoundError, match=r"did you mean .*1\?"):
        describe_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff\xff\xff", b"<html>"])
def test_a_damaged_model(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "saved_model.pb").write_bytes(content)
    with pytest.raises(ModelFormatError, match="damaged"):
        describe_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x08\x04", "got format 4"),
        (b"\x08\x03\x12\x01x", "with x"),
        (b"\xff", "damag"),
    ],
)
def test_a_hub_module_from_the_future(
    tf1_modules: Path, tmp_path: Path, content: bytes, message: str
) -> None:
    shutil.copytree(tf1_modules / "fruit_to_pet", tmp_path, dirs_exist_ok=True)
    (tmp_path / "tfhub_module.pb").write_bytes(content)
    with pytest.raises(ModelFormatError, match=message):
        describe_folder(tmp_path)


def test_as_a_dict_it_is_what_dataclasses_make_of_it(fruit: Path) -> None:
    model = describe_folder(fruit)
    wanted = {**asdict(model), "default_signature": "serving_default"}
    assert model.to_dict() == wanted
