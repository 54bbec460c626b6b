from __future__ import annotations

import inspect
import logging
import os
import types
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub import errors

v1 = tf.compat.v1
try:
    estimators: Any = v1.estimator
    estimators.Estimator  # noqa: B018
except (AttributeError, ImportError):
    estimators = None

real = pytest.mark.skipif(
    estimators is None, reason="TensorFlow 2.15 is the last with tf.estimator"
)


def features_of(units: int = 16) -> Any:
    """A module with one dense layer of features of 64 pixels."""

    def module_fn() -> None:
        pixels = v1.placeholder(tf.float32, [None, 64])
        start = v1.truncated_normal_initializer(stddev=0.1, seed=3)
        kernel = v1.get_variable("kernel", [64, units], initializer=start)
        hub.add_signature(inputs=pixels, outputs=tf.nn.relu(tf.matmul(pixels, kernel)))

    return hub.create_module_spec(module_fn)


def serving_input() -> Any:
    features = {"pixels": v1.placeholder(tf.float32, [None, 64])}
    return types.SimpleNamespace(features=features)


class Trained:
    """The methods of an Estimator that exporting needs, and a checkpoint."""

    def __init__(self, folder: Path, names: Iterable[str] = ("features",)) -> None:
        self.names = names
        self.config = types.SimpleNamespace(tf_random_seed=7)
        self.scaffold: Any = None
        self.stray: Any = None
        self.seen: list[Any] = []
        with tf.Graph().as_default() as graph, v1.Session() as session:
            v1.train.create_global_step()
            module = hub.Module(features_of(), name="features")
            [kernel] = module.variables
            for step, value in ((1, 0.25), (2, 0.5)):
                session.run(v1.global_variables_initializer())
                session.run(kernel.assign(tf.fill([64, 16], value)))
                saver = v1.train.Saver(max_to_keep=None)
                saver.save(session, str(folder / "model"), step)
            assert graph is v1.get_default_graph()
        self.folder = folder

    def latest_checkpoint(self) -> str | None:
        return tf.train.latest_checkpoint(str(self.folder))

    def model_fn(self, features: Any, labels: Any, mode: str, config: Any) -> Any:
        graph = v1.get_default_graph()
        step = v1.train.get_global_step()
        self.seen.append((labels, mode, config, graph.seed, step is not None))
        module = hub.Module(features_of(), trainable=True, name="features")
        for name in self.names:
            hub.register_module_for_export(module, name)
        if self.stray is not None:
            hub.register_module_for_export(self.stray, "stray")
        scaffold = self.scaffold and self.scaffold()
        return types.SimpleNamespace(
            predictions=module(features["pixels"]), scaffold=scaffold
        )


@pytest.fixture
def trained(tmp_path: Path) -> Trained:
    return Trained(tmp_path / "model")


def exporter(**more: Any) -> Any:
    return hub.LatestModuleExporter("modules", serving_input, **more)


def kernel_of(path: Path) -> Any:
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(str(path))
        session.run(v1.global_variables_initializer())
        return session.run(module.variable_map["kernel"])


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_modules_are_exported_from_the_latest_checkpoint(
    trained: Trained, tmp_path: Path
) -> None:
    trained.names = ("features", "same/again")
    path = exporter().export(trained, str(tmp_path / "out"))
    # Bytes, as the exporters of tf.estimator return.
    folder = Path(os.fsdecode(path))
    assert path == os.fsencode(folder)
    assert names_in(tmp_path / "out") == [folder.name]
    assert folder.name.isdigit()
    assert len(folder.name) == 10
    for name in trained.names:
        np.testing.assert_array_equal(kernel_of(folder / name), np.full([64, 16], 0.5))
    config = trained.config
    assert trained.seen == [(None, "infer", config, config.tf_random_seed, True)]


