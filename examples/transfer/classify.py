"""Transfer learning on images with a hub layer: digits that it has never seen.

The tutorial of TensorFlow Hub on transfer learning, on data that is here: a module that
was trained on the digits 0 to 4 learns 5 to 9 from ten images of each. It runs with
Keras 3, and with Keras 2 under `TF_USE_LEGACY_KERAS=1`.
"""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from publish import network
from sklearn.datasets import load_digits

import tfhub as hub

OUT = Path(__file__).parent / "out"
HANDLE = sys.argv[1] if len(sys.argv) > 1 else str(OUT / "hub/digits/features/1")


DRAWS = 3  # of the ten images, for an accuracy that is no accident


def new_digits(draw: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Ten images of each of 5 to 9 with their labels, from 0; then all the others."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32).reshape(-1, 8, 8, 1)[labels >= 5]
    labels = labels[labels >= 5] - 5
    order = np.random.default_rng(draw).permutation(len(labels))
    few = np.concatenate([order[labels[order] == digit][:10] for digit in range(5)])
    others = np.setdiff1d(order, few)
    return [(images[few], labels[few]), (images[others], labels[others])]


def accuracy_with(features, few, others) -> float:
    """Trains a layer of logits on these features; the share that it gets right."""
    model = tf.keras.Sequential([features, tf.keras.layers.Dense(5)])
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        optimizer=tf.keras.optimizers.Adam(0.003), loss=loss, metrics=["accuracy"]
    )
    model.fit(*few, epochs=60, batch_size=10, verbose=0)
    return model.evaluate(*others, batch_size=256, verbose=0)[1]


def main() -> None:
    scratch, transferred = [], []
    for draw in range(DRAWS):
        few, others = new_digits(draw)
        tf.keras.utils.set_random_seed(draw)
        scratch.append(accuracy_with(network(), few, others))
        tf.keras.utils.set_random_seed(draw)
        transferred.append(accuracy_with(hub.KerasLayer(HANDLE), few, others))
    print(f"{len(few[1])} images to learn from, {len(others[1])} held out")
    print(f"accuracy from scratch         {np.mean(scratch):.3f}")
    print(f"accuracy with the hub layer   {np.mean(transferred):.3f}")


if __name__ == "__main__":
    main()
