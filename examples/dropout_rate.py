"""A module whose dropout rate is an input of its signature.

The publisher need not choose the rate, and there is one graph for training and use: who
trains gives a rate, who uses the module gives 0. It is made as in TensorFlow 1, and
trained as in TensorFlow 2, on scikit-learn's digits.
"""

import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

import tfhub as hub

v1 = tf.compat.v1


def module_fn() -> None:
    """One hidden layer of 64 units: images of 64 pixels and a rate, to 10 logits."""
    images = v1.placeholder(tf.float32, [None, 64])
    rate = v1.placeholder(tf.float32, [])
    kernel = v1.get_variable("hidden/kernel", [64, 64])
    hidden = tf.nn.relu(tf.matmul(images, kernel))
    # tf.nn.dropout() wants a number for its rate; this is what it computes.
    kept = tf.cast(tf.random.uniform(tf.shape(hidden)) >= rate, tf.float32)
    logits = tf.matmul(
        hidden * kept / (1 - rate), v1.get_variable("logits/kernel", [64, 10])
    )
    hub.add_signature(
        inputs={"images": images, "dropout_rate": rate}, outputs={"default": logits}
    )


def main() -> None:
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    train, held_out = slice(0, 1200), slice(1200, None)
    tf.keras.utils.set_random_seed(1)
    with tempfile.TemporaryDirectory() as folder:
        path = hub.create_module_spec(module_fn).export(Path(folder) / "module")
        module = hub.Module(path, trainable=True)

        for step in range(400):
            rows = np.random.default_rng(step).integers(1200, size=64)
            with tf.GradientTape() as tape:
                logits = module({"images": images[rows], "dropout_rate": 0.5})
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels[train][rows], logits
                )
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, module.trainable_variables)
            for variable, gradient in zip(
                module.trainable_variables, gradients, strict=True
            ):
                variable.assign_sub(0.3 * gradient)

        trained = hub.load(module.export(Path(folder) / "trained"))
        logits = trained({"images": images[held_out], "dropout_rate": 0.0})
    accuracy = np.mean(np.argmax(logits, axis=1) == labels[held_out])
    print(f"accuracy on {len(labels[held_out])} held-out images   {accuracy:.3f}")


if __name__ == "__main__":
    main()
