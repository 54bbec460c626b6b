"""Every array becomes one that R has, with the same values."""

import ml_dtypes
import numpy as np
import pytest

from tfhub.runtime import r_arrays


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.array([1, 2], "int64"), "int64"),
        (np.array([1, -(2**31)], "int32"), "float64"),
        (np.array([1, 2], "int32"), "int32"),
        (np.array([], "int32"), "int32"),
        (np.array([True]), "bool"),
        (np.array([1.5], ml_dtypes.bfloat16), "float32"),
        (np.array([], ml_dtypes.bfloat16), "float32"),
        (np.array([-3], ml_dtypes.int4), "float32"),
    ],
)
def test_arrays_for_r_keep_their_values(value, dtype):
    array, inexact = r_arrays.for_r(value, "double")
    assert array.dtype == dtype
    assert array.tolist() == value.tolist()
    assert inexact == []


@pytest.mark.parametrize("shape", [(2500, 3), (1025, 2, 4), (1024, 1), (3, 0)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_go_by_columns_and_keep_every_row(shape, dtype):
    value = np.random.default_rng(1).normal(size=shape).astype(dtype)
    array, _ = r_arrays.for_r(value, "double")
    np.testing.assert_array_equal(array, value)
    if value.size:
        assert array.dtype == np.float64
        assert array.flags.f_contiguous


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, -(2**63)])
def test_integers_that_doubles_cannot_hold_are_named(value):
    arrays = {"a": np.array([2**53]), "b": np.array([0, value])}
    assert r_arrays.for_r(arrays, "double") == (arrays, ["b"])
    big = np.array([2**64 - 1], "uint64")
    assert r_arrays.for_r([big], "double")[1] == [""]


def test_integers_of_64_bits_as_text():
    arrays = {"a": np.array([[2**53 + 1, -1]]), "b": np.array([3], "int32")}
    got, inexact = r_arrays.for_r(arrays, "character")
    assert inexact == []
    assert got["a"].dtype == object
    assert got["a"].tolist() == [["9007199254740993", "-1"]]
    assert got["b"] is arrays["b"]


def test_zero_bytes_in_text_are_written_out():
    text = np.array([["a\0b", "\0"], ["c", ""]], object)
    shown = r_arrays.for_r(text, "double")[0]
    assert shown.tolist() == [["a\\x00b", "\\x00"], ["c", ""]]
    plain = np.array(["a"], object)
    assert r_arrays.for_r(plain, "double")[0] is plain


def test_long_text_goes_as_one_string():
    text = np.array([["a", "b", "é"], ["", "d", ""]] * 500, object)
    got = r_arrays.for_r(text, "double")[0]
    assert got.shape == [1000, 3]
    strings = got.joined.split(r_arrays.SEPARATOR)
    assert strings.pop() == ""
    assert strings == text.ravel(order="F").tolist()
    text[7, 1] = r_arrays.SEPARATOR
    assert r_arrays.for_r(text, "double")[0] is text
    text[0, 0] = "\0"
    assert r_arrays.for_r(text, "double")[0][0, 0] == "\\x00"


def test_ragged_rows_become_a_list():
    ragged = np.empty(2, object)
    ragged[:] = [np.array([1.0, 2.0]), np.array([])]
    rows = r_arrays.for_r(ragged, "double")[0]
    assert isinstance(rows, list)
    assert [row.tolist() for row in rows] == [[1.0, 2.0], []]


def test_from_raw_fills_by_columns():
    data = bytearray([1, 2, 3, 4])
    assert r_arrays.from_raw(data, [2, 2]).tolist() == [[1, 3], [2, 4]]
    assert r_arrays.from_raw(data, [4]).dtype == np.uint8


def test_from_bytes_keeps_zero_bytes():
    array = r_arrays.from_bytes([bytearray(b"a\0"), bytearray(b"\xff")], [2, 1])
    assert array.tolist() == [[b"a\0"], [b"\xff"]]
    assert r_arrays.from_bytes([bytearray(b"a")], []).item() == b"a"


def test_from_integer64_reads_the_bits():
    bits = np.array([2**53 + 1, -1]).view(np.float64)
    assert r_arrays.from_integer64(bits, [2]).tolist() == [2**53 + 1, -1]


def test_from_sparse_sorts_by_row():
    cells = np.array([1, 0]), np.array([0, 1])
    sparse = r_arrays.from_sparse(*cells, np.array([5.0, 6.0]), [2, 3])
    assert sparse.indices.numpy().tolist() == [[0, 1], [1, 0]]
    assert sparse.values.numpy().tolist() == [6.0, 5.0]
    assert sparse.shape == [2, 3]
