"""Outputs become arrays, and those of batches one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfhub.errors import OutputError
from tfhub.runtime.arrays import Outputs, to_numpy


def joined(*batches: Any) -> Any:
    outputs = Outputs("a model")
    for batch in batches:
        rows = batch.shape[0]
        outputs.add(batch, rows)
    return outputs.joined()


def lists(value: Any) -> Any:
    return [lists(v) for v in value] if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 2], [], [3]],
        [[[1, 2], []], [], [[3], [4, 5]]],
        [["ü", "b"], [], ["c"]],
    ],
    ids=["numbers", "nested", "text"],
)
def test_ragged_rows(rows: list[Any]) -> None:
    ragged = tf.ragged.constant(rows, ragged_rank=2 if rows[0][1] == [] else 1)
    assert lists(to_numpy(ragged)) == rows
    assert lists(joined(ragged, ragged)) == rows * 2


def test_ragged_rows_of_vectors() -> None:
    ragged = tf.RaggedTensor.from_row_lengths(np.ones([3, 2]), [1, 0, 2])
    assert [row.shape for row in to_numpy(ragged)] == [(1, 2), (0, 2), (2, 2)]


def test_sparse_outputs_of_different_widths_become_as_wide_as_the_widest() -> None:
    narrow = tf.sparse.from_dense([[1.0, 2.0]])
    wide = tf.sparse.from_dense([[0.0, 0.0, 3.0], [4.0, 0.0, 0.0]])
    want = [[1, 2, 0], [0, 0, 3], [4, 0, 0]]
    assert joined(narrow, wide).tolist() == want


def test_dense_outputs_of_different_widths_are_refused() -> None:
    with pytest.raises(OutputError, match=r"\[1, 2\] and \[4, 3\] for different"):
        joined(tf.ones([1, 2]), tf.ones([4, 3]))


def test_each_dtype_is_kept() -> None:
    for dtype in (tf.bfloat16, tf.uint8, tf.complex64, tf.bool):
        got = joined(*[tf.cast(tf.ones([2, 1]), dtype)] * 3)
        assert got.dtype == dtype.as_numpy_dtype
        assert got.shape == (6, 1)


def test_nested_outputs() -> None:
    outputs = Outputs("a model")
    for rows in (2, 1):
        x = tf.ones([rows])
        outputs.add({"b": (x, 2 * x), "a": [3 * x]}, rows)
    got = outputs.joined()
    assert list(got) == ["b", "a"]
    assert got["b"][1].tolist() == [2, 2, 2]
    assert got["a"][0].tolist() == [3, 3, 3]
