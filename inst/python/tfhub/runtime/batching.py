"""predict(): inputs of any length, in batches, to arrays."""

from __future__ import annotations

from typing import Any

from ..errors import InputError
from .arrays import Outputs, to_numpy
from .forks import require_home
from .meter import Meter, RowProgress
from .rows import batches
from .steps import prepare
from .symbolic import refusing
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

    ```python
    from tfhub.testing import save_fruit_model

    m = hub.load(save_fruit_model("fruit"))
    hub.predict(m, np.ones([1000, 3]))  # float32 [1000, 2]
    hub.predict(m, ["one", "two"], signature="shout")  # an array of "ONE", "TWO"

    with open("lines.txt") as lines:  # read as it goes
        hub.predict(m, lines, signature="shout", batch_size=256)

    fruit = {"apples": np.ones([50, 3]), "oranges": range(50)}
    dataset = tf.data.Dataset.from_tensor_slices(fruit)
    hub.predict(m, dataset, signature="fruit_to_pet", as_dict=True)  # a dict
    ```

    A model is traced at most once, with the number of rows left open, and not again for
    the smaller batch at the end. If a model takes only one number of rows, such as 16,
    batches have that many: the last is filled up with copies of its last row, and their
    outputs are left out.

    In addition to what was there before, memory holds one batch and the outputs of all
    rows; each piece is released when it is copied into the result.

    Args:
      model: What `load()` or `Module()` returned. A function of it, a `tf.function`, a
        Keras model or layer, or another function of one argument is taken, too.
      x: The inputs, rows first.

        - An array, a tensor (ragged and sparse ones too), or a list of rows.
        - A dict of them for several inputs by name; a tuple or list of them where the
          model takes such. A scalar, where the model wants one,
          goes to every batch.
        - A data frame: its columns by name, or the matrix of them, or its only column,
          where the model takes one input.
        - A `tf.data.Dataset`, a generator or another iterable, read as it goes, whose
          items are rows or batches. An item is a row if the model takes inputs of
          one rank more, otherwise a batch, which keeps its size. Only the first part
          of a tuple is used: targets and weights may follow it, as in Keras.
        - A `PyDataset` or `Sequence` of Keras.
      signature: As for `m(...)`.
      as_dict: As for `m(...)`.
      batch_size: Rows in a batch, at least 1, for inputs that do not come in batches. A
        model that does little for each row, such as one of short texts, is several
        times as fast with 1000 as with 32.
      progress: Called with the number of rows that are done and the number of all rows,
        which is None before the end of an iterator; at most 20 times a second, and at
        the end. None draws a bar if standard error is a terminal, rich is installed
        and it takes more than two seconds.

    Returns:
      A numpy array of one row per row of `x`, or a dict or list of arrays as the model
      returns them. Strings are decoded as UTF-8, in arrays of `str` objects. A ragged
      output is an array of arrays, one for each row; a sparse one becomes dense.

    Raises:
      InputError: The inputs do not fit, differ in their number of rows, or have no end.
      OutputError: An output does not have a row for each row of a batch, or rows of
        different shapes in different batches.
      SignatureNotFoundError: There is no signature of that name.
      GraphError: It is called, or the module was made, in a graph.
      ForkedError: As for `load()`.
    """
    if isinstance(batch_size, bool) or batch_size < 1:
        msg = f"batch_size is {batch_size!r}, and must be a whole number of 1 or more."
        raise InputError(msg, hint="Leave it out for batches of 32 rows.")
    require_home()
    step = prepare(model, signature, as_dict)
    size = step.rows or int(batch_size)
    with refusing(step.what, x):
        total, parts = batches(x, size, step.forms, fixed=step.rows is not None)
    is_whole = total is not None and not isinstance(x, tf.data.Dataset)
    outputs = Outputs(step.what)
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
