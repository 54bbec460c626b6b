"""Trains a small network on handwritten digits and exports it for others to use.

It leaves, under `out/` beside this file:

- `hub/tfhub/digits/1/`: a reusable SavedModel, in a folder that `tfhub serve` serves;
- `held_out.csv`: the images that the network has not seen, with their labels.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import tfhub as hub

OUT = Path(__file__).parent / "out"
MODEL = OUT / "hub/tfhub/digits/1"
EPOCHS, BATCH, DECAY = 60, 64, 1e-4

README = """\
# Handwritten digits

A small convolutional network that tells which digit was written. It was trained on
{trained:,} of the 1,797 images of scikit-learn's `load_digits()`, and it reads
**{accuracy:.1%}** of the other {held_out} correctly.

- **Images**: float32, `[batch, 8, 8, 1]`, ink 1 on paper 0.
- **`image_classification`**: one logit for each of the digits 0 to 9.
- **`image_feature_vector`**: the {features} features below the logits.
- **Fine-tuning**: call it with `training=True`, which switches dropout on, and train
  `trainable_variables`.
"""


def digits() -> tuple[np.ndarray, ...]:
    """Images to train on and held out, then their labels, by a fixed split."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32").reshape(-1, 8, 8, 1)
    return train_test_split(
        images, labels, test_size=0.25, random_state=0, stratify=labels
    )


def network() -> keras.Model:
    """Two convolutions and a dense layer of features, then the logits."""
    shrink = keras.regularizers.L2(DECAY)
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="images"),
            keras.layers.RandomTranslation(0.1, 0.1, fill_mode="constant"),
            keras.layers.Conv2D(32, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(64, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(
                64, activation="relu", kernel_regularizer=shrink, name="features"
            ),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(10, name="logits"),
        ]
    )


def train(images: np.ndarray, labels: np.ndarray) -> keras.Model:
    """Trains a new network; the learning rate falls to nothing along a cosine."""
    model = network()
    steps = EPOCHS * -(-len(images) // BATCH)
    model.compile(
        optimizer=keras.optimizers.Adam(
            keras.optimizers.schedules.CosineDecay(3e-3, steps)
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return model


def export(model: keras.Model, folder: Path) -> None:
    """Writes the network as a reusable SavedModel with two signatures of its own."""
    features = keras.Model(model.inputs, model.get_layer("features").output)
    images = tf.TensorSpec([None, 8, 8, 1], tf.float32, name="images")

    @tf.function(input_signature=[images])
    def image_classification(images):
        return {"default": model(images, training=False)}

    @tf.function(input_signature=[images])
    def image_feature_vector(images):
        return {"default": features(images, training=False)}

    hub.export(
        model,
        folder,
        signatures={
            "image_classification": image_classification,
            "image_feature_vector": image_feature_vector,
        },
    )


def main() -> None:
    """Trains, exports, and writes what the demo in R needs."""
    keras.utils.set_random_seed(8)
    images, held_out, labels, truth = digits()
    print(f"Training on {len(images)} images ...", flush=True)
    model = train(images, labels)
    accuracy = np.mean(model.predict(held_out, verbose=0).argmax(axis=1) == truth)
    print(f"Accuracy on the {len(held_out)} held out, in Python: {accuracy:.4f}")

    export(model, MODEL)
    (MODEL / "README.md").write_text(
        README.format(
            trained=len(images),
            held_out=len(held_out),
            accuracy=accuracy,
            features=model.get_layer("features").units,
        )
    )
    pixels = held_out.reshape(len(held_out), -1)
    header = ",".join(["label", *(f"pixel_{i}" for i in range(pixels.shape[1]))])
    table = np.column_stack([truth, pixels])
    np.savetxt(
        OUT / "held_out.csv", table, fmt="%g", delimiter=",", header=header, comments=""
    )


if __name__ == "__main__":
    main()
