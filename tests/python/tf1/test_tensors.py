from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow

from tfhub import errors
from tfhub.runtime.coercion import Frame
from tfhub.tf1 import tensors

tf: Any = tensorflow
v1 = tf.compat.v1
SPARSE = tf.SparseTensorSpec([None, 5], tf.float32)
RAGGED = tf.RaggedTensorSpec([None, None, 2], tf.int64, 1, tf.int32)
SPECS = {
    "dense": tf.TensorSpec([None, 2], tf.float32),
    "scalar": tf.TensorSpec([], tf.string),
    "unknown": tf.TensorSpec(None, tf.float16),
    "sparse": SPARSE,
    "ragged": RAGGED,
    "deep": tf.RaggedTensorSpec([None, None, None], tf.string, 2, tf.int64),
    "flat": tf.RaggedTensorSpec([None, None], tf.float32, 1),
}


def placeholder(spec: Any) -> Any:
    if isinstance(spec, tf.SparseTensorSpec):
        return v1.sparse_placeholder(spec.dtype, spec.shape)
    if isinstance(spec, tf.RaggedTensorSpec):
        parts = tf.nest.flatten(spec, expand_composites=True)
        values = [v1.placeholder(part.dtype, part.shape) for part in parts]
        return tf.nest.pack_sequence_as(spec, values, expand_composites=True)
    return v1.placeholder(spec.dtype, spec.shape)


def signature(**inputs: Any) -> Any:
    """A MetaGraphDef with a signature of these inputs, the outputs too."""
    meta_graph = v1.MetaGraphDef()
    with tf.Graph().as_default():
        made = {name: placeholder(spec) for name, spec in inputs.items()}
        tensors.write_signature(meta_graph.signature_def["default"], made, made)
    return meta_graph


def infos(**specs: Any) -> dict[str, Any]:
    return {name: tensors.TensorInfo(spec) for name, spec in specs.items()}


@pytest.mark.parametrize("name", SPECS)
def test_what_is_written_is_read(name: str) -> None:
    meta_graph = signature(x=SPECS[name])
    [info] = tensors.input_infos(meta_graph, None).values()
    assert info.type_spec == SPECS[name]
    assert tensors.output_infos(meta_graph.signature_def, "default") == {"x": info}
    parts = tensors.parts(meta_graph.signature_def["default"].inputs["x"])
    flat = tf.nest.flatten(SPECS[name], expand_composites=True)
    assert len(parts) == len(flat)


def test_what_an_info_tells() -> None:
    dense, sparse, ragged = infos(a=SPECS["dense"], b=SPARSE, c=RAGGED).values()
    assert [i.dtype for i in (dense, sparse, ragged)] == [
        tf.float32, tf.float32, tf.int64
    ]  # fmt: skip
    assert sparse.get_shape().as_list() == [None, 5]
    assert [i.is_sparse for i in (dense, sparse, ragged)] == [False, True, False]
    assert [i.is_composite for i in (dense, sparse, ragged)] == [False, False, True]
    assert list(map(str, (dense, sparse, ragged))) == [
        "float32[?, 2]", "sparse float32[?, 5]", "ragged int64[?, ?, 2]"
    ]  # fmt: skip


def test_infos_are_sorted() -> None:
    spec = tf.TensorSpec([], tf.float32)
    names = list(tensors.input_infos(signature(b=spec, a=spec, c=spec), None))
    assert names == ["a", "b", "c"]


def test_a_signature_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="'nope'.*default") as caught:
        tensors.input_infos(signature(x=SPARSE), "nope")
    assert isinstance(caught.value, errors.SignatureNotFoundError)
    assert caught.value.data["available"] == ["default"]


# Binding


def refused(inputs: Any, specs: dict[str, Any]) -> str:
    with pytest.raises(TypeError) as caught:
        tensors.bind(inputs, infos(**specs))
    assert isinstance(caught.value, errors.InputError)
    return str(caught.value)


X = {"x": SPECS["dense"]}
TWO = {"x": SPECS["dense"], "y": tf.TensorSpec([None], tf.string)}


def test_values_that_fit() -> None:
    for value in ([[1, 2]], np.ones([3, 2]), tf.ones([1, 2]), [[True, False]]):
        for inputs in (value, {"x": value}):
            [tensor] = tensors.bind(inputs, infos(**X)).values()
            assert tensor.dtype == tf.float32
            assert tensor.shape[1] == 2
    assert list(tensors.bind({"y": ["a"], "x": [[1.0, 2.0]]}, infos(**TWO))) == list(
        TWO
    )
    assert tensors.bind(None, {}) == tensors.bind({}, {}) == {}


