from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub import errors

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


def run(fetches: Any, *before: Any) -> Any:
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        for each in before:
            session.run(each)
        return session.run(fetches)


def names(values: Any) -> list[str]:
    return [value.op.name for value in values]


# Names, scopes, collections


def test_scopes_are_made_unique(spec: Any) -> None:
    first, second = hub.Module(spec, name="m"), hub.Module(spec, name="m")
    assert names(first.variables + second.variables) == ["m/w", "m_1/w"]
    applied = first(X), first(X), second(X)
    assert names(applied) == [
        "m_apply_default/MatMul",
        "m_apply_default_1/MatMul",
        "m_1_apply_default/MatMul",
    ]
    both = run(applied)
    np.testing.assert_array_equal(both[0], X @ W)
    np.testing.assert_array_equal(both[1], both[2])


def test_scopes_around(spec: Any) -> None:
    with v1.variable_scope("vs"), tf.name_scope("ns"):
        module = hub.Module(spec, name="m")
        assert names([*module.variables, module(X)]) == [
            "vs/m/w",
            "vs/ns/m_apply_default/MatMul",
        ]
    with tf.name_scope("only"):
        module = hub.Module(spec, name="m")
        assert names([*module.variables, module(X)]) == [
            "m/w",
            "only/m_apply_default/MatMul",
        ]
    nested = hub.Module(spec, name="a/b")
    assert names([*nested.variables, nested(X)]) == ["a/b/w", "b_apply_default/MatMul"]
    with v1.variable_scope("again", reuse=True):
        assert names(hub.Module(spec).variables) == ["again/module/w"]


def test_colons_of_a_signature_are_not_in_names() -> None:
    def module_fn() -> None:
        hub.add_signature("image:sum", {}, tf.constant(1.0, name="c"))

    module = hub.Module(hub.create_module_spec(module_fn))
    assert names([module(signature="image:sum")]) == ["module_apply_image_sum/c"]


def test_a_name_that_an_op_has(spec: Any) -> None:
    tf.constant(1, name="taken")
    with pytest.raises(RuntimeError, match="taken was unused but the") as caught:
        hub.Module(spec, name="taken")
    assert isinstance(caught.value, errors.GraphError)
    assert names(hub.Module(spec, name="taken").variables) == ["taken_1/w"]


def test_an_empty_name(spec: Any) -> None:
    with pytest.raises(errors.HubError, match="name"):
        hub.Module(spec, name="")


def both_kinds() -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    fixed = v1.get_variable("average", [2], trainable=False)
    v1.add_to_collection(v1.GraphKeys.MODEL_VARIABLES, fixed)
    kernel = weights(regularizer=tf.nn.l2_loss)
    update = fixed.assign_sub(0.5 * (fixed - tf.reduce_mean(x, 0)), read_value=False)
    v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
    hub.add_signature(inputs=x, outputs=tf.matmul(x - fixed, kernel))


@pytest.mark.parametrize("trainable", [True, False])
def test_collections(graph: Any, trainable: bool) -> None:
    module = hub.Module(hub.create_module_spec(both_kinds), trainable=trainable)
    before = {key: len(graph.get_collection(key)) for key in graph.collections}
    assert names(v1.global_variables()) == ["module/average", "module/w"]
    assert names(v1.model_variables()) == ["module/average"]
    assert names(v1.trainable_variables()) == ["module/w"] * trainable
    assert module.trainable_variables == v1.trainable_variables()
    assert before.get("regularization_losses", 0) == trainable
    assert before.get("update_ops", 0) == 0
    module(X)
    module(X)
    assert len(v1.get_collection("update_ops")) == 2 * trainable
    assert len(v1.get_collection("regularization_losses")) == trainable
    if trainable:
        first = v1.get_collection("update_ops")[0]
        [average, _] = module.variables
        np.testing.assert_allclose(
            run(average, average.assign([0.0, 0.0]), first), X.mean(0) / 2
        )


def test_no_save_ops_are_added(graph: Any, spec: Any) -> None:
    hub.Module(spec)(X)
    assert not [op.name for op in graph.get_operations() if "save" in op.name.lower()]


