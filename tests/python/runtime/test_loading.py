from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import (
    DownloadError,
    HandleNotFoundError,
    ModelNotFoundError,
    TagsError,
)
from tfhub.runtime import loading
from tfhub.testing import Host

X = np.array([[1, 2, 3], [4, 5, 6]], "float32")


def test_loads_by_url(host: Host, fruit: Path) -> None:
    model = hub.load(host.add("/fruit/1", fruit))
    np.testing.assert_allclose(model(X), [[12, 4], [30, 10]])


def test_is_tensorflows_object(fruit: Path, tmp_path: Path) -> None:
    model, plain = hub.load(fruit), tf.saved_model.load(str(fruit))
    assert set(dir(plain)) <= set(dir(model))
    np.testing.assert_array_equal(model.embed(["é"]), plain.embed(["é"]))
    assert model.scale.numpy() == 2.0
    assert list(model.signatures) == list(plain.signatures)
    model.scale.assign(3.0)
    path = tf.train.Checkpoint(model=model).save(str(tmp_path / "checkpoint"))
    model.scale.assign(4.0)
    tf.train.Checkpoint(model=model).restore(path).assert_consumed()
    assert model.scale.numpy() == 3.0


def test_saves_and_loads_again(fruit: Path, tmp_path: Path) -> None:
    model = hub.load(fruit)
    model.scale.assign(5.0)
    tf.saved_model.save(model, str(tmp_path), signatures=dict(model.signatures))
    again = hub.load(tmp_path)
    np.testing.assert_allclose(again(X, training=True), model(X, training=True))
    assert sorted(again.signatures) == sorted(model.signatures)


def test_trains(fruit: Path) -> None:
    model = hub.load(fruit)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(model(X))
    assert tape.gradient(loss, model.scale).numpy() == pytest.approx(28.0)


def test_works_within_a_function(fruit: Path) -> None:
    model = hub.load(fruit)

    @tf.function
    def twice(x: tf.Tensor) -> tf.Tensor:
        return 2 * model(x)

    np.testing.assert_allclose(twice(X), [[24, 8], [60, 20]])


def test_a_keras_export(tmp_path: Path) -> None:
    import keras

    net = keras.Sequential([keras.Input([3]), keras.layers.Dense(2)])
    net.export(str(tmp_path / "export"))
    model = hub.load(tmp_path / "export")
    want = net.predict(X, verbose=0)
    np.testing.assert_allclose(model.serve(X), want, rtol=1e-6)
    np.testing.assert_allclose(model(X), want, rtol=1e-6)  # its only signature's


def test_a_tf1_saved_model(tmp_path: Path) -> None:
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        w = v1.get_variable("w", initializer=[[1.0], [2.0]], use_resource=True)
        y = tf.matmul(x, w)
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(tmp_path / "v1"))
        info = v1.saved_model.build_tensor_info
        signature = v1.saved_model.build_signature_def(
            {"x": info(x)}, {"y": info(y)}, "predict"
        )
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}
        )
        builder.add_meta_graph(["other"], {"serving_default": signature})
        builder.save()
    model = hub.load(tmp_path / "v1")
    np.testing.assert_allclose(model([[1, 1]]), [[3]])
    assert hub.load(tmp_path / "v1", tags={"other"}).signatures
    with pytest.raises(TagsError, match='only {"serve"}, {"other"}'):
        hub.load(tmp_path / "v1", tags=["gpu"])


def test_a_tf1_hub_module(tf1_modules: Path) -> None:
    model = hub.load(tf1_modules / "batch_norm_variants")
    assert model(np.zeros((4, 6)), as_dict=True)["pre_relu"].shape == (4, 8)
    assert hub.load(tf1_modules / "batch_norm_variants", tags={"train"}).signatures
    assert hub.load(tf1_modules / "batch_norm_variants", "train").signatures
    message = 'has none with the tags {"cpu"}, only {}, {"train"}'
    with pytest.raises(TagsError, match=message):
        hub.load(tf1_modules / "batch_norm_variants", tags={"cpu"})


@pytest.mark.parametrize("tags", [None, {"train"}])
def test_a_tf1_hub_module_in_a_graph(tf1_modules: Path, tags: set[str] | None) -> None:
    path, v1 = tf1_modules / "batch_norm_variants", tf.compat.v1
    x = np.linspace(-1, 2, 24).reshape(4, 6).astype("float32")
    with tf.Graph().as_default(), v1.Session() as session:
        outputs = hub.load(path, tags)(v1.placeholder_with_default(x, [None, 6]))
        assert len(v1.global_variables()) == 8
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        got = session.run(outputs)
    np.testing.assert_allclose(got, hub.load(path, tags)(x), rtol=1e-5)


def test_a_vocabulary_in_a_graph(tf1_modules: Path) -> None:
    path, v1 = tf1_modules / "text_embedding", tf.compat.v1
    words = ["the cat runs", "unknown"]
    with tf.Graph().as_default(), v1.Session() as session:
        model = hub.load(path)
        outputs = model(tf.constant(words)), model(words, as_dict=True)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        one, two = session.run(outputs)
    np.testing.assert_array_equal(one, hub.load(path)(words))
    np.testing.assert_array_equal(two["default"], one)


