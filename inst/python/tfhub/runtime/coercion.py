"""A value becomes the tensor that a function wants, or does not fit."""

from __future__ import annotations

from typing import Any

from .. import words
from ..formats.description import Tensor
from .tf import np, tf


class Misfit(Exception):
    """The value cannot become such a tensor; the text says why when it is not plain."""


class Frame(dict[str, Any]):
    """The columns of a data frame, by name and in their order.

    It is a dict of inputs, or one matrix where a model has one input.
    """


def coerce(value: Any, spec: Any) -> Any:
    """Brings a value, or a dict or list of values, to a spec of the same structure.

    Floats become floats of the wanted precision, integers become floats, whole numbers
    become integers, lists and data frames become arrays, a scalar becomes a batch of
    one where rank 1 is wanted, bytes in arrays of uint8 become strings. A list of rows
    becomes a RaggedTensor, and a matrix a SparseTensor, where that is wanted. What is
    not a tensor (`training=False`) is left as it is.

    Raises:
      Misfit: The structure, dtype, rank or shape does not fit.
    """
    if isinstance(spec, tf.TensorSpec):
        return to_tensor(value, spec)
    if isinstance(spec, tf.RaggedTensorSpec):
        return to_ragged(value, spec)
    if isinstance(spec, tf.SparseTensorSpec):
        return to_sparse(value, spec)
    if isinstance(spec, dict):
        value = columns(value)
        if not isinstance(value, dict) or value.keys() != spec.keys():
            raise Misfit
        return {name: coerce(value[name], spec[name]) for name in spec}
    if isinstance(spec, (list, tuple)):
        if not isinstance(value, (list, tuple)) or len(value) != len(spec):
            raise Misfit
        return type(spec)(coerce(v, s) for v, s in zip(value, spec, strict=True))
    return value


def columns(value: Any) -> Any:
    """A data frame as a `Frame`; anything else as it is."""
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return Frame({str(name): value[name].to_numpy() for name in value.columns})
    return value


def as_matrix(frame: Frame, rank: int | None) -> Any:
    """The columns of a data frame as a matrix, or the only one where rank 1 is wanted.

    Raises:
      Misfit: They are not all numbers, or not all text.
    """
    values = [np.asarray(column) for column in frame.values()]
    if any(value.ndim != 1 for value in values):
        raise Misfit
    if rank == 1 and len(values) == 1:
        return values[0]
    kinds = {value.dtype.kind for value in values}
    if not values or (len(kinds) > 1 and not kinds <= set("buif")):
        raise Misfit
    return np.stack(values, axis=1)


def by_value(spec: Any) -> Any:
    """The spec of the value, where an input is a variable of TensorFlow 1.

    Its dtype says that it is a reference, which no tensor outside of a graph is.
    """
    if not isinstance(spec, tf.TensorSpec) or spec.dtype == spec.dtype.base_dtype:
        return spec
    return tf.TensorSpec(spec.shape, spec.dtype.base_dtype, spec.name)


def to_tensor(value: Any, spec: Any) -> Any:
    """Brings one value to a TensorSpec; see `coerce()`."""
    if isinstance(value, tf.SparseTensor):
        value = _values(tf.sparse.to_dense(value))
    if not tf.is_tensor(value):
        if isinstance(value, Frame):
            value = as_matrix(value, spec.shape.rank)
        array = _as_array(value, spec.dtype)
        if not (_is_turned(array) and _is_cast(array, spec.dtype)):
            array = _convert(array, spec.dtype)
        if array.ndim == 0 and spec.shape.rank == 1:
            array = array.reshape(1)
        if not spec.shape.is_compatible_with(array.shape):
            raise Misfit
        return _tensor(array, spec.dtype)
    if isinstance(value, tf.RaggedTensor):
        msg = "it is ragged, and a dense tensor is wanted"
        raise Misfit(msg)
    if value.dtype != spec.dtype:
        value = _cast(value, spec.dtype)
    if not spec.shape.is_compatible_with(value.shape):
        if spec.shape.rank == 1 and value.shape.rank == 0:
            return tf.reshape(value, [1])
        raise Misfit
    # TensorFlow 2.16 takes none for a signature of a graph.
    return tf.convert_to_tensor(value) if isinstance(value, tf.Variable) else value


