"""predict(): inputs of any length, in batches, to arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..errors import InputError, OutputError
from . import signatures
from .coercion import columns
from .tf import np, tf


def predict(
    model: Any,
    x: Any,
    *,
    signature: str | None = None,
    as_dict: bool | None = None,
    batch_size: int = 32,
) -> Any:
    """Applies a model to many rows, a batch at a time.

    Args:
      model: What `load()` returned.
      x: An array, list, tensor or data frame, or a dict of them, rows first.
      signature: As for `m(...)`.
      as_dict: As for `m(...)`.
      batch_size: Rows in a batch, at least 1; it bounds the memory used.

    Returns:
      A numpy array of one row per row of `x`, or a dict or list of arrays as the model
      returns them. Strings are decoded as UTF-8, in arrays of `str` objects.

    Raises:
      InputError: The inputs do not fit, or differ in their number of rows.
      OutputError: An output does not have a row for each row of a batch.
    """
    if isinstance(batch_size, bool) or batch_size < 1:
        msg = f"batch_size is {batch_size!r}, and must be a whole number of 1 or more."
        raise InputError(msg)
    x = columns(x)
    rows = _rows(x)
    parts = []
    for batch in _batches(x, rows, int(batch_size)):
        try:
            outputs = signatures.apply(model, (batch,), {}, signature, as_dict)
        except InputError:
            if batch is not x:  # say it of what the user gave
                signatures.apply(model, (x,), {}, signature, as_dict)
            raise
        parts.append(tf.nest.map_structure(to_numpy, outputs))
        if rows > batch_size:
            _check_rows(parts[-1], _rows(batch), model)
    if len(parts) == 1:
        return parts[0]
    return tf.nest.map_structure(lambda *each: np.concatenate(each), *parts)


def to_numpy(tensor: Any) -> Any:
    """A tensor as a numpy array; strings decoded as UTF-8, ragged rows as lists."""
    if not tf.is_tensor(tensor):
        return tensor
    if isinstance(tensor, tf.SparseTensor):
        tensor = tf.sparse.to_dense(tensor)
    if isinstance(tensor, tf.RaggedTensor):
        rows = np.empty(tensor.nrows(), object)
        rows[:] = [to_numpy(row) for row in tensor]
        return rows
    array = np.asarray(tensor.numpy())
    if tensor.dtype == tf.string:
        text = np.empty(array.shape, object)
        flat = [item.decode("utf-8", "backslashreplace") for item in array.flat]
        text.ravel()[:] = flat
        return text
    return array


def _rows(x: Any) -> int:
    if isinstance(x, dict):
        counts = {name: _rows(value) for name, value in x.items()}
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{name}: {count}" for name, count in counts.items())
            msg = f"The inputs differ in their number of rows: {listed}."
            raise InputError(msg, hint="Give every input the same number of rows.")
        return next(iter(counts.values()), 0)
    shape = getattr(x, "shape", None)
    if shape is not None and len(shape) > 0:
        return int(shape[0])
    return len(x) if isinstance(x, (list, tuple)) else 1


def _batches(x: Any, rows: int, size: int) -> Iterator[Any]:
    if rows <= size:
        yield x
        return
    for start in range(0, rows, size):
        rows_now = slice(start, start + size)
        if isinstance(x, dict):
            yield {name: value[rows_now] for name, value in x.items()}
        else:
            yield x[rows_now]


def _check_rows(outputs: Any, rows: int, model: Any) -> None:
    for array in tf.nest.flatten(outputs):
        shape = getattr(array, "shape", ())
        if not shape or shape[0] != rows:
            msg = (
                f"An output of {model._hub.handle} has shape {list(shape)} for a batch "
                f"of {rows} rows, so the batches cannot be put together."
            )
            raise OutputError(msg, hint="Give a batch_size of at least all rows.")
