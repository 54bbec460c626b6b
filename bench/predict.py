"""What predict() costs beside the best loop of batches that one writes by hand.

The loop knows the model: it calls the one ConcreteFunction that fits, with a tensor.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from _common import interleaved, report

import tfhub as hub

LIMITS = {"list": "1.2x", "array": "1.2x", "signature": "1.2x", "iterator": "1.5x"}
TEXTS = int(sys.argv[1]) if sys.argv[1:] else 100_000


class Embedding(tf.Module):
    """The mean of the vectors of the words, as small text modules have it."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors = tf.Variable(tf.random.stateless_normal([1000, 64], [1, 2]))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def __call__(self, text: Any) -> Any:
        words = tf.strings.split(text)
        found = tf.gather(
            self.vectors, tf.strings.to_hash_bucket_fast(words.values, 1000)
        )
        return tf.math.segment_mean(found, words.value_rowids())


def save(folder: str) -> None:
    """Saves the model, which has a signature, too."""
    model = Embedding()
    signatures = {"serving_default": model.__call__}
    tf.saved_model.save(model, folder, signatures=signatures)


def texts(count: int) -> list[str]:
    """As many short texts, of eight words each."""
    words = np.random.default_rng(0).integers(0, 5000, [count, 8])
    return [" ".join(f"word{n}" for n in row) for row in words.tolist()]


def by_hand(folder: str) -> Callable[[list[str], int], Any]:
    """The loop."""
    model = tf.saved_model.load(folder)
    (function,) = model.__call__.concrete_functions

    def loop(x: list[str], size: int) -> Any:
        batches = (tf.constant(x[i : i + size]) for i in range(0, len(x), size))
        return np.concatenate([function(batch).numpy() for batch in batches])

    return loop


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        save(folder)
        model, loop, x = hub.load(folder), by_hand(folder), texts(TEXTS)
        as_array = np.array(x, object)
        np.testing.assert_array_equal(hub.predict(model, x), loop(x, 32))
        for size in (32, 256, 2048):
            predict = functools.partial(hub.predict, model, batch_size=size)
            seconds = interleaved(
                5,
                hand=functools.partial(loop, x, size),
                list=functools.partial(predict, x),
                array=functools.partial(predict, as_array),
                signature=functools.partial(predict, x, signature="serving_default"),
                iterator=lambda predict=predict: predict(iter(x)),
            )
            hand = seconds["hand"]
            print(f"By hand {len(x)} texts take {hand:.2f} s in batches of {size}")
            for name, limit in LIMITS.items():
                ratio = f"{seconds[name] / hand:.2f}x"
                report(f"{name}, batches of {size}", ratio, limit)


if __name__ == "__main__":
    main()
