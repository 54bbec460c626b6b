"""The layer in models: Sequential, functional, subclassed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import HubError, LayerError
from tfhub.runtime.tf import np, tf

X = np.arange(8, dtype=np.float32).reshape(2, 4)


def test_is_a_layer(layer: Any, keras: Any, models: dict[str, str]) -> None:
    made = layer(models["dense"])
    assert isinstance(made, keras.layers.Layer)
    loaded = hub.load(models["dense"])
    np.testing.assert_allclose(made(X), loaded(X, training=False))
    assert made.resolved_object.signatures.keys() == loaded.signatures.keys()


def test_inputs_by_keyword(layer: Any, keras: Any, models: dict[str, str]) -> None:
    made = layer(models["dense"])
    np.testing.assert_array_equal(made(inputs=X), made(X))
    assert made(inputs=keras.Input([4])).shape[1] == 3


def test_a_call_of_any_number_of_arguments(
    layer: Any, keras: Any, tmp_path: Path
) -> None:
    module = tf.Module()
    module.__call__ = tf.function(lambda *args: 2 * args[0])
    module.__call__(tf.zeros([2, 4]))
    tf.saved_model.save(module, str(tmp_path))
    made = layer(str(tmp_path))
    np.testing.assert_array_equal(made(X), 2 * X)
    assert tuple(made(keras.Input([4], batch_size=2)).shape) == (2, 4)


def test_symbolic_inputs_that_do_not_fit_are_answered_with_the_handle(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"])
    with pytest.raises(HubError) as caught:
        made(keras.Input([5]))
    assert models["dense"] in str(caught.value)
    assert "expected" in str(caught.value)


def test_first_line_of_the_tutorial(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    handle = models["text"]
    hub_layer = layer(handle, input_shape=[], dtype=tf.string, trainable=True)
    assert hub_layer(tf.constant(["hello", "you"])).numpy().tolist() == [[1, 0], [5, 5]]
    model = keras.Sequential()
    model.add(hub_layer)
    model.add(keras.layers.Dense(16, activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(optimizer="adam", loss="mse")
    texts, y = tf.constant(["hello", "world", "you"]), tf.constant([1.0, 2.0, 3.0])
    data = tf.data.Dataset.from_tensor_slices((texts, y)).batch(2)
    before = hub_layer.get_weights()[0].copy()
    model.fit(data, epochs=1, shuffle=False, verbose=0)
    assert np.abs(hub_layer.get_weights()[0] - before).max() > 0
    assert model.predict(data, verbose=0).shape == (3, 1)
    assert len(model.weights) == 5


def test_sequential_is_built_at_once(
    layer: Any, keras: Any, is_keras3: bool, models: dict[str, str]
) -> None:
    first = layer(models["dense"], input_shape=[4])
    model = keras.Sequential([first, keras.layers.Dense(1)])
    assert model.output_shape == (None, 1)
    if is_keras3:  # Keras 2 has floats there, unless it is told
        first = layer(models["text"], input_shape=[])
        assert keras.Sequential([first, keras.layers.Dense(3)]).output_shape[1] == 3


def test_functional(layer: Any, keras: Any, models: dict[str, str]) -> None:
    x = keras.Input([4])
    y = layer(models["dense"])(x)
    assert tuple(y.shape) == (None, 3)
    model = keras.Model(x, keras.layers.ReLU()(y))
    expected = np.maximum(hub.load(models["dense"])(X, training=False), 0)
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-6)


def test_functional_text(layer: Any, keras: Any, models: dict[str, str]) -> None:
    x = keras.Input([], dtype="string")
    model = keras.Model(x, layer(models["text"])(x))
    assert model.predict(tf.constant(["world"]), verbose=0).tolist() == [[0.0, 1.0]]


def test_subclassed(layer: Any, keras: Any, models: dict[str, str]) -> None:
    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.features = layer(models["dense"], trainable=True)
            self.head = keras.layers.Dense(1)

        def call(self, x: Any, training: Any = None) -> Any:
            return self.head(self.features(x, training=training))

    model = Net()
    model.compile(optimizer="sgd", loss="mse")
    before = model.features.get_weights()[0].copy()
    model.fit(X, np.ones([2, 1]), verbose=0)
    assert np.abs(model.features.get_weights()[0] - before).max() > 0
    assert len(model.trainable_weights) == 3


def test_nested_inputs_and_outputs(
    layer: Any, keras: Any, models: dict[str, str]
) -> None:
    a, b = keras.Input([2], name="a"), keras.Input([], dtype="int32", name="b")
    symbolic = layer(models["nested"])({"a": a, "b": b})
    assert tuple(symbolic["sum"].shape) == (None,)
    assert [tuple(t.shape) for t in symbolic["pair"]] == [(None, 2), (None,)]
    model = keras.Model({"a": a, "b": b}, [symbolic["sum"], *symbolic["pair"]])
    data = {"a": np.ones([3, 2], np.float32), "b": np.array([1, 2, 3], np.int32)}
    total, doubled, following = model.predict(data, verbose=0)
    assert total.tolist() == [5.0, 6.0, 7.0]
    assert doubled.tolist() == [[2.0, 2.0]] * 3
    assert following.tolist() == [2, 3, 4]


def test_one_output_by_key(layer: Any, models: dict[str, str]) -> None:
    chosen = layer(models["nested"], output_key="sum")
    inputs = {"a": tf.ones([3, 2]), "b": tf.constant([1, 2, 3])}
    assert chosen(inputs).numpy().tolist() == [5.0, 6.0, 7.0]
    shape = chosen.compute_output_shape({"a": (None, 2), "b": (None,)})
    assert tuple(shape) == (None,)


def test_signature(layer: Any, keras: Any, models: dict[str, str]) -> None:
    handle, kernel = models["dense"], hub.load(models["dense"]).module.kernel
    rows = layer(handle, signature="kernel", output_key="rows")
    np.testing.assert_allclose(rows(X), X @ kernel, rtol=1e-6)
    both = layer(handle, signature="kernel", signature_outputs_as_dict=True)
    np.testing.assert_allclose(both(X)["twice"], 2 * X @ kernel, rtol=1e-6)
    symbolic = both({"x": keras.Input([4])})
    assert {k: tuple(v.shape) for k, v in symbolic.items()} == {
        "rows": (None, 3),
        "twice": (None, 3),
    }


def test_ragged(
    layer: Any, keras: Any, is_keras3: bool, models: dict[str, str]
) -> None:
    ids = tf.ragged.constant([[0, 1], [2]], dtype=tf.int64)
    made = layer(models["ragged"])
    short = ids.with_row_splits_dtype(tf.int32)
    assert made(short).numpy().tolist() == [[2.0, 4.0], [4.0, 5.0]]
    assert made(ids).numpy().tolist() == [[2.0, 4.0], [4.0, 5.0]]
    assert made(tf.cast(ids, tf.int32)).numpy().tolist() == [[2.0, 4.0], [4.0, 5.0]]
    if is_keras3 and not hasattr(keras.KerasTensor((1,)), "ragged"):
        return  # before Keras 3.10 there are no ragged inputs
    x = keras.Input([None], dtype="int64", ragged=True)
    model = keras.Model(x, made(x))
    assert model(ids).numpy().tolist() == [[2.0, 4.0], [4.0, 5.0]]


def test_sparse(layer: Any, keras: Any, models: dict[str, str]) -> None:
    value = tf.SparseTensor([[0, 1], [1, 5]], [2.0, 3.0], [2, 6])
    made = layer(models["sparse"])
    expected = [[2.0, 2.0], [3.0, 3.0]]
    assert made(value).numpy().tolist() == expected
    assert made(tf.cast(value, tf.float16)).numpy().tolist() == expected
    x = keras.Input([6], sparse=True)
    model = keras.Model(x, made(x))
    assert model(value).numpy().tolist() == expected


def test_inputs_are_brought_to_what_the_model_wants(
    layer: Any, models: dict[str, str]
) -> None:
    made = layer(models["dense"])
    expected = made(tf.constant(X)).numpy()
    for given in (
        X,
        X.tolist(),
        X.astype(int),
        X.astype(np.float16),
        tf.cast(X, "int8"),
    ):
        np.testing.assert_allclose(made(given), expected)


def test_output_shape_is_told_without_a_call(
    layer: Any, models: dict[str, str]
) -> None:
    assert tuple(layer(models["dense"]).compute_output_shape((7, 4))) == (7, 3)
    assert tuple(layer(models["dense"]).compute_output_shape((None, 4))) == (None, 3)
    rows = layer(models["dense"], signature="kernel", output_key="rows")
    assert tuple(rows.compute_output_shape((7, 4))) == (7, 3)
    assert tuple(rows(layer._hub_keras.Input([4], batch_size=7)).shape) == (7, 3)
    assert tuple(layer(models["text"]).compute_output_shape((None,))) == (None, 2)
    said = layer(models["text"], output_shape=[2])
    assert tuple(said.compute_output_shape((5,))) == (5, 2)
    with pytest.raises(ValueError, match="not compatible"):
        layer(models["text"], output_shape=[3]).compute_output_shape((5,))
    with pytest.raises(ValueError, match="not compatible|incompatible|must be equal"):
        layer(models["text"], output_shape=[3])(tf.constant(["hello"]))


def test_a_callable(layer: Any, keras: Any, models: dict[str, str]) -> None:
    loaded = hub.load(models["dense"])
    made = layer(loaded, trainable=True)
    assert made.trainable_weights[0].shape == (4, 3)
    assert made.resolved_object is loaded
    assert made._func is loaded
    assert layer(lambda t: t)(tf.ones([1], tf.float64)).dtype == tf.float64
    x = keras.Input([4])
    model = keras.Model(x, layer(lambda t: tf.reverse(t, [1]))(x))
    assert model(X).numpy().tolist() == X[:, ::-1].tolist()


def test_a_callable_with_arguments(layer: Any) -> None:
    def scale(x: Any, by: float = 1.0, training: bool = False) -> Any:
        return -x if training else x * by

    made = layer(scale, arguments={"by": 3.0}, trainable=True)
    assert made(tf.ones([1])).numpy().tolist() == [3.0]
    assert made(tf.ones([1]), training=True).numpy().tolist() == [-1.0]


def test_jit_compile_falls_back_or_says_so(
    layer: Any, keras: Any, is_keras3: bool, models: dict[str, str], tf1_modules: Path
) -> None:
    """Keras 2 compiles what it is told to, and cannot ask a layer."""
    for handle in (models["text"], tf1_modules / "text_embedding"):
        first = layer(handle, input_shape=[], dtype=tf.string, trainable=True)
        model = keras.Sequential([first, keras.layers.Dense(1)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras 3 tells that it does not compile
            model.compile("sgd", "mse", jit_compile=True)
        texts, y = tf.constant(["hello", "you"]), np.ones([2, 1])
        if is_keras3:
            model.fit(texts, y, verbose=0)
            model.predict(texts, verbose=0)
        else:
            with pytest.raises(LayerError, match="Leave jit_compile out"):
                model.fit(texts, y, verbose=0)


def test_what_can_be_compiled_is_where_one_says_so(
    layer: Any, keras: Any, is_keras3: bool, models: dict[str, str]
) -> None:
    made = layer(models["dense"], trainable=True, input_shape=[4])
    if is_keras3:
        assert not made.supports_jit
        made.supports_jit = True
    model = keras.Sequential([made])
    model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=True)
    assert model.jit_compile
    model.fit(X, np.ones([2, 3]), verbose=0)
    expected = hub.load(models["dense"]).module.kernel
    found = model.predict(X, verbose=0)
    mean = made.get_weights()[1]
    np.testing.assert_allclose(found, (X - mean) @ expected, rtol=1e-5)