def test_another_checkpoint_can_be_exported(trained: Trained, tmp_path: Path) -> None:
    path = exporter().export(trained, tmp_path / "out", tmp_path / "model" / "model-1")
    kernel = kernel_of(Path(os.fsdecode(path), "features"))
    np.testing.assert_array_equal(kernel, np.full([64, 16], 0.25))


def test_the_models_own_saver_restores(trained: Trained, tmp_path: Path) -> None:
    def scaffold() -> Any:
        # Another variable's name in the checkpoint, as with moving averages.
        [kernel] = [each for each in v1.global_variables() if "kernel" in each.name]
        return types.SimpleNamespace(saver=v1.train.Saver({"averaged": kernel}))

    with tf.Graph().as_default(), v1.Session() as session:
        averaged = v1.get_variable("averaged", initializer=tf.fill([64, 16], 3.0))
        session.run(averaged.initializer)
        checkpoint = v1.train.Saver().save(session, str(tmp_path / "averages"))
    trained.scaffold = scaffold
    path = exporter().export(trained, tmp_path / "out", checkpoint)
    kernel = kernel_of(Path(os.fsdecode(path), "features"))
    np.testing.assert_array_equal(kernel, np.full([64, 16], 3.0))
    assert trained.seen[0][-1] is False  # no global step in that checkpoint


