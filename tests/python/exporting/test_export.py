"""A model in memory, written, and used again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfhub as hub
from tfhub.errors import (
    DependencyError,
    InputError,
    ModelExistsError,
    UnfitModuleError,
    WriteError,
)
from tfhub.keras import versions
from tfhub.runtime.tf import tf

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


@pytest.fixture(params=["keras3", "keras2"])
def keras(request: pytest.FixtureRequest) -> Any:
    try:
        return getattr(versions, request.param)()
    except DependencyError as error:
        pytest.skip(error.message)


def layer_of(keras: Any, path: str, **arguments: Any) -> Any:
    kind = hub.tf_keras if versions.is_keras2(keras) else hub.keras3
    return kind.KerasLayer(path, **arguments)


def trained(keras: Any) -> Any:
    model = keras.Sequential(
        [
            keras.Input((3,), name="x"),
            keras.layers.Dense(
                4, kernel_regularizer="l2", activity_regularizer="l1", name="dense"
            ),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
        ]
    )
    model.compile("adam", "mse")
    model.fit(X, np.ones((8, 4)), verbose=0)
    return model


def test_a_keras_model_is_loaded_with_what_reusable_models_have(
    keras: Any, tmp_path: Path
) -> None:
    model = trained(keras)
    path = hub.export(model, tmp_path / "new" / "m")
    assert path == str(tmp_path / "new" / "m")
    loaded = hub.load(path)
    np.testing.assert_allclose(loaded(X), model.predict(X, verbose=0), atol=1e-6)
    assert len(loaded.variables) == len(model.weights) + (
        "seed" in str(model.variables)
    )
    assert len(loaded.trainable_variables) == 4
    (loss,) = loaded.regularization_losses
    kernel = model.get_layer("dense").kernel
    np.testing.assert_allclose(loss(), 0.01 * np.sum(np.square(kernel)), rtol=1e-5)
    assert np.mean(loaded(X, training=True) == 0) > 0.1
    described = hub.describe(path)
    assert set(described.signatures) == {"serving_default"}
    (name, spec), *others = described.signatures["serving_default"].inputs.items()
    assert (str(spec), others) == ("float32[?, 3]", [])
    assert name.startswith("x")
    np.testing.assert_allclose(
        loaded(X, signature="serving_default"), loaded(X), atol=1e-6
    )
    assert described.variables.count == len(loaded.variables)  # none of the optimizer


def test_an_exported_keras_model_trains_further(keras: Any, tmp_path: Path) -> None:
    path = hub.export(trained(keras), tmp_path / "m")
    layer = layer_of(keras, path, trainable=True)
    model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1)])
    assert len(layer.losses) == 1
    before = [np.array(w) for w in layer.get_weights()]
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(X, np.ones((8, 1)), verbose=0)
    moved = [
        not np.allclose(a, b) for a, b in zip(before, layer.get_weights(), strict=True)
    ]
    assert sum(moved) >= 4


def test_tables_dicts_and_lists(keras: Any, tmp_path: Path) -> None:
    size = keras.Input((3,), name="size")
    word = keras.Input((), dtype="string", name="word")
    rows = keras.layers.StringLookup(vocabulary=["cat", "dog"])(word)
    both = {"row": rows, "sum": keras.layers.Dense(1)(size)}
    model = keras.Model({"word": word, "size": size}, both)
    loaded = hub.load(hub.export(model, tmp_path / "m"))
    given = {"word": tf.constant(["dog", "cow"]), "size": tf.constant(X[:2])}
    for came in (
        loaded(given),
        loaded(given, signature="serving_default", as_dict=True),
    ):
        np.testing.assert_array_equal(came["row"], [2, 0])
        np.testing.assert_allclose(came["sum"], model(given)["sum"], atol=1e-6)

    model = keras.Model([size, word], [rows, size])
    loaded = hub.load(hub.export(model, tmp_path / "lists"))
    came = loaded([X[:2], tf.constant(["dog", "cow"])])
    np.testing.assert_array_equal(came[0], [2, 0])
    (signature,) = hub.describe(tmp_path / "lists").signatures.values()
    assert len(signature.inputs) == 2
    assert set(signature.outputs) == {"output_0", "output_1"}


def test_text_goes_through_a_layer_of_text(keras: Any, tmp_path: Path) -> None:
    words = keras.layers.TextVectorization(vocabulary=["cat", "dog"])
    model = keras.Sequential([keras.Input((), dtype="string"), words])
    loaded = hub.load(hub.export(model, tmp_path / "m"))
    np.testing.assert_array_equal(loaded(["a cat", "dog"]), [[1, 2], [3, 0]])


def test_a_model_of_a_class_of_its_own(keras: Any, tmp_path: Path) -> None:
    class Mine(keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(name="mine")
            self.dense = keras.layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    model = Mine()
    with pytest.raises(InputError, match=r"mine(.|\n)*tf\.TensorSpec"):
        hub.export(model, tmp_path / "m")
    assert not list(tmp_path.iterdir())
    spec = tf.TensorSpec([None, 3], tf.float32)
    loaded = hub.load(hub.export(model, tmp_path / "m", inputs=spec))
    np.testing.assert_allclose(loaded(X), model(X), atol=1e-6)
    assert len(loaded.trainable_variables) == 2
    assert list(loaded.regularization_losses) == []


def test_a_layer(keras: Any, tmp_path: Path) -> None:
    layer = keras.layers.Dense(2)
    path = hub.export(
        layer, tmp_path / "m", inputs=tf.TensorSpec([None, 3], tf.float32)
    )
    np.testing.assert_allclose(hub.load(path)(X), layer(X), atol=1e-6)


class Scale(tf.Module):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.scale = tf.Variable(2.0)
        self.frozen = tf.Variable(0.0, trainable=False)
        self.inner = {"bias": tf.Variable(1.0)}
        self.regularization_losses = [
            tf.function(lambda: self.scale**2, input_signature=[])
        ]

    def __call__(self, x: Any, training: bool = False) -> Any:
        return x * self.scale + self.inner["bias"] + float(training)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
    def shout(self, text: Any) -> Any:
        return {"loud": tf.strings.upper(text)}

    def unsaved(self, x: Any) -> Any:
        return x


def test_a_module_of_python_functions(tmp_path: Path) -> None:
    module = Scale()
    path = hub.export(
        module,
        tmp_path / "m",
        inputs=tf.TensorSpec([None], tf.float32),
        signatures={"shout": module.shout},
    )
    loaded = hub.load(path)
    np.testing.assert_allclose(loaded([1.0, 2.0]), [3, 5])
    np.testing.assert_allclose(loaded([1.0], training=True), [4])
    assert len(loaded.variables) == 3
    assert len(loaded.trainable_variables) == 2
    assert loaded.regularization_losses[0]().numpy() == 4
    assert loaded.shout(["a"])["loud"].numpy() == [b"A"]
    assert loaded.inner["bias"].numpy() == 1
    assert set(hub.describe(path).signatures) == {"serving_default", "shout"}
    loaded.scale.assign(5.0)
    np.testing.assert_allclose(loaded([1.0]), [6])


def test_what_is_loaded_is_written_with_its_values_of_now(tmp_path: Path) -> None:
    spec = tf.TensorSpec([None], tf.float32)
    module = Scale()
    signatures = {"shout": module.shout}
    loaded = hub.load(
        hub.export(module, tmp_path / "a", inputs=spec, signatures=signatures)
    )
    loaded.scale.assign(7.0)
    again = hub.load(hub.export(loaded, tmp_path / "b"))
    np.testing.assert_allclose(again([1.0], training=True), [9])
    assert set(again.signatures) == {"serving_default", "shout"}
    assert len(again.trainable_variables) == 2
    assert again.regularization_losses[0]().numpy() == 49


def with_signature(module: Any) -> None:
    specs = [tf.TensorSpec([None], tf.float32), tf.TensorSpec([], tf.int32)]
    module.__call__ = tf.function(lambda x, power: x ** tf.cast(power, x.dtype), specs)


def called_once(module: Any) -> None:
    module.__call__ = tf.function(lambda x, power: x ** tf.cast(power, x.dtype))
    module.__call__(tf.constant([1.0]), tf.constant(2))


@pytest.mark.parametrize("made", [with_signature, called_once])
def test_a_call_that_is_known(made: Callable[[Any], None], tmp_path: Path) -> None:
    module = tf.Module()
    made(module)
    loaded = hub.load(hub.export(module, tmp_path / "m"))
    np.testing.assert_allclose(loaded(tf.constant([3.0]), tf.constant(2)), [9])
    known = made is with_signature
    signatures = hub.describe(tmp_path / "m").signatures
    assert [list(s.inputs) for s in signatures.values()] == [["power", "x"]] * known


def test_signatures_without_a_call(tmp_path: Path) -> None:
    module = tf.train.Checkpoint(scale=tf.Variable(2.0))
    double = tf.function(
        lambda x: {"y": module.scale * x},
        input_signature=[tf.TensorSpec([None], tf.float32, name="x")],
    )
    path = hub.export(module, tmp_path / "m", signatures={"double": double})
    loaded = hub.load(path)
    np.testing.assert_allclose(loaded([1.0], signature="double"), [2])


def test_a_loaded_model_of_functions_without_a_call(tmp_path: Path) -> None:
    class Coder(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = tf.Variable(2.0)

        @tf.function(input_signature=[tf.TensorSpec([])])
        def encode(self, x: Any) -> Any:
            return x * self.weight

    tf.saved_model.save(Coder(), str(tmp_path / "old"), {})
    model = hub.load(tmp_path / "old")
    model.weight.assign(5.0)
    hub.export(model, tmp_path / "new")
    assert float(hub.load(tmp_path / "new").encode(tf.constant(2.0))) == 10.0


def test_variables_by_reference_are_not_exported_without_their_values(
    tmp_path: Path,
) -> None:
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None])
        y = x * v1.get_variable("w", initializer=3.0, use_resource=False)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(tmp_path / "old"), {"x": x}, {"y": y})
    model = hub.load(tmp_path / "old")
    with pytest.raises(UnfitModuleError, match="variables by reference") as caught:
        hub.export(model, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert "tags=['serve']" in str(caught.value)
    spec = hub.create_module_spec_from_saved_model(tmp_path / "old")
    hub.upgrade(spec, tmp_path / "new", tags=["serve"])
    assert hub.load(tmp_path / "new")([2.0])["y"].numpy().tolist() == [6.0]


def test_sparse_inputs_are_for_the_call_only(tmp_path: Path) -> None:
    module = tf.Module()
    spec = tf.SparseTensorSpec([None, 3], tf.float32)
    module.__call__ = tf.function(tf.sparse.to_dense, input_signature=[spec])
    path = hub.export(module, tmp_path / "m")
    assert not hub.describe(path).signatures
    np.testing.assert_allclose(hub.load(path)(tf.sparse.eye(2, 3)), np.eye(2, 3))


def test_modules_in_the_tf1_hub_format_have_an_export_of_their_own(
    tf1_modules: Path, tmp_path: Path
) -> None:
    spec = hub.load_module_spec(tf1_modules / "dense_two_layers")
    path = hub.export(spec, tmp_path / "a")
    assert hub.export(hub.Module(path), tmp_path / "b") == str(tmp_path / "b")
    assert hub.describe(tmp_path / "b").format == "TF1 Hub module"
    with pytest.raises(InputError, match="Leave"):
        hub.export(spec, tmp_path / "c", signatures={"a": len})
    with pytest.raises(UnfitModuleError, match=r"upgrade\(\)"):
        hub.export(hub.load(path), tmp_path / "c")


def untraced() -> Any:
    module = tf.Module()
    module.__call__ = tf.function(lambda x: x)
    return module


def signed() -> Any:
    module = tf.Module()
    with_signature(module)
    return module


@pytest.mark.parametrize(
    ("make", "arguments", "error", "said"),
    [
        (lambda: len, {}, UnfitModuleError, "neither a model of Keras nor a tf.Module"),
        (lambda: tf.Module, {}, UnfitModuleError, "neither"),
        (tf.Module, {}, UnfitModuleError, "Module has neither a call nor a signature"),
        (Scale, {}, InputError, "not known what the call of the model takes"),
        (untraced, {}, InputError, "never called"),
        (signed, {"inputs": 1}, InputError, r"already what it takes: \(TensorSpec"),
    ],
)
def test_what_cannot_be_exported_leaves_nothing(
    make: Callable[[], Any],
    arguments: dict[str, Any],
    error: type[Exception],
    said: str,
    tmp_path: Path,
) -> None:
    with pytest.raises(error, match=said):
        hub.export(make(), tmp_path / "m", **arguments)
    assert not list(tmp_path.iterdir())


def test_a_failure_of_tensorflow_leaves_nothing(tmp_path: Path) -> None:
    module = Scale()
    module.function = tf.function(lambda: untracked, input_signature=[])
    untracked = tf.Variable(1.0)
    with pytest.raises(UnfitModuleError, match=r"captures(.|\n)*an attribute of it"):
        hub.export(module, tmp_path / "m", inputs=tf.TensorSpec([None], tf.float32))
    assert not list(tmp_path.iterdir())


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "notes.txt").write_text("mine")
    spec = tf.TensorSpec([None], tf.float32)
    hub.export(Scale(), tmp_path / "m", inputs=spec)
    there = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert {"notes.txt", "saved_model.pb"} < {path.name for path in there}
    with pytest.raises(ModelExistsError, match="exists already, with files of a model"):
        hub.export(Scale(), tmp_path / "m", inputs=spec)
    assert there == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spec = tf.TensorSpec([None], tf.float32)
    with pytest.raises(WriteError, match=r"m cannot be written(.|\n)*another path"):
        hub.export(Scale(), tmp_path / "file" / "m", inputs=spec)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_an_input_without_a_name_of_its_own_is_called_inputs(
    keras: Any, tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    path = hub.export(model, tmp_path / "model")
    [name] = hub.describe(path).signatures["serving_default"].inputs
    assert not name.startswith("keras_tensor")
