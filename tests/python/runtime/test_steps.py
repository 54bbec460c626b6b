"""How predict() applies models of every kind, without tracing them again and again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import GraphError, InputError, OutputError, SignatureNotFoundError
from tfhub.runtime.steps import prepare

X = np.arange(210.0, dtype="float32").reshape(70, 3)
SIZES = 32, 31, 6, 70


def saved(path: Path, **functions: Any) -> Any:
    module = tf.Module()
    for name, function in functions.items():
        setattr(module, name, function)
    signatures = {k: f for k, f in functions.items() if not k.startswith("_")}
    tf.saved_model.save(module, str(path), signatures=signatures)
    return hub.load(path)


def spec(*shape: int | None, dtype: Any = tf.float32) -> Any:
    return tf.TensorSpec(shape, dtype)


def test_a_loaded_model_is_traced_once(fruit: Path) -> None:
    model = hub.load(fruit)
    own = vars(model)["__call__"]
    counts = []
    for size in SIZES:
        hub.predict(model, X, batch_size=size)
        hub.predict(model, X[:size].astype("int32"))
        counts.append(own.experimental_get_tracing_count())
    assert counts[0] <= 1
    assert len(set(counts)) == 1


def traced(**options: Any) -> tuple[Any, list[Any]]:
    shapes = []

    def function(x: Any) -> Any:
        shapes.append(x.shape.as_list())
        return x * 2

    return tf.function(function, **options), shapes


@pytest.mark.parametrize("options", [{}, {"input_signature": [spec(None, None)]}])
def test_a_function_is_traced_once(options: dict[str, Any]) -> None:
    function, shapes = traced(**options)
    for size in SIZES:
        np.testing.assert_array_equal(hub.predict(function, X, batch_size=size), 2 * X)
    assert len(shapes) == 1


def test_a_function_is_traced_for_other_shapes_of_rows_but_not_for_each() -> None:
    function, shapes = traced()
    ragged = (np.ones((2, n % 9)) for n in range(90))
    with pytest.raises(OutputError, match=r"shapes \[2, 0\] and \[2, 1\] for"):
        hub.predict(function, ragged)
    assert len(shapes) <= 3


def keras_kinds() -> list[Any]:
    import keras

    if keras.__version__ < "3":
        return [keras]  # tf_keras has the same names of classes, and would take them
    try:
        import tf_keras
    except ImportError:
        return [keras]
    return [keras, tf_keras]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("keras", keras_kinds(), ids=lambda k: k.__name__)
def test_a_keras_model(keras: Any) -> None:
    shapes = []

    class Counting(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            shapes.append(x.shape)
            return x

    layers = keras.layers
    parts = [
        layers.Dense(4),
        layers.Dropout(0.9),
        layers.BatchNormalization(),
        Counting(),
    ]
    model = keras.Sequential([layers.Input([3]), *parts])
    shapes.clear()
    got = hub.predict(model, X)
    assert len(shapes) == 1
    np.testing.assert_allclose(got, model.predict(X, verbose=0), rtol=1e-5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("keras", keras_kinds(), ids=lambda k: k.__name__)
def test_a_keras_model_of_two_inputs(keras: Any) -> None:
    inputs = [keras.Input([3], name="a"), keras.Input([3], name="b")]
    model = keras.Model(inputs, keras.layers.subtract(inputs))
    for x in ((X, X[::-1]), {"a": X, "b": X[::-1]}):
        np.testing.assert_allclose(hub.predict(model, x), X - X[::-1])


@pytest.mark.filterwarnings("ignore")
def test_a_hub_layer(fruit: Path) -> None:
    layer = hub.KerasLayer(str(fruit))
    want = hub.load(fruit)(X).numpy()
    np.testing.assert_allclose(hub.predict(layer, X), want, rtol=1e-6)


def test_a_function_of_a_model(fruit: Path) -> None:
    model = hub.load(fruit)
    words = ["a", "bb", "ü"] * 20
    want = model.embed(words).numpy()
    np.testing.assert_array_equal(hub.predict(model.embed, words), want)


def test_a_python_function() -> None:
    sizes = []

    def double(x: Any) -> Any:
        sizes.append(len(x))
        return 2 * x

    np.testing.assert_array_equal(hub.predict(double, X), 2 * X)
    assert sizes == [32, 32, 6]


def test_what_cannot_be_applied() -> None:
    with pytest.raises(InputError, match=r"a str, which is not callable.*\n.*load\(\)"):
        hub.predict("some/handle", X)


@pytest.mark.parametrize("argument", [{"signature": "default"}, {"as_dict": True}])
def test_signatures_of_what_has_none(argument: dict[str, Any]) -> None:
    def double(x: Any) -> Any:
        return 2 * x

    with pytest.raises(InputError, match="double has no signatures"):
        hub.predict(tf.function(double), X, **argument)


def test_an_unknown_signature(fruit: Path) -> None:
    with pytest.raises(SignatureNotFoundError, match="fruit_to_pet"):
        hub.predict(hub.load(fruit), X, signature="nothing")


def test_in_a_graph(fruit: Path) -> None:
    model = hub.load(fruit)
    with tf.Graph().as_default(), pytest.raises(GraphError, match="in a graph"):
        hub.predict(model, X)


@pytest.mark.parametrize("load", [hub.load, hub.Module])
def test_modules_in_the_tf1_hub_format(tf1_modules: Path, load: Any) -> None:
    text = load(str(tf1_modules / "text_embedding"))
    words = ["hello world", "", "a cat"] * 25
    got = hub.predict(text, words)
    assert got.shape[0] == 75
    want = np.asarray(hub.load(str(tf1_modules / "text_embedding"))(words))
    np.testing.assert_allclose(got, want, rtol=1e-6)
    np.testing.assert_allclose(hub.predict(text, iter(words)), want, rtol=1e-6)


@pytest.mark.parametrize("load", [hub.load, hub.Module])
def test_a_module_of_sparse_inputs(tf1_modules: Path, load: Any) -> None:
    module = load(str(tf1_modules / "sparse_input"))
    x = np.arange(630, dtype="float32").reshape(70, 9)
    sparse = tf.sparse.from_dense(np.where(x % 4, 0, x))
    want = np.asarray(module(sparse))
    for given in (sparse, tf.data.Dataset.from_tensor_slices(sparse)):
        np.testing.assert_allclose(hub.predict(module, given), want, rtol=1e-5)


def test_all_outputs_of_a_module(tf1_modules: Path) -> None:
    module = hub.Module(str(tf1_modules / "fruit_to_pet"))
    fruit = {"apples": X, "oranges": range(70)}
    got = hub.predict(module, fruit, signature="fruit_to_pet", as_dict=True)
    assert {name: value.shape for name, value in got.items()} == {
        "cats": (70, 4),
        "default": (70, 4),
        "dogs": (70,),
    }


def test_a_module_in_a_graph(tf1_modules: Path) -> None:
    with tf.Graph().as_default():
        module = hub.Module(str(tf1_modules / "text_embedding"))
    with pytest.raises(GraphError):
        hub.predict(module, ["a"])


FIXED: dict[str, Callable[[], Any]] = {
    "array": lambda: X,
    "tensor": lambda: tf.constant(X),
    "list": X.tolist,
    "rows": lambda: iter(X),
    "batches": lambda: iter([X[:9], X[9:65], X[65:]]),
    "dataset": lambda: tf.data.Dataset.from_tensor_slices(X).batch(30),
}


@pytest.mark.parametrize("kind", FIXED)
def test_a_model_of_a_fixed_number_of_rows(tmp_path: Path, kind: str) -> None:
    seen = tf.Variable(0)

    @tf.function(input_signature=[spec(16, 3)])
    def function(x: Any) -> Any:
        return {"mean": tf.reduce_mean(x, 1), "text": tf.strings.as_string(x)}

    model = saved(tmp_path, __call__=function, named=function)
    for signature in (None, "named"):
        got = hub.predict(model, FIXED[kind](), signature=signature, as_dict=True)
        np.testing.assert_allclose(got["mean"], X.mean(1))
        assert got["text"].shape == (70, 3)
    del seen


def test_a_model_of_one_row(tmp_path: Path) -> None:
    function = tf.function(
        lambda x: tf.strings.split(x)[0], input_signature=[spec(1, dtype=tf.string)]
    )
    model = saved(tmp_path, __call__=function)
    assert prepare(model, None, None).rows == 1
    with pytest.raises(OutputError, match="shape"):
        hub.predict(model, ["a b", "c d e"])


def test_a_fixed_number_of_ragged_and_sparse_rows(tmp_path: Path) -> None:
    @tf.function(input_signature=[spec(4, dtype=tf.string)])
    def function(text: Any) -> Any:
        ragged = tf.strings.split(text)
        return {"ragged": ragged, "sparse": ragged.to_sparse()}

    got = hub.predict(saved(tmp_path, __call__=function), ["a b", "", "c"] * 3)
    assert [row.tolist() for row in got["ragged"]] == [["a", "b"], [], ["c"]] * 3
    assert got["sparse"].tolist() == [["a", "b"], ["", ""], ["c", ""]] * 3


def test_a_flexible_variant_is_preferred(tmp_path: Path) -> None:
    function = tf.function(lambda x: x + 1)
    for rows in (1, 16, None):
        function.get_concrete_function(spec(rows, 3))
    model = saved(tmp_path, __call__=function)
    assert prepare(model, None, None).rows is None
    np.testing.assert_array_equal(hub.predict(model, X), X + 1)


def test_a_tuple_is_several_arguments_where_the_model_takes_several(
    tmp_path: Path,
) -> None:
    @tf.function(input_signature=[spec(None, 3), spec(None, 1)])
    def function(a: Any, b: Any) -> Any:
        return a - b

    model = saved(tmp_path, __call__=function)
    assert not prepare(model, None, None).rows
    np.testing.assert_array_equal(hub.predict(model, (X, X[:, :1])), X - X[:, :1])
    with pytest.raises(InputError, match="do not fit"):
        hub.predict(model, X)


def test_a_second_argument_with_a_default(tmp_path: Path) -> None:
    @tf.function
    def function(x: Any, by: Any = 2.0) -> Any:
        return x * by

    function.get_concrete_function(spec(None, 3), spec())
    function.get_concrete_function(spec(None, 3))
    model = saved(tmp_path, __call__=function)
    np.testing.assert_array_equal(hub.predict(model, X), 2 * X)


def test_a_signature_itself(fruit: Path) -> None:
    signatures = hub.load(fruit).signatures
    assert hub.predict(signatures["shout"], ["a", "b"] * 20).tolist() == ["A", "B"] * 20
    got = hub.predict(signatures["serving_default"], X, as_dict=True)
    assert got["output_0"].shape == (70, 2)