@pytest.mark.parametrize("shared_name", ["", "one name"])
def test_two_modules_have_tables_of_their_own(shared_name: str) -> None:
    def module_fn(words: list[str]) -> None:
        table = tf.raw_ops.HashTableV2(
            key_dtype=tf.string, value_dtype=tf.int64, shared_name=shared_name
        )
        start = tf.raw_ops.LookupTableImportV2(
            table_handle=table, keys=words, values=tf.constant([1, 2], tf.int64)
        )
        v1.add_to_collection(v1.GraphKeys.TABLE_INITIALIZERS, start)
        text = v1.placeholder(tf.string, [None])
        missing = tf.constant(-1, tf.int64)
        found = tf.raw_ops.LookupTableFindV2(
            table_handle=table, keys=text, default_value=missing
        )
        hub.add_signature(inputs=text, outputs=found)

    def spec_of(*words: str) -> Any:
        return hub.create_module_spec(module_fn, [(set(), {"words": words})])

    one, two = hub.Module(spec_of("a", "b")), hub.Module(spec_of("b", "c"))
    found = run([one(["b", "c"]), two(["b", "c"])])
    assert [ids.tolist() for ids in found] == [[2, -1], [1, 2]]


# Graphs


def test_another_graph(spec: Any) -> None:
    module = hub.Module(spec)
    with tf.Graph().as_default(), pytest.raises(errors.GraphError) as caught:
        module(X)
    assert isinstance(caught.value, RuntimeError)


def test_it_comes_after_nothing_and_is_applied_after(spec: Any) -> None:
    gate = v1.placeholder(tf.float32, [], name="gate")
    with tf.control_dependencies([gate]):
        module = hub.Module(spec)
        y = module(X)
    [w] = module.variables
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        session.run(w)
        with pytest.raises(tf.errors.InvalidArgumentError, match="gate"):
            session.run(y)
        np.testing.assert_array_equal(session.run(y, {gate: 1.0}), X @ W)


# State


def parts_of(name: str = "w") -> Any:
    return weights(name, partitioner=v1.fixed_size_partitioner(2))


def partitioned() -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    hub.add_signature(inputs=x, outputs=tf.matmul(x, tf.convert_to_tensor(parts_of())))


