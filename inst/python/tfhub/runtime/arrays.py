"""What a model gives, batch after batch, becomes arrays."""

from __future__ import annotations

from typing import Any

from ..errors import OutputError
from .tf import np, tf


def to_numpy(tensor: Any) -> Any:
    """A tensor as a numpy array; strings decoded as UTF-8, ragged rows as arrays."""
    if not tf.is_tensor(tensor):
        return tensor
    if isinstance(tensor, tf.SparseTensor):
        tensor = tf.sparse.to_dense(tensor)
    if isinstance(tensor, tf.RaggedTensor):
        values, splits = to_numpy(tensor.values), tensor.row_splits.numpy()
        rows = np.empty(len(splits) - 1, object)
        for i in range(len(rows)):
            rows[i] = values[splits[i] : splits[i + 1]]
        return rows
    array = np.asarray(tensor.numpy())
    if tensor.dtype == tf.string:
        text = np.empty(array.size, object)
        items = array.ravel().tolist()
        text[:] = [item.decode("utf-8", "backslashreplace") for item in items]
        return text.reshape(array.shape)
    return array


class Outputs:
    """Gathers the outputs of batches, and puts them together.

    Args:
      what: The model, for messages.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._structure: Any = None
        self._sizes: list[int] = []
        self._parts: list[list[Any]] = []

    def add(self, outputs: Any, rows: int, padding: int = 0) -> None:
        """Adds the outputs for a batch.

        Args:
          outputs: A tensor, or a structure of them.
          rows: How many rows are the user's.
          padding: How many rows follow that are to be left out.

        Raises:
          OutputError: An output does not have a row for each row of the batch. That is
            fine as long as there is only one batch.
        """
        flat = [_part(tensor) for tensor in tf.nest.flatten(outputs)]
        if not self._sizes:
            self._structure = outputs
            self._parts = [[] for _ in flat]
        elif len(self._sizes) == 1:
            for (part,) in self._parts:
                self._check(part, self._sizes[0])
        for part, parts in zip(flat, self._parts, strict=True):
            if self._sizes or padding:
                self._check(part, rows + padding)
            parts.append(_first_rows(part, rows) if padding else part)
        self._sizes.append(rows)

    def joined(self) -> Any:
        """The outputs for all rows, in the structure of those for a batch.

        Raises:
          OutputError: The batches have outputs of different shapes.
        """
        return tf.nest.pack_sequence_as(
            self._structure, [self._join(parts) for parts in self._parts]
        )

    def _check(self, part: Any, rows: int) -> None:
        shape = list(getattr(part, "shape", ()))
        if not shape or shape[0] != rows:
            msg = (
                f"An output of {self._what} has shape {shape} for a batch of {rows} "
                "rows, so the batches cannot be put together."
            )
            hint = "Give all rows as one batch, by a batch_size of as many."
            raise OutputError(msg, hint=hint)

    def _join(self, parts: list[Any]) -> Any:
        first = parts[0]
        if isinstance(first, tf.SparseTensor):
            if len(parts) > 1:
                first = tf.sparse.concat(0, parts, expand_nonconcat_dims=True)
            return to_numpy(first)
        if len(parts) == 1:
            return first
        other = next((p for p in parts if p.shape[1:] != first.shape[1:]), None)
        if other is not None:
            shapes = f"{list(first.shape)} and {list(other.shape)}"
            msg = (
                f"An output of {self._what} has the shapes {shapes} for different "
                "batches, which cannot be put together."
            )
            hint = "Give all rows as one batch, by a batch_size of as many."
            raise OutputError(msg, hint=hint)
        whole = np.empty((sum(self._sizes), *first.shape[1:]), first.dtype)
        parts.reverse()
        end = 0
        while parts:  # each is let go once it is copied, so that memory holds one copy
            part = parts.pop()
            whole[end : end + len(part)] = part
            end += len(part)
        return whole


def _part(tensor: Any) -> Any:
    return tensor if isinstance(tensor, tf.SparseTensor) else to_numpy(tensor)


def _first_rows(part: Any, rows: int) -> Any:
    if isinstance(part, tf.SparseTensor):
        return tf.sparse.slice(part, [0] * part.shape.rank, [rows, *part.shape[1:]])
    return part[:rows]
