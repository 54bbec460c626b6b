"""A trainable module learns the same in a graph and outside of one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow
from sklearn.datasets import load_digits

import tfhub as hub

tf: Any = tensorflow
v1 = tf.compat.v1
STEPS, BATCH, RATE = 200, 64, 0.1


def averages(train: bool) -> None:
    """Two dense layers, batch normalization with moving averages, and L2."""
    x = v1.placeholder(tf.float32, [None, 64])

    def weights(name: str, *shape: int) -> Any:
        return v1.get_variable(
            name,
            shape,
            initializer=v1.random_normal_initializer(
                0, shape[0] ** -0.5, seed=len(name)
            ),
            regularizer=lambda w: 1e-3 * tf.nn.l2_loss(w),
        )

    def moving(name: str, initializer: Any) -> Any:
        made = v1.get_variable(name, [32], initializer=initializer, trainable=False)
        v1.add_to_collection("model_variables", made)
        return made

    zeros, ones = v1.zeros_initializer(), v1.ones_initializer()
    hidden = tf.matmul(x, weights("hidden/kernel", 64, 32))
    mean, variance = moving("norm/mean", zeros), moving("norm/variance", ones)
    gamma = v1.get_variable("norm/gamma", [32], initializer=ones)
    beta = v1.get_variable("norm/beta", [32], initializer=zeros)
    if train:
        now = tf.nn.moments(hidden, [0])
        for average, value in zip((mean, variance), now, strict=True):
            update = average.assign_sub(0.05 * (average - value), read_value=False)
            v1.add_to_collection("update_ops", update)
    else:
        now = mean, variance
    normal = tf.nn.batch_normalization(hidden, *now, beta, gamma, 1e-3)
    bias = v1.get_variable("out/bias", [10], initializer=zeros)
    logits = tf.matmul(tf.nn.relu(normal), weights("out/kernel", 32, 10)) + bias
    hub.add_signature(inputs=x, outputs=logits)


def parts_and_loops(train: bool) -> None:
    """A kernel in parts by reference, and a loop of the first generation."""
    x = v1.placeholder(tf.float32, [None, 64])
    kernel = v1.get_variable(
        "kernel",
        [64, 16],
        initializer=v1.random_normal_initializer(0, 0.1, seed=1),
        partitioner=v1.fixed_size_partitioner(3),
        regularizer=lambda w: 1e-3 * tf.nn.l2_loss(w),
        use_resource=False,
    )
    assert {part.op.type for part in kernel} == {"VariableV2"}
    mix = v1.get_variable("mix", initializer=0.9 * tf.eye(16), use_resource=False)
    calls = v1.get_variable("calls", initializer=0.0, trainable=False)
    if train:
        v1.add_to_collection("update_ops", calls.assign_add(1.0, read_value=False))
    hidden = tf.matmul(x, tf.convert_to_tensor(kernel))
    _, hidden = v1.while_loop(
        lambda i, _: i < 3,
        lambda i, h: (i + 1, tf.tanh(tf.matmul(h, mix))),
        [0, hidden],
    )
    last = v1.get_variable("last", [16, 10], initializer=v1.zeros_initializer())
    hub.add_signature(inputs=x, outputs=tf.matmul(hidden, last))


def batches() -> Iterator[tuple[Any, Any]]:
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype("float32")
    for step in range(STEPS):
        rows = np.random.default_rng(step).integers(len(images), size=BATCH)
        yield images[rows], labels[rows].astype("int32")


def cross_entropy(labels: Any, logits: Any) -> Any:
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


@pytest.fixture(scope="module", params=[averages, parts_and_loops])
def path(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    variants = [(set(), {"train": False}), ({"train"}, {"train": True})]
    v1.disable_control_flow_v2()
    try:
        spec = hub.create_module_spec(request.param, variants)
    finally:
        v1.enable_control_flow_v2()
    path = tmp_path_factory.mktemp("fine_tuning") / "module"
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        module.export(str(path), session)
    return path


def flat(variables: dict[str, Any]) -> dict[str, Any]:
    """Variables, the parts of one under names of their own."""
    found = {}
    for name, value in variables.items():
        parts = value if isinstance(value, list) else None
        found |= {f"{name}/part_{i}": v for i, v in enumerate(parts or [])}
        found |= {} if parts else {name: value}
    return found


Result = tuple[list[float], dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def in_a_graph(path: Path) -> Result:
    """The loss of each step, and the variables before and after."""
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(str(path), trainable=True, tags={"train"})
        x = v1.placeholder(tf.float32, [None, 64])
        labels = v1.placeholder(tf.int32, [None])
        loss = cross_entropy(labels, module(x)) + v1.losses.get_regularization_loss()
        with tf.control_dependencies(v1.get_collection(v1.GraphKeys.UPDATE_OPS)):
            step = v1.train.GradientDescentOptimizer(RATE).minimize(loss)
        session.run(v1.global_variables_initializer())
        before = session.run(module.variable_map)
        losses = [
            session.run((loss, step), {x: images, labels: digits})[0]
            for images, digits in batches()
        ]
        return losses, before, session.run(module.variable_map)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "function"])
def test_the_same_losses_and_variables(
    path: Path, in_a_graph: Result, wrap: Any
) -> None:
    losses, before, after = in_a_graph
    module = hub.Module(str(path), trainable=True)
    assert module.variable_map.keys() == before.keys()
    for name, value in flat(before).items():
        np.testing.assert_array_equal(flat(module.variable_map)[name], value)

    @wrap
    def step(images: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = cross_entropy(labels, module(images, training=True))
            loss += tf.add_n([loss() for loss in module.regularization_losses])
        gradients = tape.gradient(loss, module.trainable_variables)
        for variable, gradient in zip(
            module.trainable_variables, gradients, strict=True
        ):
            variable.assign_sub(RATE * gradient)
        return loss

    got = [float(step(*map(tf.constant, batch))) for batch in batches()]
    np.testing.assert_allclose(got, losses, rtol=0, atol=1e-5)
    assert losses[-1] < 0.5 * losses[0]
    for name, value in flat(after).items():
        np.testing.assert_allclose(
            flat(module.variable_map)[name], value, rtol=0, atol=1e-5, err_msg=name
        )
        assert np.abs(value - flat(before)[name]).max() > 1e-3, name


def test_an_upgraded_module_learns_the_same(
    path: Path, in_a_graph: Result, tmp_path: Path
) -> None:
    losses, _, after = in_a_graph
    model = tf.saved_model.load(hub.upgrade(path, tmp_path / "new"))
    for (images, labels), want in zip(batches(), losses, strict=True):
        with tf.GradientTape() as tape:
            loss = cross_entropy(labels, model(images, training=True))
            loss += tf.add_n([loss() for loss in model.regularization_losses])
        gradients = tape.gradient(loss, model.trainable_variables)
        for variable, gradient in zip(
            model.trainable_variables, gradients, strict=True
        ):
            variable.assign_sub(RATE * gradient)
        np.testing.assert_allclose(loss, want, rtol=0, atol=1e-5)
    for variable in model.variables:
        name = variable.name.partition(":")[0]
        np.testing.assert_allclose(variable, flat(after)[name], rtol=0, atol=1e-5)
