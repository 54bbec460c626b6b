"""Text classification with a hub layer: which novel is a passage from?

The tutorial of TensorFlow Hub on text classification, on data that is here. It runs
with Keras 3, and with Keras 2 under `TF_USE_LEGACY_KERAS=1`.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

import tfhub as hub

OUT = Path(__file__).parent / "out"
HANDLE = sys.argv[1] if len(sys.argv) > 1 else str(OUT / "hub/novels/words/1")


def read() -> tuple[list[str], dict[str, tuple[np.ndarray, np.ndarray]]]:
    """The novels, and for each use the texts and the numbers of their novels."""
    with (OUT / "passages.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    novels = sorted({row["novel"] for row in rows})
    return novels, {
        use: (
            np.array([row["text"] for row in rows if row["use"] == use], object),
            np.array([novels.index(row["novel"]) for row in rows if row["use"] == use]),
        )
        for use in ("labelled", "held_out")
    }


def bag_of_words(labelled: tuple, held_out: tuple) -> float:
    """The accuracy of a logistic regression on the counts of words."""
    words = CountVectorizer(token_pattern="[a-z]+").fit(labelled[0])
    counts = [np.log1p(words.transform(texts)) for texts, _ in (labelled, held_out)]
    model = LogisticRegression(max_iter=2000).fit(counts[0], labelled[1])
    return model.score(counts[1], held_out[1])


def main() -> None:
    novels, data = read()
    tf.keras.utils.set_random_seed(1)

    # With trainable=True the vectors themselves would learn sixty passages by heart.
    hub_layer = hub.KerasLayer(HANDLE, input_shape=[], dtype=tf.string)
    model = tf.keras.Sequential(
        [hub_layer, tf.keras.layers.Dropout(0.5), tf.keras.layers.Dense(len(novels))]
    )
    model.compile(
        optimizer=tf.keras.optimizers.Adam(0.01),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    texts, numbers = (tf.constant(each) for each in data["labelled"])
    model.fit(texts, numbers, epochs=150, batch_size=10, verbose=0)
    texts, numbers = (tf.constant(each) for each in data["held_out"])
    accuracy = model.evaluate(texts, numbers, batch_size=256, verbose=0)[1]

    baseline = bag_of_words(data["labelled"], data["held_out"])
    print(f"{len(data['labelled'][1])} passages to learn from, {len(numbers)} held out")
    print(f"accuracy of a bag of words    {baseline:.3f}")
    print(f"accuracy with the hub layer   {accuracy:.3f}")


if __name__ == "__main__":
    main()