def test_other_filesystems_are_tensorflows(trained: Trained, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/out"  # stands for gs:// and its kind
    path = os.fsdecode(exporter(exports_to_keep=1).export(trained, url))
    assert os.path.dirname(path) == url
    folder = tmp_path / "out" / os.path.basename(path)
    kernel = kernel_of(folder / "features")
    np.testing.assert_array_equal(kernel, np.full([64, 16], 0.5))
    assert names_in(tmp_path / "out") == [folder.name]


def test_the_newest_exports_are_kept(trained: Trained, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("1500000001", "1500000002", "123", "notes", "temp-1500000001"):
        (out / name).mkdir(parents=True)
    other = ["123", "notes", "temp-1500000001"]
    exporter(exports_to_keep=None).export(trained, out)
    assert len(names_in(out)) == 6
    path = exporter(exports_to_keep=2).export(trained, out)
    kept = [each for each in names_in(out) if each not in other]
    assert len(kept) == 2
    assert kept[-1] == os.path.basename(os.fsdecode(path))
    assert kept[0] > "1500000002"
    assert set(other) < set(names_in(out))


@pytest.mark.parametrize("count", [0, -1])
def test_some_export_must_be_kept(count: int) -> None:
    with pytest.raises(ValueError, match="exports_to_keep"):
        exporter(exports_to_keep=count)


def test_exports_in_one_second_get_names_of_their_own(
    trained: Trained, tmp_path: Path
) -> None:
    paths = [exporter().export(trained, tmp_path / "out") for _ in range(3)]
    assert sorted(paths) == paths
    assert len(set(paths)) == 3


def test_a_failed_export_leaves_nothing(trained: Trained, tmp_path: Path) -> None:
    with tf.Graph().as_default():
        trained.stray = hub.Module(features_of())
    with pytest.raises(RuntimeError):  # it is of another graph
        exporter().export(trained, tmp_path / "out")
    assert names_in(tmp_path / "out") == []


def test_without_registered_modules_nothing_is_exported(
    trained: Trained, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trained.names = ()
    with caplog.at_level(logging.WARNING, "tfhub"):
        assert exporter().export(trained, tmp_path / "out") is None
    assert "register_module_for_export" in caplog.text
    assert not (tmp_path / "out").exists()


def test_without_a_checkpoint_nothing_can_be_exported(
    trained: Trained, tmp_path: Path
) -> None:
    trained.folder = tmp_path / "nowhere"
    with pytest.raises(ValueError, match="never trained"):
        exporter().export(trained, tmp_path / "out")
    with pytest.raises(Exception, match="model-77"):
        exporter().export(trained, tmp_path / "out", tmp_path / "model" / "model-77")
    assert not (tmp_path / "out").exists()


def test_what_is_no_estimator_is_refused(tmp_path: Path) -> None:
    estimator = types.SimpleNamespace(config=None)
    with pytest.raises(errors.EstimatorError) as error:
        exporter().export(estimator, tmp_path)
    assert "no latest_checkpoint and no model_fn" in str(error.value)
    assert "TensorFlow 2.15 is the last" in str(error.value)
    assert tf.__version__ in str(error.value)
    with pytest.raises(AttributeError):
        exporter().export(object(), tmp_path)


def test_a_name_is_registered_once() -> None:
    with tf.Graph().as_default():
        module = hub.Module(features_of())
        hub.register_module_for_export(module, "a")
        hub.register_module_for_export(module, "b/c")
        with pytest.raises(ValueError, match="already a module registered"):
            hub.register_module_for_export(module, "a")
    with tf.Graph().as_default():
        hub.register_module_for_export(hub.Module(features_of()), "a")


@pytest.mark.parametrize("name", ["", "/abs", "..", "a/../../b"])
def test_a_name_stays_in_the_folder(name: str) -> None:
    with (
        tf.Graph().as_default(),
        pytest.raises(ValueError, match="cannot be exported as"),
    ):
        hub.register_module_for_export(None, name)


def test_the_interface_is_that_of_exporters() -> None:
    assert exporter().name == "modules"
    parameters = inspect.signature(hub.LatestModuleExporter.export).parameters
    assert list(parameters)[1:] == [
        "estimator", "export_path", "checkpoint_path", "eval_result",
        "is_the_final_export",
    ]  # fmt: skip
    with pytest.raises(AttributeError):
        exporter().name = "another"
    if estimators is not None:
        assert issubclass(hub.LatestModuleExporter, estimators.Exporter)


# ---- with the Estimators of TensorFlow 2.15


@pytest.fixture(scope="session")
def digits() -> tuple[Any, Any]:
    """Images of digits as 64 pixels in [0, 1], and what they show."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    return (pixels / 16).astype(np.float32), labels.astype(np.int64)


def input_of(pixels: Any, labels: Any, steps: int | None = None) -> Callable[[], Any]:
    def input_fn() -> Any:
        data = tf.data.Dataset.from_tensor_slices(({"pixels": pixels}, labels))
        return data.batch(100).repeat(steps)

    return input_fn


def digits_model(features: Any, labels: Any, mode: str) -> Any:
    module = hub.Module(features_of(), trainable=True, name="features")
    hub.register_module_for_export(module, "digits")
    hidden = module(features["pixels"])
    logits = tf.matmul(hidden, v1.get_variable("logits", [16, 10]))
    predictions = {"hidden": hidden, "digit": tf.argmax(logits, 1)}
    if mode == estimators.ModeKeys.PREDICT:
        return estimators.EstimatorSpec(mode, predictions=predictions)
    loss = v1.losses.sparse_softmax_cross_entropy(labels, logits)
    accuracy = v1.metrics.accuracy(labels, predictions["digit"])
    step = v1.train.AdamOptimizer(0.02).minimize(loss, v1.train.get_global_step())
    return estimators.EstimatorSpec(
        mode, predictions, loss, step, {"accuracy": accuracy}
    )


def serving_pixels() -> Any:
    pixels = v1.placeholder(tf.float32, [None, 64])
    return estimators.export.ServingInputReceiver({"pixels": pixels}, pixels)


def config_of(folder: Path) -> Any:
    return estimators.RunConfig(
        str(folder), tf_random_seed=1, save_checkpoints_steps=100
    )


@real
def test_train_and_evaluate_exports_the_trained_module(
    digits: tuple[Any, Any], tmp_path: Path
) -> None:
    pixels, labels = digits
    estimator = estimators.Estimator(digits_model, config=config_of(tmp_path))
    result, [path] = estimators.train_and_evaluate(
        estimator,
        estimators.TrainSpec(input_of(pixels[:1500], labels[:1500]), max_steps=150),
        estimators.EvalSpec(
            input_of(pixels[1500:], labels[1500:], steps=1),
            steps=None,
            exporters=hub.LatestModuleExporter("hub", serving_pixels),
            throttle_secs=0,
        ),
    )
    assert result["accuracy"] > 0.85
    folder = Path(os.fsdecode(path))
    assert folder.parent == tmp_path / "export" / "hub"
    assert names_in(folder) == ["digits"]
    few = pixels[:7]
    predicted = estimator.predict(input_of(few, labels[:7], steps=1))
    expected = [each["hidden"] for each in predicted]
    with tf.Graph().as_default(), v1.Session() as session:
        hidden = hub.Module(str(folder / "digits"))(few)
        session.run(v1.global_variables_initializer())
        np.testing.assert_allclose(session.run(hidden), expected, rtol=1e-5, atol=1e-6)
    assert np.abs(expected).max() > 0.1


@real
def test_an_estimator_reads_texts_through_a_column(
    tf1_modules: Path, tmp_path: Path
) -> None:
    column = hub.text_embedding_column(
        "text", str(tf1_modules / "text_embedding"), trainable=True
    )

    def input_fn() -> Any:
        texts, labels = [["the cat"], ["dog"], ["runs"]], [[0], [1], [1]]
        data = tf.data.Dataset.from_tensor_slices(({"text": texts}, labels))
        return data.repeat().batch(6)

    estimator = estimators.DNNClassifier(
        [8], [column], config=config_of(tmp_path), optimizer="Adagrad"
    )
    estimator.train(input_fn, steps=1)
    [name] = [each for each in estimator.get_variable_names() if "module" in each
              and each.endswith("embeddings")]  # fmt: skip
    before = estimator.get_variable_value(name)
    estimator.train(input_fn, steps=120)
    assert np.abs(estimator.get_variable_value(name) - before).max() > 1e-3
    assert estimator.evaluate(input_fn, steps=1)["accuracy"] == 1


@real
def test_a_model_of_images_and_tokens_by_input_layer(
    tf1_modules: Path, digits: tuple[Any, Any], tmp_path: Path
) -> None:
    path = str(tf1_modules / "text_embedding")
    columns = [
        hub.sparse_text_embedding_column("words", path, "mean", "", trainable=True),
        hub.image_embedding_column("image", str(tf1_modules / "image_feature_vector")),
        tf.feature_column.numeric_column("pixels", [64]),
    ]
    pixels, labels = digits
    words = np.where(labels % 2, "cat dog", "the runs")

    def input_fn() -> Any:
        features = {"pixels": pixels[:200], "words": words[:200]}
        data = tf.data.Dataset.from_tensor_slices((features, labels[:200]))

        def complete(each: Any, label: Any) -> Any:
            each["words"] = tf.strings.split(each["words"]).to_sparse()
            gray = tf.reshape(each["pixels"], [-1, 8, 8, 1])
            each["image"] = tf.repeat(tf.image.resize(gray, [16, 12]), 3, axis=3)
            return each, label

        return data.batch(50).map(complete).repeat()

    def model_fn(features: Any, labels: Any, mode: str) -> Any:
        hidden = v1.feature_column.input_layer(features, columns)
        assert hidden.shape[1] == 5 + 4 + 64
        logits = tf.matmul(hidden, v1.get_variable("logits", [73, 10]))
        loss = v1.losses.sparse_softmax_cross_entropy(labels, logits)
        step = v1.train.AdamOptimizer(0.02).minimize(loss, v1.train.get_global_step())
        accuracy = v1.metrics.accuracy(labels, tf.argmax(logits, 1))
        return estimators.EstimatorSpec(
            mode, loss=loss, train_op=step, eval_metric_ops={"accuracy": accuracy}
        )

    estimator = estimators.Estimator(model_fn, config=config_of(tmp_path))
    estimator.train(input_fn, steps=100)
    assert estimator.evaluate(input_fn, steps=4)["accuracy"] > 0.9
    assert [each for each in estimator.get_variable_names() if "module" in each]
