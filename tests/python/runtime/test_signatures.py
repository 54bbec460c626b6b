from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import InputError, OutputError, SignatureNotFoundError
from tfhub.runtime import signatures
from tfhub.runtime.batching import to_numpy

APPLES = np.array([[1, 2, 3], [4, 5, 6]])
ORANGES = [10, 20]


@pytest.fixture(scope="module")
def model(fruit: Path) -> Any:
    return hub.load(fruit)


def test_a_dict_of_inputs_in_any_order(model: Any) -> None:
    for inputs in (
        {"apples": APPLES, "oranges": ORANGES},
        {"oranges": tf.constant(ORANGES, tf.int64), "apples": APPLES.tolist()},
    ):
        outputs = model(inputs, signature="fruit_to_pet", as_dict=True)
        assert list(outputs) == ["cats", "default", "dogs"]
        np.testing.assert_allclose(outputs["cats"], 2 * APPLES)
        np.testing.assert_allclose(outputs["default"], [22, 50])
        np.testing.assert_array_equal(outputs["dogs"], [11, 21])


def test_the_default_output(model: Any) -> None:
    inputs = {"apples": APPLES, "oranges": ORANGES}
    np.testing.assert_allclose(model(inputs, signature="fruit_to_pet"), [22, 50])


def test_the_only_output(model: Any) -> None:
    got = model(APPLES, signature="serving_default")
    np.testing.assert_allclose(got, [[12, 4], [30, 10]])


def test_inputs_by_keyword(model: Any) -> None:
    got = model(signature="fruit_to_pet", apples=APPLES, oranges=ORANGES)
    np.testing.assert_allclose(got, [22, 50])
    got = model({"apples": APPLES}, signature="fruit_to_pet", oranges=ORANGES)
    np.testing.assert_allclose(got, [22, 50])


def test_a_data_frame_is_a_dict_of_columns(model: Any) -> None:
    frame = pd.DataFrame({"text": ["a", "ß"]})
    assert model(frame, signature="shout").numpy().tolist() == [b"A", b"SS"]


def test_the_own_call(model: Any) -> None:
    np.testing.assert_allclose(
        model(tf.constant(APPLES, tf.float32)), [[12, 4], [30, 10]]
    )
    np.testing.assert_allclose(model(APPLES, training=True), [[13, 5], [31, 11]])
    np.testing.assert_allclose(model(APPLES, True), [[13, 5], [31, 11]])


def test_as_dict_alone_takes_the_default_signature(model: Any) -> None:
    outputs = model(APPLES, as_dict=True)
    assert list(outputs) == ["output_0"]
    np.testing.assert_allclose(outputs["output_0"], [[12, 4], [30, 10]])


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("é", [b"\xc3\x89"]),
        (["a", "é"], [b"A", b"\xc3\x89"]),
        (np.array(["a"]), [b"A"]),
        (np.array([b"a"], object), [b"A"]),
        (tf.constant("a"), [b"A"]),
    ],
)
def test_strings(model: Any, value: Any, want: list[bytes]) -> None:
    assert model(value, signature="shout").numpy().tolist() == want


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (np.array([1.0, 2.0]), True),
        ([1, 2], True),
        (np.array([1, 2], "uint8"), True),
        (tf.constant([1, 2], tf.int32), True),
        (np.array([1.5, 2.0]), False),
        (np.array([np.nan, 2.0]), False),
        (np.array([np.inf, 2.0]), False),
        (np.array([1e300, 2.0]), False),
        (np.array([2**63, 2], "uint64"), False),
        (tf.constant([1.0, 2.0]), False),
        (["1", "2"], False),
        (np.array([True, False]), True),
    ],
)
def test_whole_numbers_become_integers(model: Any, value: Any, fits: bool) -> None:
    inputs = {"apples": APPLES, "oranges": value}
    if fits:
        got = model(inputs, signature="fruit_to_pet", as_dict=True)["dogs"]
        np.testing.assert_array_equal(got, np.asarray(value).astype("int64") + 1)
    else:
        with pytest.raises(InputError, match=r"oranges +int64\[\?\]"):
            model(inputs, signature="fruit_to_pet")


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32", "bool"])
def test_numbers_become_floats(model: Any, dtype: str) -> None:
    got = model(APPLES.astype(dtype), signature="serving_default")
    want = 2 * APPLES.astype(dtype).astype("float32").sum(1)
    np.testing.assert_allclose(got[:, 0], want)


