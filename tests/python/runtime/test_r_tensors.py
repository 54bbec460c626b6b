"""What R asks of tensors; what R makes of it is tested in R."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfhub.errors import InputError
from tfhub.runtime import r_tensors


@pytest.mark.parametrize(
    ("dtype", "other", "expected"),
    [
        ("float32", 0.5, "float32"),
        ("float16", np.array([1.0, 2.0]), "float16"),
        ("int32", 2.0, "int32"),
        ("int32", 0.5, "float64"),
        ("int32", 3e9, "float64"),
        ("int32", np.inf, "float64"),
        ("int64", 2, "int64"),
        ("uint8", 2.0, "int32"),
        ("uint64", 2.0, "uint64"),
        ("bool", 2.0, "int32"),
        ("bool", True, "int32"),
        ("float32", tf.constant(1.0, tf.float64), "float64"),
        ("bfloat16", tf.constant(1.0), "float32"),
    ],
)
def test_numbers_take_the_dtype_that_holds_what_r_would_compute(
    dtype: str, other: Any, expected: str
) -> None:
    x = tf.cast(tf.constant([1, 0]), dtype)
    assert r_tensors.binary("*", x, other).dtype == expected
    assert r_tensors.binary("*", other, x).dtype == expected


def test_elements_are_counted_down_the_columns() -> None:
    x = tf.constant([[1, 2, 3], [4, 5, 6]])
    assert r_tensors.elements(x, np.array([1.0]), single=True).numpy() == 4
    assert r_tensors.elements(x, [5, 2], single=False).numpy().tolist() == [6, 2]
    assert r_tensors.math("cumsum", x).numpy().tolist() == [1, 5, 7, 12, 15, 21]


def test_of_dimensions_of_one_element_a_vector_keeps_one() -> None:
    x = tf.constant([[1, 2, 3]])

    def shape(keys: list[Any], *, drop: bool = True, single: bool = False) -> Any:
        return r_tensors.subset(x, keys, drop=drop, single=single).shape

    assert shape([[0], None]) == [3]
    assert shape([None, [1]]) == [1]
    assert shape([[0], [1]], single=True) == []
    assert shape([[0], [1]], single=True, drop=False) == [1, 1]


def test_what_tensorflow_does_not_compute_is_named() -> None:
    with pytest.raises(InputError, match=r"no < of string\[1\] and string\[\]: .*text"):
        r_tensors.binary("<", tf.constant(["a"]), "b")
    with pytest.raises(InputError, match=r"float32\[2\] and float32\[3\]"):
        r_tensors.binary("+", tf.ones(2), tf.ones(3))
    with pytest.raises(InputError, match="R alone"):
        r_tensors.math("gamma", tf.ones(2))
    with pytest.raises(InputError, match="sparse"):
        r_tensors.summary("sum", tf.sparse.from_dense([[1.0]]))
