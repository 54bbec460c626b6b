from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub

tf: Any = tensorflow
v1 = tf.compat.v1


def by_reference(name: str, value: Any, *, trainable: bool = True) -> Any:
    """A variable as all were in 2018, a VariableV2."""
    made = v1.get_variable(
        name, initializer=value, use_resource=False, trainable=trainable
    )
    assert made.op.type == "VariableV2"
    return made


def references() -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    kernel = by_reference("kernel", [[1.0, 2.0], [3.0, 4.0]])
    table = by_reference("table", np.arange(6, dtype="float32").reshape(3, 2))
    total = by_reference("total", 0.0, trainable=False)
    hits = by_reference("hits", [0.0, 0.0], trainable=False)
    v1.add_to_collection("update_ops", v1.assign_add(total, tf.reduce_sum(x)))
    v1.add_to_collection("regularization_losses", tf.nn.l2_loss(kernel))
    with tf.control_dependencies([v1.scatter_add(hits, [1], [1.0])]):
        y = tf.matmul(x, kernel) + tf.nn.embedding_lookup(table, [0, 2])
    chain = v1.assign(total, v1.assign_sub(total, -1.0) * 2.0)
    at_the_end = v1.get_default_graph().get_tensor_by_name("hits:0")
    with tf.control_dependencies([chain]):  # and a read that has to come after it
        late = tf.identity(v1.get_default_graph().get_tensor_by_name("total:0"))
    outputs = {"default": y, "late": late, "hits": at_the_end, "chain": chain}
    outputs["known"] = v1.is_variable_initialized(total)
    hub.add_signature(inputs=x, outputs=y)
    hub.add_signature("effects", x, outputs)


def test_variables_by_reference() -> None:
    module = hub.Module(hub.create_module_spec(references), trainable=True)
    assert sorted(module.variable_map) == ["hits", "kernel", "table", "total"]
    assert [v.name for v in module.trainable_variables] == [
        "module/kernel:0",
        "module/table:0",
    ]
    x = tf.ones([2, 2])
    with tf.GradientTape() as tape:
        y = module(x, training=True)
        loss = tf.reduce_sum(y) + module.regularization_losses[0]()
    np.testing.assert_array_equal(y, [[4, 7], [8, 11]])
    kernel, table = tape.gradient(loss, module.trainable_variables)
    np.testing.assert_array_equal(kernel, [[3, 4], [5, 6]])
    assert isinstance(table, tf.IndexedSlices)
    np.testing.assert_array_equal(table.indices, [0, 2])
    assert module.variable_map["total"].numpy() == 4
    assert module.variable_map["hits"].numpy().tolist() == [0, 1]


def test_assignments_by_reference_give_the_value_after() -> None:
    module = hub.Module(hub.create_module_spec(references))
    outputs = module(tf.ones([2, 2]), "effects", as_dict=True)
    assert outputs["chain"].numpy() == 2
    assert outputs["late"].numpy() == 2
    assert outputs["known"].numpy()
    assert outputs["hits"].shape == [2]
    assert module.variable_map["total"].numpy() == 2


def test_a_reference_in_a_conditional_and_a_loop() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        total = by_reference("total", 1.0, trainable=False)
        add = v1.cond(
            x > 0, lambda: v1.assign_add(total, x), lambda: v1.assign_sub(total, 0.5)
        )

        def body(i: Any, y: Any) -> Any:
            return i + 1, y + v1.assign_add(total, 1.0)

        # One iteration at a time: no other may add before this one's sum is read.
        _, y = v1.while_loop(lambda i, _: i < 3, body, [0, 0.0], parallel_iterations=1)
        hub.add_signature(inputs=x, outputs=add)
        hub.add_signature("loop", outputs=y)

    v1.disable_control_flow_v2()
    try:
        spec = hub.create_module_spec(module_fn)
    finally:
        v1.enable_control_flow_v2()
    ops = {node.op for node in spec.definition.meta_graph(()).graph_def.node}
    assert {"RefSwitch", "RefEnter"} <= ops
    module = hub.Module(spec)
    assert [module(x).numpy() for x in (3.0, -1.0, 3.0)] == [4, 3.5, 6.5]
    assert module(signature="loop").numpy() == 7.5 + 8.5 + 9.5


def test_tables_by_reference() -> None:
    """The ops of the first generation, before HashTableV2."""

    def module_fn() -> None:
        raw, ids = tf.raw_ops, v1.placeholder(tf.int64, [None])
        table = raw.HashTable(key_dtype=tf.int64, value_dtype=tf.string)
        keys, texts = tf.constant([1, 2], tf.int64), tf.constant(["one", "two"])
        v1.add_to_collection(
            "table_initializer",
            raw.InitializeTable(table_handle=table, keys=keys, values=texts),
        )
        found = raw.LookupTableFind(table_handle=table, keys=ids, default_value="?")
        hub.add_signature(inputs=ids, outputs=found)

    module = hub.Module(hub.create_module_spec(module_fn))
    assert module([2, 3]).numpy().tolist() == [b"two", b"?"]


@pytest.mark.parametrize("order", [(2.0, 3.0), (3.0, 2.0)])
def test_functions_of_one_name_in_two_modules(order: tuple[float, float]) -> None:
    def spec(factor: float) -> Any:
        def module_fn() -> None:
            x = v1.placeholder(tf.float32, [])

            @tf.function
            def scale(x: Any) -> Any:
                return x * factor

            hub.add_signature(inputs=x, outputs=scale(x))

        # An empty collection that tf.function leaves behind.
        return hub.create_module_spec(module_fn, drop_collections=["local_variables"])

    modules = [hub.Module(spec(factor)) for factor in order]
    assert [module(1.0).numpy() for module in modules] == list(order)
