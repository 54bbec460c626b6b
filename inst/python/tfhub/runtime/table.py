"""Inputs that are there as a whole are taken apart by rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .. import words
from ..errors import InputError
from ..shown import listed
from .coercion import Frame, Misfit, as_matrix, columns, with_bytes
from .tf import np, tf

# Gives the rows from a start to a stop, and the last one some more times.
_Take = Callable[[int, int, int], Any]


class Batch(NamedTuple):
    """Some rows of the inputs.

    Attributes:
      inputs: Arrays and tensors, and dicts and tuples of them.
      rows: How many rows are the user's.
      padding: How many copies of the last one follow.
    """

    inputs: Any
    rows: int
    padding: int


class Table:
    """Inputs and their rows.

    Args:
      x: An array, list, tensor or data frame, or a structure of them.
      forms: What the model takes; see `Step`.

    Raises:
      InputError: The inputs differ in their number of rows.
    """

    def __init__(self, x: Any, forms: list[Any]) -> None:
        counts: dict[str, int] = {}
        self._take = _reader(x, forms, "input", counts)
        if len(set(counts.values())) > 1:
            rows = listed(f"{name}: {count}" for name, count in counts.items())
            msg = f"The inputs differ in their number of rows: {rows}."
            raise InputError(msg, hint="Give every input the same number of rows.")
        self.rows = next(iter(counts.values()), 1)

    def batches(self, size: int, *, fixed: bool) -> Iterator[Batch]:
        """All rows, in at least one batch.

        Args:
          size: Rows in a batch, at least 1.
          fixed: Whether the last one is padded if it is smaller.
        """
        for start in range(0, max(self.rows, 1), size):
            rows = min(size, self.rows - start)
            padding = size - rows if fixed and rows else 0
            yield Batch(self._take(start, start + rows, padding), rows, padding)


def depth(value: Any) -> int | None:
    """The rank of an array, list, tensor or TypeSpec; None if it is not known."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tf.TensorShape):
        return shape.rank  # type: ignore[no-any-return]
    if shape is not None:
        return len(shape)
    if isinstance(value, (list, tuple, range)):
        return 1 + (depth(value[0]) or 0 if value else 0)
    return 0


def is_structure(x: Any, forms: list[Any]) -> bool:
    """Whether a list or tuple holds several inputs, and not rows.

    The model says so, or, where it says nothing, that it is a tuple of arrays.
    """
    if not isinstance(x, (list, tuple)):
        return False
    if forms:
        same = (isinstance(f, (list, tuple)) and len(f) == len(x) for f in forms)
        return any(same)
    return isinstance(x, tuple) and len(x) > 0 and all(map(depth, x))


def inside(forms: list[Any], key: Any) -> list[Any]:
    """What the model takes at a place of a structure."""
    if isinstance(key, int):
        lists = (f for f in forms if isinstance(f, (list, tuple)))
        return [f[key] for f in lists if key < len(f)]
    return [f[key] for f in forms if isinstance(f, Mapping) and key in f]


def nothing(forms: list[Any]) -> Any:
    """Inputs of no rows.

    Raises:
      InputError: It is not known of what shape a row is.
    """
    for form in forms:
        specs = tf.nest.flatten(form)
        if all(
            isinstance(s, tf.TensorSpec) and s.shape.rank and None not in s.shape[1:]
            for s in specs
        ):
            return tf.nest.map_structure(
                lambda s: tf.zeros([0, *s.shape[1:]], s.dtype), form
            )
    msg = "There are no rows, and nothing says of what shape one would be."
    raise InputError(
        msg,
        hint="Give an array of no rows, such as "
        + words.code("np.zeros([0, 3])", "matrix(0, 0, 3)")
        + ".",
    )


