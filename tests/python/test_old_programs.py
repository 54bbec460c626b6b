"""What programs for tensorflow_hub call, word for word, with `import tfhub as hub`.

Models of tfhub.dev come from a hub on loopback; what they compute is made up.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.testing import Host

v1 = tf.compat.v1


class Model(tf.Module):
    """Something to call, with a variable, and what else a model has."""

    def __init__(self, call: Callable[..., Any], *specs: tf.TensorSpec) -> None:
        super().__init__()
        self.scale = tf.Variable(2.0, name="scale")
        if len(specs) == 1:
            self.function = tf.function(lambda x: call(self.scale, x))
        else:
            self.function = tf.function(lambda x, y: call(self.scale, x, y))
        self.function.get_concrete_function(*specs)

    def save(self, path: Path, **parts: Any) -> Path:
        root = tf.train.Checkpoint(module=self, **parts)
        root.variables = root.trainable_variables = [self.scale]
        root.__call__ = self.function
        tf.saved_model.save(root, str(path))
        return path


def floats(*shape: int | None) -> tf.TensorSpec:
    return tf.TensorSpec(shape, tf.float32)


def lengths(scale: Any, texts: Any) -> Any:
    """float32 [batch, 20] of string [batch]."""
    length = tf.cast(tf.strings.length(texts), tf.float32)
    return scale * length[:, None] * tf.linspace(0.0, 1.0, 20)[None, :]


def means(scale: Any, images: Any) -> Any:
    """float32 [batch, 3] of images."""
    return scale * tf.reduce_mean(images, [1, 2])


@pytest.fixture
def tfhub_dev(host: Host, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts models where the handles of tfhub.dev find them."""
    monkeypatch.setenv("TFHUB_MIRROR", f"https://tfhub.dev/={host.url}/")

    def add(models: dict[str, Path]) -> None:
        for path, model in models.items():
            host.add("/" + path, model)

    return add


@pytest.fixture(scope="module")
def swivel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "swivel"
    return Model(lengths, tf.TensorSpec([None], tf.string)).save(path)


@pytest.fixture(scope="module")
def mobilenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "mobilenet"
    return Model(means, floats(None, 224, 224, 3)).save(path)


def exported(path: Path, module_fn: Callable[[], None]) -> Path:
    hub.create_module_spec(module_fn).export(str(path))
    return path