@pytest.mark.parametrize(
    ("inputs", "lines"),
    [
        (
            {"apples": APPLES},
            ["missing oranges", "oranges  int64[?]       missing"],
        ),
        (
            {"apples": APPLES, "oranges": ORANGES, "pears": [1]},
            ["extra pears", "pears    -              int64[1]"],
        ),
        (
            {"apples": APPLES[:, :2], "oranges": ORANGES},
            ["apples   float32[?, 3]  int64[2, 2]"],
        ),
        ({"apples": APPLES[0], "oranges": ORANGES}, ["float32[?, 3]  int64[3]"]),
        (
            {"apples": [[1], [2, 3]], "oranges": ORANGES},
            ["'apples': its rows have different lengths"],
        ),
        ({"apples": APPLES, "oranges": [0.5, 1]}, ["'oranges': not every number"]),
        ({"apples": "x", "oranges": ORANGES}, ["apples   float32[?, 3]  string[]"]),
        ({"apples": None, "oranges": ORANGES}, ["apples   float32[?, 3]  None"]),
        (APPLES, ["it has 2 inputs, so give them by name"]),
        (None, ["missing apples, oranges"]),
    ],
)
def test_inputs_that_do_not_fit(model: Any, inputs: Any, lines: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        model(inputs, signature="fruit_to_pet")
    for line in lines:
        assert line in str(caught.value)
    assert "'fruit_to_pet' of " in str(caught.value)


def test_a_tensor_of_the_wrong_shape(model: Any) -> None:
    # TensorFlow itself would compute with it.
    with pytest.raises(InputError, match=r"float32\[\?, 3\] +float32\[2, 4\]"):
        model(tf.ones([2, 4]), signature="serving_default")


def test_the_same_input_twice(model: Any) -> None:
    with pytest.raises(InputError, match=r"given twice: text"):
        model("a", signature="shout", text="b")


def test_an_own_call_that_does_not_fit(model: Any) -> None:
    with pytest.raises(InputError) as caught:
        model(np.ones((2, 4)), training=True)
    assert str(caught.value).splitlines()[1:] == [
        "  expected  (x: float32[?, 3], training=False)",
        "  expected  (x: float32[?, 3], training=True)",
        "  given     (float64[2, 4], training=True)",
        "It has 4 columns, and 3 are expected. Choose those that the model takes, such "
        "as x[:, :3].",
    ]


def test_an_unknown_signature(model: Any) -> None:
    with pytest.raises(SignatureNotFoundError) as caught:
        model(APPLES, signature="pets")
    assert "Signatures: fruit_to_pet, serving_default, shout." in str(caught.value)
    assert caught.value.available == ["fruit_to_pet", "serving_default", "shout"]
    with pytest.raises(SignatureNotFoundError, match=r"m\.embed\("):
        model(["a"], signature="embed")


def test_no_default_output(tmp_path: Path) -> None:
    module = tf.Module()
    spec = tf.TensorSpec([None], tf.float32)
    module.f = tf.function(lambda x: {"a": x, "b": x}, input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path), signatures={"f": module.f})
    model = hub.load(tmp_path)
    with pytest.raises(OutputError, match=r"it has: a, b.") as caught:
        model([1.0])
    assert "as_dict=True" in str(caught.value)
    assert list(model([1.0], as_dict=True)) == ["a", "b"]


def test_nothing_to_call(tmp_path: Path) -> None:
    module = tf.Module()
    module.v = tf.Variable(1.0)
    tf.saved_model.save(module, str(tmp_path))
    with pytest.raises(SignatureNotFoundError, match="no default signature"):
        hub.load(tmp_path)(1.0)


def test_functions_are_named_where_there_is_nothing_else(tmp_path: Path) -> None:
    class Coder(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([])])
        def encode(self, x: Any) -> Any:
            return x * 2.0

    tf.saved_model.save(Coder(), str(tmp_path), {})
    with pytest.raises(SignatureNotFoundError, match=r"as m\.encode\("):
        hub.load(tmp_path)(1.0)
    with pytest.raises(SignatureNotFoundError, match=r"load\(handle\)\.encode\)"):
        hub.KerasLayer(str(tmp_path))
    assert float(hub.KerasLayer(hub.load(tmp_path).encode)(tf.constant(1.0))) == 2.0


def test_a_call_without_signatures_as_a_dict(tmp_path: Path) -> None:
    class Both(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None])])
        def __call__(self, x: Any) -> Any:
            return {"b": x, "a": x}

    tf.saved_model.save(Both(), str(tmp_path))
    assert list(hub.load(tmp_path)([1.0], as_dict=True)) == ["a", "b"]


def test_apply_brings_every_input_to_its_spec(model: Any) -> None:
    column_major = np.asfortranarray(APPLES.astype("float64"))
    got = signatures.apply(model, (column_major,), {"training": True})
    np.testing.assert_allclose(got, [[13, 5], [31, 11]])
    assert signatures.apply(model, ("é",), {}, function="embed").numpy().tolist() == [
        [2, 1]
    ]
    got = signatures.apply(
        model,
        (),
        {"apples": APPLES.tolist(), "oranges": [1.0, 2.0]},
        function="fruit_to_pet",
    )
    np.testing.assert_array_equal(got["dogs"], [2, 3])
    with pytest.raises(InputError, match=r"expected  \(text: string\[\?\]\)"):
        signatures.apply(model, ([1.0],), {}, function="embed")


