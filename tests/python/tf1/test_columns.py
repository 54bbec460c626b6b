from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub import errors
from tfhub.keras import versions
from tfhub.tf1 import private


def keras2() -> Any:
    try:
        return versions.keras2()
    except errors.DependencyError as error:
        pytest.skip(error.message)


v1 = tf.compat.v1
DATA = Path(__file__).parents[1] / "data" / "tf1"
TOKENS = ["cat", "dog", "the"]
# Two tokens, none, one, none.
SPARSE = ([[0, 0], [0, 1], [2, 0]], TOKENS, [4, 2])


@pytest.fixture
def text(tf1_modules: Path) -> str:
    """A module that embeds texts; [K] is [5]."""
    return str(tf1_modules / "text_embedding")


@pytest.fixture
def image(tf1_modules: Path) -> str:
    """A module that embeds images of 16 x 12; [K] is [4]."""
    return str(tf1_modules / "image_feature_vector")


def in_graph(build: Callable[[], Any]) -> Any:
    """What a session gives for what a function builds in a new graph."""
    with tf.Graph().as_default(), v1.Session() as session:
        result = build()
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        return session.run(result)


def embedded(handle: str, value: Any) -> Any:
    return in_graph(lambda: hub.Module(handle)(tf.constant(value)))


def input_layer(features: dict[str, Any], *columns: Any, **more: Any) -> Any:
    return v1.feature_column.input_layer(features, columns, **more)


def pictures(count: int = 2) -> Any:
    values = np.sin(np.arange(count * 16 * 12 * 3)) / 2 + 0.5
    return values.reshape([count, 16, 12, 3]).astype(np.float32)


@pytest.mark.parametrize("nested", [False, True])
def test_texts_are_embedded_as_published(text: str, nested: bool) -> None:
    case = json.loads((DATA / "text_embedding.json").read_text("utf-8"))["cases"][0]
    texts = [[each] for each in case["inputs"]] if nested else case["inputs"]
    column = hub.text_embedding_column("t", text)
    result = in_graph(lambda: input_layer({"t": tf.constant(texts)}, column))
    np.testing.assert_allclose(result, case["outputs"]["default"], rtol=1e-6)


def test_images_are_embedded_as_by_the_module(image: str) -> None:
    column = hub.image_embedding_column("i", image)
    result = in_graph(lambda: input_layer({"i": tf.constant(pictures())}, column))
    np.testing.assert_allclose(result, embedded(image, pictures()), rtol=1e-6)
    assert result.shape == (2, 4)


@pytest.mark.parametrize(
    ("combiner", "over"), [("mean", 2), ("sum", 1), ("sqrtn", np.sqrt(2))]
)
def test_tokens_are_combined(text: str, combiner: str, over: float) -> None:
    column = hub.sparse_text_embedding_column("s", text, combiner, "cat")
    result = in_graph(lambda: input_layer({"s": tf.SparseTensor(*SPARSE)}, column))
    cat, dog, the = embedded(text, TOKENS)
    expected = [(cat + dog) / over, cat, the, cat]
    np.testing.assert_allclose(result, expected, rtol=1e-5)


def test_without_a_default_an_example_without_tokens_is_zeros(text: str) -> None:
    column = hub.sparse_text_embedding_column("s", text, "sum", None)
    result = in_graph(lambda: input_layer({"s": tf.SparseTensor(*SPARSE)}, column))
    cat, dog, the = embedded(text, TOKENS)
    np.testing.assert_allclose(result, [cat + dog, 0 * cat, the, 0 * cat], rtol=1e-5)


def test_empty_strings_are_no_tokens(text: str) -> None:
    column = hub.sparse_text_embedding_column("s", text, "mean", "dog")
    tokens = [["", "cat"], ["", ""]]
    result = in_graph(lambda: input_layer({"s": tf.constant(tokens)}, column))
    np.testing.assert_allclose(result, embedded(text, ["cat", "dog"]), rtol=1e-6)


def test_columns_stand_side_by_side_by_name(text: str, image: str) -> None:
    columns = [
        hub.text_embedding_column("t", text),
        tf.feature_column.numeric_column("a"),
        hub.image_embedding_column("i", image),
    ]
    features = {"t": ["cat", "dog"], "i": pictures(), "a": [[7.0], [8.0]]}
    result = in_graph(lambda: input_layer(features, *columns))
    expected = [[[7.0], [8.0]], embedded(image, pictures())]
    expected.append(embedded(text, ["cat", "dog"]))
    np.testing.assert_allclose(result, np.concatenate(expected, 1), rtol=1e-6)


