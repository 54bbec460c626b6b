"""Models of other makes, and graphs of TensorFlow 1."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import InputError, UnfitModuleError
from tfhub.keras import versions
from tfhub.runtime import bridge
from tfhub.runtime.tf import np, tf
from tfhub.tf1.bridge import RModule

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
    keras2 = versions.keras2()
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


def test_whatever_applies_a_model_names_the_layer(
    keras: Any, models: dict[str, str], tf1_modules: Path
) -> None:
    x, texts = keras.Input([4]), keras.Input([], dtype="string")
    model = hub.load(models["dense"])
    module = hub.Module(tf1_modules / "text_embedding")
    r = RModule(hub.load_module_spec(tf1_modules / "text_embedding"))
    for apply in (
        lambda: hub.predict(model, x),
        lambda: hub.predict(module, texts),
        lambda: module(texts),
        lambda: bridge.apply(model, [x], {}),
        lambda: bridge.apply(model, [x], {}, signature="kernel", as_dict=True),
        lambda: bridge.apply(r, [texts], {}),
        lambda: bridge.predict(model, x),
    ):
        with pytest.raises(InputError, match="is no layer") as caught:
            apply()
        assert "hub.KerasLayer" in str(caught.value)


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


def saved(folder: Path, function: Any, *specs: Any, exported: bool = True) -> str:
    """A model with one function, beside a variable."""
    module = tf.Module()
    module.v = tf.Variable(1.0)
    module.__call__ = tf.function(function, input_signature=specs)
    signatures = {"serving_default": module.__call__} if exported else {}
    tf.saved_model.save(module, str(folder), signatures)
    return str(folder)


@pytest.mark.parametrize("dtype", [tf.int8, tf.uint8, tf.int16, tf.bool, tf.int64])
@pytest.mark.parametrize("how", ["by itself", "given"])
def test_inputs_of_every_kind_of_number(
    layer: Any, keras: Any, tmp_path: Path, dtype: Any, how: str
) -> None:
    """The name int8 is that of a quantization of Keras 3, too."""

    def twice(x: Any) -> Any:
        return 2 * tf.cast(x, tf.float32)

    handle = saved(tmp_path / "m", twice, tf.TensorSpec([None, 2], dtype))
    more = {} if how == "by itself" else {"input_shape": [2], "dtype": dtype}
    made = layer(handle, **more)
    x = tf.cast([[1, 0], [1, 1]], dtype)
    np.testing.assert_array_equal(made(x), [[2, 0], [2, 2]])
    model = keras.Sequential([keras.Input([2], dtype=dtype.name), made])
    np.testing.assert_array_equal(model(x), [[2, 0], [2, 2]])
    again = layer.from_config(made.get_config())
    np.testing.assert_array_equal(again(x), [[2, 0], [2, 2]])


def test_a_call_of_several_arguments(layer: Any, keras: Any, tmp_path: Path) -> None:
    def power(x: Any, exponent: Any) -> Any:
        return x**exponent

    handle = saved(tmp_path / "m", power, tf.TensorSpec([None, 2]), tf.TensorSpec([]))
    x = np.array([[2.0, 3.0]], np.float32)
    for given in (x, keras.Input([2])):
        with pytest.raises(InputError) as caught:
            layer(handle)(given)
        error = str(caught.value)
        assert "expected" in error
        assert "Give the others with arguments={'exponent': ...}" in error
        assert "\\x1b" not in error
    made = layer(handle, arguments={"exponent": 2.0})
    np.testing.assert_array_equal(made(x), [[4.0, 9.0]])
    assert tuple(made(keras.Input([2])).shape) == (None, 2)


def test_outputs_that_keras_lacks(layer: Any, keras: Any, tmp_path: Path) -> None:
    def rows(x: Any) -> Any:
        return tf.IndexedSlices(tf.cast(x, tf.float32), x)

    spec = tf.TensorSpec([None], tf.int32)
    handle = saved(tmp_path / "m", rows, spec, exported=False)
    with pytest.raises(ValueError, match="IndexedSlices"):
        layer(handle)(keras.Input([], dtype="int32"))


_MAKES = """
import sys, tensorflow as tf
module = tf.Module()
module.__call__ = tf.function(
    lambda x: tf.numpy_function(lambda x: 2 * x, [x], tf.float32),
    input_signature=[tf.TensorSpec([None])],
)
tf.saved_model.save(module, sys.argv[1], {"serving_default": module.__call__})
"""


def test_what_calls_the_program_that_made_it(layer: Any, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _MAKES, str(tmp_path)], check=True)
    file = tmp_path / "saved_model.pb"  # this program may have such a function, too
    file.write_bytes(file.read_bytes().replace(b"pyfunc_0", b"pyfunc_x"))
    model, x = hub.load(tmp_path), tf.ones([2])
    for apply in (
        layer(tmp_path),
        model,
        lambda x: model(x, signature="serving_default"),
    ):
        with pytest.raises(UnfitModuleError, match=r"tf\.numpy_function") as caught:
            apply(x)
        assert isinstance(caught.value, tf.errors.InvalidArgumentError)