def to_ragged(value: Any, spec: Any) -> Any:
    """Brings a list of rows, or of lists of rows, to a RaggedTensorSpec."""
    if not isinstance(value, tf.RaggedTensor):
        if tf.is_tensor(value) or not isinstance(value, (list, tuple, np.ndarray)):
            raise Misfit
        return _rows_together(value, spec, spec.ragged_rank)
    if value.ragged_rank != spec.ragged_rank:
        msg = f"its ragged rank is {value.ragged_rank}, not {spec.ragged_rank}"
        raise Misfit(msg)
    return value if value.dtype == spec.dtype else _cast(value, spec.dtype)


def to_sparse(value: Any, spec: Any) -> Any:
    """Brings a SparseTensor, or what can be a dense tensor, to a SparseTensorSpec."""
    if not isinstance(value, tf.SparseTensor):
        return tf.sparse.from_dense(
            to_tensor(value, tf.TensorSpec(spec.shape, spec.dtype))
        )
    if not spec.shape.is_compatible_with(value.shape):
        raise Misfit
    if value.dtype == spec.dtype:
        return value
    wanted = tf.TensorSpec(value.values.shape, spec.dtype)
    return value.with_values(to_tensor(_values(value.values), wanted))


def _values(tensor: Any) -> Any:
    """A tensor as an array, where it has values."""
    return tensor.numpy() if hasattr(tensor, "numpy") else tensor


def _rows_together(rows: Any, spec: Any, depth: int) -> Any:
    if depth == 1:
        # R has no scalars: a row of one value comes as that value.
        parts = [row if _has_items(row) else [row] for row in rows]
    else:
        parts = list(rows)
        if not all(map(_has_items, parts)):
            raise Misfit
    lengths = np.array([len(part) for part in parts], spec.row_splits_dtype.name)
    if depth > 1:
        inner = [row for part in parts for row in part]
        values = _rows_together(inner, spec, depth - 1)
    else:
        inner_shape = spec.shape[spec.ragged_rank + 1 :]
        none = np.empty([0, *inner_shape], spec.dtype.as_numpy_dtype)
        arrays = [_as_array(part, spec.dtype) for part in parts if len(part)]
        try:
            array = np.concatenate(arrays) if arrays else none
        except ValueError as error:
            raise Misfit from error
        values = _tensor(_convert(array, spec.dtype), spec.dtype)
    return tf.RaggedTensor.from_row_lengths(values, lengths)


def _has_items(value: Any) -> bool:
    is_array = isinstance(value, np.ndarray) and value.ndim > 0
    return is_array or isinstance(value, (list, tuple))


def describe_spec(spec: Any) -> str:
    """A TensorSpec as text, such as `float32[?, 3]`."""
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    return str(Tensor(spec.dtype.name, shape))