def test_a_tf2_model_in_a_graph(fruit: Path) -> None:
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        outputs = hub.load(fruit)(tf.constant(X))
        session.run(v1.global_variables_initializer())
        np.testing.assert_allclose(session.run(outputs), [[12, 4], [30, 10]])


def test_variables_by_reference_in_a_graph(tmp_path: Path) -> None:
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2])
        w = v1.get_variable("w", initializer=[[1.0], [2.0]], use_resource=False)
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(
            session, str(tmp_path / "v1"), {"x": x}, {"y": tf.matmul(x, w)}
        )
    assert hub.load(tmp_path / "v1")([[1, 1]]).numpy().tolist() == [[3]]
    with tf.Graph().as_default(), v1.Session() as session:
        outputs = hub.load(tmp_path / "v1")([[1.0, 1.0]])
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        assert session.run(outputs).tolist() == [[3]]


def test_unknown_tags(fruit: Path) -> None:
    with pytest.raises(TagsError, match='none with the tags {"train"}, only {"serve"}'):
        hub.load(fruit, tags="train")
    assert hub.load(fruit, tags=["serve"])


def test_several_graphs_of_which_one_has_no_tags(tmp_path: Path) -> None:
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None], name="x")
        y = v1.get_variable("two", initializer=2.0) * x
        session.run(v1.global_variables_initializer())
        signature = v1.saved_model.predict_signature_def({"x": x}, {"y": y})
        builder = v1.saved_model.Builder(str(tmp_path / "model"))
        builder.add_meta_graph_and_variables(session, ["gpu"], {"default": signature})
        builder.add_meta_graph([], {"default": signature})
        builder.save()
    with pytest.raises(TagsError, match='several graph variants, .* {"gpu"}') as caught:
        hub.load(tmp_path / "model")
    assert caught.value.hint == 'Give the tags of one, such as {"gpu"}.'
    assert hub.load(tmp_path / "model", tags=["gpu"])([3.0]).numpy().tolist() == [6.0]
    assert hub.load(tmp_path / "model", tags=[])([3.0]).numpy().tolist() == [6.0]


def test_the_working_folder_may_change_later(
    fruit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    v1 = tf.compat.v1
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(fruit, tmp_path / "fruit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFHUB_CACHE_DIR", "cache")
    archive = hub.pack("fruit")
    packed = hub.resolve(archive)
    models = hub.load("fruit"), hub.load(archive)
    with tf.Graph().as_default():
        y = hub.load("fruit")(tf.constant(X))
        monkeypatch.chdir(tmp_path / "elsewhere")
        with v1.Session() as session:
            session.run([v1.global_variables_initializer(), v1.tables_initializer()])
            np.testing.assert_allclose(session.run(y), [[12, 4], [30, 10]])
    for model in models:
        assert "fruit_to_pet(" in repr(model)
    np.testing.assert_allclose(tf.saved_model.load(packed)(X), [[12, 4], [30, 10]])


def test_options_reach_tensorflow(fruit: Path, tmp_path: Path) -> None:
    shutil.copytree(fruit, tmp_path / "bare")
    shutil.rmtree(tmp_path / "bare" / "variables")
    options = tf.saved_model.LoadOptions(experimental_skip_checkpoint=True)
    assert hub.load(tmp_path / "bare", options=options).signatures


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(HandleNotFoundError):
        hub.load(tmp_path / "none")
    with pytest.raises(ModelNotFoundError, match="neither saved_model.pb nor"):
        hub.load(tmp_path)


@pytest.mark.parametrize("state", ["missing", "old"])
def test_without_tensorflow_it_says_how_to_get_it(
    fruit: Path, tmp_path: Path, state: str
) -> None:
    if state == "missing":
        hide = "sys.modules['tensorflow'] = None"
    else:
        (tmp_path / "tensorflow.py").write_text("__version__ = '2.11.0'")
        hide = f"sys.path.insert(0, {str(tmp_path)!r})"
    code = f"import sys; {hide}; import tfhub; tfhub.load({str(fruit)!r})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    error = run.stderr.strip().splitlines()
    assert error[-1].endswith("pip install 'tfhub[tensorflow]'") or error[-1].endswith(
        "pip install -U 'tfhub[tensorflow]'"
    )
    assert error[-2].startswith("tfhub.errors.DependencyError: TensorFlow ")


def test_what_stays_remote_is_read_by_tensorflow(fruit: Path) -> None:
    """As under UNCOMPRESSED, with TensorFlow's file system in memory for gs://."""
    handle, remote = "https://example.com/fruit/1", "ram://models/fruit"
    for file in (path for path in fruit.rglob("*") if path.is_file()):
        place = f"{remote}/{file.relative_to(fruit).as_posix()}"
        tf.io.gfile.makedirs(place.rpartition("/")[0])
        with tf.io.gfile.GFile(place, "wb") as stream:
            stream.write(file.read_bytes())
    model = loading.load_folder(remote, handle, None, None)
    np.testing.assert_allclose(model(X), [[12, 4], [30, 10]])
    assert not model._is_hub_module_v1
    with pytest.raises(ModelNotFoundError, match="contains neither"):
        loading.load_folder(f"{remote}/variables", handle, None, None)
    with pytest.raises(DownloadError, match="TensorFlow cannot read") as caught:
        loading.load_folder("ram://models/none", handle, None, None)
    assert caught.value.handle == handle