@pytest.mark.parametrize("column_trains", [False, True])
@pytest.mark.parametrize("layer_trains", [False, True])
@pytest.mark.parametrize("kind", ["text", "sparse"])
def test_input_layer_trains_what_both_let_it(
    text: str, column_trains: bool, layer_trains: bool, kind: str
) -> None:
    if kind == "text":
        column = hub.text_embedding_column("t", text, trainable=column_trains)
    else:
        column = hub.sparse_text_embedding_column(
            "t", text, "mean", "", trainable=column_trains
        )
    feature: Any = tf.SparseTensor(*SPARSE) if kind == "sparse" else ["cat"]
    with tf.Graph().as_default():
        if kind == "sparse":
            feature = tf.SparseTensor(*SPARSE)
        input_layer({"t": feature}, column, trainable=layer_trains)
        names = [each.op.name for each in v1.trainable_variables()]
        every = [each.op.name for each in v1.global_variables()]
    # As in the checkpoints of programs that used the reference library.
    assert every == ["input_layer/t_hub_module_embedding/module/embeddings"]
    assert names == (every if column_trains and layer_trains else [])


@pytest.mark.filterwarnings("ignore:`layer[.]")  # TensorFlow's own
def test_linear_model(text: str) -> None:
    column = hub.text_embedding_column("t", text)

    def build() -> Any:
        return v1.feature_column.linear_model({"t": ["cat", "dog"]}, [column])

    np.testing.assert_array_equal(in_graph(build), [[0.0], [0.0]])


def test_examples_are_parsed_for_the_columns(text: str, image: str) -> None:
    columns = [
        hub.text_embedding_column("t", text),
        hub.sparse_text_embedding_column("s", text, "mean", "cat"),
        hub.image_embedding_column("i", image),
    ]
    spec = v1.feature_column.make_parse_example_spec(columns)
    assert spec == tf.feature_column.make_parse_example_spec(columns)
    assert spec == {
        "t": tf.io.FixedLenFeature([1], tf.string),
        "s": tf.io.VarLenFeature(tf.string),
        "i": tf.io.FixedLenFeature([16, 12, 3], tf.float32),
    }
    example = tf.train.Example()
    feature = example.features.feature
    feature["t"].bytes_list.value.append(b"the cat")
    feature["s"].bytes_list.value.extend([b"the", b"cat"])
    feature["i"].float_list.value.extend(pictures(1).ravel())
    serialized = [example.SerializeToString()]
    result = in_graph(lambda: input_layer(v1.parse_example(serialized, spec), *columns))
    the, cat = embedded(text, ["the", "cat"])
    parts = [embedded(image, pictures(1))[0], (the + cat) / 2]
    parts.append(embedded(text, ["the cat"])[0])
    np.testing.assert_allclose(result, [np.concatenate(parts)], rtol=1e-5)


@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize("column_trains", [False, True])
@pytest.mark.parametrize("layer_trains", [False, True])
def test_dense_features_in_a_graph(
    text: str, generation: int, column_trains: bool, layer_trains: bool
) -> None:
    layers = keras2().layers
    if generation == 1:
        from tf_keras.api._v1.keras import layers  # type: ignore[no-redef]
    column = hub.text_embedding_column("t", text, trainable=column_trains)

    def build() -> Any:
        layer = layers.DenseFeatures([column], trainable=layer_trains)
        once = layer({"t": tf.constant(["cat"])})
        again = layer({"t": tf.constant(["dog"])})
        [variable] = v1.global_variables()
        prefix = "dense_features/t_hub_module_embedding/" if generation == 1 else ""
        assert variable.op.name == f"{prefix}module/embeddings"
        trained = [variable] if column_trains and layer_trains else []
        assert v1.trainable_variables() == trained
        assert layer.trainable_variables == trained
        return tf.concat([once, again], 0)

    result = in_graph(build)
    np.testing.assert_allclose(result, embedded(text, ["cat", "dog"]), rtol=1e-6)


def test_dense_features_outside_a_graph(text: str, image: str) -> None:
    layers = keras2().layers
    layer = layers.DenseFeatures(
        [
            hub.text_embedding_column("t", text),
            hub.sparse_text_embedding_column("s", text, "sum", None),
            hub.image_embedding_column("i", image),
        ]
    )
    features = {
        "t": tf.constant(["cat"] * 4),
        "s": tf.SparseTensor(*SPARSE),
        "i": tf.constant(pictures(4)),
    }
    result = layer(features).numpy()
    cat, dog, the = embedded(text, TOKENS)
    np.testing.assert_allclose(result[:, :4], embedded(image, pictures(4)), rtol=1e-5)
    tokens = [cat + dog, 0 * cat, the, 0 * cat]
    np.testing.assert_allclose(result[:, 4:9], tokens, rtol=1e-5)
    np.testing.assert_allclose(result[:, 9:], [cat] * 4, rtol=1e-5)
    np.testing.assert_allclose(tf.function(layer)(features), result, rtol=1e-6)
    assert layer.trainable_variables == []
    assert len(layer.non_trainable_variables) == 6


