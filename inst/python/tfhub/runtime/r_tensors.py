"""What R's functions do to tensors: arithmetic, summaries, subsets.

R has one kind of number for each of TensorFlow's many: where R's functions give the
value that the same function gives for an array of R, whatever the dtype. What a
function of the R package tensorflow gives has the same value here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ..errors import InputError
from .coercion import describe_value
from .tf import np, tf


def _told(function: Callable[..., Any]) -> Callable[..., Any]:
    """Lets TensorFlow's errors say which function does not take which tensors."""

    @wraps(function)
    def call(name: str, *values: Any, **options: Any) -> Any:
        try:
            return function(name, *values, **options)
        except (TypeError, ValueError, tf.errors.OpError) as error:
            given = " and ".join(map(describe_value, values))
            msg = f"TensorFlow has no {name} of {given}: {_reason(error, values)}"
            raise InputError(msg, hint=_HINT) from error

    return call


_HINT = "as.array(y) of a tensor y is R's own array, and takes all of R's functions."


def _reason(error: Exception, values: tuple[Any, ...]) -> str:
    if any(isinstance(value, tf.SparseTensor) for value in values):
        return "one is sparse."
    if any(_dtype(value).kind not in "buifc" for value in values):
        return "one is text."
    text = getattr(error, "message", None) or str(error)
    return str(text).strip().split("\n", 1)[0][:300]


_COMPARISONS = {
    "==": tf.equal,
    "!=": tf.not_equal,
    "<": tf.less,
    "<=": tf.less_equal,
    ">": tf.greater,
    ">=": tf.greater_equal,
}
_ARITHMETIC = {
    "+": tf.add,
    "-": tf.subtract,
    "*": tf.multiply,
    "/": tf.truediv,
    "%/%": tf.math.floordiv,
    "%%": tf.math.floormod,
    "^": tf.pow,
}
_LOGIC = {"&": tf.logical_and, "|": tf.logical_or}


@_told
def binary(name: str, a: Any, b: Any) -> Any:
    """An operator of R on two values, at least one of them a tensor."""
    if name in _LOGIC:
        return _LOGIC[name](tf.cast(a, tf.bool), tf.cast(b, tf.bool))
    arithmetic = name in _ARITHMETIC
    a, b = _alike(a, b, arithmetic=arithmetic, real=name == "^")
    return (_ARITHMETIC if arithmetic else _COMPARISONS)[name](a, b)


@_told
def unary(name: str, x: Any) -> Any:
    """`-x`, `+x` or `!x`."""
    if name == "!":
        return tf.logical_not(tf.cast(x, tf.bool))
    return tf.negative(_as_number(x)) if name == "-" else _as_number(x)


def _alike(a: Any, b: Any, *, arithmetic: bool, real: bool) -> tuple[Any, Any]:
    """Both as tensors of the dtype in which R would compute, or the tensor's own."""
    kinds = {_dtype(a).kind, _dtype(b).kind}
    if not kinds <= set("buif"):  # text, or complex numbers
        dtype = next(x.dtype for x in (a, b) if tf.is_tensor(x))
        return _as(a, dtype), _as(b, dtype)
    if kinds == {"b"} and not arithmetic:
        return _as(a, tf.bool), _as(b, tf.bool)
    dtype = _common(a, b)
    if arithmetic and dtype.kind == "b":
        dtype = np.dtype("int32")
    if real and dtype.kind in "bui":
        dtype = np.dtype("float64")
    return _as(a, dtype), _as(b, dtype)


def _common(a: Any, b: Any) -> np.dtype[Any]:
    """The dtype for two numbers. Of a number of R only what it is counts.

    A 2 in R is a double, and an integer to integers.
    """
    if tf.is_tensor(a) and tf.is_tensor(b):
        if a.dtype == b.dtype:
            return _dtype(a)
        return np.result_type(_dtype(a), _dtype(b))
    tensor, other = (a, b) if tf.is_tensor(a) else (b, a)
    dtype, values = _dtype(tensor), np.asarray(other)
    if dtype.kind == "f" or values.dtype.kind == "b":
        return dtype
    if values.dtype.kind == "f" and not _are_integers(values):
        return np.dtype("float64")
    # R's integers have 32 bits.
    return np.result_type(dtype, "int32") if dtype != np.uint64 else dtype


def _are_integers(values: Any) -> bool:
    return bool((values == np.trunc(values)).all() and (abs(values) < 2**31).all())


def _dtype(x: Any) -> np.dtype[Any]:
    if not tf.is_tensor(x):
        return np.asarray(x).dtype
    dtype = np.dtype(x.dtype.as_numpy_dtype)
    return np.dtype("float32") if dtype.kind == "V" else dtype  # bfloat16


def _as(x: Any, dtype: Any) -> Any:
    dtype = tf.as_dtype(dtype)
    if not tf.is_tensor(x):
        if dtype != tf.string:
            x = np.asarray(x).astype(dtype.as_numpy_dtype)
        return tf.convert_to_tensor(x, dtype)
    return x if x.dtype == dtype else tf.cast(x, dtype)


def _as_number(x: Any) -> Any:
    """TRUE and FALSE as 1 and 0, integers of few bits as R's of 32."""
    if x.dtype == tf.bool or (x.dtype.is_integer and x.dtype.size < 4):
        return tf.cast(x, tf.int32)
    return x


def _as_real(x: Any) -> Any:
    is_whole = x.dtype == tf.bool or x.dtype.is_integer
    return tf.cast(x, tf.float64) if is_whole else x


