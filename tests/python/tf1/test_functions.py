"""A module within loops, conditionals and functions.

More of it is in `test_control_flow.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub

tf: Any = tensorflow
v1 = tf.compat.v1
X = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
W = np.array([[2.0, 0.0], [1.0, -1.0]], np.float32)


def weights(name: str = "w", **more: Any) -> Any:
    start = v1.constant_initializer(W)
    return v1.get_variable(name, [2, 2], initializer=start, **more)


def linear() -> None:
    x = v1.placeholder(tf.float32, [None, 2], name="x")
    hub.add_signature(inputs=x, outputs=tf.matmul(x, weights()))


@pytest.fixture(scope="module")
def spec() -> Any:
    return hub.create_module_spec(linear)


@pytest.fixture(autouse=True)
def graph() -> Any:
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture(params=["first", "second"])
def control_flow(request: Any) -> Any:
    """Loops and conditionals of either generation."""
    if request.param == "first":
        v1.disable_control_flow_v2()
    yield
    v1.enable_control_flow_v2()


def run(fetches: Any, *before: Any) -> Any:
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        for each in before:
            session.run(each)
        return session.run(fetches)


def both_kinds() -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    fixed = v1.get_variable("average", [2], trainable=False)
    v1.add_to_collection(v1.GraphKeys.MODEL_VARIABLES, fixed)
    kernel = weights(regularizer=tf.nn.l2_loss)
    update = fixed.assign_sub(0.5 * (fixed - tf.reduce_mean(x, 0)), read_value=False)
    v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
    hub.add_signature(inputs=x, outputs=tf.matmul(x - fixed, kernel))


@pytest.mark.usefixtures("control_flow")
def test_in_a_conditional(spec: Any) -> None:
    module = hub.Module(spec, trainable=True)
    flag, x = v1.placeholder(tf.bool, []), tf.constant(X)
    y = v1.cond(flag, lambda: module(x), lambda: -x)
    [gradient] = tf.gradients(tf.reduce_sum(y), module.variables)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        np.testing.assert_array_equal(session.run(y, {flag: True}), X @ W)
        np.testing.assert_array_equal(session.run(y, {flag: False}), -X)
        want = np.repeat(X.sum(0)[:, None], 2, 1)
        np.testing.assert_allclose(session.run(gradient, {flag: True}), want)


@pytest.mark.usefixtures("control_flow")
def test_in_a_loop(spec: Any) -> None:
    module = hub.Module(spec, trainable=True)
    _, y = v1.while_loop(
        lambda i, _: i < 3, lambda i, y: (i + 1, module(y)), [0, tf.constant(X)]
    )
    [gradient] = tf.gradients(tf.reduce_sum(y), module.variables)
    ours, slope = run([y, gradient])
    np.testing.assert_allclose(ours, X @ W @ W @ W)
    tape_w = tf.constant(W)
    by_hand = tf.reduce_sum(tf.constant(X) @ tape_w @ tape_w @ tape_w)
    np.testing.assert_allclose(slope, run(tf.gradients(by_hand, tape_w))[0])


@pytest.mark.usefixtures("control_flow")
def test_in_nested_loops(spec: Any) -> None:
    module = hub.Module(spec)

    def body(i: Any, y: Any) -> Any:
        inner = v1.while_loop(
            lambda j, _: j < 2, lambda j, z: (j + 1, module(z)), [0, y]
        )
        return i + 1, v1.cond(i > 0, lambda: module(inner[1]), lambda: inner[1])

    _, y = v1.while_loop(lambda i, _: i < 2, body, [0, tf.constant(X)])
    np.testing.assert_allclose(run(y), X @ np.linalg.matrix_power(W, 5))


@pytest.mark.usefixtures("control_flow")
def test_made_in_a_loop(spec: Any) -> None:
    made = []

    def body(i: Any, y: Any) -> Any:
        made.append(hub.Module(spec))
        return i + 1, made[-1](y)

    _, y = v1.while_loop(lambda i, _: i < 2, body, [0, tf.constant(X)])
    np.testing.assert_allclose(run(y), X @ W @ W)
    assert made[-1].variables[0] in v1.global_variables()


@pytest.mark.usefixtures("control_flow")
def test_a_module_with_control_flow_in_control_flow() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        w = weights()
        _, y = v1.while_loop(
            lambda i, _: i < 2, lambda i, y: (i + 1, tf.matmul(y, w)), [0, x]
        )
        y = v1.cond(tf.reduce_sum(y) > 1e6, lambda: 0 * y, lambda: y + 1)
        hub.add_signature(inputs=x, outputs=y)

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    _, y = v1.while_loop(
        lambda i, _: i < 2,
        lambda i, y: (i + 1, module(y)),
        [0, v1.placeholder_with_default(X, [None, 2])],
    )
    [gradient] = tf.gradients(tf.reduce_sum(y), module.variables)
    w = tf.constant(W)
    by_hand = (tf.constant(X) @ w @ w + 1) @ w @ w + 1
    [want] = tf.gradients(tf.reduce_sum(by_hand), w)
    values = run([y, by_hand, gradient, want])
    np.testing.assert_allclose(values[0], values[1])
    np.testing.assert_allclose(values[2], values[3])


def test_generations_of_control_flow_mix() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        w = weights()
        _, y = v1.while_loop(
            lambda i, _: i < 2, lambda i, y: (i + 1, tf.matmul(y, w)), [0, x]
        )
        hub.add_signature(inputs=x, outputs=y)

    second = hub.create_module_spec(module_fn)
    v1.disable_control_flow_v2()
    try:
        module = hub.Module(second)
        y = v1.cond(tf.constant(True), lambda: module(X), lambda: tf.constant(X))
    finally:
        v1.enable_control_flow_v2()
    np.testing.assert_allclose(run(y), X @ W @ W)


@pytest.mark.parametrize("around", ["conditional", "loop", "function", "map"])
def test_the_first_generation_within_the_second(around: str) -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        w = weights()
        _, y = v1.while_loop(
            lambda i, _: i < 2, lambda i, y: (i + 1, tf.matmul(y, w)), [0, x]
        )
        y = v1.cond(tf.reduce_sum(y) > 1e6, lambda: 0 * y, lambda: y + 1)
        hub.add_signature(inputs=x, outputs=y)

    v1.disable_control_flow_v2()
    try:
        spec = hub.create_module_spec(module_fn)
    finally:
        v1.enable_control_flow_v2()
    module = hub.Module(spec)
    x = v1.placeholder_with_default(X, [None, 2])
    if around == "conditional":
        y = v1.cond(tf.constant(True), lambda: module(x), lambda: x)
    elif around == "loop":
        y = v1.while_loop(lambda i, _: i < 1, lambda i, y: (i + 1, module(y)), [0, x])
        y = y[1]
    elif around == "function":
        y = tf.function(lambda x: module(x))(x)
    else:
        y = tf.map_fn(lambda row: module(row[None])[0], x)
    np.testing.assert_allclose(run(y), X @ W @ W + 1)


def test_update_ops_in_a_loop() -> None:
    module = hub.Module(hub.create_module_spec(both_kinds), trainable=True)
    v1.disable_control_flow_v2()
    try:

        def body(i: Any) -> Any:
            module(X)
            with tf.control_dependencies(v1.get_collection("update_ops")):
                return tf.identity(i + 1)

        done = v1.while_loop(lambda i: i < 2, body, [0])
    finally:
        v1.enable_control_flow_v2()
    [average, _] = module.variables
    start = average.assign([0.0, 0.0])
    np.testing.assert_allclose(run(average, start, done), 0.75 * X.mean(0))


def test_in_a_function_and_a_dataset(spec: Any) -> None:
    module = hub.Module(spec)
    function = tf.function(lambda x: module(x))
    mapped = tf.map_fn(lambda row: module(row[None])[0], tf.constant(X))
    rows = tf.data.Dataset.from_tensor_slices(X).batch(2).map(module)
    iterator = v1.data.make_initializable_iterator(rows)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        session.run(iterator.initializer)
        for y in (function(tf.constant(X)), mapped, iterator.get_next()):
            np.testing.assert_allclose(session.run(y), X @ W)


@pytest.mark.parametrize("trainable", [True, False])
def test_update_ops_run_in_a_function(trainable: bool) -> None:
    module = hub.Module(hub.create_module_spec(both_kinds), trainable=trainable)
    applied = tf.function(lambda x: module(x))(tf.constant(X))
    chosen = v1.cond(applied[0, 0] < 1e9, lambda: module(X), lambda: applied)
    assert not v1.get_collection("update_ops")
    [average, _] = module.variables
    start = average.assign([0.0, 0.0])
    once = run(average, start, applied)
    np.testing.assert_allclose(once, trainable * X.mean(0) / 2)
    twice = run(average, start, chosen)
    np.testing.assert_allclose(twice, trainable * X.mean(0) * 0.75)


def test_update_ops_of_another_signature_do_not_run_in_a_function() -> None:
    def module_fn() -> None:
        both_kinds()
        y = v1.placeholder(tf.float32, [])
        other = v1.get_variable("other", [], initializer=v1.zeros_initializer())
        v1.add_to_collection("update_ops", other.assign(y, read_value=False))
        hub.add_signature("other", y, 2 * y)

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    apply = tf.function(lambda y: module(y, signature="other"))
    other = module.variable_map["other"]
    assert run(other, apply(3.0)) == 3
    assert run(other, tf.function(lambda x: module(x))(tf.constant(X))) == 0