@pytest.mark.parametrize("trainable", [False, True])
def test_a_keras_model_trains_a_trainable_column(text: str, trainable: bool) -> None:
    keras = keras2()
    column = hub.text_embedding_column("t", text, trainable=trainable)
    inputs = {"t": keras.Input([1], dtype=tf.string, name="t")}
    hidden = keras.layers.DenseFeatures([column])(inputs)
    top = keras.layers.Dense(1, kernel_initializer="zeros")
    model = keras.Model(inputs, top(hidden))
    model.compile(keras.optimizers.SGD(0.2), "mse")
    [embeddings] = [each for each in model.variables if "embeddings" in each.name]
    before = embeddings.numpy()
    features = {"t": tf.constant([["the cat"], ["dog"]] * 8)}
    labels = tf.constant([[1.0], [-1.0]] * 8)
    losses = model.fit(features, labels, epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    moved = np.abs(embeddings.numpy() - before).max()
    assert moved > 1e-3 if trainable else moved == 0
    assert len(model.trainable_variables) == (3 if trainable else 2)


def test_averages_move_in_training_only(tmp_path: Path) -> None:
    keras = keras2()

    def module_fn() -> None:
        texts = v1.placeholder(tf.string, [None])
        lengths = tf.cast(tf.strings.length(texts), tf.float32)
        zeros = v1.zeros_initializer()
        average = v1.get_variable("average", [], initializer=zeros, trainable=False)
        update = average.assign_add(tf.reduce_mean(lengths), read_value=False)
        v1.add_to_collection("update_ops", update)
        hub.add_signature(inputs=texts, outputs=lengths[:, None] * [[1.0, 2.0]])

    path = str(tmp_path / "module")
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(hub.create_module_spec(module_fn))
        session.run(v1.global_variables_initializer())
        module.export(path, session)
    for trainable in (False, True):
        column = hub.text_embedding_column("t", path, trainable=trainable)
        layer = keras.layers.DenseFeatures([column])
        features = {"t": tf.constant(["four", "sixsix"])}
        np.testing.assert_array_equal(layer(features), [[4, 8], [6, 12]])
        [average] = layer.variables
        assert average.numpy() == 0
        layer(features, training=True)
        assert average.numpy() == (5 if trainable else 0)


def test_a_column_reads_what_another_makes(image: str) -> None:
    bytes_to_floats = tf.feature_column.numeric_column(
        "i", [16, 12, 3], normalizer_fn=lambda x: x / 255
    )
    column = hub.image_embedding_column(bytes_to_floats, image)
    scaled = pictures() * 255
    result = in_graph(lambda: input_layer({"i": tf.constant(scaled)}, column))
    np.testing.assert_allclose(result, embedded(image, pictures()), rtol=1e-5)
    assert column.name == "i_hub_module_embedding"
    spec = tf.feature_column.make_parse_example_spec([column])
    assert spec == {"i": tf.io.FixedLenFeature((16, 12, 3), tf.float32)}


def test_a_column_is_made_again_from_its_config(text: str, image: str) -> None:
    columns = {
        hub.text_embedding_column("t", text, trainable=True): {
            "key": "t", "module_spec_path": text, "trainable": True,
        },
        hub.sparse_text_embedding_column("s", Path(text), "sum", None): {
            "key": "s", "module_spec_path": text, "combiner": "sum",
            "default_value": None, "trainable": False,
        },
        hub.image_embedding_column("i", image, (16, 12)): {
            "key": "i", "module_spec_path": image, "image_size": (16, 12),
        },
    }  # fmt: skip
    for column, config in columns.items():
        assert column.get_config() == config
        through_json = json.loads(json.dumps(config))
        again = type(column).from_config(through_json)
        assert again == column
        assert hash(again) == hash(column)
        assert column.name == f"{config['key']}_hub_module_embedding"
        assert column._is_v2_column  # Estimators build by it
    assert len(set(columns)) == 3


def test_a_layer_is_made_again_from_its_config(text: str) -> None:
    layers = keras2().layers
    column = hub.text_embedding_column("t", text)
    config = layers.DenseFeatures([column]).get_config()
    known = {type(column).__name__: type(column)}
    layer = layers.DenseFeatures.from_config(config, custom_objects=known)
    result = layer({"t": tf.constant(TOKENS)})
    np.testing.assert_allclose(result, embedded(text, TOKENS), rtol=1e-6)


def test_a_column_of_a_spec_has_no_config(text: str) -> None:
    spec = hub.load_module_spec(text)
    column = hub.text_embedding_column("t", spec)
    assert column == hub.text_embedding_column("t", spec)
    assert column != hub.text_embedding_column("t", text)
    with pytest.raises(NotImplementedError, match="Export the module"):
        column.get_config()


def test_the_size_and_channels_of_images_can_be_others() -> None:
    def module_fn() -> None:
        images = v1.placeholder(tf.float32, [None, None, None, 1])
        hub.add_signature(
            inputs={"images": images}, outputs=tf.reduce_mean(images, [1, 2])
        )

    spec = hub.create_module_spec(module_fn)
    column = hub.image_embedding_column("i", spec, image_size=(8, 9))
    [feature] = column.parse_example_spec.values()
    assert feature.shape == [8, 9, 1]
    images = np.ones([2, 8, 9, 1], np.float32)
    result = in_graph(lambda: input_layer({"i": tf.constant(images)}, column))
    np.testing.assert_array_equal(result, [[1.0], [1.0]])
    with pytest.raises(ValueError, match="height and width"):
        hub.image_embedding_column("i", spec)


@pytest.mark.parametrize(
    "name", ["fruit_to_pet", "dense_two_layers", "control_flow", "sparse_input"]
)
def test_another_kind_of_module_is_refused(tf1_modules: Path, name: str) -> None:
    path = str(tf1_modules / name)
    with pytest.raises(ValueError, match="Module is not a text-embedding") as error:
        hub.text_embedding_column("t", path)
    assert path in str(error.value)
    with pytest.raises(errors.UnfitModuleError, match="not a text-embedding"):
        hub.sparse_text_embedding_column("t", path, "mean", "")
    with pytest.raises(ValueError, match="Module is not usable as image embedding"):
        hub.image_embedding_column("i", path)


@pytest.mark.parametrize("kind", ["text", "image"])
@pytest.mark.parametrize("wrong", ["", "input", "dtype", "name", "rank"])
def test_each_part_of_the_default_signature_counts(kind: str, wrong: str) -> None:
    def module_fn() -> None:
        dtype, shape = (tf.string, [None]) if kind == "text" else (tf.float32, [1] * 4)
        x = v1.placeholder(tf.int32 if wrong == "input" else dtype, shape)
        y = tf.zeros([2, 5, 5] if wrong == "rank" else [2, 5])
        y = tf.cast(y, tf.float64) if wrong == "dtype" else y
        output = "other" if wrong == "name" else "default"
        hub.add_signature(inputs={"images": x}, outputs={output: y})

    spec = hub.create_module_spec(module_fn)
    make = hub.text_embedding_column if kind == "text" else hub.image_embedding_column
    if wrong:
        with pytest.raises(errors.UnfitModuleError):
            make("t", spec)
    else:
        assert make("t", spec).variable_shape == [5]


def test_what_a_module_maps_is_said(tf1_modules: Path, text: str) -> None:
    with pytest.raises(errors.UnfitModuleError) as error:
        hub.text_embedding_column("t", str(tf1_modules / "control_flow"))
    assert "'n': int32 (), 'x': float32 ()" in str(error.value)
    with pytest.raises(errors.UnfitModuleError, match=r"'default': string \(None,\)"):
        hub.image_embedding_column("i", text)


def test_bad_arguments_are_refused(tf1_modules: Path, text: str) -> None:
    with pytest.raises(ValueError, match="`combiner` must be 'mean', 'sqrtn' or"):
        hub.sparse_text_embedding_column("s", text, "max", "")
    with pytest.raises(ValueError, match="int"):
        hub.text_embedding_column("t", 5)
    with pytest.raises(ValueError, match="default"):
        hub.text_embedding_column("t", tf1_modules / "half_precision_and_strings")


def test_more_than_one_text_to_an_example_is_refused(text: str) -> None:
    column = hub.text_embedding_column("t", text)
    with tf.Graph().as_default():
        with pytest.raises(TypeError, match="more than one text to an example"):
            input_layer({"t": tf.constant([["a", "b"]])}, column)
        with pytest.raises(ValueError, match="sparse_text_embedding_column"):
            input_layer({"t": tf.SparseTensor(*SPARSE)}, column)


def test_tensorflows_columns_have_the_classes_that_ours_inherit() -> None:
    old, new = private.dense_columns()
    column = tf.feature_column.numeric_column("a")
    assert isinstance(column, old)
    assert isinstance(column, new)
    manager = tf.__internal__.feature_column.StateManager(None, trainable=False)
    assert not private.trains(manager)