_KEEP_WHOLE = {"abs": tf.abs, "sign": tf.sign}
_ROUND = {
    "floor": tf.floor,
    "ceiling": tf.math.ceil,
    "round": tf.round,  # halves to even, as in R
    "trunc": lambda x: tf.sign(x) * tf.floor(tf.abs(x)),
}
_MATH = {
    "sqrt": tf.sqrt,
    "exp": tf.exp,
    "expm1": tf.math.expm1,
    "log": tf.math.log,
    "log1p": tf.math.log1p,
    "log2": lambda x: tf.math.log(x) / np.log(2),
    "log10": lambda x: tf.math.log(x) / np.log(10),
    "cos": tf.cos,
    "sin": tf.sin,
    "tan": tf.tan,
    "cospi": lambda x: tf.cos(x * np.pi),
    "sinpi": lambda x: tf.sin(x * np.pi),
    "tanpi": lambda x: tf.tan(x * np.pi),
    "acos": tf.acos,
    "asin": tf.asin,
    "atan": tf.atan,
    "cosh": tf.cosh,
    "sinh": tf.sinh,
    "tanh": tf.tanh,
    "acosh": tf.acosh,
    "asinh": tf.asinh,
    "atanh": tf.atanh,
    "lgamma": tf.math.lgamma,
    "digamma": tf.math.digamma,
}
_ALONG = {"cumsum": tf.cumsum, "cumprod": tf.math.cumprod}
_TESTS = {
    "is.finite": tf.math.is_finite,
    "is.infinite": tf.math.is_inf,
    "is.nan": tf.math.is_nan,
    "is.na": tf.math.is_nan,
}


@_told
def math(name: str, x: Any) -> Any:
    """A function of R's group Math, or a test of numbers such as `is.nan`.

    Raises:
      InputError: TensorFlow has none, or none for this dtype.
    """
    if name in _KEEP_WHOLE:
        return _KEEP_WHOLE[name](_as_number(x))
    if name in _ROUND:
        return x if x.dtype.is_integer else _ROUND[name](_as_real(x))
    if name in _ALONG:
        return _ALONG[name](_in_order(_wide(x)))
    if name in _TESTS:
        return _TESTS[name](_as_real(x))
    if name not in _MATH:
        msg = "R alone has it."
        raise ValueError(msg)
    return _MATH[name](_as_real(x))


_SUMMARIES = {
    "sum": tf.reduce_sum,
    "prod": tf.reduce_prod,
    "mean": tf.reduce_mean,
    "max": tf.reduce_max,
    "min": tf.reduce_min,
    "any": tf.reduce_any,
    "all": tf.reduce_all,
}


@_told
def summary(
    name: str,
    x: Any,
    *,
    axis: list[int] | None = None,
    keepdims: bool = False,
    na_rm: bool = False,
) -> Any:
    """A function of R's group Summary, or `mean`.

    Args:
      name: The function.
      x: The tensor.
      axis: Along which axes, counted from 0; None is all of them.
      keepdims: Whether these axes stay, with one element each.
      na_rm: Whether to leave out what is not a number.
    """
    if name in ("any", "all"):
        x = tf.cast(x, tf.bool)
    elif name == "mean":
        x = _as_real(x)
    elif name == "prod":
        x = _as_real(x) if x.dtype.is_integer or x.dtype == tf.bool else x
    else:
        x = _wide(x) if name == "sum" else _as_number(x)
    if na_rm and x.dtype.is_floating:
        if axis is not None:
            msg = "na.rm and axis do not go together"
            raise ValueError(msg)
        x = tf.boolean_mask(x, tf.logical_not(tf.math.is_nan(x)))
    return _SUMMARIES[name](x, axis=axis, keepdims=keepdims)


def _wide(x: Any) -> Any:
    """Integers as those of 64 bits, whose sum does not end at 2^31."""
    is_narrow = x.dtype == tf.bool or (x.dtype.is_integer and x.dtype.size < 8)
    return tf.cast(x, tf.int64) if is_narrow else x


def together(parts: list[Any]) -> Any:
    """Single values as a tensor of them."""
    dtype = np.result_type(*map(_dtype, parts))
    return tf.stack([_as(part, dtype) for part in parts])


def _in_order(x: Any) -> Any:
    """All elements in R's order, column after column."""
    return tf.reshape(tf.transpose(x), [-1])


def subset(x: Any, keys: list[Any], *, drop: bool, single: bool) -> Any:
    """`x[i, j, ...]` in R.

    Args:
      x: A tensor.
      keys: For each dimension the indices, counted from 0, or None for all.
      drop: Whether dimensions of one element go.
      single: Whether each key was one number, so that one element is left.
    """
    for axis, key in enumerate(keys):
        if key is not None:
            x = tf.gather(x, np.asarray(key, np.int64), axis=axis)
    if single and drop:
        return tf.reshape(x, [])
    if not drop or not isinstance(x, tf.Tensor):
        return x
    ones = [axis for axis, size in enumerate(x.shape) if size == 1]
    if len(ones) == len(x.shape):  # a vector of one, as in R
        ones = ones[1:]
    return tf.squeeze(x, ones) if ones else x


def elements(x: Any, at: Any, *, single: bool) -> Any:
    """`x[i]` in R: elements by their number, from 0, in R's order."""
    found = tf.gather(_in_order(x), np.asarray(at, np.int64))
    return tf.reshape(found, []) if single else found


def cells(x: Any, at: Any) -> Any:
    """`x[i]` in R, where `i` is a matrix with a row, from 0, for each element."""
    return tf.gather_nd(x, np.asarray(at, np.int64))


def turned(x: Any, axes: list[int] | None = None) -> Any:
    """`t(x)` or `aperm(x)` in R, where a vector is a column."""
    if axes is None and len(x.shape) < 2:
        return tf.reshape(x, [1, -1])
    return tf.transpose(x, axes)
