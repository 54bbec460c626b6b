"""Values become what a function wants, or are refused."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from tfhub.runtime.coercion import Frame, Misfit, coerce, columns

RAGGED = tf.RaggedTensorSpec([None, None], tf.float32)
TEXTS = tf.RaggedTensorSpec([None, None], tf.string)
DEEP = tf.RaggedTensorSpec([None, None, None], tf.int64, ragged_rank=2)
WIDE = tf.RaggedTensorSpec([None, None, 2], tf.float32, ragged_rank=1)
SPARSE = tf.SparseTensorSpec([None, None], tf.float32)
MATRIX = tf.TensorSpec([None, 2], tf.float32)
TEXT = tf.TensorSpec([None], tf.string)


@pytest.mark.parametrize(
    ("value", "spec", "want"),
    [
        ([np.array([1.0, 2.0]), 3.0, []], RAGGED, [[1.0, 2.0], [3.0], []]),
        ([], RAGGED, []),
        ([[], []], RAGGED, [[], []]),
        (np.array([[1, 2]]), RAGGED, [[1.0, 2.0]]),
        ([[[1, 2], 3], []], DEEP, [[[1, 2], [3]], []]),
        ([[[1, 2], [3, 4]], []], WIDE, [[[1.0, 2.0], [3.0, 4.0]], []]),
        ([["a", b"\xff"], "bc"], TEXTS, [[b"a", b"\xff"], [b"bc"]]),
        (tf.ragged.constant([[1, 2], []]), RAGGED, [[1.0, 2.0], []]),
    ],
)
def test_lists_of_rows_become_ragged(value: Any, spec: Any, want: Any) -> None:
    got = coerce(value, spec)
    assert spec.is_compatible_with(got)
    assert got.to_list() == want


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        ([["a"], ["b"]], RAGGED),
        (1.0, RAGGED),
        (tf.constant([[1.0]]), RAGGED),
        (tf.ragged.constant([[1, 2], []]), DEEP),
        ([1.0, 2.0], DEEP),
        ([[[1.0, 2.0]], [[3.0]]], WIDE),
        ([np.array([[1.0]]), np.array([2.0])], WIDE),
    ],
)
def test_rows_that_are_not_ragged_as_wanted(value: Any, spec: Any) -> None:
    with pytest.raises(Misfit):
        coerce(value, spec)


def test_sparse_and_dense_become_each_other() -> None:
    dense = np.array([[0.0, 5.0], [6.0, 0.0]])
    sparse = tf.sparse.from_dense(dense)  # of float64
    for value in (dense, sparse):
        got = coerce(value, SPARSE)
        assert got.dtype == tf.float32
        assert tf.sparse.to_dense(got).numpy().tolist() == dense.tolist()
        assert coerce(value, MATRIX).numpy().tolist() == dense.tolist()
    whole = coerce(sparse, tf.SparseTensorSpec([None, None], tf.int64))
    assert whole.values.numpy().tolist() == [5, 6]
    with pytest.raises(Misfit):
        coerce(dense[0], SPARSE)
    with pytest.raises(Misfit):
        coerce(sparse, tf.SparseTensorSpec([None, 3], tf.float32))


def test_a_symbolic_sparse_tensor_becomes_dense() -> None:
    @tf.function(input_signature=[SPARSE])
    def dense(x: Any) -> Any:
        return coerce(x, MATRIX)

    x = tf.sparse.from_dense(np.array([[0, 5]], "float32"))
    assert dense(x).numpy().tolist() == [[0, 5]]


def test_a_ragged_tensor_is_not_dense() -> None:
    with pytest.raises(Misfit, match="ragged"):
        coerce(tf.ragged.constant([[1.0, 2.0]]), MATRIX)


def test_the_columns_of_a_frame_are_a_matrix() -> None:
    frame = columns(pd.DataFrame({"a": [1.5, 2.0], "b": [True, False]}))
    assert isinstance(frame, Frame)
    assert coerce(frame, MATRIX).numpy().tolist() == [[1.5, 1.0], [2.0, 0.0]]
    text = Frame(text=np.array(["a", "b"], object))
    assert coerce(text, TEXT).numpy().tolist() == [b"a", b"b"]
    names = tf.TensorSpec([None, 1], tf.string)
    assert coerce(text, names).numpy().tolist() == [[b"a"], [b"b"]]


@pytest.mark.parametrize(
    "frame",
    [
        Frame(),
        Frame(a=[1.0], b=["x"]),
        Frame(a=[1.0], b=[2.0], c=[3.0]),
        Frame(a=np.ones([1, 1]), b=np.ones([1, 1])),
    ],
)
def test_frames_that_are_no_matrix(frame: Frame) -> None:
    with pytest.raises(Misfit):
        coerce(frame, MATRIX)


def test_bytes_in_arrays_of_uint8_are_strings() -> None:
    jpeg = np.array([255, 216, 0], np.uint8)
    assert coerce(jpeg, TEXT).numpy().tolist() == [b"\xff\xd8\0"]
    assert coerce([jpeg, jpeg[:1]], TEXT).numpy().tolist() == [
        b"\xff\xd8\0",
        b"\xff",
    ]
    scalar = tf.TensorSpec([], tf.string)
    assert coerce(jpeg, scalar).numpy() == b"\xff\xd8\0"


@pytest.mark.parametrize("text", [["a\0", "b"], [b"a\0", b"b"], ("a\0", b"b")])
def test_text_keeps_its_last_zero_bytes(text: Any) -> None:
    assert coerce(text, TEXT).numpy().tolist() == [b"a\0", b"b"]


def test_a_long_text_does_not_widen_the_others() -> None:
    texts = ["x" * 10**6] + ["y"] * 10**4  # 40 GB as a numpy array of texts
    assert coerce(texts, TEXT).shape == [10**4 + 1]


def test_numbers_in_an_array_of_objects() -> None:
    numbers = np.array([1, 2.5], object)
    vector = tf.TensorSpec([None], tf.float32)
    assert coerce(numbers, vector).numpy().tolist() == [1.0, 2.5]
    with pytest.raises(Misfit):
        coerce(np.array(["a"], object), vector)
    with pytest.raises(Misfit):
        coerce(np.array([1, None], object), vector)


@pytest.mark.parametrize("shape", [(2, 3), (1, 3), (2, 0), (90, 150), (20, 31, 18)])
@pytest.mark.parametrize(
    "dtype", ["float32", "int64", "uint8", "bool", "complex64", "bfloat16", "string"]
)
def test_arrays_by_columns_keep_their_cells(shape: Any, dtype: str) -> None:
    values = (np.arange(np.prod(shape)) % 101).reshape(shape)
    wanted = values.astype({"bool": bool, "string": str}.get(dtype, int))
    wanted = wanted.astype(object) if dtype == "string" else wanted
    spec = tf.TensorSpec(shape, dtype)
    got = coerce(np.asfortranarray(wanted), spec)
    assert got.dtype == spec.dtype
    assert tf.reduce_all(got == coerce(np.ascontiguousarray(wanted), spec))
    if dtype not in ("bool", "string"):
        assert tf.cast(got, tf.int64).numpy().tolist() == values.tolist()


@pytest.mark.parametrize("given", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3, 4), (101, 150), (20, 31, 18)])
def test_floats_by_columns_are_rounded_as_by_rows(
    given: str, dtype: str, shape: Any
) -> None:
    values = np.random.default_rng(1).normal(0, 3e4, shape).astype(given)
    values.flat[:4] = [np.nan, np.inf, -np.inf, -0.0]
    spec = tf.TensorSpec(shape, dtype)
    by_columns = np.asfortranarray(values)
    before = by_columns.copy()
    by_columns.flags.writeable = False  # as what R gives
    with np.errstate(over="ignore"):
        got = coerce(by_columns, spec).numpy()
        wanted = coerce(values, spec).numpy()
    assert got.dtype == wanted.dtype
    assert got.tobytes() == wanted.tobytes()
    assert before.tobytes() == by_columns.tobytes()


def test_arrays_by_columns_in_a_graph() -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])
        assert session.run(coerce(x, MATRIX)).tolist() == x.tolist()