def test_text_classification(tfhub_dev: Any, swivel: Path) -> None:
    tfhub_dev({"google/tf2-preview/gnews-swivel-20dim/1": swivel})
    train_examples = np.array([b"good", b"very bad", b"fine", b"bad"])
    train_labels = np.array([1, 0, 1, 0])
    model = "https://tfhub.dev/google/tf2-preview/gnews-swivel-20dim/1"
    hub_layer = hub.KerasLayer(
        model, output_shape=[20], input_shape=[], dtype=tf.string, trainable=True
    )
    assert hub_layer(train_examples[:3]).shape == (3, 20)

    model = tf.keras.Sequential()
    model.add(hub_layer)
    model.add(tf.keras.layers.Dense(16, activation="relu"))
    model.add(tf.keras.layers.Dense(1))
    model.compile(
        optimizer="adam",
        loss=tf.keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    data = tf.data.Dataset.from_tensor_slices((train_examples, train_labels)).batch(2)
    history = model.fit(data, epochs=2, validation_data=data, verbose=0, shuffle=False)
    assert len(history.history["val_loss"]) == 2
    assert len(model.trainable_variables) == 5


def test_transfer_learning(
    tfhub_dev: Any, mobilenet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tfhub_dev({"google/tf2-preview/mobilenet_v2/feature_vector/4": mobilenet})
    handle = "https://tfhub.dev/google/tf2-preview/mobilenet_v2/feature_vector/4"
    IMAGE_SHAPE = (224, 224)
    classifier = tf.keras.Sequential(
        [hub.KerasLayer(handle, input_shape=IMAGE_SHAPE + (3,))]  # noqa: RUF005
    )
    image = np.ones((224, 224, 3), np.float32)
    result = classifier.predict(image[np.newaxis, ...], verbose=0)
    np.testing.assert_allclose(result, [[2, 2, 2]], rtol=1e-6)

    feature_extractor_layer = hub.KerasLayer(
        handle, input_shape=(224, 224, 3), trainable=False
    )
    assert feature_extractor_layer(image[None]).shape == (1, 3)
    model = tf.keras.Sequential(
        [feature_extractor_layer, tf.keras.layers.Dense(2, activation="softmax")]
    )
    saved_model = str(tmp_path / "model.keras")
    model.save(saved_model)
    monkeypatch.setenv("TFHUB_TRUSTED", "https://tfhub.dev/google/")
    reloaded = tf.keras.models.load_model(
        saved_model, custom_objects={"KerasLayer": hub.KerasLayer}
    )
    np.testing.assert_allclose(reloaded(image[None]), model(image[None]))


def test_a_session_with_an_encoder_of_sentences(
    tfhub_dev: Any, tf1_modules: Path
) -> None:
    tfhub_dev({"google/universal-sentence-encoder/2": tf1_modules / "text_embedding"})
    module_url = "https://tfhub.dev/google/universal-sentence-encoder/2"
    messages = ["the cat runs", "dog, sleeps!"]
    with tf.Graph().as_default():
        embed = hub.Module(module_url)
        embeddings = embed(messages)
        with v1.Session() as session:
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            assert session.run(embeddings).shape == (2, 5)
    embed = hub.load(module_url)
    assert embed.signatures["default"](tf.constant(messages))["default"].shape == (2, 5)
    assert hub.KerasLayer(module_url)(messages).shape == (2, 5)


def test_elmo(tfhub_dev: Any, tmp_path: Path) -> None:
    def elmo_fn() -> None:
        texts = v1.placeholder(tf.string, [None])
        scale = v1.get_variable("scale", initializer=2.0)
        default = lengths(scale, texts)
        outputs = {"default": default, "elmo": default[:, None, :]}
        hub.add_signature("default", inputs=texts, outputs=outputs)

    tfhub_dev({"google/elmo/2": exported(tmp_path / "elmo", elmo_fn)})
    with tf.Graph().as_default(), v1.Session() as session:
        elmo = hub.Module("https://tfhub.dev/google/elmo/2", trainable=True)
        embeddings = elmo(
            ["the cat is on the mat", "dogs are in the fog"],
            signature="default",
            as_dict=True,
        )["elmo"]
        session.run(v1.global_variables_initializer())
        assert session.run(embeddings).shape == (2, 1, 20)
        assert len(v1.trainable_variables()) == 1


def test_biggan(tfhub_dev: Any, tmp_path: Path) -> None:
    def biggan_fn() -> None:
        shapes: dict[str, list[int | None]] = {
            "y": [None, 10], "z": [None, 4], "truncation": [],
        }  # fmt: skip
        inputs = {k: v1.placeholder(tf.float32, v) for k, v in shapes.items()}
        noise = tf.concat([inputs["y"], inputs["z"] * inputs["truncation"]], 1)
        images = tf.reshape(tf.tanh(noise), [-1, 1, 1, 14])
        hub.add_signature(inputs=inputs, outputs=images)

    tfhub_dev({"deepmind/biggan-deep-256/1": exported(tmp_path / "gan", biggan_fn)})
    with tf.Graph().as_default(), v1.Session() as sess:
        module = hub.Module("https://tfhub.dev/deepmind/biggan-deep-256/1")
        inputs = {
            k: v1.placeholder(v.dtype, v.get_shape().as_list(), k)
            for k, v in module.get_input_info_dict().items()
        }
        output = module(inputs)
        sess.run(v1.global_variables_initializer())
        feed_dict = {inputs["z"]: np.ones((2, 4)), inputs["y"]: np.eye(2, 10),
                     inputs["truncation"]: 0.5}  # fmt: skip
        assert sess.run(output, feed_dict=feed_dict).shape == (2, 1, 1, 14)
    generator = hub.load("https://tfhub.dev/deepmind/biggan-deep-256/1")
    images = generator.signatures["default"](
        y=tf.eye(2, 10), z=tf.ones([2, 4]), truncation=tf.constant(0.5)
    )["default"]
    assert images.shape == (2, 1, 1, 14)


def test_sounds_and_their_names(tfhub_dev: Any, tmp_path: Path) -> None:
    names = tmp_path / "classes.csv"
    names.write_text("speech\nmusic\n", "utf-8")
    asset = tf.saved_model.Asset(str(names))
    path = tf.function(lambda: asset.asset_path, input_signature=[])
    yamnet = Model(
        lambda scale, wave: (scale * wave[:2], wave[None, :4], wave[:, None]),
        floats(None),
    ).save(tmp_path / "yamnet", class_map_path=path, names=asset)
    tfhub_dev({"google/yamnet/1": yamnet})
    model = hub.load("https://tfhub.dev/google/yamnet/1")
    waveform = np.zeros(3 * 16000, dtype=np.float32)
    scores, embeddings, log_mel_spectrogram = model(waveform)
    assert scores.shape == (2,)
    assert (embeddings.shape, log_mel_spectrogram.shape) == ((1, 4), (48000, 1))
    class_map_path = model.class_map_path().numpy()
    with tf.io.gfile.GFile(class_map_path) as file:
        assert file.read().split() == ["speech", "music"]


def test_a_style_is_transferred(tfhub_dev: Any, tmp_path: Path) -> None:
    image = floats(None, None, None, 3)
    style = Model(lambda scale, a, b: [a + scale * tf.reduce_mean(b)], image, image)
    path = "google/magenta/arbitrary-image-stylization-v1-256/1"
    tfhub_dev({path: style.save(tmp_path / "style")})
    hub_module = hub.load("https://tfhub.dev/" + path)
    content_image, style_image = np.zeros((1, 4, 4, 3)), np.ones((1, 2, 2, 3))
    stylized_image = hub_module(
        tf.constant(content_image, tf.float32), tf.constant(style_image, tf.float32)
    )[0]
    np.testing.assert_allclose(stylized_image, np.full((1, 4, 4, 3), 2))


def test_bert(tfhub_dev: Any, tmp_path: Path) -> None:
    def prepare(scale: Any, texts: Any) -> Any:
        ids = tf.cast(lengths(scale, texts), tf.int32)
        return {"input_word_ids": ids, "input_mask": tf.ones_like(ids)}

    def encode(scale: Any, inputs: Any) -> Any:
        ids = scale * tf.cast(inputs["input_word_ids"], tf.float32)
        return {"pooled_output": ids, "sequence_output": ids[:, :, None]}

    texts = tf.TensorSpec([None], tf.string)
    tokens = tf.function(tf.strings.split, input_signature=[texts])
    ids = tf.TensorSpec([None, 20], tf.int32)
    specs = {"input_word_ids": ids, "input_mask": ids}
    preprocess = Model(prepare, texts).save(tmp_path / "p", tokenize=tokens)
    tfhub_dev({
        "tensorflow/bert_en_uncased_preprocess/3": preprocess,
        "tensorflow/small_bert/1": Model(encode, specs).save(tmp_path / "e"),
    })  # fmt: skip
    text_input = tf.keras.layers.Input(shape=(), dtype=tf.string, name="text")
    preprocessing_layer = hub.KerasLayer(
        "https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3",
        name="preprocessing",
    )
    encoder_inputs = preprocessing_layer(text_input)
    encoder = hub.KerasLayer(
        "https://tfhub.dev/tensorflow/small_bert/1", trainable=True, name="BERT_encoder"
    )
    outputs = encoder(encoder_inputs)
    net = outputs["pooled_output"]
    net = tf.keras.layers.Dropout(0.1)(net)
    net = tf.keras.layers.Dense(1, activation=None, name="classifier")(net)
    model = tf.keras.Model(text_input, net)
    assert model(tf.constant(["this is such an amazing movie!"])).shape == (1, 1)

    preprocessor = hub.load("https://tfhub.dev/tensorflow/bert_en_uncased_preprocess/3")
    tokenize = hub.KerasLayer(preprocessor.tokenize)
    tokenized = tokenize(tf.constant(["a b", "c"]))
    assert tokenized.to_list() == [[b"a", b"b"], [b"c"]]


def test_retraining_asks_a_spec(tfhub_dev: Any, tf1_modules: Path) -> None:
    module = tf1_modules / "image_feature_vector"
    tfhub_dev({"google/imagenet/inception_v3/feature_vector/3": module})
    module_spec = hub.load_module_spec(
        "https://tfhub.dev/google/imagenet/inception_v3/feature_vector/3"
    )
    assert "default" in module_spec.get_signature_names()
    height, width = hub.get_expected_image_size(module_spec)
    assert hub.get_num_image_channels(module_spec) == 3
    with tf.Graph().as_default():
        resized_input_tensor = v1.placeholder(tf.float32, [None, height, width, 3])
        m = hub.Module(module_spec)
        bottleneck_tensor = m(resized_input_tensor)
        assert bottleneck_tensor.get_shape().as_list()[1] == 4


def test_columns_are_made_of_handles(tfhub_dev: Any, tf1_modules: Path) -> None:
    tfhub_dev({"google/nnlm-en-dim128/1": tf1_modules / "text_embedding"})
    column = hub.text_embedding_column(
        key="sentence", module_spec="https://tfhub.dev/google/nnlm-en-dim128/1"
    )
    with tf.Graph().as_default(), v1.Session() as session:
        features = {"sentence": tf.constant(["the cat", "dog"])}
        layer = v1.feature_column.input_layer(features, [column])
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        assert session.run(layer).shape == (2, 5)


def test_a_path_for_other_programs(
    tfhub_dev: Any, swivel: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tfhub_dev({"google/tf2-preview/gnews-swivel-20dim/1": swivel})
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "my_cache"))
    path = hub.resolve("https://tfhub.dev/google/tf2-preview/gnews-swivel-20dim/1")
    assert path.startswith(str(tmp_path / "my_cache"))
    model = tf.saved_model.load(path)
    assert model(tf.constant(["a"])).shape == (1, 20)
