from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub

tf: Any = tensorflow
v1 = tf.compat.v1


def made(module_fn: Callable[[], None], generation: int = 1) -> Any:
    """A ModuleSpec whose loops and conditionals are of the first or second kind."""
    if generation == 2:
        return hub.create_module_spec(module_fn)
    v1.disable_control_flow_v2()
    try:
        return hub.create_module_spec(module_fn)
    finally:
        v1.enable_control_flow_v2()


def ops_of(spec: Any) -> set[str]:
    return {node.op for node in spec.definition.meta_graph(()).graph_def.node}


def loop() -> None:
    """A loop with a conditional in it, and a row of a table in each step."""
    x, n = v1.placeholder(tf.float32, []), v1.placeholder(tf.int32, [])
    w = v1.get_variable("w", initializer=1.1)
    rows = v1.get_variable("rows", initializer=[1.0, 0.5, -0.25, 2.0])
    u = v1.get_variable("u", initializer=2.0)

    def body(i: Any, a: Any) -> Any:
        more = v1.cond(a > 3, lambda: a * u, lambda: a)
        return i + 1, a * w + more + tf.gather(rows, i)

    _, y = v1.while_loop(lambda i, _: i < n, body, [0, x])
    hub.add_signature(inputs={"x": x, "n": n}, outputs={"default": y * u, "n": n})


def by_hand(x: Any, n: int, rows: Any, u: Any, w: Any) -> Any:
    a = x
    for i in range(n):
        a = a * w + (a * u if a > 3 else a) + rows[i]
    return a * u


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "function"])
@pytest.mark.parametrize("generation", [1, 2])
def test_the_gradient_of_a_loop(generation: int, wrap: Any) -> None:
    spec = made(loop, generation)
    assert ("Enter" in ops_of(spec)) == (generation == 1)
    module = hub.Module(spec, trainable=True)
    x = tf.constant(1.5)

    @wrap
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = module({"x": x, "n": 3})
        return y, tape.gradient(y, [x, *module.trainable_variables])

    y, gradients = step(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        want = by_hand(x, 3, *module.trainable_variables)
    np.testing.assert_allclose(y, want, rtol=1e-6)
    wanted = tape.gradient(want, [x, *module.trainable_variables])
    for got, right in zip(gradients, wanted, strict=True):
        dense = [tf.convert_to_tensor(g) for g in (got, right)]
        np.testing.assert_allclose(*dense, rtol=1e-6)


def test_the_gradient_of_a_loop_in_a_loop() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        w = v1.get_variable("w", initializer=1.1)

        def inner(a: Any) -> Any:
            return v1.while_loop(
                lambda i, _: i < 2, lambda i, b: (i + 1, b * w), [0, a]
            )[1]

        y = v1.while_loop(
            lambda i, _: i < 3, lambda i, a: (i + 1, inner(a) + x), [0, x]
        )[1]
        hub.add_signature(inputs=x, outputs=y)

    module = hub.Module(made(module_fn), trainable=True)
    x, (w,) = tf.constant(2.0), module.trainable_variables
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = module(x)
    with tf.GradientTape() as hand:
        hand.watch(x)
        want = x
        for _ in range(3):
            want = want * w * w + x
    np.testing.assert_allclose(y, want, rtol=1e-6)
    np.testing.assert_allclose(
        tape.gradient(y, [x, w]), hand.gradient(want, [x, w]), rtol=1e-6
    )


@pytest.mark.parametrize("x", [2.0, -2.0])
def test_the_gradient_of_a_conditional(x: float) -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        w = v1.get_variable("w", initializer=1.5)
        y = v1.cond(x > 0, lambda: x * w, lambda: x * w * w)
        hub.add_signature(inputs=x, outputs=y)

    spec = made(module_fn)
    assert "Switch" in ops_of(spec)
    module = hub.Module(spec, trainable=True)
    at = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(at)
        y = module(at)
    by_x, by_w = tape.gradient(y, [at, *module.trainable_variables])
    assert (by_x, by_w) == ((1.5, x) if x > 0 else (2.25, 3 * x))


def test_a_loop_beside_update_ops_runs_them_once() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        w = v1.get_variable("w", initializer=1.5)
        count = v1.get_variable("count", initializer=0.0, trainable=False)
        v1.add_to_collection("update_ops", count.assign_add(1.0).op)
        y = v1.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, a * w), [0, x])[1]
        hub.add_signature(inputs=x, outputs=y)

    module = hub.Module(made(module_fn), trainable=True)
    for _ in range(3):
        with tf.GradientTape() as tape:
            y = module(2.0, training=True)
        (gradient,) = tape.gradient(y, module.trainable_variables)
    assert gradient.numpy() == pytest.approx(2 * 3 * 1.5**2)
    assert module.variable_map["count"].numpy() == 3


def over_time() -> None:
    """A recurrent net, whose states are kept in a TensorArray."""
    x = v1.placeholder(tf.float32, [None, None])
    w = v1.get_variable("w", initializer=0.5)

    def step(t: Any, state: Any, kept: Any) -> Any:
        state = tf.tanh(state * w + x[:, t])
        return t + 1, state, kept.write(t, state)

    kept = tf.TensorArray(tf.float32, tf.shape(x)[1])
    loop = lambda t, *_: t < tf.shape(x)[1]  # noqa: E731
    *_, kept = v1.while_loop(loop, step, [0, x[:, 0], kept])
    hub.add_signature(inputs=x, outputs=kept.stack())


def rows() -> None:
    x = v1.placeholder(tf.float32, [None, None])
    w = v1.get_variable("w", initializer=0.5)
    hub.add_signature(inputs=x, outputs=tf.map_fn(lambda row: tf.tanh(row * w), x))


def over_time_by_hand(x: Any, w: Any) -> Any:
    states = [x[:, 0]]
    for t in range(x.shape[1]):
        states.append(tf.tanh(states[-1] * w + x[:, t]))
    return tf.stack(states[1:])


@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize(
    ("module_fn", "by_hand"),
    [(over_time, over_time_by_hand), (rows, lambda x, w: tf.tanh(x * w))],
)
def test_the_gradient_of_arrays_in_a_loop(
    module_fn: Any, by_hand: Any, generation: int, tmp_path: Path
) -> None:
    spec = made(module_fn, generation)
    assert ("TensorArrayGatherV3" in ops_of(spec)) == (generation == 1)
    hub.upgrade(hub.Module(spec).export(tmp_path / "m"), tmp_path / "upgraded")
    x = tf.constant([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
    for model in (
        hub.Module(spec, trainable=True),
        hub.load(tmp_path / "upgraded"),
        hub.KerasLayer(str(tmp_path / "m"), trainable=True),
    ):
        (w,) = model.trainable_variables
        w = getattr(w, "value", w) if not isinstance(w, tf.Variable) else w
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = model(x)
        with tf.GradientTape() as hand:
            hand.watch(x)
            want = by_hand(x, w)
        np.testing.assert_allclose(y, want, rtol=1e-5)
        found = zip(tape.gradient(y, [x, w]), hand.gradient(want, [x, w]), strict=True)
        for got, right in found:
            np.testing.assert_allclose(got, right, rtol=1e-4, atol=1e-6)
    assert v1.control_flow_v2_enabled()
