"""Loops, conditionals and functions, in a module and around it, beyond one operation.

The plain cases are in `test_graph_module.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub import errors
from tfhub.formats import protos

tf: Any = tensorflow
v1 = tf.compat.v1
X = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
W = np.array([[0.5, 0.25], [-0.25, 1.0]], np.float32)


@pytest.fixture(autouse=True)
def _graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


@pytest.fixture(params=["first", "second"])
def control_flow(request: Any) -> Iterator[None]:
    """Loops and conditionals of either generation."""
    if request.param == "first":
        v1.disable_control_flow_v2()
    yield
    v1.enable_control_flow_v2()


both_generations = pytest.mark.usefixtures("control_flow")


def run(fetches: Any, feeds: Any = None) -> Any:
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        return session.run(fetches, feeds)


def weights(name: str = "w", **more: Any) -> Any:
    start = v1.constant_initializer(W)
    return v1.get_variable(name, [2, 2], initializer=start, **more)


def linear() -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    hub.add_signature(inputs=x, outputs=tf.matmul(x, weights()))


def recurrent() -> None:
    """Two steps over time that are kept in a TensorArray, and a choice of three."""
    x = v1.placeholder(tf.float32, [None, 2])
    w = weights(regularizer=tf.nn.l2_loss)

    def step(t: Any, state: Any, kept: Any) -> Any:
        state = tf.tanh(tf.matmul(state, w))
        return t + 1, state, kept.write(t, state)

    kept = tf.TensorArray(tf.float32, 2, element_shape=[None, 2], clear_after_read=True)
    _, last, kept = v1.while_loop(
        lambda t, *_: t < 2, step, [0, x, kept], swap_memory=True, parallel_iterations=4
    )
    chosen = v1.case(
        [(tf.reduce_sum(x) > 1e3, lambda: last), (tf.reduce_sum(x) > 0, lambda: -last)],
        default=lambda: 2 * last,
    )
    hub.add_signature(inputs=x, outputs={"default": chosen, "all": kept.stack()})


def by_hand(x: Any, w: Any) -> dict[str, Any]:
    one = tf.tanh(x @ w)
    two = tf.tanh(one @ w)
    chosen = tf.where(tf.reduce_sum(x) > 0, -two, 2 * two)
    return {"default": chosen, "all": tf.stack([one, two])}


@both_generations
@pytest.mark.parametrize("x", [X, -X], ids=["positive", "negative"])
def test_gradients_of_a_module_with_arrays(tmp_path: Path, x: Any) -> None:
    hub.create_module_spec(recurrent).export(tmp_path / "m")
    module = hub.Module(tmp_path / "m", trainable=True)
    x = tf.constant(x)
    ours, want = module(x, as_dict=True), by_hand(x, tf.constant(W))
    loss = tf.reduce_sum(ours["default"]) + tf.reduce_sum(ours["all"] ** 2)
    w = tf.constant(W)
    wanted = by_hand(x, w)
    wanted_loss = tf.reduce_sum(wanted["default"]) + tf.reduce_sum(wanted["all"] ** 2)
    slopes = tf.gradients(loss, [x, *module.variables])
    values = run([ours, want, slopes, tf.gradients(wanted_loss, [x, w])])
    for key, value in values[0].items():
        np.testing.assert_allclose(value, values[1][key], rtol=1e-5)
    for slope, wanted_slope in zip(values[2], values[3], strict=True):
        np.testing.assert_allclose(slope, wanted_slope, rtol=1e-4, atol=1e-6)


@both_generations
def test_a_module_with_arrays_in_a_loop() -> None:
    """Its loop becomes a loop within a loop, whose gradient is a third and fourth."""
    module = hub.Module(hub.create_module_spec(recurrent), trainable=True)
    _, y = v1.while_loop(
        lambda i, _: i < 3,
        lambda i, y: (i + 1, module(y) + y),
        [0, v1.placeholder_with_default(X, [None, 2])],
    )
    w = tf.constant(W)
    z = tf.constant(X)
    for _ in range(3):
        z = by_hand(z, w)["default"] + z
    ours, want, slope, wanted = run(
        [y, z, *tf.gradients(y, module.variables), *tf.gradients(z, w)]
    )
    np.testing.assert_allclose(ours, want, rtol=1e-5)
    np.testing.assert_allclose(slope, wanted, rtol=1e-4)


@both_generations
def test_gradients_of_every_application(tmp_path: Path) -> None:
    """TensorFlow names the functions of a gradient after those of the loop."""
    hub.create_module_spec(recurrent).export(tmp_path / "m")
    for factor in (1, 2):
        with tf.Graph().as_default():
            module = hub.Module(tmp_path / "m", trainable=True)
            w = tf.constant(W)
            ours, want = [], []
            for x in (X, factor * X, -X):
                ours.append(tf.gradients(module(x), module.variables)[0])
                wanted = by_hand(tf.constant(x, tf.float32), w)
                want.append(tf.gradients(wanted["default"], w)[0])
            both = tf.gradients(module(module(X)) ** 2, module.variables)
            again = by_hand(by_hand(tf.constant(X), w)["default"], w)["default"]
            got, wanted = run([[*ours, *both], [*want, *tf.gradients(again**2, w)]])
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-6)


@both_generations
def test_what_is_outside_of_the_loop_is_an_input() -> None:
    module = hub.Module(hub.create_module_spec(linear))
    fed = v1.placeholder(tf.float32, [None, 2])

    def body(i: Any, y: Any) -> Any:
        return i + 1, y + v1.cond(i > 0, lambda: module(fed), lambda: module(2 * fed))

    _, y = v1.while_loop(lambda i, _: i < 2, body, [0, tf.zeros_like(fed)])
    np.testing.assert_allclose(run(y, {fed: X}), 3 * X @ W)


@both_generations
def test_the_condition_of_a_loop() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        limit = v1.get_variable("limit", [], initializer=v1.constant_initializer(20.0))
        hub.add_signature(inputs=x, outputs=x < limit)

    below = hub.Module(hub.create_module_spec(module_fn))
    y = v1.while_loop(lambda x: below(x), lambda x: 2 * x, [3.0])
    assert run(y) == 24.0


@both_generations
def test_a_table_and_sparse_tensors_in_a_loop(tmp_path: Path) -> None:
    vocabulary = tmp_path / "words.txt"
    vocabulary.write_text("cat\ndog\n")

    def module_fn() -> None:
        words = v1.sparse_placeholder(tf.string, [None, None])
        lines = tf.lookup.TextFileInitializer(
            str(vocabulary), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
        )  # fmt: skip
        ids = tf.lookup.StaticVocabularyTable(lines, 1).lookup(words)
        means = v1.nn.embedding_lookup_sparse(weights(), ids, None, combiner="sum")
        hub.add_signature(inputs=words, outputs=means)

    hub.create_module_spec(module_fn).export(tmp_path / "m")
    vocabulary.unlink()
    module = hub.Module(tmp_path / "m")
    words = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["dog", "cat", "dog"], [2, 2])
    _, y = v1.while_loop(
        lambda i, _: i < 2, lambda i, y: (i + 1, y + module(words)),
        [0, tf.zeros([2, 2])],
    )  # fmt: skip
    np.testing.assert_allclose(run(y), 2 * np.stack([W[1], W[0] + W[1]]))


@both_generations
def test_sparse_and_ragged_values_leave_a_conditional() -> None:
    def module_fn() -> None:
        s = v1.sparse_placeholder(tf.float32, [None, 2])
        r = v1.ragged.placeholder(tf.float32, 1, [])
        hub.add_signature(
            inputs={"s": s, "r": r},
            outputs={"default": tf.sparse.map_values(tf.negative, s), "r": r * 2.0},
        )

    module = hub.Module(hub.create_module_spec(module_fn))
    inputs = {"s": tf.sparse.from_dense(X), "r": tf.ragged.constant([[1.0], [], [2.0]])}
    taken = v1.placeholder(tf.bool, [])
    outputs = v1.cond(
        taken,
        lambda: module(inputs, as_dict=True),
        lambda: {"default": inputs["s"], "r": inputs["r"]},
    )
    dense = {"s": tf.sparse.to_dense(outputs["default"]), "r": outputs["r"].to_tensor()}
    for flag, factors in ((True, (-1, 2)), (False, (1, 1))):
        got = run(dense, {taken: flag})
        np.testing.assert_array_equal(got["s"], factors[0] * X)
        np.testing.assert_array_equal(got["r"], factors[1] * np.array([[1], [0], [2]]))


def test_functions_of_a_module(tmp_path: Path) -> None:
    triple = tf.function(lambda x: 3 * x)

    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        mapped = tf.map_fn(lambda row: triple(row) + 1, x)
        hub.add_signature(inputs=x, outputs=tf.matmul(mapped, weights()))

    hub.create_module_spec(module_fn).export(tmp_path / "m")
    module = hub.Module(tmp_path / "m", trainable=True)
    y = module(X)
    [slope] = tf.gradients(y, module.variables)
    value, gradient = run([y, slope])
    np.testing.assert_allclose(value, (3 * X + 1) @ W)
    np.testing.assert_allclose(gradient, np.repeat((3 * X + 1).sum(0)[:, None], 2, 1))


def test_modules_with_functions_of_one_name(tmp_path: Path) -> None:
    """TensorFlow counts the functions of a process, so two modules share names."""

    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        y = v1.cond(tf.reduce_sum(x) > 0, lambda: x * 5.0, lambda: x)
        hub.add_signature(inputs=x, outputs=tf.matmul(y, weights()))

    hub.create_module_spec(module_fn).export(tmp_path / "five")
    hub.create_module_spec(module_fn).export(tmp_path / "seven")
    file = tmp_path / "five" / "saved_model.pb"
    content = file.read_bytes()
    [part] = protos.SavedModelBytes.FromString(content).meta_graphs
    meta_graph = v1.MetaGraphDef.FromString(part)
    for function in meta_graph.graph_def.library.function:
        for node in function.node_def:
            if node.op == "Const" and tf.make_ndarray(node.attr["value"].tensor) == 5:
                node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(7.0))
    changed = protos.SavedModelBytes(meta_graphs=[meta_graph.SerializeToString()])
    assert changed.SerializeToString() != content
    (tmp_path / "seven" / file.name).write_bytes(changed.SerializeToString())

    five, seven = hub.Module(tmp_path / "five"), hub.Module(tmp_path / "seven")
    twice = hub.Module(tmp_path / "five")
    values = run([five(X), seven(X), twice(X), five(-X), seven(X)])
    for value, want in zip(values, [5 * X, 7 * X, 5 * X, -X, 7 * X], strict=True):
        np.testing.assert_allclose(value, want @ W)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module whose variables are no longer what they were made as."""
    path = tmp_path_factory.mktemp("trained") / "m"

    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        w = v1.get_variable("w", [2, 2], initializer=v1.zeros_initializer())
        count = v1.get_variable("count", [], initializer=v1.zeros_initializer())
        update = count.assign_add(1.0, read_value=False)
        v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
        hub.add_signature(inputs=x, outputs=tf.matmul(x, w))

    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(hub.create_module_spec(module_fn))
        session.run(v1.global_variables_initializer())
        session.run(module.variable_map["w"].assign(W))
        module.export(path, session)
    return path


