"""Inputs of any kind become batches; those that come bit by bit are read as they go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from ..errors import InputError
from .table import Batch, Table, depth, inside, is_structure, nothing
from .tf import tf


def batches(
    x: Any, size: int, forms: list[Any], *, fixed: bool
) -> tuple[int | None, Iterator[Batch]]:
    """Splits inputs into batches.

    Args:
      x: As for `predict()`.
      size: Rows in a batch.
      forms: What the model takes; see `Step`.
      fixed: Whether the model takes no other number of rows. If not, what comes in
        batches keeps its own.

    Returns:
      The number of all rows, None if it is not known before the end, and the batches,
      at least one.

    Raises:
      InputError: The inputs differ in their number of rows, or have no end.
    """
    total = None
    if isinstance(x, tf.data.Dataset):
        total, parts = _of_dataset(x, size, forms)
    elif _is_stream(x):
        parts = _of_items(x, size, forms)
    else:
        table = Table(x, forms)
        return table.rows, table.batches(size, fixed=fixed)

    def split() -> Iterator[Batch]:
        for part in parts:
            table = Table(part, forms)
            yield from table.batches(size if fixed else table.rows or 1, fixed=fixed)

    return total, split()


def _is_stream(x: Any) -> bool:
    if isinstance(x, (Mapping, list, tuple, str, bytes)) or hasattr(x, "shape"):
        return False
    return hasattr(x, "__iter__") or hasattr(x, "__getitem__")


def _of_items(x: Any, size: int, forms: list[Any]) -> Iterator[Any]:
    # A PyDataset of Keras 3 has a length and no iterator.
    items = iter(x) if hasattr(x, "__iter__") else (x[i] for i in range(len(x)))
    items = map(_without_targets, items)
    first = list(islice(items, 1))
    if not first:
        yield nothing(forms)
        return
    items = chain(first, items)
    if not _is_row(first[0], forms):
        yield from items
        return
    while rows := list(islice(items, size)):
        yield _stacked(rows, forms)


def _of_dataset(
    x: Any, size: int, forms: list[Any]
) -> tuple[int | None, Iterator[Any]]:
    count = int(x.cardinality())
    if count == tf.data.INFINITE_CARDINALITY:
        msg = "The dataset has no end."
        raise InputError(msg, hint="Say how much of it to take: dataset.take(n).")
    of_rows = _is_row(_without_targets(x.element_spec), forms)
    if of_rows:
        x = x.batch(size)
    spec = _without_targets(x.element_spec)
    total = count if of_rows and count >= 0 else None

    def parts() -> Iterator[Any]:
        part = None
        for part in map(_without_targets, x):
            yield part
        if part is None:
            yield nothing([spec])

    return total, parts()


def _without_targets(item: Any) -> Any:
    """The inputs, of a tuple that may hold targets and weights after them."""
    return item[0] if isinstance(item, tuple) and item else item


def _is_row(item: Any, forms: list[Any]) -> bool:
    """Whether an item, or a spec of items, is a row; if not, it is a batch.

    A batch has the ranks that the model takes, and a row one less. Where the model does
    not say, only what has no rank at all is a row.
    """
    depths = _depths(item, forms)
    if not any(depths):
        return None not in depths
    wanted = [_depths(form, forms) for form in forms]
    as_batch = [None if d is None else d + 1 for d in depths]
    return not _fits(depths, wanted) and _fits(as_batch, wanted)


def _fits(depths: list[int | None], wanted: list[list[int | None]]) -> bool:
    return any(
        len(depths) == len(ranks)
        and all(None in (d, r) or d == r for d, r in zip(depths, ranks, strict=True))
        for ranks in wanted
    )


def _depths(item: Any, forms: list[Any]) -> list[int | None]:
    if isinstance(item, Mapping):
        return [d for k in sorted(item) for d in _depths(item[k], inside(forms, k))]
    if is_structure(item, forms):
        return [d for i, v in enumerate(item) for d in _depths(v, inside(forms, i))]
    return [depth(item)]


def _stacked(rows: list[Any], forms: list[Any]) -> Any:
    """Rows as a batch."""
    first = rows[0]
    if isinstance(first, Mapping):
        return {k: _stacked([r[k] for r in rows], inside(forms, k)) for k in first}
    if is_structure(first, forms):
        return tuple(
            _stacked([row[i] for row in rows], inside(forms, i))
            for i in range(len(first))
        )
    if isinstance(first, tf.SparseTensor):
        return tf.sparse.concat(0, [tf.sparse.expand_dims(row, 0) for row in rows])
    return tf.stack(rows) if tf.is_tensor(first) else rows
