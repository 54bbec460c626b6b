"""predict(): inputs of any length, in batches, to arrays."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from .arrays import Rows, to_numpy
from .meter import Meter, RowProgress
from .rows import batches
from .steps import prepare
from .tf import tf

__all__ = ["predict", "to_numpy"]


def predict(
    model: Any,
    x: Any,
    *,
    signature: str | None = None,
    as_dict: bool | None = None,
    batch_size: int = 32,
    progress: RowProgress | None = None,
) -> Any:
    """Applies a model to many rows, a batch at a time.

    Args:
      model: What `load()` returned.
      x: The inputs.
      signature: As for `m(...)`.
      as_dict: As for `m(...)`.
      batch_size: Rows in a batch.
      progress: Called with rows.
    """
    if isinstance(batch_size, bool) or batch_size < 1:
        msg = f"batch_size is {batch_size!r}, and must be a whole number of 1 or more."
        raise InputError(msg)
    step = prepare(model, signature, as_dict)
    size = step.rows or int(batch_size)
    total, parts = batches(x, size, step.forms, fixed=step.rows is not None)
    is_whole = total is not None and not isinstance(x, tf.data.Dataset)
    outputs = Rows(step.what)
    with Meter(progress, total) as meter:
        for batch in parts:
            try:
                result = step.apply(batch.inputs)
            except InputError:
                if is_whole and batch.rows != total:  # say it of what the user gave
                    step.apply(x)
                raise
            outputs.add(result, batch.rows, batch.padding)
            meter.add(batch.rows)
    return outputs.joined()