def assert_trained(module: Any, y: Any, *before: Any) -> None:
    """Functions run what has an effect on their own, and a module has such ops."""
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        for each in before:
            session.run(each)
        np.testing.assert_allclose(session.run(y), X @ W)
        after = session.run(module.variable_map)
    np.testing.assert_array_equal(after["w"], W)
    assert after["count"] == 0


def test_trained_values_stay_in_a_function(trained: Path) -> None:
    module = hub.Module(trained)
    assert_trained(module, tf.function(lambda x: module(x))(tf.constant(X)))


def test_trained_values_stay_in_a_dataset(trained: Path) -> None:
    module = hub.Module(trained)
    rows = tf.data.Dataset.from_tensor_slices(X).batch(2).map(module)
    iterator = v1.data.make_initializable_iterator(rows)
    assert_trained(module, iterator.get_next(), iterator.initializer)


@both_generations
def test_trained_values_stay_in_control_flow(trained: Path) -> None:
    module = hub.Module(trained)
    y = v1.while_loop(
        lambda i, _: i < 1, lambda i, y: (i + 1, module(y)), [0, tf.constant(X)]
    )[1]
    assert_trained(module, y)
    chosen = v1.cond(tf.reduce_sum(y) < 1e3, lambda: module(X), lambda: -y)
    assert_trained(module, chosen)
    rows = tf.map_fn(lambda row: module(row[None])[0], tf.constant(X))
    assert_trained(module, rows)


