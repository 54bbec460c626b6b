"""What a layer costs: a call over one of the loaded object, a step in `fit()` and
`predict()` over the same graph in a layer of the user's own, and its making.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow
from _common import interleaved, report

import tfhub as hub
from tfhub.errors import DependencyError

tf: Any = tensorflow
VARIABLES = 20
STEPS, BATCH, ROUNDS = 500, 32, 21
SPECS = {
    "single": tf.TensorSpec([None, 4], tf.float32),
    "dict": {
        "a": tf.TensorSpec([None, 4], tf.float32),
        "b": tf.TensorSpec([None, 4], tf.float32),
    },
    "ragged": tf.RaggedTensorSpec([None, None], tf.float32, 1),
    "sparse": tf.SparseTensorSpec([None, 4], tf.float32),
}
INPUTS = {
    "single": tf.ones([2, 4]),
    "dict": {"a": tf.ones([2, 4]), "b": tf.ones([2, 4])},
    "ragged": tf.ragged.constant([[1.0, 2.0], [3.0]]),
    "sparse": tf.SparseTensor([[0, 1], [1, 2]], [1.0, 2.0], [2, 4]),
}


def save(kind: str, path: str) -> str:
    """A model of `VARIABLES` variables that takes inputs of that kind."""
    root = tf.train.Checkpoint()
    root.variables = [tf.Variable(tf.ones([4]), name=f"v{i}") for i in range(VARIABLES)]
    root.trainable_variables = root.variables

    def call(x: Any, *, training: bool = False) -> Any:
        total = tf.add_n(list(root.variables)) * (2.0 if training else 1.0)
        if kind == "dict":
            return (x["a"] + x["b"]) * total
        if kind == "ragged":
            return tf.reduce_sum(x, 1) * total[0]
        if kind == "sparse":
            return tf.sparse.reduce_sum(x, 1) * total[0]
        return x * total

    root.__call__ = tf.function(call)
    for training in (True, False):
        root.__call__.get_concrete_function(SPECS[kind], training=training)
    tf.saved_model.save(root, path)
    return path


def many(call: Any, inputs: Any) -> None:
    for _ in range(300):
        call(inputs)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = {kind: save(kind, f"{folder}/{kind}") for kind in SPECS}
        for name in ("keras3", "tf_keras"):
            try:
                measure(name, paths)
            except DependencyError as error:
                print(f"{name}: {error}", file=sys.stderr)


def own_layer(keras: Any, loaded: Any) -> Any:
    """A layer as one writes it by hand, of the same variables and functions."""

    class Own(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.loaded = loaded

        def call(self, x: Any, training: Any = None) -> Any:
            return self.loaded(x, training=bool(training))

    return Own()


def steps(name: str, layer: Any, path: str) -> None:
    """Steps of models that differ in the layer alone.

    It is frozen in both, as a layer by hand does not train a loaded model in Keras 3.
    """
    keras, size = layer._hub_keras, 4
    x = np.ones([STEPS * BATCH, size], np.float32)
    y = np.ones([STEPS * BATCH, 1], np.float32)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH).cache()
    models = {}
    for which, made in (
        ("own", own_layer(keras, tf.saved_model.load(path))),
        ("layer", layer(path)),
    ):
        made.trainable = False
        dense = keras.layers.Dense(256, activation="relu")
        inputs = keras.Input([size])
        model = keras.Model(inputs, keras.layers.Dense(1)(dense(made(inputs))))
        model.compile("sgd", "mse", jit_compile=False)
        models[which] = model
    quiet = {"verbose": 0}
    for method, options in (("fit", {**quiet, "shuffle": False}), ("predict", quiet)):
        medians = interleaved(
            ROUNDS,
            **{
                which: lambda model=model: getattr(model, method)(data, **options)  # noqa: B023
                for which, model in models.items()
            },
        )
        each = 1e6 * medians["own"] / STEPS
        what = f"hub.{name}.KerasLayer, a step of {method}() ({each:.0f} us)"
        report(what, f"{medians['layer'] / medians['own']:.3f}x", "1.02x")


def measure(name: str, paths: dict[str, str]) -> None:
    layer = getattr(hub, name).KerasLayer
    for kind, path in paths.items():
        made, loaded = layer(path), tf.saved_model.load(path)
        inputs = INPUTS[kind]
        medians = interleaved(
            21,
            loaded=lambda: many(loaded, inputs),  # noqa: B023
            layer=lambda: many(made, inputs),  # noqa: B023
        )
        ratio = medians["layer"] / medians["loaded"]
        what = f"hub.{name}.KerasLayer, {kind} ({1e6 * medians['loaded'] / 300:.0f} us)"
        report(what, f"{ratio:.2f}x", "1.0x")
    steps(name, layer, paths["single"])
    inside: list[float] = []
    plain = tf.saved_model.load

    def load(*args: Any) -> Any:
        start = time.perf_counter()
        model = plain(*args)
        inside.append(time.perf_counter() - start)
        return model

    outside = []
    tf.saved_model.load = load
    try:
        for _ in range(31):
            start = time.perf_counter()
            layer(paths["single"])
            outside.append(time.perf_counter() - start - inside[-1])
    finally:
        tf.saved_model.load = plain
    spent = sorted(outside)[len(outside) // 2]
    what = f"making one of {VARIABLES} variables, outside of load()"
    report(what, f"{1000 * spent:.2f} ms", "2 ms")


if __name__ == "__main__":
    main()
