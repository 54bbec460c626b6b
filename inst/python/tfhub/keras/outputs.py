"""Which output of a model a layer gives, and in which shape."""

from __future__ import annotations

from typing import Any

from ..errors import OutputError
from ..runtime.tf import tf
from ..shown import brief, listed


def choose(outputs: Any, key: str | None) -> Any:
    """The output of that name; all there is if there is no name.

    Raises:
      OutputError: There is none of that name, or the outputs have no names.
    """
    if key is None:
        return outputs
    if not isinstance(outputs, dict):
        msg = (
            "Specifying `output_key` is forbidden if output type is not a dict: "
            f"{brief(repr(key))} was asked for, and {_described(outputs)} is given."
        )
        raise OutputError(msg, hint="Leave it out.")
    if key not in outputs:
        available = sorted(outputs)
        msg = (
            f"KerasLayer output does not contain the output key {brief(repr(key))} "
            f"(available: {listed(available)})."
        )
        hint = "Set output_key to one of these."
        raise OutputError(msg, hint=hint, available=available)
    return outputs[key]


def _described(outputs: Any) -> str:
    if isinstance(outputs, (list, tuple)):
        return f"a {type(outputs).__name__} of {len(outputs)}"
    return "one tensor"


def with_shapes(outputs: Any, shape: Any, batch: int | None) -> Any:
    """Tells the static shape of outputs.

    Args:
      outputs: Tensors, or their TypeSpecs.
      shape: What the user said: a shape without the batch, or a structure of such.
      batch: The first dimension.

    Returns:
      The outputs; TypeSpecs are new ones.

    Raises:
      ValueError: A shape is not compatible with the output that it is for.
    """
    if isinstance(outputs, dict):
        return {name: with_shapes(outputs[name], shape[name], batch) for name in shape}
    if isinstance(outputs, (list, tuple)):
        parts = zip(outputs, shape, strict=True)
        return type(outputs)([with_shapes(o, s, batch) for o, s in parts])
    wanted = tf.TensorShape([batch]).concatenate(tf.TensorShape(shape))
    if isinstance(outputs, tf.TensorSpec):
        merged = outputs.shape.merge_with(wanted)
        return tf.TensorSpec(merged, outputs.dtype)
    if isinstance(outputs, tf.Tensor):
        outputs.set_shape(wanted)
    return outputs


def first_batch(inputs: Any) -> int | None:
    """The static size of the batch, which all inputs share."""
    for leaf in tf.nest.flatten(inputs):
        is_shape = isinstance(leaf, tf.TensorShape)
        shape = leaf if is_shape else getattr(leaf, "shape", None)
        if shape is not None and len(shape) > 0:
            size = tf.compat.dimension_value(shape[0])
            return None if size is None else int(size)
    return None
