"""Small models that stand for those of tfhub.dev, in a folder by their handles."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

import tfhub as hub

v1 = tf.compat.v1
DATA = Path(__file__).parents[1] / "data" / "tf1"


class _Model(tf.Module):
    def __init__(self, call: Callable[..., Any], *specs: Any) -> None:
        super().__init__()
        self.scale = tf.Variable(2.0, name="scale")
        one = len(specs) == 1
        function = (
            (lambda x: call(self.scale, x))
            if one
            else (lambda x, y: call(self.scale, x, y))
        )
        self.function = tf.function(function)
        self.function.get_concrete_function(*specs)


def _save(path: Path, model: _Model, **parts: Any) -> None:
    root = tf.train.Checkpoint(module=model, **parts)
    root.variables = root.trainable_variables = [model.scale]
    root.__call__ = model.function
    tf.saved_model.save(root, str(path))


def _lengths(scale: Any, texts: Any, width: int = 2) -> Any:
    length = tf.cast(tf.strings.length(texts), tf.float32)
    return scale * length[:, None] * tf.linspace(0.0, 1.0, width)[None, :]


def _of_words(words: Any) -> Any:
    """float32 [batch, words, 2]."""
    scale = v1.get_variable("scale", initializer=2.0)
    return scale * tf.cast(tf.strings.length(words), tf.float32)[:, :, None] * [[1, 2]]


def _elmo() -> None:
    texts = v1.placeholder(tf.string, [None])
    words = _of_words(tf.sparse.to_dense(v1.string_split(texts), ""))
    outputs = {"elmo": words, "default": tf.reduce_mean(words, 1)}
    hub.add_signature("default", inputs=texts, outputs=outputs)
    tokens = v1.placeholder(tf.string, [None, None])
    lengths = v1.placeholder(tf.int32, [None])
    with v1.variable_scope("", reuse=True):
        mask = tf.cast(tf.sequence_mask(lengths, tf.shape(tokens)[1]), tf.float32)
        words = _of_words(tokens) * mask[:, :, None]
    hub.add_signature(
        "tokens",
        inputs={"tokens": tokens, "sequence_len": lengths},
        outputs={"elmo": words, "default": tf.reduce_mean(words, 1)},
    )


def _biggan() -> None:
    shapes = {"y": [None, 10], "z": [None, 4], "truncation": list[int]()}
    inputs = {k: v1.placeholder(tf.float32, v) for k, v in shapes.items()}
    noise = tf.concat([inputs["y"], inputs["z"] * inputs["truncation"]], 1)
    images = tf.reshape(tf.tanh(noise), [-1, 1, 1, 14])
    hub.add_signature(inputs=inputs, outputs=images)


def _detector() -> None:
    images = v1.placeholder(tf.float32, [1, None, None, 3])
    scale = v1.get_variable("scale", initializer=[1.0, 2.0, 3.0, 4.0])
    boxes = scale * tf.reduce_mean(images)
    outputs = {"detection_boxes": boxes[None], "detection_scores": boxes[:1]}
    hub.add_signature(inputs=images, outputs=outputs)


def _question_answering() -> None:
    scale = v1.get_variable("scale", initializer=2.0)
    for name, wanted in (
        ("question_encoder", ["input"]),
        ("response_encoder", ["input", "context"]),
    ):
        inputs = {key: v1.placeholder(tf.string, [None]) for key in wanted}
        outputs = sum(_lengths(scale, each, 3) for each in inputs.values())
        hub.add_signature(name, inputs=inputs, outputs={"outputs": outputs})


def _bert(vocabulary: Path) -> Callable[[], None]:
    def module_fn() -> None:
        ids = v1.placeholder(tf.int32, [None])
        hub.add_signature("tokens", inputs=ids, outputs=2 * ids)
        file = tf.constant(str(vocabulary))
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, file)
        info = {"vocab_file": file, "do_lower_case": tf.constant(True)}
        hub.add_signature("tokenization_info", inputs={}, outputs=info)

    return module_fn


def make(folder: Path) -> None:
    """Makes all of them."""
    vocabulary = folder / "vocabulary.txt"
    vocabulary.write_text("the\ncat\ndog\n")
    vectors = folder / "vectors.txt"
    rows = [
        "the 1 0 2",
        "cat 0 1 1",
        "dog 2 1 0",
        "good 1 1 1",
        "bad -1 0 1",
        "film 0 2 0",
    ]
    vectors.write_text("\n".join(rows) + "\n")
    for path in ("google/universal-sentence-encoder/2", "google/nnlm-en-dim128/1"):
        hub.export_text_embedding(vectors, folder / path, format="tf1")
    for path, module_fn in (
        ("google/elmo/2", _elmo),
        ("deepmind/biggan-deep-256/1", _biggan),
        ("google/faster_rcnn/openimages_v4/1", _detector),
        ("google/universal-sentence-encoder-qa/1", _question_answering),
        ("google/bert_uncased_L-12_H-768_A-12/1", _bert(vocabulary)),
    ):
        hub.create_module_spec(module_fn).export(folder / path)
    images = folder / "google/imagenet/inception_v3/feature_vector/3"
    with tarfile.open(DATA / "image_feature_vector.tar.gz") as tar:
        tar.extraction_filter = lambda member, _: member
        tar.extractall(images)
    _make_tf2(folder)


def _make_tf2(folder: Path) -> None:
    texts = tf.TensorSpec([None], tf.string)
    _save(folder / "google/tf2-preview/gnews-swivel-20dim/1", _Model(_lengths, texts))
    image = tf.TensorSpec([None, None, None, 3], tf.float32)
    style = _Model(lambda scale, a, b: [a + scale * tf.reduce_mean(b)], image, image)
    _save(folder / "google/magenta/arbitrary-image-stylization-v1-256/1", style)

    classes = folder / "classes.csv"
    classes.write_text("speech\nmusic\n")
    asset = tf.saved_model.Asset(str(classes))
    wave = tf.TensorSpec([None], tf.float32)
    yamnet = _Model(lambda s, wave: (s * wave[:2], wave[None, :4], wave[:, None]), wave)
    path = tf.function(lambda: asset.asset_path, input_signature=[])
    _save(folder / "google/yamnet/1", yamnet, class_map_path=path, names=asset)

    def prepare(scale: Any, texts: Any) -> Any:
        ids = tf.cast(_lengths(scale, texts), tf.int32)
        return {"input_word_ids": ids, "input_mask": tf.ones_like(ids)}

    def encode(scale: Any, inputs: Any) -> Any:
        ids = scale * tf.cast(inputs["input_word_ids"], tf.float32)
        return {"pooled_output": ids, "sequence_output": ids[:, :, None]}

    _save(folder / "tensorflow/bert_en_uncased_preprocess/3", _Model(prepare, texts))
    ids = tf.TensorSpec([None, 2], tf.int32)
    specs = {"input_word_ids": ids, "input_mask": ids}
    _save(folder / "tensorflow/small_bert/1", _Model(encode, specs))
