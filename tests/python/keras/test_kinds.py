"""Models of other makes, and graphs of TensorFlow 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import InputError
from tfhub.runtime.tf import np, tf

X = np.ones([2, 4], np.float32)


@pytest.mark.parametrize("what", ["none", "table"])
@pytest.mark.parametrize("said", ["variables", "trainable_variables"])
def test_what_is_no_variable_among_the_variables(
    layer: Any, tmp_path: Path, what: str, said: str
) -> None:
    root = tf.train.Checkpoint()
    root.v, root.w = tf.Variable(2.0), tf.Variable(3.0)
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    setattr(root, said, [root.v, None if what == "none" else table, root.w])
    spec = tf.TensorSpec([None])
    root.__call__ = tf.function(lambda x: x * root.v * root.w, input_signature=[spec])
    tf.saved_model.save(root, str(tmp_path))
    made = layer(tmp_path, trainable=True)
    assert made(tf.ones([1])).numpy().tolist() == [6.0]
    assert len(made.trainable_weights) == len(made.weights) == 2


def test_a_model_of_keras_2_with_an_adapted_lookup(layer: Any, tmp_path: Path) -> None:
    keras2 = pytest.importorskip("tf_keras")
    lookup = keras2.layers.StringLookup()
    lookup.adapt(tf.constant(["a", "b", "c"]))
    inputs = keras2.Input([], dtype=tf.string)
    model = keras2.Sequential([inputs, lookup, keras2.layers.Embedding(5, 2)])
    model.save(tmp_path / "m", save_format="tf")
    made = layer(tmp_path / "m", trainable=True)
    words = tf.constant(["a", "z"])
    np.testing.assert_allclose(made(words), model(words))
    assert [tuple(v.shape) for v in made.trainable_weights] == [(5, 2)]


def test_what_keras_exported_is_served_and_trained(
    layer: Any, keras: Any, tmp_path: Path
) -> None:
    parts = [keras.Input([4]), keras.layers.Dense(3), keras.layers.BatchNormalization()]
    model = keras.Sequential(parts)
    model.export(str(tmp_path / "m"))
    made = layer(tmp_path / "m", trainable=True)
    np.testing.assert_allclose(made(X), model(X), rtol=1e-6)
    assert len(made.trainable_weights) == 4
    outer = keras.Sequential([keras.Input([4]), made])
    assert outer.output_shape == (None, 3)
    outer.compile("sgd", "mse")
    before = made.get_weights()[0]
    outer.fit(X, np.zeros([2, 3]), verbose=0)
    assert np.abs(made.get_weights()[0] - before).max() > 0


def test_a_loaded_model_that_is_given_a_keras_tensor_names_the_layer(
    keras: Any, models: dict[str, str], tf1_modules: Path
) -> None:
    for handle in (models["dense"], models["plain"], models["nested"]):
        model, x = hub.load(handle), keras.Input([4])
        for given in (x, {"a": x}, [x]):
            with pytest.raises(InputError, match="is no layer") as caught:
                model(given)
            assert "hub.KerasLayer" in str(caught.value)
            assert handle in str(caught.value)
    with pytest.raises(InputError, match=r"hub\.KerasLayer"):
        hub.load(tf1_modules / "text_embedding")(keras.Input([], dtype="string"))
    with pytest.raises(InputError, match=r"hub\.KerasLayer"):
        hub.load(models["dense"])(keras.Input([4]), signature="kernel", as_dict=True)


@pytest.mark.parametrize("name", ["dense", "text"])
def test_in_a_graph_of_tensorflow_1(
    layer: Any, keras: Any, is_keras3: bool, models: dict[str, str], name: str
) -> None:
    if is_keras3:
        pytest.skip("Keras 3 knows no such graphs")
    v1 = tf.compat.v1
    given = X if name == "dense" else np.array(["hello", "you"])
    expected = layer(models[name])(tf.constant(given))
    for _ in range(2):  # Keras has other base classes within than without
        with tf.Graph().as_default(), v1.Session() as session:
            x = v1.placeholder(tf.as_dtype(given.dtype.type), [None, *given.shape[1:]])
            width = expected.shape[1]
            made = layer(models[name], trainable=True, output_shape=[width])
            outputs = keras.layers.Dense(1, kernel_initializer="ones")(made(x))
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            found = session.run(outputs, {x: given})
            assert len(made.trainable_weights) == 1
        np.testing.assert_allclose(found, np.sum(expected, 1, keepdims=True), rtol=1e-5)
        made = layer(models[name])
        np.testing.assert_allclose(made(tf.constant(given)), expected)
