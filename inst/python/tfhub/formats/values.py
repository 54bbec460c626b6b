"""Tensors and structured values of the protocol buffers, read and written as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from operator import itemgetter
from typing import Any

from .. import words
from .description import Tensor
from .protos import dtype_name

# TensorFlow's tensors have no more (tensorflow/core/framework/tensor_shape.h).
MOST_DIMENSIONS = 254
_LONGEST = 2000  # characters of a string
_MOST = 1000  # parts of a list that are written
# TypeSpecProto.TypeSpecClass of struct.proto
_SPARSE, _RAGGED = 1, 3
_KEY = itemgetter(0)


def tensors(entries: Iterable[Any]) -> dict[str, Tensor]:
    """The tensors of a signature, sorted by name."""
    named = {entry.key: entry for entry in entries}  # a file may repeat one for ever
    found = {name: _tensor_of_info(entry.value) for name, entry in named.items()}
    return found if len(found) < 2 else dict(sorted(found.items(), key=_KEY))


def arguments(canonical: Any, names: list[str]) -> str:
    """The arguments of a traced function, such as `x: float32[?, 3], training=False`.

    The canonicalized signature is a tuple of the positional arguments, in the order of
    the function's argument names, and a dict of the keyword arguments.

    Args:
      canonical: The canonicalized signature.
      names: The function's argument names.
    """
    parts = canonical.tuple_value.values
    if len(parts) != 2:
        return text(canonical)
    positional, keyword = parts[0].tuple_value.values, parts[1].dict_value.fields
    found = []
    for i, value in enumerate(positional):
        name = names[i] if i < len(names) else _spec_name(value)
        found.append(_argument(name, value))
    found += [_argument(field.key, field.value) for field in keyword]
    return ", ".join(found)


def inputs(canonical: Any, names: list[str]) -> dict[str, Tensor]:
    """The tensors among the arguments of a traced function, by their names."""
    parts = canonical.tuple_value.values
    if len(parts) != 2:
        return {}
    found = dict[str, Any]()
    for i, value in enumerate(parts[0].tuple_value.values):
        found[names[i] if i < len(names) else _spec_name(value)] = value
    found |= {field.key: field.value for field in parts[1].dict_value.fields}
    return {
        name: Tensor(dtype_name(spec.dtype), _shape(spec.shape))
        for name, value in found.items()
        if value.WhichOneof("kind") == "tensor_spec_value"
        for spec in [value.tensor_spec_value]
    }


def argument_names(function_spec: Any) -> list[str]:
    """The names of a function's arguments, without a method's first."""
    for field in function_spec.fullargspec.named_tuple_value.values:
        if field.key == "args":
            names = [v.string_value for v in field.value.list_value.values]
            return names[1:] if function_spec.is_method else names
    return []


def _argument(name: str, value: Any) -> str:
    if not name:
        return text(value)
    if value.WhichOneof("kind") in _CONSTANTS:
        return words.code(f"{name}=", f"{words.r_name(name)} = ") + text(value)
    return f"{name}: {text(value)}"


def _spec_name(value: Any) -> str:
    return str(value.tensor_spec_value.name)


def _number(number: float) -> str:
    """A number, which most often is written alike in both languages."""
    return repr(number) if math.isfinite(number) else words.value(number)


def _string(text: str) -> str:
    """A string that is short enough to be read, and to be written in two languages."""
    return words.value(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}...")


# A file may have a million of each.
_NONE, _TRUE, _FALSE = map(words.value, (None, True, False))
_CONSTANTS: dict[str, Callable[[Any], str]] = {
    "none_value": lambda _: _NONE,
    "float64_value": _number,
    "int64_value": lambda number: words.code(str(number), f"{number}L"),
    "string_value": _string,
    "bool_value": lambda value: _TRUE if value else _FALSE,
    "tensor_dtype_value": dtype_name,
}


def text(value: Any) -> str:
    """A structured value as text: tensors as in `Tensor`, containers as in Python."""
    kind = value.WhichOneof("kind")
    content: Any = getattr(value, kind) if kind else None
    if kind in _CONSTANTS:
        return _CONSTANTS[kind](content)
    if kind in ("tensor_spec_value", "bounded_tensor_spec_value"):
        return str(Tensor(dtype_name(content.dtype), _shape(content.shape)))
    if kind == "type_spec_value":
        return str(_tensor_of_type_spec(content))
    if kind == "list_value":
        return f"[{_joined(content.values, text)}]"
    if kind == "tuple_value":
        return f"({_joined(content.values, text)})"
    if kind in ("dict_value", "named_tuple_value"):
        fields = content.fields if kind == "dict_value" else content.values
        return f"{{{_joined(fields, _field)}}}"
    return "..."


def _joined(parts: Any, write: Callable[[Any], str]) -> str:
    """The parts of a container, and how many more there are."""
    more = [f"and {len(parts) - _MOST:,} more"] if len(parts) > _MOST else []
    return ", ".join([*map(write, parts[:_MOST]), *more])


def _field(field: Any) -> str:
    return f"{field.key}: {text(field.value)}"


def _tensor_of_info(info: Any) -> Tensor:
    if info.HasField("composite_tensor"):
        return _tensor_of_type_spec(info.composite_tensor.type_spec)
    kind = "sparse" if info.HasField("coo_sparse") else "dense"
    return tensor(info.dtype, _shape(info.tensor_shape), kind)


@lru_cache(4096)  # most tensors of a model are alike
def tensor(
    dtype: int, shape: tuple[int | None, ...] | None, kind: str = "dense"
) -> Tensor:
    """A tensor, whose dtype is the number of a DataType."""
    return Tensor(dtype_name(dtype), shape, kind)


def _tensor_of_type_spec(spec: Any) -> Tensor:
    # The state of a SparseTensorSpec is (shape, dtype), of a RaggedTensorSpec
    # (shape, dtype, ragged rank, dtype of the row splits).
    kind = {_SPARSE: "sparse", _RAGGED: "ragged"}.get(spec.type_spec_class, "composite")
    shape, dtype = None, "unknown"
    for value in spec.type_state.tuple_value.values:
        which = value.WhichOneof("kind")
        if which == "tensor_shape_value":
            shape = _shape(value.tensor_shape_value)
        elif which == "tensor_dtype_value" and dtype == "unknown":
            dtype = dtype_name(value.tensor_dtype_value)
    return Tensor(dtype, shape, kind)


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    if shape.unknown_rank:
        return None
    dimensions = shape.dim
    if not dimensions:
        return ()
    if len(dimensions) > MOST_DIMENSIONS:
        msg = f"a shape has {len(dimensions):,} dimensions, not up to {MOST_DIMENSIONS}"
        raise ValueError(msg)
    sizes = [dimension.size for dimension in dimensions]
    return tuple([None if size < 0 else size for size in sizes])
