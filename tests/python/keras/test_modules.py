"""TF1 Hub modules as layers: applied, and trained as in a graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_digits

import tfhub as hub
from tfhub.runtime.tf import np, tf

v1 = tf.compat.v1
STEPS, RATE = 12, 0.1
DATA = Path(__file__).parents[1] / "data" / "tf1"


def program(train: bool) -> None:
    """Batch normalization with moving averages, and L2."""
    x = v1.placeholder(tf.float32, [None, 64])
    kernel = v1.get_variable(
        "kernel",
        [64, 10],
        initializer=v1.random_normal_initializer(0, 0.2, seed=3),
        regularizer=lambda w: 1e-2 * tf.nn.l2_loss(w),
    )
    average = v1.get_variable(
        "norm/mean", [10], initializer=v1.zeros_initializer(), trainable=False
    )
    v1.add_to_collection("model_variables", average)
    logits = tf.matmul(x, kernel)
    mean = average
    if train:
        mean = tf.reduce_mean(logits, axis=0)
        update = average.assign_sub(0.1 * (average - mean), read_value=False)
        v1.add_to_collection("update_ops", update)
    scale = v1.get_variable("norm/scale", [10], initializer=v1.ones_initializer())
    hub.add_signature(inputs=x, outputs=scale * (logits - mean))


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any]:
    images, labels = load_digits(return_X_y=True)
    return (images[:64] / 16).astype("float32"), labels[:64].astype("int32")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = hub.create_module_spec(
        program, [(set(), {"train": False}), ({"train"}, {"train": True})]
    )
    path = tmp_path_factory.mktemp("modules") / "module"
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        module.export(str(path), session)
    return path


@pytest.fixture(scope="module")
def upgraded(path: Path) -> Path:
    hub.upgrade(path, path.with_name("upgraded"))
    return path.with_name("upgraded")


@pytest.fixture(scope="module")
def in_a_graph(path: Path, digits: tuple[Any, Any]) -> tuple[list[float], Any]:
    """The loss of each step, and the moving average after the last one."""
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(str(path), trainable=True, tags={"train"})
        logits = module(tf.constant(digits[0]))
        loss = v1.losses.sparse_softmax_cross_entropy(digits[1], logits)
        loss += v1.losses.get_regularization_loss()
        with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
            step = v1.train.GradientDescentOptimizer(RATE).minimize(loss)
        session.run(v1.global_variables_initializer())
        losses = [session.run([loss, step])[0] for _ in range(STEPS)]
        return losses, session.run(module.variable_map["norm/mean"])


@pytest.mark.parametrize("kind", ["path", "upgraded"])
def test_trains_with_the_losses_of_graph_mode(
    layer: Any,
    keras: Any,
    kind: str,
    digits: tuple[Any, Any],
    in_a_graph: tuple[list[float], Any],
    request: pytest.FixtureRequest,
) -> None:
    made = layer(request.getfixturevalue(kind), trainable=True)
    model = keras.Sequential([keras.Input([64]), made])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(RATE), loss)
    history = model.fit(
        *digits, batch_size=64, epochs=STEPS, shuffle=False, verbose=0
    ).history
    losses, average = in_a_graph
    assert history["loss"] == pytest.approx(losses, rel=1e-4)
    assert losses[-1] < losses[0]
    found = next(w for w in made.weights if "mean" in w.name)
    np.testing.assert_allclose(found.numpy(), average, rtol=1e-3, atol=1e-5)


def test_a_frozen_module_runs_no_updates(layer: Any, path: Path) -> None:
    made = layer(path)
    x = tf.ones([3, 64])
    before = made(x).numpy()
    np.testing.assert_array_equal(made(x, training=True).numpy(), before)
    assert np.abs(before).max() > 0
    assert made.losses == [] or float(made.losses[0]) == 0.0
    made.trainable = True
    assert float(tf.add_n(made.losses)) > 0
    assert np.abs(made(x, training=True).numpy()).max() < 1e-4  # its own mean is taken


def cases(name: str) -> list[Any]:
    listed = json.loads((DATA / f"{name}.json").read_text("utf-8"))["cases"]
    return [c for c in listed if not c.get("tags") and c["signature"] is None]


def test_gives_the_outputs_of_the_reference_library(
    layer: Any, keras: Any, tf1_modules: Path
) -> None:
    (case,) = cases("text_embedding")[:1]
    made = layer(tf1_modules / "text_embedding")
    expected = case["outputs"]["default"]
    np.testing.assert_allclose(made(tf.constant(case["inputs"])), expected, rtol=1e-5)
    text = keras.Input([], dtype="string")
    model = keras.Model(text, made(text))
    found = model.predict(tf.constant(case["inputs"]), verbose=0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_outputs_by_name(layer: Any, keras: Any, tf1_modules: Path) -> None:
    (case,) = cases("dense_two_layers")[:1]
    inputs = np.array(case["inputs"], np.float32)
    handle = tf1_modules / "dense_two_layers"
    for key, expected in case["outputs"].items():
        made = layer(handle, output_key=key)
        np.testing.assert_allclose(made(inputs), expected, rtol=1e-4, atol=1e-6)
    both = layer(handle, signature_outputs_as_dict=True)
    assert set(both(inputs)) == set(case["outputs"])
    assert set(both(keras.Input([50]))) == set(case["outputs"])


def test_sparse_inputs(layer: Any, tf1_modules: Path) -> None:
    (case,) = cases("sparse_input")[:1]
    indices, given, shape = case["inputs"]["x"]["sparse"]
    value = tf.SparseTensor(indices, tf.cast(given, tf.float32), shape)
    made = layer(tf1_modules / "sparse_input")
    expected = case["outputs"]["default"]
    np.testing.assert_allclose(made(value), expected, rtol=1e-5)
    np.testing.assert_allclose(made({"x": value}), expected, rtol=1e-5)


def test_takes_no_arguments(layer: Any, path: Path) -> None:
    with pytest.raises(ValueError, match="Leave out: temperature"):
        layer(path, arguments={"temperature": 1.0})
