"""Models to be layers, and the Kerases that are installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import DependencyError
from tfhub.runtime.tf import np, tf


class Saved(tf.Module):
    """What the reusable SavedModels of tensorflow.org/hub say of themselves."""

    losses: list[Any]

    def save(self, path: Path) -> str:
        root = tf.train.Checkpoint(module=self)
        root.variables = list(self.variables)
        root.trainable_variables = list(self.trainable_variables)
        root.regularization_losses = getattr(self, "losses", [])
        root.__call__ = self.__call__
        tf.saved_model.save(root, str(path), getattr(self, "exported", None))
        return str(path)


class Dense(Saved):
    """Has what training changes: a normalisation, a dropout, a penalty."""

    def __init__(self) -> None:
        super().__init__()
        values = np.random.default_rng(0).normal(size=[4, 3]).astype(np.float32)
        self.kernel = tf.Variable(values, name="dense/kernel")
        self.mean = tf.Variable(tf.zeros([4]), trainable=False, name="bn/mean")
        self.losses = [tf.function(self.penalty, input_signature=[])]
        spec = tf.TensorSpec([None, 4], tf.float32)
        for training in (True, False):
            self.__call__.get_concrete_function(spec, training=training)
        self.exported = {"kernel": self.project}

    def penalty(self) -> Any:
        return 0.1 * tf.reduce_sum(self.kernel**2)

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
    def project(self, x: Any) -> Any:
        return {"rows": x @ self.kernel, "twice": 2.0 * (x @ self.kernel)}

    @tf.function
    def __call__(self, x: Any, training: Any = None) -> Any:
        mean = self.mean
        if training:
            now = tf.reduce_mean(x, axis=0)
            self.mean.assign(0.5 * self.mean + 0.5 * now)
            mean = now
        return (x - mean) @ self.kernel


class Plain(Saved):
    """One matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = tf.Variable(tf.ones([4, 3]) / 4.0, name="kernel")

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def __call__(self, x: Any) -> Any:
        return x @ self.kernel


class Text(Saved):
    """Looks words up in a table that is filled from an asset."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir()
        vocabulary = folder / "words.txt"
        vocabulary.write_text("hello\nworld\n")
        self.asset = tf.saved_model.Asset(str(vocabulary))
        lines = tf.lookup.TextFileInitializer(
            self.asset,
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        )
        self.table = tf.lookup.StaticVocabularyTable(lines, 1)
        self.vectors = tf.Variable([[1.0, 0.0], [0.0, 1.0], [5.0, 5.0]], name="vectors")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, text: Any) -> Any:
        return tf.gather(self.vectors, self.table.lookup(text))


class Outputs(Text):
    """Gives several outputs by name."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, text: Any) -> Any:
        vectors = tf.gather(self.vectors, self.table.lookup(text))
        return {"once": vectors, "twice": 2.0 * vectors}


class Nested(Saved):
    def __init__(self) -> None:
        super().__init__()
        self.scale = tf.Variable(2.0, name="scale")

    @tf.function(
        input_signature=[
            {
                "a": tf.TensorSpec([None, 2], tf.float32),
                "b": tf.TensorSpec([None], tf.int32),
            }
        ]
    )
    def __call__(self, inputs: Any) -> Any:
        a, b = inputs["a"] * self.scale, inputs["b"]
        return {"sum": tf.reduce_sum(a, 1) + tf.cast(b, tf.float32), "pair": [a, b + 1]}


class Ragged(Saved):
    def __init__(self) -> None:
        super().__init__()
        self.vectors = tf.Variable([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], name="vectors")

    @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.int64, 1)])
    def __call__(self, ids: Any) -> Any:
        return tf.reduce_sum(tf.gather(self.vectors, ids), axis=1)


class Sparse(Saved):
    def __init__(self) -> None:
        super().__init__()
        self.kernel = tf.Variable(tf.ones([6, 2]), name="kernel")

    @tf.function(input_signature=[tf.SparseTensorSpec([None, 6], tf.float32)])
    def __call__(self, x: Any) -> Any:
        return tf.sparse.sparse_dense_matmul(x, self.kernel)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The paths of SavedModels by name."""
    folder = tmp_path_factory.mktemp("models")
    made = {
        "dense": Dense(),
        "plain": Plain(),
        "text": Text(folder / "assets"),
        "outputs": Outputs(folder / "other_assets"),
        "nested": Nested(),
        "ragged": Ragged(),
        "sparse": Sparse(),
    }
    return {name: model.save(folder / name) for name, model in made.items()}


@pytest.fixture(params=["keras3", "tf_keras"])
def layer(request: pytest.FixtureRequest) -> Any:
    """The class of the layer, once for each Keras."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        return getattr(hub, request.param).KerasLayer
    except DependencyError as error:
        pytest.skip(str(error))


@pytest.fixture
def keras(layer: Any) -> Any:
    """The Keras of the layer."""
    # Not by Keras' function: with that, tf_keras 2.16 fails on Python 3.12.
    tf.random.set_seed(0)
    np.random.seed(0)
    return layer._hub_keras


@pytest.fixture
def is_keras3(layer: Any) -> bool:
    return bool(layer.__module__.endswith("keras3"))