def test_apply_takes_nested_inputs(tmp_path: Path) -> None:
    class Nested(tf.Module):
        @tf.function(
            input_signature=[
                {"a": tf.TensorSpec([None]), "b": [tf.TensorSpec([], tf.int32)]}
            ]
        )
        def __call__(self, inputs: Any) -> Any:
            return inputs["a"] * tf.cast(inputs["b"][0], tf.float32)

    tf.saved_model.save(Nested(), str(tmp_path))
    model = hub.load(tmp_path)
    assert model({"b": [3.0], "a": [1, 2]}).numpy().tolist() == [3, 6]
    with pytest.raises(InputError, match=r"\{a: int64\[1\]\}"):
        model({"a": [1]})


CASES = [
    (path.name.removesuffix(".json"), i)
    for path in sorted((Path(__file__).parents[1] / "data" / "tf1").glob("*.json"))
    for i, case in enumerate(json.loads(path.read_text())["cases"])
    if not case["trainable"]
]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_the_reference_librarys_results(
    tf1_modules: Path, name: str, number: int
) -> None:
    """Modules that it exported, and what they gave there."""
    data = Path(__file__).parents[1] / "data" / "tf1" / f"{name}.json"
    case = json.loads(data.read_text())["cases"][number]
    module = hub.load(tf1_modules / name, tags=case["tags"])
    inputs = case["inputs"] or None
    if name == "sparse_input":
        inputs = {"x": tf.SparseTensor(*inputs["x"]["sparse"])}
    got = module(inputs, signature=case["signature"], as_dict=True)
    assert sorted(got) == sorted(case["outputs"])
    for key, want in case["outputs"].items():
        if isinstance(want, dict):
            parts = got[key].indices, got[key].values, got[key].dense_shape
            assert [part.numpy().tolist() for part in parts] == want["sparse"]
            continue
        value = to_numpy(got[key])
        if value.dtype == object:
            assert value.tolist() == want
        else:
            np.testing.assert_allclose(value, want, rtol=1e-5, atol=1e-6)


SPARSE = tf.SparseTensor([[0, 1], [1, 8]], [1.5, -2.0], [2, 9])


def test_a_sparse_input_under_its_one_name(tf1_modules: Path) -> None:
    module = hub.load(tf1_modules / "sparse_input")
    want = [[0.440432, 1.008402], [-0.896447, 0.123095]]
    parts = {
        "x_indices": SPARSE.indices,
        "x_values": SPARSE.values,
        "x_dense_shape": SPARSE.dense_shape,
    }
    dense = tf.sparse.to_dense(SPARSE).numpy()
    for got in map(module, (SPARSE, {"x": SPARSE}, parts, dense)):
        np.testing.assert_allclose(got, want, rtol=1e-5)
    np.testing.assert_allclose(module(x=SPARSE), want, rtol=1e-5)


@pytest.mark.parametrize(
    ("inputs", "lines"),
    [
        ({}, ["missing x.", "x      float32 SparseTensor  missing"]),
        (
            {"y": SPARSE},
            ["missing x; extra y.", "y      -                     float32"],
        ),
        ({"x": 1.0}, ["'x' has to be a SparseTensor.", "x      float32 SparseTensor"]),
        ([1.0] * 9, ["'x' has to be a SparseTensor.", "float64[9]"]),
        (
            {"x_values": [1.0]},
            [
                "missing x_dense_shape, x_indices.",
                "x_indices      int64[?, 2]  missing",
            ],
        ),
        ({"x": SPARSE, "x_values": [1.0]}, ["given twice: x_values"]),
    ],
)
def test_sparse_inputs_that_do_not_fit(
    tf1_modules: Path, inputs: Any, lines: list[str]
) -> None:
    module = hub.load(tf1_modules / "sparse_input")
    with pytest.raises(InputError) as caught:
        module(inputs)
    for line in lines:
        assert line in str(caught.value)


def test_a_ragged_input_under_its_one_name(tmp_path: Path) -> None:
    """Of a model of TensorFlow 1, whose signature takes its parts."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        ragged = v1.ragged.placeholder(tf.float32, 2, [])
        info = v1.saved_model.build_tensor_info
        signature = v1.saved_model.build_signature_def(
            {"r": info(ragged)}, {"y": info(ragged * 2.0)}, "twice"
        )
        builder = v1.saved_model.Builder(str(tmp_path / "v1"))
        builder.add_meta_graph_and_variables(session, [], {"twice": signature})
        builder.save()
    model = hub.load(tmp_path / "v1")
    given = tf.ragged.constant([[[1.0, 2.0], []], [[3.0]]])
    lists = [[np.array([1.0, 2.0]), []], [[3.0]]]
    for got in (*map(model, (given, lists)), model({"r": given}, signature="twice")):
        assert got.to_list() == [[[2, 4], []], [[6]]]
    with pytest.raises(InputError, match="'r' has to be a RaggedTensor"):
        model([1.0])
    with pytest.raises(InputError, match="'r' .* its ragged rank is 1, not 2"):
        model(given[0])
