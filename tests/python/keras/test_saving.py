"""Saved models: .keras, weights, SavedModel, checkpoints, safe mode, embedding."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
import tfhub.trusted.given
from tfhub.errors import TrustError
from tfhub.runtime.tf import np, tf

X = np.arange(8, dtype=np.float32).reshape(2, 4)


@pytest.fixture(autouse=True)
def _nothing_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub.trusted.given, "_digests", set())


def trained(layer: Any, keras: Any, handle: Any, **choices: Any) -> Any:
    made = layer(handle, trainable=True, input_shape=[4], **choices)
    model = keras.Sequential([made, keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(X, np.ones([2, 1]), verbose=0)
    return model


def same(model: Any, other: Any) -> None:
    for old, new in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_allclose(
        model.predict(X, verbose=0), other.predict(X, verbose=0), rtol=1e-6
    )


def test_config_makes_the_same_layer(layer: Any, models: dict[str, str]) -> None:
    made = layer(
        Path(models["nested"]),
        tags={"serve"},
        output_key="sum",
        output_shape=(),
        name="features",
    )
    config = json.loads(json.dumps(made.get_config()))
    assert config["handle"] == models["nested"]
    assert config["tags"] == ["serve"]
    again = layer.from_config(config)
    assert again.get_config() == made.get_config()
    inputs = {"a": tf.ones([1, 2]), "b": tf.constant([1])}
    assert again(inputs).numpy().tolist() == made(inputs).numpy().tolist()


def test_load_options_are_kept(
    layer: Any, keras: Any, is_keras3: bool, models: dict[str, str], tmp_path: Path
) -> None:
    options = tf.saved_model.LoadOptions(allow_partial_checkpoint=True)
    by_name = {"allow_partial_checkpoint": True}
    for given in (options, by_name):
        made = layer(models["dense"], load_options=given, input_shape=[4])
        assert made.get_config()["load_options"] == by_name
    plain = layer(models["dense"], load_options=tf.saved_model.LoadOptions())
    assert "load_options" not in plain.get_config()
    model = keras.Sequential([keras.Input([4]), made])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    assert loaded.layers[0].get_config()["load_options"] == by_name
    same(model, loaded)
    if not is_keras3:  # a format that takes other options when it is loaded
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(tmp_path / "model", save_format="tf")
        other = tf.saved_model.LoadOptions(experimental_io_device="/job:localhost")
        loaded = keras.models.load_model(tmp_path / "model", options=other)
        assert loaded.layers[0].get_config()["load_options"] == {
            "experimental_io_device": "/job:localhost"
        }


def test_keras_file(
    layer: Any,
    keras: Any,
    models: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = trained(layer, keras, models["dense"])
    file = tmp_path / "model.keras"
    model.save(file)
    monkeypatch.setenv("TFHUB_TRUSTED", f"/nowhere {Path(models['dense']).parent}")
    loaded = keras.models.load_model(file)
    same(model, loaded)
    assert int(loaded.optimizer.iterations) == 1
    loaded.fit(X, np.ones([2, 1]), verbose=0)
    loaded.save(tmp_path / "again.keras")
    same(loaded, keras.models.load_model(tmp_path / "again.keras"))


def test_safe_mode_wants_trust(
    layer: Any, keras: Any, models: dict[str, str], tmp_path: Path
) -> None:
    model = trained(layer, keras, models["dense"])
    file = tmp_path / "model.keras"
    model.save(file)
    with pytest.raises(TrustError, match="TFHUB_TRUSTED") as caught:
        keras.models.load_model(file)
    assert models["dense"] in str(caught.value)
    same(model, keras.models.load_model(file, safe_mode=False))


def test_trust_by_the_digest_of_the_archive(
    layer: Any,
    keras: Any,
    host: Any,
    models: dict[str, str],
    tmp_path: Path,
) -> None:
    url = host.add("/dense/1", models["dense"])
    model = trained(layer, keras, url)
    sha256 = model.layers[0].get_config()["sha256"]
    file = tmp_path / "model.keras"
    model.save(file)
    with pytest.raises(TrustError, match=sha256):
        keras.models.load_model(file)
    hub.trust(sha256)
    same(model, keras.models.load_model(file))
    # A file that claims the digest of a trusted model for another one.
    other = host.add("/text/1", models["text"])
    forged = tmp_path / "forged.keras"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(forged, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(url.encode(), other.encode()))
    with pytest.raises(TrustError, match="which the file says"):
        keras.models.load_model(forged)


def test_trust_downloads_nothing() -> None:
    with pytest.raises(hub.HubError, match="is not in the cache"):
        hub.trust("https://example.com/")


def test_embedded(
    layer: Any, keras: Any, models: dict[str, str], tmp_path: Path
) -> None:
    handle = tmp_path / "model"
    shutil.copytree(models["dense"], handle)
    model = trained(layer, keras, handle, embed=True)
    file = tmp_path / "model.keras"
    model.save(file)
    shutil.rmtree(handle)
    with pytest.raises(TrustError, match="hub.trust") as caught:
        keras.models.load_model(file)
    hub.trust(caught.value.sha256)
    loaded = keras.models.load_model(file)
    same(model, loaded)
    loaded.fit(X, np.ones([2, 1]), verbose=0)
    loaded.save(tmp_path / "again.keras")
    same(loaded, keras.models.load_model(tmp_path / "again.keras"))


def test_embedded_text_brings_its_vocabulary(
    layer: Any, keras: Any, models: dict[str, str], tmp_path: Path
) -> None:
    handle = tmp_path / "model"
    shutil.copytree(models["text"], handle)
    x = keras.Input([], dtype="string")
    model = keras.Model(x, layer(handle, embed=True)(x))
    model.save(tmp_path / "model.keras")
    shutil.rmtree(handle)
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    found = loaded.predict(tf.constant(["world", "x"]), verbose=0)
    assert found.tolist() == [[0.0, 1.0], [5.0, 5.0]]
    files = loaded.get_config()["layers"][-1]["config"]["embed"]["files"]
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(files))) as archive:
        names = archive.namelist()
    assert "assets/words.txt" in names
    assert not any(name.startswith("variables/") for name in names)


def test_embedded_tf1_module(
    layer: Any, keras: Any, tf1_modules: Path, tmp_path: Path
) -> None:
    handle = tmp_path / "module"
    shutil.copytree(tf1_modules / "batch_norm_variants", handle)
    made = layer(handle, trainable=True, embed=True)
    model = keras.Sequential([keras.Input([6]), made])
    x = np.ones([2, 6], np.float32)
    expected = model.predict(x, verbose=0)
    model.save(tmp_path / "model.keras")
    shutil.rmtree(handle)
    loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=False)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), expected, rtol=1e-6)


def test_the_digest_of_what_is_embedded_is_computed(
    layer: Any, models: dict[str, str]
) -> None:
    """Not the one that the file has beside it."""
    config = layer(models["dense"], embed=True).get_config()
    hub.trust(config["embed"]["sha256"])
    text = layer(models["text"], embed=True).get_config()
    text["embed"]["sha256"] = config["embed"]["sha256"]
    serialized = {
        "module": layer.__module__,
        "class_name": "KerasLayer",
        "config": text,
        "registered_name": "tfhub>KerasLayer",
    }
    with pytest.raises(TrustError):
        layer._hub_keras.saving.deserialize_keras_object(serialized, safe_mode=True)


def test_weights_file(
    layer: Any, keras: Any, models: dict[str, str], tmp_path: Path
) -> None:
    model = trained(layer, keras, models["dense"])
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = keras.Sequential(
        [layer(models["dense"], input_shape=[4]), keras.layers.Dense(1)]
    )
    fresh.load_weights(tmp_path / "model.weights.h5")
    same(model, fresh)


def test_checkpoint_holds_each_variable_once(
    layer: Any, keras: Any, models: dict[str, str], tmp_path: Path
) -> None:
    model = trained(layer, keras, models["dense"])
    path = tf.train.Checkpoint(model=model).write(str(tmp_path / "checkpoint"))
    names = [
        name
        for name, shape in tf.train.list_variables(path)
        if shape == [4, 3] and "optimizer" not in name
    ]
    assert len(names) == 1
    fresh = keras.Sequential(
        [layer(models["dense"], input_shape=[4]), keras.layers.Dense(1)]
    )
    tf.train.Checkpoint(model=fresh).read(path).expect_partial()
    same(model, fresh)


@pytest.mark.parametrize("name", ["dense", "text"])
def test_exported(
    layer: Any,
    keras: Any,
    is_keras3: bool,
    models: dict[str, str],
    tmp_path: Path,
    name: str,
) -> None:
    x = keras.Input([4]) if name == "dense" else keras.Input([], dtype="string")
    model = keras.Model(x, layer(models[name])(x))
    value = tf.constant(X) if name == "dense" else tf.constant(["world", "x"])
    expected = model.predict(value, verbose=0)
    # Keras 3 before 3.10, and Keras 2.15, do not export tables, of any layer.
    before = keras_before(keras, 3, 10) if is_keras3 else keras_before(keras, 2, 16)
    if name == "dense" or not before:
        model.export(str(tmp_path / "exported"), **quiet(keras, is_keras3))
        exported = tf.saved_model.load(str(tmp_path / "exported"))
        served = exported.serve(value)
        np.testing.assert_allclose(served, expected, rtol=1e-6)
    tf.saved_model.save(model, str(tmp_path / "saved"))
    saved = tf.saved_model.load(str(tmp_path / "saved"))
    (output,) = saved.signatures["serving_default"](value).values()
    np.testing.assert_allclose(output, expected, rtol=1e-6)


def test_exported_with_the_tables_of_a_tf1_module(
    layer: Any, keras: Any, is_keras3: bool, tf1_modules: Path, tmp_path: Path
) -> None:
    if keras_before(keras, 3, 10) if is_keras3 else keras_before(keras, 2, 16):
        pytest.skip("It does not export tables, of any layer")
    x = keras.Input([], dtype="string")
    model = keras.Model(x, layer(tf1_modules / "text_embedding")(x))
    model.export(str(tmp_path / "m"), **quiet(keras, is_keras3))
    exported = tf.saved_model.load(str(tmp_path / "m"))
    texts = tf.constant(["ocean deep", "x"])
    np.testing.assert_allclose(exported.serve(texts), model(texts), rtol=1e-6)


def quiet(keras: Any, is_keras3: bool) -> dict[str, bool]:
    silent = is_keras3 and not keras_before(keras, 3, 6)
    return {"verbose": False} if silent else {}


def keras_before(keras: Any, *version: int) -> bool:
    said = getattr(keras, "__version__", tf.__version__)
    return tuple(map(int, said.split(".")[:2])) < version


def test_clone(layer: Any, keras: Any, models: dict[str, str]) -> None:
    model = keras.Sequential([keras.Input([4]), layer(models["dense"], embed=True)])
    clone = keras.models.clone_model(model)
    same(model, clone)
    assert clone.weights[0] is not model.weights[0]


def test_the_flag_decides_and_another_process_loads(
    layer: Any,
    keras: Any,
    models: dict[str, str],
    tmp_path: Path,
) -> None:
    """`hub.KerasLayer` is of the Keras that `tf.keras` is, and that finds it."""
    model = trained(layer, keras, models["dense"])
    model.save(tmp_path / "model.keras")
    code = (
        "import sys, tfhub as hub; from tfhub import KerasLayer\n"
        "import tensorflow as tf\n"
        "model = tf.keras.models.load_model(sys.argv[1])\n"
        "assert isinstance(model.layers[0], KerasLayer)\n"
        "assert isinstance(model.layers[0], tf.keras.layers.Layer)\n"
        "print(*(float(w.sum()) for w in model.get_weights()))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.keras")],
        env={
            **os.environ,
            "TF_USE_LEGACY_KERAS": str(int(keras.__name__.startswith("tf_keras"))),
            "TFHUB_TRUSTED": str(Path(models["dense"]).parent),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = [float(part) for part in run.stdout.split()]
    assert found == pytest.approx([float(w.sum()) for w in model.get_weights()])
