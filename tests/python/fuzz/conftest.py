from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tfhub
from tfhub.testing import archive_bytes
from tfhub.testing.archives import zip_of

# In a process of its own: both Kerases, and a graph of TensorFlow 1.
_MAKE = """
import sys, numpy as np, tensorflow as tf, keras, tf_keras
out = sys.argv[1]
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
model.export(out + "/keras3")
model = tf_keras.Sequential([tf_keras.Input((4,)), tf_keras.layers.Dense(2)])
model.save(out + "/tf_keras")
v1 = tf.compat.v1
with tf.Graph().as_default(), v1.Session() as session:
    x = v1.placeholder(tf.float32, [None, 2], name="x")
    y = x * v1.get_variable("w", [2], use_resource=True)
    session.run(v1.global_variables_initializer())
    v1.saved_model.simple_save(session, out + "/graph", {"x": x}, {"y": y})
module = tf.Module()
module.v = [tf.Variable(np.zeros(i % 4, "float32")) for i in range(300)]
ragged = tf.RaggedTensorSpec([None, None], tf.int32)
nested = {"a": tf.TensorSpec([2]), "b": [tf.TensorSpec([], tf.string)]}
module.f = tf.function(lambda r, n: (r, n["a"]), input_signature=[ragged, nested])
tf.saved_model.save(module, out + "/nested")
"""
_TF1 = ("sparse_input", "image_feature_vector", "control_flow")


@pytest.fixture(scope="session")
def corpus(
    fruit: Path, tf1_modules: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The seeds: models of eight kinds, archives, a cache, a bundle, a layer."""
    folder = tmp_path_factory.mktemp("corpus")
    models = folder / "models"
    models.mkdir()
    subprocess.run(
        [sys.executable, "-c", _MAKE, str(models)], check=True, capture_output=True
    )
    shutil.copytree(fruit, models / "fruit")
    for name in _TF1:
        shutil.copytree(tf1_modules / name, models / f"tf1_{name}")
    _write_as_text(models)
    archives = folder / "archives"
    archives.mkdir()
    for mode, end in (("w", "tar"), ("w:gz", "tar.gz")):
        (archives / f"fruit.{end}").write_bytes(archive_bytes(fruit, mode=mode))
    files = {
        path.relative_to(fruit).as_posix(): path.read_bytes()
        for path in fruit.rglob("*")
        if path.is_file()
    }
    (archives / "fruit.zip").write_bytes(zip_of(files))
    _fill_cache(folder)
    config = tfhub.KerasLayer(
        str(fruit), signature="fruit_to_pet", signature_outputs_as_dict=True
    ).get_config()
    (folder / "layer.json").write_text(json.dumps(config))
    return folder


def _write_as_text(models: Path) -> None:
    from google.protobuf import text_format
    from tensorflow.core.protobuf import saved_model_pb2

    for name in ("fruit", "nested"):
        data = (models / name / "saved_model.pb").read_bytes()
        model = saved_model_pb2.SavedModel.FromString(data)
        text = text_format.MessageToString(model)
        (models / name / "saved_model.pbtxt").write_text(text)


def _fill_cache(folder: Path) -> None:
    archive = folder / "archives" / "fruit.tar.gz"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFHUB_CACHE_DIR", str(folder / "cache"))
        tfhub.resolve(str(archive))
        # A bundle has no models of local paths.
        patch.setenv("TFHUB_CACHE_DIR", str(folder / "imported"))
        handle = "https://example.com/fruit/1"
        tfhub.cache_import(archive, handle)
        tfhub.cache_export(folder / "bundle.tar", [handle])