def test_no_inputs_are_expected() -> None:
    assert "expects no inputs" in refused(3.0, {})
    assert "extra a" in refused({"a": 3.0}, {})


def test_several_inputs_are_expected() -> None:
    assert "expects multiple inputs, so give a dict" in refused([[1.0, 2.0]], TWO)


def test_inputs_that_are_missing_or_too_many() -> None:
    text = refused({"x": [[1.0, 2.0]], "q": 3}, TWO)
    assert "missing y; extra q" in text
    assert refused({}, X) == refused(None, X)
    lines = text.splitlines()
    assert lines[1].split() == ["input", "expected", "given"]
    assert lines[2].split()[:3] == ["x", "float32[?,", "2]"]
    assert lines[3].split()[-1] == "missing"
    assert lines[4].split()[:2] == ["q", "-"]


@pytest.mark.parametrize(
    "value",
    [
        "text",
        [[1.0, 2.0, 3.0]],
        [1.0, 2.0],
        [[1.0], [1.0, 2.0]],
        tf.ones([2, 3]),
        tf.sparse.from_dense([[1.0, 2.0]]),
        tf.ragged.constant([[1.0, 2.0]]),
        None,
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_that_do_not_fit(value: Any) -> None:
    text = refused({"x": value}, X)
    assert "cannot convert 'x'" in text
    assert "float32[?, 2]" in text


def test_composite_values() -> None:
    sparse = tf.sparse.from_dense([[0.0, 1.0, 0.0, 0.0, 0.0]])
    ragged = tf.ragged.constant(
        [[[1, 2]], []], tf.int64, ragged_rank=1, row_splits_dtype=tf.int32
    )
    value = v1.SparseTensorValue([[0, 1]], [1.0], [1, 5])
    for one in (sparse, value):
        bound = tensors.bind({"s": one, "r": ragged}, infos(s=SPARSE, r=RAGGED))
        assert isinstance(bound["s"], tf.SparseTensor)
        assert bound["s"].dense_shape.numpy().tolist() == [1, 5]
        assert bound["r"].to_list() == [[[1, 2]], []]
    rows = tensors.bind([[1.0], [], [2.0, 3.0]], infos(r=SPECS["flat"]))["r"]
    assert rows.to_list() == [[1.0], [], [2.0, 3.0]]
    mixed = tensors.bind([np.array([1.0, 2.0]), 3.0], infos(r=SPECS["flat"]))["r"]
    assert mixed.to_list() == [[1.0, 2.0], [3.0]]


def test_a_data_frame_is_the_inputs_or_one_matrix() -> None:
    frame = Frame(a=np.array([1, 3]), b=np.array([2.5, 4]))
    assert tensors.bind(frame, infos(**X))["x"].numpy().tolist() == [[1, 2.5], [3, 4]]
    vector = {name: tf.TensorSpec([None], tf.float32) for name in "ab"}
    assert tensors.bind(frame, infos(**vector))["b"].numpy().tolist() == [2.5, 4]
    assert "extra b" in refused(frame, {"a": vector["a"], "c": vector["a"]})


@pytest.mark.parametrize(
    ("spec", "value", "why"),
    [
        (SPARSE, [[0.0] * 5], "a list, not a SparseTensor"),
        (SPARSE, tf.sparse.from_dense([[1.0]]), "sparse float32[1, 1]"),
        (SPARSE, tf.sparse.from_dense([[1] * 5]), "sparse int32[1, 5]"),
        (RAGGED, tf.ones([2, 2], tf.int64), "not a RaggedTensor"),
        (RAGGED, tf.ragged.constant([[1.0]]), "ragged float32[1, ?]"),
        (RAGGED, tf.sparse.from_dense([[1]]), "a SparseTensor, not a RaggedTensor"),
    ],
)
def test_composite_values_that_do_not_fit(spec: Any, value: Any, why: str) -> None:
    text = refused({"x": value}, {"x": spec})
    assert why in text


# Choosing


def test_choosing_outputs() -> None:
    outputs = {"default": 1, "b": 2, "a": 3}
    assert tensors.choose(outputs, None) == tensors.choose(outputs, as_dict=False) == 1
    assert list(tensors.choose(outputs, as_dict=True).items()) == [
        ("a", 3), ("b", 2), ("default", 1)
    ]  # fmt: skip
    with pytest.raises(TypeError, match="no output named 'default'.*a, b") as caught:
        tensors.choose({"b": 2, "a": 3}, None)
    assert isinstance(caught.value, errors.OutputError)
    assert "as_dict=True" in str(caught.value)
