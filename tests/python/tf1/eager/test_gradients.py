from __future__ import annotations

from collections.abc import Callable
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
