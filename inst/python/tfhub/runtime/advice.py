"""What to do next where inputs do not fit: the commonest mistakes have a known remedy.

Each is told by its facts, shapes and dtypes, in the words of either language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import words
from ..shown import listed
from .coercion import Frame, columns
from .tf import np, tf

_MOST = 20  # names in a piece of advice
_IMAGE = 4  # dimensions of a batch of images
NO_INPUT = "Give the input: m(x)."
OTHERWISE = "Bring what is given to the shape and dtype that are expected."


def advise(pairs: Iterable[tuple[Any, Any]]) -> str:
    """The next step.

    Args:
      pairs: What is expected, a TypeSpec or a structure of them, and what was given.
    """
    for spec, value in pairs:
        found = _of_pair(spec, columns(value))
        if found:
            return found
    return OTHERWISE


def of_names(expected: Iterable[str], given: Mapping[Any, Any]) -> str | None:
    """The next step where other inputs are expected than were given."""
    wanted = list(expected)
    if not wanted:
        return None
    if not set(wanted) < set(given):
        all_of_them = words.value(dict.fromkeys(wanted, ...))
        hint = "Give each by its name"
        return f"{hint}: {all_of_them}." if len(wanted) <= _MOST else f"{hint}."
    extra = listed([str(name) for name in given if name not in wanted], _MOST)
    hint = f"Leave out {extra}"
    if len(wanted) > _MOST:
        return f"{hint}."
    chosen = words.code(
        f"{{name: x[name] for name in {words.said(words.value(wanted), 'python')}}}",
        f"x[{words.said(words.value(wanted), 'r')}]",
    )
    return f"{hint}: {chosen}."


def _of_pair(spec: Any, value: Any) -> str | None:
    if isinstance(spec, Mapping) and isinstance(value, Mapping):
        if spec.keys() != value.keys():
            return of_names(map(str, spec), value)
        found = (_of_pair(spec[name], value[name]) for name in spec)
        return next(filter(None, found), None)
    if not isinstance(spec, tf.TensorSpec) or value is None:
        return None
    if isinstance(value, Frame):
        return _of_frame(spec, value)
    rank = spec.shape.rank
    if rank == _IMAGE and _is_number(spec):
        found_image = _of_images(spec, value)
        if found_image:
            return found_image
    shape = _shape_of(value)
    if shape is None or rank is None:
        return None
    if _is_text(value) and _is_number(spec):
        return (
            f"It is text, and numbers are expected ({spec.dtype.name}). Numbers that "
            "were read as text become numbers by "
            f"{words.code('np.asarray(x, float)', 'as.numeric(x)')}."
        )
    if len(shape) == rank - 1 and len(shape) > 0:
        return _without_batch(spec, shape)
    if rank == len(shape) == 2 and not spec.shape.is_compatible_with(shape):
        return _of_columns(spec, shape[1])
    if spec.dtype.is_integer and np.asarray(value).dtype.kind == "f":
        rounded = words.code("np.round(x)", "round(x)")
        return f"Whole numbers are expected: {rounded} gives such."
    return None


def _is_number(spec: Any) -> bool:
    return bool(spec.dtype.is_floating or spec.dtype.is_integer)


def _is_text(value: Any) -> bool:
    if tf.is_tensor(value):
        return bool(value.dtype == tf.string)
    first = value
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if isinstance(first, np.ndarray):
        return first.dtype.kind in "US" or (
            first.dtype.kind == "O"
            and first.size > 0
            and isinstance(first.flat[0], (str, bytes))
        )
    return isinstance(first, (str, bytes))


def _shape_of(value: Any) -> tuple[int | None, ...] | None:
    if isinstance(value, (tf.RaggedTensor, tf.SparseTensor)):
        return None
    if tf.is_tensor(value):
        return None if value.shape.rank is None else tuple(value.shape.as_list())
    try:
        return np.shape(value)
    except ValueError:  # rows of different lengths
        return None


def _without_batch(spec: Any, shape: tuple[int | None, ...]) -> str:
    rank = spec.shape.rank
    what = "image" if rank == _IMAGE else "row"
    if rank == 2 and spec.shape[1] == 1:
        made = words.code("np.expand_dims(x, 1)", "matrix(x)")
        return f"It has no column: {made} makes it a column of a row for each value."
    kept = words.code("x[:1]", f"x[1{', ' * (rank - 1)}, drop = FALSE]")
    made = words.code(
        "np.expand_dims(x, 0)",
        "matrix(x, nrow = 1)" if len(shape) == 1 else "array(x, c(1, dim(x)))",
    )
    return (
        f"It has {_counted(len(shape), 'dimension')}, and {rank} are expected, the "
        f"first of which is the batch. One {what} is a batch of 1: {kept} keeps it so "
        f"where it is taken from several, {made} makes it so."
    )


def _of_columns(spec: Any, count: int | None) -> str | None:
    wanted = spec.shape[1]
    if None in (wanted, count) or wanted == count:
        return None
    hint = f"It has {_counted(count, 'column')}, and {wanted} are expected."
    if count is not None and count > wanted:
        chosen = words.code(f"x[:, :{wanted}]", f"x[, 1:{wanted}]")
        hint += f" Choose those that the model takes, such as {chosen}."
    return hint


def _counted(count: int | None, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _of_frame(spec: Any, frame: Frame) -> str | None:
    """The columns of a data frame, where one matrix is expected."""
    texts = [name for name, column in frame.items() if _is_text(np.asarray(column))]
    if texts and _is_number(spec):
        some = listed(texts, _MOST)
        verb = "holds" if len(texts) == 1 else "hold"
        noun = "column" if len(texts) == 1 else "columns"
        rest = [name for name in frame if name not in texts]
        hint = (
            f"The {noun} {some} {verb} {words.code('text', 'text, or a factor')}, and "
            f"numbers are expected ({spec.dtype.name}). Make numbers of it, or leave "
            "it out"
        )
        return f"{hint}: {_chosen(rest)}." if 0 < len(rest) <= _MOST else f"{hint}."
    wanted = spec.shape[1] if spec.shape.rank == 2 else None
    if wanted is None or wanted == len(frame):
        return None
    names = list(frame)
    hint = (
        f"It has {_counted(len(names), 'column')}, {listed(names, _MOST)}, and "
        f"{wanted} are expected."
    )
    if len(names) > wanted and wanted <= _MOST:
        hint += (
            f" Choose those that the model takes, such as {_chosen(names[:wanted])}."
        )
    return hint


def _chosen(names: list[str]) -> str:
    """Columns of a data frame."""
    return words.code(
        f"x[{words.said(words.value(names), 'python')}]",
        f"x[{words.said(words.value(names), 'r')}]",
    )


def _of_images(spec: Any, value: Any) -> str | None:
    """Where a batch of images is expected."""
    if _is_text(value):
        return (
            "It is text, such as the path of an image, and images are expected. Read "
            f"them: {_read('x', spec)}."
        )
    if isinstance(value, (list, tuple)):
        shapes = [_shape_of(each) for each in value]
        sizes = [shape[:2] for shape in shapes if shape and len(shape) == _IMAGE - 1]
        if len(sizes) == len(shapes):
            return _of_different(spec, sizes)
    shape = _shape_of(value)
    if shape is None or len(shape) != _IMAGE:
        return None
    if not spec.shape[1:3].is_compatible_with(shape[1:3]):
        wanted = spec.shape[1:3].as_list()
        return (
            f"The images are {_by(shape[1:3])} pixels (height x width), and "
            f"{_by(wanted)} are expected. {_resize(spec)}"
        )
    channels = spec.shape[3]
    if None not in (channels, shape[3]) and channels != shape[3]:
        return (
            f"The images have {_counted(shape[3], 'channel')}, and {channels} are "
            f"expected: 3 is RGB, 1 is grey. Read them so: {_read('paths', spec)}."
        )
    return None


def _of_different(spec: Any, sizes: list[tuple[int | None, ...]]) -> str | None:
    for i, size in enumerate(sizes):
        if size != sizes[0]:
            first, other = (words.code(f"x[{k}]", f"x[[{k + 1}]]") for k in (0, i))
            return (
                f"The images differ in size (height x width): {first} is "
                f"{_by(sizes[0])}, {other} is {_by(size)}. {_resize(spec)}"
            )
    return None


def _by(size: Iterable[int | None]) -> str:
    return " x ".join("?" if each is None else str(each) for each in size)


def _resize(spec: Any) -> str:
    height, width = _size(spec)
    resized = words.code(
        f"tf.image.resize(x, ({height}, {width}))",
        f"tf$image$resize(x, c({height}L, {width}L))",
    )
    return (
        f"Read their files in one size, {_read('paths', spec)}, or resize each: "
        f"{resized}."
    )


def _size(spec: Any) -> tuple[int, int]:
    height, width = spec.shape[1:3].as_list()
    return height or 224, width or 224


def _read(paths: str, spec: Any) -> str:
    height, width = _size(spec)
    channels = spec.shape[3] if spec.shape[3] in (1, 4) else None
    return words.code(
        f"hub.read_images({paths}, size=({height}, {width})"
        + (f", channels={channels})" if channels else ")"),
        f"hub_read_images({paths}, size = c({height}, {width})"
        + (f", channels = {channels})" if channels else ")"),
    )