def describe_value(value: Any) -> str:
    """A value given by the user as text, such as `float64[2, 4]` or `None`."""
    if value is None or isinstance(value, bool):
        return words.value(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{k}: {describe_value(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if tf.is_tensor(value):
        return describe_spec(tf.TensorSpec(value.shape, value.dtype))
    try:
        array = _as_array(value)
    except Misfit:
        return type(value).__name__
    if array.dtype.kind in "OUS":
        dtype = "string" if _is_text(array) else "object"
    else:
        dtype = array.dtype.name
    return str(Tensor(dtype, array.shape))


def _as_array(value: Any, dtype: Any = None) -> np.ndarray[Any, Any]:
    if dtype == tf.string:
        if _is_bytes(value):
            return np.asarray(value.tobytes(), object)
        value = with_bytes(value)
        if not hasattr(value, "dtype"):
            # numpy's own texts are as wide as the longest, and end before zero bytes.
            return np.asarray(value, object)
    try:
        return np.asarray(value)
    except ValueError as error:
        msg = "its rows have different lengths"
        raise Misfit(msg) from error


def with_bytes(value: Any) -> Any:
    """Where a model takes strings: bytes objects for R's raw vectors, in an array."""
    if _is_bytes(value):
        value = [value]
    is_list = isinstance(value, (list, tuple)) and len(value) > 0
    if not is_list or not _is_bytes(value[0]):
        return value
    strings = np.empty(len(value), object)
    strings[:] = [row.tobytes() if _is_bytes(row) else row for row in value]
    return strings


def _is_bytes(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim < 2


# By numpy's kinds of dtype: what may become what without a look at the values.
_WIDENS = {"b": "buifc", "u": "uifc", "i": "uifc", "f": "fc", "c": "c"}


def _kind(dtype: Any) -> str:
    if dtype == tf.string:
        return "S"
    kind = np.dtype(dtype.as_numpy_dtype).kind
    return "f" if kind == "V" else str(kind)  # bfloat16 and float8 are void to numpy


def _is_text(array: np.ndarray[Any, Any]) -> bool:
    return all(issubclass(kind, (str, bytes)) for kind in set(map(type, array.flat)))


def _convert(array: np.ndarray[Any, Any], dtype: Any) -> np.ndarray[Any, Any]:
    target, kind = _kind(dtype), array.dtype.kind
    if target == "S":
        if kind not in "OUS" or not _is_text(array):
            raise Misfit
        return array
    if kind == "V":
        kind = "f"
    if kind == "O":  # numbers in a list or column that could hold anything
        array = _as_array(array.tolist())
        kind = array.dtype.kind
    if target in "ui" and kind in "uif":
        return _to_integer(array, dtype)
    if target not in _WIDENS.get(kind, ""):
        raise Misfit
    with np.errstate(invalid="ignore"):  # at the imaginary part of R's NA
        return array.astype(dtype.as_numpy_dtype, copy=False)


def _to_integer(array: np.ndarray[Any, Any], dtype: Any) -> np.ndarray[Any, Any]:
    wanted = dtype.as_numpy_dtype
    if array.dtype == wanted:
        return array
    with np.errstate(invalid="ignore"):
        whole = array.astype(wanted)
    if not np.array_equal(whole, array):
        msg = f"not every number in it is a whole one that {dtype.name} can hold"
        raise Misfit(msg)
    return whole


def _tensor(array: np.ndarray[Any, Any], dtype: Any) -> Any:
    if not _is_turned(array):
        return tf.convert_to_tensor(array, dtype)
    # These ops read the array where it is; convert_to_tensor() would copy it first.
    rows = tf.raw_ops.Cast(x=array.T, DstT=dtype)
    return tf.raw_ops.Transpose(x=rows, perm=np.arange(array.ndim)[::-1])


def _is_turned(array: np.ndarray[Any, Any]) -> bool:
    """Whether TensorFlow is to turn an array round, some times faster than numpy.

    That is for numbers column after column, as R has them, and not for a few.
    """
    by_columns = array.flags.f_contiguous and not array.flags.c_contiguous
    is_large = array.size > 10_000 and array.dtype.kind in "buifc"
    return bool(by_columns and is_large and tf.executing_eagerly())


def _is_cast(array: np.ndarray[Any, Any], dtype: Any) -> bool:
    """Whether TensorFlow casts as numpy does; it rounds doubles to half twice."""
    is_float = array.dtype in (np.float64, np.float32)
    return is_float and dtype in (tf.float32, tf.float64)


def _cast(tensor: Any, dtype: Any) -> Any:
    # Values of a symbolic tensor are not known, so no float becomes an integer here.
    source, target = _kind(tensor.dtype), _kind(dtype)
    narrows = source == target and source in "ui" and tensor.dtype.size > dtype.size
    if source == "S" or target not in _WIDENS[source] or narrows:
        raise Misfit
    return tf.cast(tensor, dtype)
