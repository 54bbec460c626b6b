"""Trains models as one of the workers that `TF_CONFIG` names; prints their weights.

Keras 3 cannot `fit()` on several workers, so there it is a loop.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import tensorflow

import tfhub as hub

tf: Any = tensorflow
BATCH, STEPS, RATE = 8, 3, 0.001


def trained(layer: Any, strategy: Any, handle: str, size: int) -> list[Any]:
    """The weights after some steps; `size` is that of an example."""
    keras, rng = layer._hub_keras, np.random.default_rng(0)
    x = rng.normal(size=[BATCH, size]).astype("float32")
    y = rng.normal(size=[BATCH, 1]).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH)
    options = tf.data.Options()
    policy = tf.data.experimental.AutoShardPolicy.DATA  # each worker takes its part
    options.experimental_distribute.auto_shard_policy = policy
    data = data.with_options(options)
    with strategy.scope():
        first = layer(handle, trainable=True, input_shape=[size])
        last = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Sequential([first, last])
        optimizer = keras.optimizers.SGD(RATE)
        if layer.__module__.endswith("on_tf_keras"):
            model.compile(optimizer, "mse")
            model.fit(data, epochs=STEPS, verbose=0, shuffle=False)
            return [w.tolist() for w in model.get_weights()]
        optimizer.build(model.trainable_variables)

    def step(x: Any, y: Any) -> None:
        with tf.GradientTape() as tape:
            errors = tf.reduce_sum((model(x, training=True) - y) ** 2, axis=1)
            loss = tf.nn.compute_average_loss(errors, global_batch_size=BATCH)
            for penalty in model.losses:
                loss += tf.nn.scale_regularization_loss(penalty)
        weights = [weight.value for weight in model.trainable_variables]
        gradients = tape.gradient(loss, weights)
        optimizer.apply(gradients, model.trainable_variables)

    run = tf.function(lambda batch: strategy.run(step, args=batch))
    for _ in range(STEPS):
        for batch in strategy.experimental_distribute_dataset(data):
            run(batch)
    return [w.numpy().tolist() for w in model.weights]


def main(keras: str, *handles: str) -> None:
    strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before all that computes
    layer = getattr(hub, keras).KerasLayer
    pairs = zip(handles[::2], map(int, handles[1::2]), strict=True)
    print(json.dumps([trained(layer, strategy, *pair) for pair in pairs]))


if __name__ == "__main__":
    main(*sys.argv[1:])
