"""What a publisher does: a network that knows the digits 0 to 4 becomes a module.

It leaves `hub/digits/features/1/` under `out/`: a SavedModel that gives the features
below the logits, and can be trained further.
"""

import shutil
from pathlib import Path

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

OUT = Path(__file__).parent / "out"
MODULE = OUT / "hub/digits/features/1"


def network() -> tf.keras.Sequential:
    """Two convolutions, whose values are the features."""
    return tf.keras.Sequential(
        [
            tf.keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            tf.keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
            tf.keras.layers.MaxPooling2D(),
            tf.keras.layers.Flatten(),
        ]
    )


def in_all_positions(
    images: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each image turned and mirrored in eight ways, of which each is a class.

    With more to tell apart the network learns features that fit other shapes, too.
    """
    turned = [np.rot90(images, turns, axes=(1, 2)) for turns in range(4)]
    all_images = [*turned, *(each[:, :, ::-1] for each in turned)]
    all_labels = [8 * labels + way for way in range(8)]
    return np.concatenate(all_images), np.concatenate(all_labels)


def main() -> None:
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    known = labels < 5
    tf.keras.utils.set_random_seed(1)
    features = network()
    model = tf.keras.Sequential(
        [
            features,
            tf.keras.layers.Dropout(0.3),
            tf.keras.layers.Dense(64, activation="relu"),
            tf.keras.layers.Dropout(0.3),
            tf.keras.layers.Dense(40),
        ]
    )
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=tf.keras.optimizers.Adam(0.001), loss=loss)
    model.fit(
        *in_all_positions(images[known], labels[known]),
        epochs=15,
        batch_size=64,
        verbose=0,
    )

    module = tf.Module()
    module.network = features  # keeps its variables
    shape = tf.TensorSpec([None, 8, 8, 1], tf.float32, name="images")

    @tf.function
    def call(images, training=False):  # noqa: FBT002
        return features(images, training=training)

    for training in (False, True):
        call.get_concrete_function(shape, training=training)
    module.__call__ = call
    shutil.rmtree(MODULE, ignore_errors=True)
    tf.saved_model.save(module, str(MODULE))


if __name__ == "__main__":
    main()
