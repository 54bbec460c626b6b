"""Inputs of a layer become the tensors that a function was traced with, or do not fit.

What `runtime.coercion` does for tensors and arrays is done here for sparse and ragged
tensors, too, and for what Keras knows of inputs before there are any.
"""

from __future__ import annotations

from typing import Any

from ..runtime.coercion import Misfit, columns, to_tensor
from ..runtime.tf import tf


def bind(value: Any, spec: Any) -> Any:
    """Brings inputs to specs of the same structure.

    Args:
      value: Tensors, arrays and lists; dicts, tuples and lists of them.
      spec: TypeSpecs in the same structure.

    Raises:
      Misfit: The structure, kind, dtype, rank or shape does not fit.
    """
    if isinstance(spec, tf.TensorSpec):
        if isinstance(value, (tf.SparseTensor, tf.RaggedTensor)):
            raise Misfit
        if isinstance(value, tf.Variable) or hasattr(value, "__tf_tensor__"):
            value = tf.convert_to_tensor(value)
        return to_tensor(value, spec)
    if isinstance(spec, (tf.SparseTensorSpec, tf.RaggedTensorSpec)):
        return _composite(value, spec)
    if isinstance(spec, dict):
        value = columns(value)
        if not isinstance(value, dict) or value.keys() != spec.keys():
            raise Misfit
        return {name: bind(value[name], spec[name]) for name in spec}
    if isinstance(spec, (list, tuple)):
        if not isinstance(value, (list, tuple)) or len(value) != len(spec):
            raise Misfit
        parts = [bind(v, s) for v, s in zip(value, spec, strict=True)]
        is_named = hasattr(spec, "_fields")
        return type(spec)(*parts) if is_named else type(spec)(parts)
    raise Misfit


def _composite(value: Any, spec: Any) -> Any:
    sparse = isinstance(spec, tf.SparseTensorSpec)
    if not isinstance(value, tf.SparseTensor if sparse else tf.RaggedTensor):
        raise Misfit
    if value.dtype != spec.dtype:
        empty = tf.zeros([0], value.dtype)
        to_tensor(empty, tf.TensorSpec([0], spec.dtype))  # may it become that?
        value = tf.cast(value, spec.dtype)
    if not sparse and value.row_splits.dtype != spec.row_splits_dtype:
        value = value.with_row_splits_dtype(spec.row_splits_dtype)
    if not spec.is_compatible_with(value):
        raise Misfit
    return value


def placeholder(given: Any, spec: Any) -> Any:
    """What stands for one input that has no value yet, in the default graph.

    Args:
      given: A TypeSpec, or a TensorShape where the dtype is not known.
      spec: What is wanted: of its kind and dtype is what has but a shape.
    """
    v1 = tf.compat.v1
    if isinstance(given, tf.TensorShape):
        if isinstance(spec, tf.SparseTensorSpec):
            given = tf.SparseTensorSpec(given, spec.dtype)
        elif isinstance(spec, tf.RaggedTensorSpec):
            given = tf.RaggedTensorSpec(
                given, spec.dtype, spec.ragged_rank, spec.row_splits_dtype
            )
        else:
            given = tf.TensorSpec(given, spec.dtype)
    if isinstance(given, tf.TensorSpec):
        return v1.placeholder(given.dtype, given.shape)
    parts = [
        v1.placeholder(part.dtype, part.shape)
        for part in tf.nest.flatten(given, expand_composites=True)
    ]
    return tf.nest.pack_sequence_as(given, parts, expand_composites=True)


def placeholders(given: Any, spec: Any) -> Any:
    """Placeholders for inputs; as `placeholder()`, for a structure.

    Raises:
      Misfit: The structures differ.
    """
    if isinstance(spec, dict) and isinstance(given, dict):
        if given.keys() != spec.keys():
            raise Misfit
        return {name: placeholders(given[name], spec[name]) for name in spec}
    if isinstance(spec, (list, tuple)) and isinstance(given, (list, tuple)):
        if len(given) != len(spec):
            raise Misfit
        return [placeholders(g, s) for g, s in zip(given, spec, strict=True)]
    if isinstance(given, (dict, list, tuple)) or isinstance(spec, (dict, list, tuple)):
        raise Misfit
    return placeholder(given, spec)


def kind_of(value: Any) -> Any:
    """What decides which traced function takes inputs; None if it takes a closer look.

    Of tensors it is kind, dtype and rank, of a structure what it holds by name or
    place.
    """
    if isinstance(value, tf.Tensor):
        return value.dtype, value.shape.rank
    if isinstance(value, dict):
        items = [(name, kind_of(value[name])) for name in sorted(value)]
        return None if any(kind is None for _, kind in items) else tuple(items)
    if isinstance(value, (list, tuple)):
        kinds = tuple(map(kind_of, value))
        return None if None in kinds else kinds
    if isinstance(value, tf.RaggedTensor):
        splits = value.row_splits.dtype
        return "ragged", value.dtype, value.shape.rank, value.ragged_rank, splits
    if isinstance(value, tf.SparseTensor):
        return "sparse", value.dtype, value.shape.rank
    return None
