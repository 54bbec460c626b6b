"""A value becomes the tensor that a function wants, or does not fit."""

from __future__ import annotations

from typing import Any

from ..formats.description import Tensor
from .tf import np, tf


class Misfit(Exception):
    """The value cannot become such a tensor; the text says why when it is not plain."""


def coerce(value: Any, spec: Any) -> Any:
    """Brings a value, or a dict or list of values, to a spec of the same structure.

    Floats become floats of the wanted precision, integers become floats, whole numbers
    become integers, lists and data frames become arrays, a scalar becomes a batch of
    one where rank 1 is wanted. What is not a tensor (`training=False`) is left as it
    is.

    Raises:
      Misfit: The structure, dtype, rank or shape does not fit.
    """
    if isinstance(spec, tf.TensorSpec):
        return to_tensor(value, spec)
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
    """A data frame as a dict of its columns; anything else as it is."""
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return {str(name): value[name].to_numpy() for name in value.columns}
    return value


def to_tensor(value: Any, spec: Any) -> Any:
    """Brings one value to a TensorSpec; see `coerce()`."""
    if tf.is_tensor(value):
        if value.dtype != spec.dtype:
            value = _cast(value, spec.dtype)
    else:
        array = _convert(_as_array(value), spec.dtype)
        if array.ndim == 0 and spec.shape.rank == 1:
            array = array.reshape(1)
        if not spec.shape.is_compatible_with(array.shape):
            raise Misfit
        return tf.convert_to_tensor(array, spec.dtype)
    if not spec.shape.is_compatible_with(value.shape):
        if spec.shape.rank == 1 and value.shape.rank == 0:
            return tf.reshape(value, [1])
        raise Misfit
    return value


def describe_spec(spec: Any) -> str:
    """A TensorSpec as text, such as `float32[?, 3]`."""
    shape = None if spec.shape.rank is None else tuple(spec.shape.as_list())
    return str(Tensor(spec.dtype.name, shape))


def describe_value(value: Any) -> str:
    """A value given by the user as text, such as `float64[2, 4]` or `None`."""
    if value is None or isinstance(value, bool):
        return repr(value)
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
        is_text = all(isinstance(item, (str, bytes)) for item in array.flat)
        dtype = "string" if is_text else "object"
    else:
        dtype = array.dtype.name
    return str(Tensor(dtype, array.shape))


def _as_array(value: Any) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(value)
    except ValueError as error:
        msg = "its rows have different lengths"
        raise Misfit(msg) from error


# By numpy's kinds of dtype: what may become what without a look at the values.
_WIDENS = {"b": "buifc", "u": "uifc", "i": "uifc", "f": "fc", "c": "c"}


def _kind(dtype: Any) -> str:
    if dtype == tf.string:
        return "S"
    kind = np.dtype(dtype.as_numpy_dtype).kind
    return "f" if kind == "V" else str(kind)  # bfloat16 and float8 are void to numpy


def _convert(array: np.ndarray[Any, Any], dtype: Any) -> np.ndarray[Any, Any]:
    target, kind = _kind(dtype), array.dtype.kind
    if target == "S":
        if kind not in "OUS" or not all(
            isinstance(item, (str, bytes)) for item in array.flat
        ):
            raise Misfit
        return array
    if kind == "V":
        kind = "f"
    if target in "ui" and kind in "uif":
        return _to_integer(array, dtype)
    if target not in _WIDENS.get(kind, ""):
        raise Misfit
    return np.ascontiguousarray(array, dtype.as_numpy_dtype).reshape(array.shape)


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


def _cast(tensor: Any, dtype: Any) -> Any:
    # Values of a symbolic tensor are not known, so no float becomes an integer here.
    source, target = _kind(tensor.dtype), _kind(dtype)
    narrows = source == target and source in "ui" and tensor.dtype.size > dtype.size
    if source == "S" or target not in _WIDENS[source] or narrows:
        raise Misfit
    return tf.cast(tensor, dtype)
