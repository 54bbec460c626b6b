"""What predict() takes, and in which batches the model gets it."""

from __future__ import annotations

import collections
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import InputError

X = np.arange(210.0, dtype="float32").reshape(70, 3)
WORDS = ["a", "ü", "日本", "d", "e"] * 14
Save = Callable[..., Any]


@pytest.fixture(scope="module")
def model(fruit: Path) -> Any:
    return hub.load(fruit)


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Loads a model that has a function, and a signature, of some specs."""

    def make(function: Callable[..., Any], *specs: Any) -> Any:
        module = tf.Module()
        module.__call__ = tf.function(function, input_signature=specs)
        tf.saved_model.save(module, str(tmp_path / "model"))
        return hub.load(tmp_path / "model")

    return make


def total(x: Any) -> Any:
    """One more than the sum of each row of a SparseTensor."""
    return tf.sparse.reduce_sum(x, 1) + 1.0


def in_batches(*sizes: int) -> Iterator[Any]:
    start = 0
    for size in sizes:
        yield X[start : start + size]
        start += size


class Numbers:
    """A PyDataset of Keras, as far as it is known here."""

    def __len__(self) -> int:
        return 7

    def __getitem__(self, i: int) -> tuple[Any, Any]:
        return X[10 * i : 10 * (i + 1)], np.zeros(10)


DATASET = tf.data.Dataset.from_tensor_slices(X)
MATRICES: dict[str, Callable[[], Any]] = {
    "a list of lists": X.tolist,
    "a list of arrays": lambda: list(X),
    "a tensor": lambda: tf.constant(X),
    "a variable": lambda: tf.Variable(X),
    "a data frame": lambda: pd.DataFrame(X, columns=list("abc")),
    "a generator of batches": lambda: in_batches(32, 32, 6),
    "a generator of batches of any size": lambda: in_batches(1, 60, 9),
    "a generator of pairs": lambda: ((x, 0) for x in in_batches(32, 38)),
    "a generator of rows": lambda: (row for row in X),
    "a generator of lists": lambda: (row.tolist() for row in X),
    "a generator of tensors": lambda: (tf.constant(row) for row in X),
    "a generator of pairs of rows": lambda: ((row, 0) for row in X),
    "a generator of data frames": lambda: map(pd.DataFrame, in_batches(40, 30)),
    "a deque": lambda: collections.deque(X),
    "a PyDataset": Numbers,
    "a dataset of rows": lambda: DATASET,
    "a dataset of batches": lambda: DATASET.batch(32),
    "a dataset of pairs": lambda: tf.data.Dataset.zip((DATASET, DATASET)),
    "a dataset of pairs of batches": lambda: tf.data.Dataset.zip(
        (DATASET, DATASET)
    ).batch(9),
}


@pytest.mark.parametrize("kind", MATRICES)
@pytest.mark.parametrize("signature", [None, "serving_default"])
def test_a_matrix(model: Any, kind: str, signature: str | None) -> None:
    got = hub.predict(model, MATRICES[kind](), signature=signature)
    np.testing.assert_allclose(got, model(X).numpy(), rtol=1e-6)


FRUIT = {"apples": X, "oranges": np.arange(70)}
FRUITS: dict[str, Callable[[], Any]] = {
    "arrays": lambda: FRUIT,
    "lists": lambda: {name: value.tolist() for name, value in FRUIT.items()},
    "another mapping": lambda: collections.ChainMap(FRUIT),
    "a generator of batches": lambda: iter([FRUIT, FRUIT]),
    "a generator of rows": lambda: (
        {"oranges": i, "apples": row} for i, row in enumerate(X)
    ),
    "a dataset": lambda: tf.data.Dataset.from_tensor_slices(FRUIT),
    "a dataset of batches": lambda: tf.data.Dataset.from_tensor_slices(FRUIT).batch(9),
    "a dataset of pairs": lambda: tf.data.Dataset.from_tensor_slices((FRUIT, X)),
}


@pytest.mark.parametrize("kind", FRUITS)
def test_several_inputs(model: Any, kind: str) -> None:
    got = hub.predict(model, FRUITS[kind](), signature="fruit_to_pet", as_dict=True)
    want = model(FRUIT, signature="fruit_to_pet", as_dict=True)
    assert list(got) == list(want)
    for name, value in want.items():
        np.testing.assert_allclose(got[name][:70], value.numpy(), rtol=1e-6)


TEXTS: dict[str, Callable[[], Any]] = {
    "a list": lambda: WORDS,
    "a tuple": lambda: tuple(WORDS),
    "an array": lambda: np.array(WORDS),
    "objects": lambda: np.array(WORDS, object),
    "bytes": lambda: [word.encode() for word in WORDS],
    "a series": lambda: pd.Series(WORDS, index=range(70, 0, -1)),
    "a data frame": lambda: pd.DataFrame({"some column": WORDS}),
    "a generator of texts": lambda: (word for word in WORDS),
    "a generator of lists": lambda: iter([WORDS[:40], WORDS[40:]]),
    "a generator of dicts": lambda: ({"text": word} for word in WORDS),
    "a generator of tuples": lambda: ((word, 1, 2) for word in WORDS),
    "a dataset": lambda: tf.data.Dataset.from_tensor_slices(WORDS),
    "a dict": lambda: {"text": WORDS},
}


@pytest.mark.parametrize("kind", TEXTS)
def test_text(model: Any, kind: str) -> None:
    got = hub.predict(model, TEXTS[kind](), signature="shout")
    assert got.tolist() == [word.upper() for word in WORDS]


def test_a_tuple_is_several_inputs_where_the_model_takes_several(save: Save) -> None:
    spec = tf.TensorSpec([None, 3])
    model = save(lambda pair: pair[0] - pair[1], [spec, tf.TensorSpec([None, 1])])
    want = X - X[:, :1]
    both = tf.data.Dataset.from_tensor_slices(((X, X[:, :1]), X))
    for x in ((X, X[:, :1]), [X, X[:, :1]], both, (((a, a[:1]), 0) for a in X)):
        np.testing.assert_array_equal(hub.predict(model, x), want)


@pytest.mark.parametrize("rows", [70, 3, 0])
def test_a_sparse_tensor(save: Save, rows: int) -> None:
    model = save(total, tf.SparseTensorSpec([None, 3], tf.float32))
    x = np.where(X % 4 == 0, X, 0)[:rows]
    got = hub.predict(model, tf.sparse.from_dense(x), batch_size=8)
    np.testing.assert_allclose(got, x.sum(1) + 1)


def test_a_sparse_tensor_for_a_fixed_number_of_rows(save: Save) -> None:
    model = save(total, tf.SparseTensorSpec([16, 3], tf.float32))
    x = np.where(X % 4 == 0, X, 0)
    np.testing.assert_allclose(
        hub.predict(model, tf.sparse.from_dense(x)), x.sum(1) + 1
    )


def test_a_ragged_tensor_for_a_fixed_number_of_rows(save: Save) -> None:
    spec = tf.RaggedTensorSpec([16, None], tf.float32)
    model = save(lambda x: tf.reduce_sum(x, 1), spec)
    ragged = tf.RaggedTensor.from_tensor(X)
    np.testing.assert_allclose(hub.predict(model, ragged), X.sum(1), rtol=1e-6)


def test_a_ragged_tensor(save: Save) -> None:
    model = save(
        lambda x: tf.reduce_sum(x, 1), tf.RaggedTensorSpec([None, None], tf.int64)
    )
    lists = [[i] * (i % 4) for i in range(70)]
    x = tf.ragged.constant(lists, tf.int64)
    want = [sum(each) for each in lists]
    assert hub.predict(model, x).tolist() == want
    dataset = tf.data.Dataset.from_tensor_slices(x)
    assert hub.predict(model, dataset.ragged_batch(16)).tolist() == want
    assert hub.predict(model, iter([x[:50], x[50:]])).tolist() == want


def test_an_input_without_rows_goes_to_every_batch(save: Save) -> None:
    model = save(
        lambda x: x["x"] * x["by"],
        {"x": tf.TensorSpec([None, 3]), "by": tf.TensorSpec([])},
    )
    np.testing.assert_array_equal(hub.predict(model, {"x": X, "by": 2.0}), 2 * X)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((0, 3)),
        [],
        iter([]),
        DATASET.take(0),
        DATASET.take(0).batch(3),
        pd.DataFrame(X[:0]),
    ],
    ids=["array", "list", "iterator", "dataset", "batches", "frame"],
)
def test_no_rows(model: Any, x: Any) -> None:
    assert hub.predict(model, x).shape == (0, 2)


def test_no_rows_of_text(model: Any) -> None:
    assert hub.predict(model, [], signature="shout").tolist() == []
    assert hub.predict(model, iter([]), signature="shout").shape == (0,)


def test_no_rows_of_unknown_shape(save: Save) -> None:
    model = save(lambda x: x, tf.TensorSpec([None, None]))
    with pytest.raises(InputError, match="nothing says of what shape"):
        hub.predict(model, iter([]))


def test_a_dataset_without_end(model: Any) -> None:
    with pytest.raises(InputError, match=r"no end.*\n.*take"):
        hub.predict(model, DATASET.repeat())


def test_rows_of_different_lengths(model: Any) -> None:
    with pytest.raises(InputError, match="do not fit"):
        hub.predict(model, iter([[1.0, 2.0, 3.0], [1.0]]))


def test_an_iterator_is_read_no_further_than_the_batch(model: Any) -> None:
    read = []

    def rows() -> Iterator[Any]:
        for i, row in enumerate(X):
            read.append(i)
            yield row

    seen = []
    hub.predict(
        model, rows(), batch_size=8, progress=lambda n, _: seen.append((n, len(read)))
    )
    assert seen[0] == (8, 8)


MEMORY = """
import resource, sys
import numpy as np
import tfhub as hub

def rows(count):  # of 256 kB each
    return (np.full(1 << 16, i, "float32") for i in range(count))

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

model = hub.load(sys.argv[1])
hub.predict(model, rows(96))
before = most()
print(len(hub.predict(model, rows(3200))), most() - before)
"""


def test_memory_is_bounded_by_the_batch(tmp_path: Path) -> None:
    """Of 800 MB of rows, which come in batches of 8 MB."""
    module = tf.Module()
    spec = tf.TensorSpec([None, 1 << 16])
    module.__call__ = tf.function(lambda x: tf.reduce_sum(x, 1), input_signature=[spec])
    tf.saved_model.save(module, str(tmp_path))
    package = str(Path(hub.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": package},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    count, grown = run.stdout.split()
    assert int(count) == 3200
    assert float(grown) < 60
