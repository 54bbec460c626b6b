"""Tiny models."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save_fruit_model(path: str | Path) -> str:
    """Writes a small TF2 SavedModel that has one of everything, and returns its path.

    - `__call__(x, training=False)`: float32 [batch, 3] -> float32 [batch, 2],
      the row sums and row means of `2 * x`; `training=True` adds 1 to both.
    - `embed(text)`: string [batch] -> float32 [batch, 2]: bytes and characters.
    - `shout(text)`: string [batch] -> string [batch]: upper case, UTF-8.
    - signature `fruit_to_pet`: `apples` float32 [batch, 3] and `oranges` int64 [batch]
      -> `cats` float32 [batch, 3], `default` float32 [batch], `dogs` int64 [batch]
    - signature `serving_default`: `x` float32 [batch, 3] -> `output_0`, as `__call__`.
    - signature `shout`: `text` string [batch] -> `default` string [batch].
    """
    from ..runtime.tf import tensorflow as tf

    class Fruit(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = tf.Variable(2.0, name="scale")
            self.bias = tf.Variable([0.0, 0.0], name="bias", trainable=False)

        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
        def infer(self, x: Any) -> Any:
            y = x * self.scale
            columns = [tf.reduce_sum(y, axis=1), tf.reduce_mean(y, axis=1)]
            return tf.stack(columns, axis=1) + self.bias

        @tf.function
        def __call__(self, x: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002
            y = self.infer(x)
            return y + 1.0 if training else y

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def embed(self, text: Any) -> Any:
            lengths = [
                tf.strings.length(text),
                tf.strings.length(text, unit="UTF8_CHAR"),
            ]
            return tf.cast(tf.stack(lengths, axis=1), tf.float32)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def shout(self, text: Any) -> Any:
            return {"default": tf.strings.upper(text, encoding="utf-8")}

        @tf.function(
            input_signature=[
                tf.TensorSpec([None, 3], tf.float32, name="apples"),
                tf.TensorSpec([None], tf.int64, name="oranges"),
            ]
        )
        def fruit_to_pet(self, apples: Any, oranges: Any) -> Any:
            cats = apples * self.scale
            return {
                "cats": cats,
                "dogs": oranges + 1,
                "default": tf.reduce_sum(cats, axis=1) + tf.cast(oranges, tf.float32),
            }

    module = Fruit()
    images = tf.TensorSpec([None, 3], tf.float32, name="x")
    for training in (False, True):
        module.__call__.get_concrete_function(images, training=training)
    tf.saved_model.save(
        module,
        str(path),
        signatures={
            "serving_default": module.infer,
            "fruit_to_pet": module.fruit_to_pet,
            "shout": module.shout,
        },
    )
    return str(path)