def test_partitioned_variables(tmp_path: Any) -> None:
    def start(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
        offset = partition_info.var_offset[0] if partition_info else 0
        return tf.constant(W[offset : offset + shape[0]], dtype)

    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        splitter = v1.fixed_size_partitioner(2)
        w = v1.get_variable("w", [2, 2], initializer=start, partitioner=splitter)
        hub.add_signature(inputs=x, outputs=tf.matmul(x, tf.convert_to_tensor(w)))

    module = hub.Module(hub.create_module_spec(module_fn), name="p")
    assert list(module.variable_map) == ["w"]
    assert names(module.variable_map["w"]) == ["p/w/part_0", "p/w/part_1"]
    assert module.variables == module.variable_map["w"]
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        module.export(tmp_path / "m", session)
    with tf.Graph().as_default():
        again = hub.Module(tmp_path / "m")
        assert names(again.variable_map["w"]) == ["module/w/part_0", "module/w/part_1"]
        np.testing.assert_array_equal(run(again(X)), X @ W)
        np.testing.assert_array_equal(run(again.variables)[1], W[1:])
    reader = tf.train.load_checkpoint(str(tmp_path / "m" / "variables" / "variables"))
    np.testing.assert_array_equal(reader.get_tensor("w"), W)


def test_variables_by_reference(tmp_path: Any) -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        w = weights(use_resource=False)
        count = v1.get_variable("n", [], initializer=tf.zeros_initializer(),
                                use_resource=False, trainable=False)  # fmt: skip
        v1.add_to_collection("update_ops", v1.assign_add(count, 1.0))
        hub.add_signature(inputs=x, outputs=tf.matmul(x, w))

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    y = module(X)
    [gradient] = tf.gradients(tf.reduce_sum(y), module.variable_map["w"])
    [update] = v1.get_collection("update_ops")
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        np.testing.assert_array_equal(session.run(y), X @ W)
        want = np.repeat(X.sum(0)[:, None], 2, 1)
        np.testing.assert_allclose(session.run(gradient), want)
        session.run(update)
        assert session.run(module.variable_map["n"]) == 1
        module.export(tmp_path / "m", session)
    with hub.eval_function_for_module(tmp_path / "m") as f:
        np.testing.assert_array_equal(f(X), X @ W)


def test_variables_by_reference_in_a_loop_and_a_function() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        hub.add_signature(inputs=x, outputs=tf.matmul(x, weights(use_resource=False)))

    module = hub.Module(hub.create_module_spec(module_fn))
    v1.disable_control_flow_v2()
    try:
        _, y = v1.while_loop(
            lambda i, _: i < 2, lambda i, y: (i + 1, module(y)), [0, tf.constant(X)]
        )
    finally:
        v1.enable_control_flow_v2()
    np.testing.assert_allclose(run(y), X @ W @ W)


def test_a_module_within_a_module(tmp_path: Any) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        inner = hub.Module(hub.create_module_spec(linear), name="inner")
        session.run(v1.global_variables_initializer())
        session.run(inner.variables[0].assign(10 * W))
        inner.export(tmp_path / "inner", session)

    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        one = hub.Module(tmp_path / "inner", trainable=True, name="one")
        hub.add_signature(inputs=x, outputs=tf.matmul(one(one(x)), weights("top")))

    outer = hub.Module(hub.create_module_spec(module_fn), trainable=True, name="outer")
    assert list(outer.variable_map) == ["one/w", "top"]
    y = outer(X)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        np.testing.assert_allclose(session.run(y), X @ W @ W @ W * 100)
        outer.export(tmp_path / "outer", session)
    with tf.Graph().as_default():
        again = hub.Module(tmp_path / "outer", trainable=True)
        assert names(v1.trainable_variables()) == ["module/one/w", "module/top"]
        np.testing.assert_allclose(run(again(X)), X @ W @ W @ W * 100)


def test_an_output_may_be_an_input_or_the_state() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        table = v1.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["a"], [1]), -1
        )
        handle = table.resource_handle
        hub.add_signature(inputs={"x": x}, outputs={"same": x, "table": handle})

    module = hub.Module(hub.create_module_spec(module_fn))
    outputs = module({"x": X}, as_dict=True)
    np.testing.assert_array_equal(run(outputs["same"]), X)
    assert outputs["table"].dtype == tf.resource


def test_an_input_may_be_any_tensor() -> None:
    def module_fn() -> None:
        x = v1.placeholder_with_default([[5.0, 5.0]], [None, 2])
        middle = 2 * x
        hub.add_signature(inputs=x, outputs=middle + 1)
        hub.add_signature("middle", middle, middle + 1)

    module = hub.Module(hub.create_module_spec(module_fn))
    np.testing.assert_array_equal(run(module(X)), 2 * X + 1)
    np.testing.assert_array_equal(run(module(X, signature="middle")), X + 1)


def test_ops_stay_beside_the_variable(graph: Any) -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None, 2])
        w = weights()
        with v1.colocate_with(w.handle.op):
            beside = tf.identity(x, name="beside")
        with v1.colocate_with(beside.op):
            hub.add_signature(inputs=x, outputs=tf.matmul(beside, w, name="y"))

    module = hub.Module(hub.create_module_spec(module_fn))
    y = module(X)
    beside = graph.get_operation_by_name("module_apply_default/beside")
    assert beside.colocation_groups() == [b"loc:@module/w"]
    assert y.op.colocation_groups() == [b"loc:@module/w"]
    np.testing.assert_array_equal(run(y), X @ W)


def test_state_with_several_outputs() -> None:
    def module_fn() -> None:
        tf.raw_ops.AnonymousIteratorV2(output_types=[tf.float32], output_shapes=[[]])
        hub.add_signature(outputs=tf.constant(1.0))

    with pytest.raises(ValueError, match="2 outputs"):
        hub.Module(hub.create_module_spec(module_fn))


# A sanity check of the module as a part of a model


