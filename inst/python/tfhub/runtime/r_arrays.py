"""Arrays as R can take them, and arrays of what R gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


def for_r(arrays: Any, int64: str) -> tuple[Any, list[str]]:
    """Arrays, each of a dtype that R has.

    Args:
      arrays: What `batching.predict()` returns.
      int64: What integers of 64 bits become, "double" or "character".

    Returns:
      The arrays, with lists for ragged ones, and the names of those with integers that
      R's doubles cannot hold exactly.
    """
    inexact: list[str] = []
    return _for_r(arrays, "", int64, inexact), inexact


def _for_r(value: Any, name: str, int64: str, inexact: list[str]) -> Any:
    import numpy as np

    if isinstance(value, dict):
        items = sorted(value.items())  # the order in files differs between processes
        return {key: _for_r(item, str(key), int64, inexact) for key, item in items}
    if isinstance(value, (list, tuple)):
        return [_for_r(item, name, int64, inexact) for item in value]
    if not isinstance(value, np.ndarray) or not value.size:
        return _without_void(value)
    kind = value.dtype.kind
    if kind == "O":
        if isinstance(value.flat[0], np.ndarray):  # ragged
            return [_for_r(row, name, int64, inexact) for row in value]
        return _text_for_r(value)
    if value.dtype == np.int32 and value.min() == np.iinfo("int32").min:
        return value.astype(np.float64)  # that number is R's NA
    if kind in "iu" and value.itemsize == 8:
        if int64 == "character":
            return value.astype(str).astype(object)
        if max(-int(value.min()), int(value.max())) > 2**53:
            inexact.append(name)
    return (
        _as_doubles(value) if kind == "f" and value.ndim > 1 else _without_void(value)
    )


def _as_doubles(value: Any) -> Any:
    """Floats as R keeps them, column after column.

    Rows are turned some at a time, as they fit a processor's cache; reticulate, which
    turns them all at once, takes several times as long.
    """
    import numpy as np

    doubles = np.empty(value.shape, np.float64, order="F")
    for start in range(0, len(value), _ROWS):
        doubles[start : start + _ROWS] = value[start : start + _ROWS]
    return doubles


_ROWS = 1024


def _without_void(value: Any) -> Any:
    """bfloat16, float8 and int4, which numpy itself has not, as float32."""
    is_void = getattr(getattr(value, "dtype", None), "kind", "") == "V"
    return value.astype("float32") if is_void else value


@dataclass
class Text:
    """Many strings as one, which R takes apart faster than it takes them one by one.

    Attributes:
      joined: The strings in the order of R, each with `SEPARATOR` after it.
      shape: Of their array.
    """

    joined: str
    shape: list[int]


SEPARATOR = "\x1f"  # of ASCII, for this
_MANY = 1000


def _text_for_r(text: Any) -> Any:
    """As it is, or a `Text` where it is long.

    Zero bytes, at which R's strings end, are written as bytes that are no UTF-8 are.
    """
    import numpy as np

    flat = text.ravel(order="F").tolist()
    joined = SEPARATOR.join(flat)
    if "\0" in joined:
        shown = np.empty(text.size, object)
        shown[:] = [item.replace("\0", "\\x00") for item in flat]
        return shown.reshape(text.shape, order="F")
    if len(flat) >= _MANY and joined.count(SEPARATOR) == len(flat) - 1:
        return Text(joined + SEPARATOR, list(text.shape))
    return text


def from_raw(data: bytearray, shape: list[int]) -> Any:
    """R's raw vector or array as an array of uint8."""
    import numpy as np

    return np.frombuffer(data, np.uint8).reshape(shape, order="F")


def from_bytes(strings: list[bytearray], shape: list[int]) -> Any:
    """R's strings as they are, in an array of bytes objects."""
    import numpy as np

    array = np.empty(len(strings), object)
    array[:] = [bytes(string) for string in strings]
    return array.reshape(shape, order="F")


def from_integer64(doubles: Any, shape: list[int]) -> Any:
    """The bits that the R package bit64 keeps in doubles, as an array of int64."""
    import numpy as np

    return np.asarray(doubles).view(np.int64).reshape(shape, order="F")


def from_sparse(rows: Any, columns: Any, values: Any, shape: list[int]) -> Any:
    """The cells of an R matrix that are not 0, counted from 0, as a SparseTensor."""
    from .tf import np, tf

    order = np.lexsort((columns, rows))  # by row
    cells = np.stack([rows, columns], axis=1)[order].astype(np.int64)
    return tf.SparseTensor(cells, np.asarray(values)[order], shape)


def frame(columns: dict[str, Any]) -> Any:
    """An R data frame as a `coercion.Frame`."""
    from .coercion import Frame

    return Frame(columns)