def _reader(x: Any, forms: list[Any], name: str, counts: dict[str, int]) -> _Take:
    x = _of_frame(x, forms)
    if isinstance(x, Mapping):
        named = {k: _reader(v, inside(forms, k), str(k), counts) for k, v in x.items()}
        kind = Frame if isinstance(x, Frame) else dict
        return lambda *rows: kind((key, take(*rows)) for key, take in named.items())
    if is_structure(x, forms):
        takes = [
            _reader(value, inside(forms, i), f"{name} {i + 1}", counts)
            for i, value in enumerate(x)
        ]
        return lambda *rows: tuple(take(*rows) for take in takes)
    if depth(x) == 0:
        if not forms or any(depth(form) != 0 for form in forms):
            counts[name] = 1
        return lambda *_: x  # for all rows, or a batch of one in the making
    if isinstance(x, range):
        x = np.asarray(x)
    specs = [form for form in forms if isinstance(form, tf.TensorSpec)]
    if isinstance(x, (list, tuple)) and not x and specs:
        x = nothing(specs)
    if any(spec.dtype == tf.string for spec in specs):
        x = with_bytes(x)
    counts[name] = int(x.shape[0]) if hasattr(x, "shape") else len(x)
    if isinstance(x, tf.SparseTensor):
        return _sparse_reader(x)
    as_text = _is_text(x)

    def take(start: int, stop: int, padding: int) -> Any:
        rows = x[start:stop]
        if as_text:
            rows = tf.constant(rows.tolist() if hasattr(rows, "tolist") else list(rows))
        elif not tf.is_tensor(rows):
            try:
                rows = np.asarray(rows)
            except ValueError:
                return rows  # of different lengths, for the model to refuse
        return _padded(rows, padding) if padding else rows

    return take


def _of_frame(x: Any, forms: list[Any]) -> Any:
    """A data frame as its columns, or as a matrix if that is what the model takes."""
    by_name = columns(x)
    if not isinstance(by_name, Frame):  # a Series' slices would be those of its index
        return x.to_numpy() if hasattr(x, "to_numpy") else x
    named = any(isinstance(f, Mapping) and f.keys() == by_name.keys() for f in forms)
    ranks = [f.shape.rank for f in forms if isinstance(f, tf.TensorSpec)]
    if named or len(ranks) != 1:
        return by_name
    if any(_has_other_columns(form, by_name) for form in forms):
        return by_name  # whose names the model then says
    try:
        return as_matrix(by_name, ranks[0])
    except Misfit:  # which the model says better
        return by_name


def _has_other_columns(form: Any, frame: Frame) -> bool:
    if not isinstance(form, tf.TensorSpec) or form.shape.rank != 2:
        return False
    return form.shape[1] not in (None, len(frame))


def _is_text(x: Any) -> bool:
    """Whether it is an array or list of nothing but text, and not empty.

    TensorFlow takes a list of it several times as fast as an array.
    """
    if isinstance(x, np.ndarray):
        if x.dtype.kind != "O":
            return x.dtype.kind in "US" and x.size > 0
        x = x.ravel()
    return isinstance(x, (list, tuple, np.ndarray)) and set(map(type, x)) in _TEXT


_TEXT = ({str}, {bytes}, {str, bytes})


def _padded(rows: Any, padding: int) -> Any:
    size = int(rows.shape[0])
    which = np.minimum(np.arange(size + padding), size - 1)
    return tf.gather(rows, which) if tf.is_tensor(rows) else rows[which]


def _sparse_reader(x: Any) -> _Take:
    x = tf.sparse.reorder(x)
    indices, values, shape = x.indices.numpy(), x.values.numpy(), x.shape.as_list()

    def take(start: int, stop: int, padding: int) -> Any:
        first, end = np.searchsorted(indices[:, 0], [start, stop])
        ours = indices[first:end] - [start, *(0 for _ in shape[1:])]
        rows = tf.SparseTensor(ours, values[first:end], [stop - start, *shape[1:]])
        if padding:
            return tf.sparse.concat(0, [rows, *[take(stop - 1, stop, 0)] * padding])
        return rows

    return take