def test_it_is_trained(spec: Any) -> None:
    module = hub.Module(spec, trainable=True)
    loss = tf.reduce_sum(tf.square(module(X)))
    step = v1.train.GradientDescentOptimizer(0.01).minimize(loss)
    with v1.train.SingularMonitoredSession() as session:
        losses = [session.run([loss, step])[0] for _ in range(20)]
    assert losses[-1] < losses[0] / 10


def test_an_op_beside_two_inputs() -> None:
    def module_fn() -> None:
        first, second = tf.split(v1.placeholder(tf.float32, [2]), 2)
        with v1.colocate_with(first.op):
            total = tf.add(first, second, name="total")
        hub.add_signature(inputs={"a": first, "b": second}, outputs=total)

    module = hub.Module(hub.create_module_spec(module_fn))
    one, two = tf.split(tf.constant([1.0, 2.0]), 2)
    total = module({"a": one, "b": two})
    assert total.op.colocation_groups() == one.op.colocation_groups()
    assert run(total) == [3.0]
    with pytest.raises(ValueError, match="total of the module is to be beside"):
        module({"a": one, "b": tf.constant([2.0])})


# Parts that the outputs do not need


def pairs() -> None:
    """A signature for rows, and one for two rows only, which shares its input."""
    x = v1.placeholder(tf.float32, [None, 2], name="x")
    y = tf.matmul(x, weights(), name="rows")
    two = tf.add(tf.reshape(y, [4]), 1.0, name="two")
    update = v1.get_variable("mean", initializer=0.0, trainable=False).assign(
        tf.reduce_mean(y)
    )
    v1.add_to_collection("update_ops", update)
    hub.add_signature(inputs=x, outputs=y)
    hub.add_signature("two", {"x": x}, two)


@pytest.mark.parametrize("trainable", [False, True])
def test_a_branch_that_takes_no_such_shape(trainable: bool) -> None:
    module = hub.Module(hub.create_module_spec(pairs), trainable)
    for rows in (1, 3):
        x = np.ones([rows, 2], np.float32)
        y = module(tf.constant(x))
        np.testing.assert_array_equal(run(y), x @ W)
    updates = v1.get_collection(v1.GraphKeys.UPDATE_OPS)
    assert len(updates) == 2 * trainable
    run(updates)
    # Where all fits, all is there under its name.
    y = module(tf.constant(X))
    graph, scope = y.graph, y.op.name.rpartition("/")[0]
    np.testing.assert_array_equal(
        run(graph.get_tensor_by_name(f"{scope}/two:0")), (X @ W).ravel() + 1
    )


def test_inputs_that_the_outputs_do_not_take() -> None:
    module = hub.Module(hub.create_module_spec(pairs), name="pairs")
    with pytest.raises(errors.InputError, match="'pairs' does not take these inputs"):
        module(tf.ones([3, 2]), signature="two")
    np.testing.assert_array_equal(run(module(tf.constant(X))), X @ W)


def test_an_asset_of_what_is_left_is_exported(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("some words")

    def reading() -> None:
        x = v1.placeholder(tf.float32, [None], name="x")
        path = tf.constant(str(tmp_path / "words.txt"))
        v1.add_to_collection(v1.GraphKeys.ASSET_FILEPATHS, path)
        hub.add_signature(inputs=x, outputs=tf.io.read_file(path))
        hub.add_signature("two", {"x": x}, tf.reshape(x, [2]))

    def around() -> None:
        module = hub.Module(hub.create_module_spec(reading))
        hub.add_signature(outputs=module(tf.ones([3])))

    path = hub.create_module_spec(around).export(tmp_path / "module")
    (tmp_path / "words.txt").unlink()
    assert run(hub.Module(path)()) == b"some words"


# Devices


def pinned() -> None:
    with tf.device("/gpu:7"):
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        hub.add_signature(inputs=x, outputs=tf.matmul(x, weights()))


def test_what_is_pinned_to_a_gpu_needs_none(tmp_path: Path) -> None:
    path = hub.create_module_spec(pinned).export(tmp_path / "module")
    with hub.eval_function_for_module(path) as function:
        np.testing.assert_array_equal(function(X), X @ W)