def test_a_function_made_before_and_after() -> None:
    """A function of the user's graph may have the name of one of the module's."""
    spec = hub.create_module_spec(recurrent)
    before = tf.function(lambda x: hub.Module(spec)(x))
    module = hub.Module(spec, name="other")
    after = tf.function(lambda x: module(x))
    values = run([before(tf.constant(X)), after(tf.constant(X)), module(X)])
    np.testing.assert_allclose(values[0], values[2])
    np.testing.assert_allclose(values[1], values[2])


@both_generations
def test_a_module_of_another_graph_in_a_loop() -> None:
    with tf.Graph().as_default():
        module = hub.Module(hub.create_module_spec(linear))
    with pytest.raises(errors.GraphError, match="another graph"):
        v1.while_loop(lambda _: True, lambda x: module(x), [tf.constant(X)])


def test_a_dataset_with_a_table(tf1_modules: Path) -> None:
    module = hub.Module(tf1_modules / "text_embedding")
    words = ["cat", "dog", "nothing"]
    rows = tf.data.Dataset.from_tensor_slices(words).batch(2).map(module)
    iterator = v1.data.make_initializable_iterator(rows)
    batch, direct = iterator.get_next(), module(words)
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        session.run(iterator.initializer)
        batches = [session.run(batch) for _ in range(2)]
        np.testing.assert_allclose(np.concatenate(batches), session.run(direct))


@both_generations
def test_training_through_a_loop_in_a_session_that_restarts(tmp_path: Path) -> None:
    module = hub.Module(hub.create_module_spec(linear), trainable=True)
    _, y = v1.while_loop(
        lambda i, _: i < 2, lambda i, y: (i + 1, module(y)), [0, tf.constant(X)]
    )
    step = v1.train.GradientDescentOptimizer(0.01).minimize(
        tf.reduce_sum(y**2), v1.train.get_or_create_global_step()
    )
    losses = []
    for _ in range(2):
        with v1.train.MonitoredTrainingSession(
            checkpoint_dir=str(tmp_path), log_step_count_steps=None
        ) as session:
            losses += [float((session.run([y, step])[0] ** 2).sum()) for _ in range(3)]
    assert losses == sorted(losses, reverse=True)
    assert losses[3] < losses[2]
