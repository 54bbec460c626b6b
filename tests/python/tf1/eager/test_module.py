from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub.errors import GraphError, OutputError, TagsError
from tfhub.runtime.batching import to_numpy
from tfhub.tf1.eager.module import EagerModule

tf: Any = tensorflow
v1 = tf.compat.v1
DATA = Path(__file__).parents[2] / "data" / "tf1"
CASES = [
    (path.stem, i)
    for path in sorted(DATA.glob("*.json"))
    for i in range(len(json.loads(path.read_text())["cases"]))
]


def given(value: Any) -> Any:
    """The inputs of a case: a sparse one is a dict of its indices, values and shape."""
    if isinstance(value, dict):
        parts = value.get("sparse")
        return (
            tf.SparseTensor(*parts)
            if parts
            else {k: given(v) for k, v in value.items()}
        )
    return value


@pytest.mark.parametrize(("name", "number"), CASES)
def test_the_reference_librarys_results(
    tf1_modules: Path, name: str, number: int
) -> None:
    case = json.loads((DATA / f"{name}.json").read_text())["cases"][number]
    module = hub.Module(
        tf1_modules / name, trainable=case["trainable"], tags=case["tags"]
    )
    graph = case["graph"]
    assert [v.name for v in module.variables] == [
        f"{name}:0" for name in graph["global_variables"]
    ]
    assert [v.name for v in module.trainable_variables] == [
        f"{name}:0" for name in graph["trainable_variables"]
    ]
    losses = module.regularization_losses
    assert len(losses) == graph["regularization_losses"]
    if losses:
        total = tf.add_n([loss() for loss in losses])
        np.testing.assert_allclose(total, graph["regularization_loss_sum"], rtol=1e-6)
    outputs = module(given(case["inputs"]), case["signature"], as_dict=True)
    assert sorted(outputs) == sorted(case["outputs"])
    for key, want in case["outputs"].items():
        got = outputs[key]
        if isinstance(want, dict):
            parts = got.indices, got.values, got.dense_shape
            assert [part.numpy().tolist() for part in parts] == want["sparse"]
        elif got.dtype == tf.string:
            assert to_numpy(got).tolist() == want
        else:
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


X = np.linspace(-1, 2, 24).reshape(4, 6).astype("float32")


def values(module: Any) -> dict[str, Any]:
    return {name: v.numpy() for name, v in module.variable_map.items()}


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {name for name in before if np.any(before[name] != after[name])}


AVERAGES = {"bn/moving_mean", "bn/moving_variance"}


def test_training_runs_the_variant_for_training(tf1_modules: Path) -> None:
    path = tf1_modules / "batch_norm_variants"
    module = hub.Module(path, trainable=True)
    before, output = values(module), module(X)
    np.testing.assert_array_equal(output, hub.Module(path)(X))
    training = hub.Module(path, tags={"train"})(X)
    assert np.abs(training - output).max() > 0.01
    assert not changed(before, values(module))

    np.testing.assert_array_equal(module(X, training=True), training)
    assert changed(before, values(module)) == AVERAGES
    assert np.abs(module(X) - output).max() > 1e-4  # the variants share variables


def test_update_ops_run_only_where_the_module_trains(tf1_modules: Path) -> None:
    path = tf1_modules / "batch_norm_variants"
    module = hub.Module(path)
    assert module.trainable_variables == []
    assert module.regularization_losses == []
    before = values(module)
    training = hub.Module(path, tags={"train"})(X)
    np.testing.assert_array_equal(module(X, training=True), training)
    assert not changed(before, values(module))


def test_given_tags_are_kept_to(tf1_modules: Path) -> None:
    path = tf1_modules / "batch_norm_variants"
    module = hub.Module(path, trainable=True, tags={"train"})
    before, output = values(module), module(X)
    assert not changed(before, values(module))
    np.testing.assert_array_equal(module(X, training=True), output)
    assert changed(before, values(module)) == AVERAGES
    module = hub.Module(path, trainable=True, tags=set())
    np.testing.assert_array_equal(module(X, training=True), module(X))
    with pytest.raises(TagsError):
        hub.Module(path, tags={"gpu"})


def test_update_ops_run_within_a_function_that_ignores_the_outputs(
    tf1_modules: Path,
) -> None:
    module = hub.Module(tf1_modules / "batch_norm_variants", trainable=True)
    before = values(module)

    @tf.function
    def warm_up(x: Any) -> None:
        module(x, training=True)

    warm_up(X)
    assert changed(before, values(module)) == AVERAGES


def test_the_same_gradients_in_a_function(tf1_modules: Path) -> None:
    module = hub.Module(tf1_modules / "batch_norm_variants", trainable=True)

    def gradients(x: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(module(x, training=True) ** 2)
            loss += tf.add_n([loss() for loss in module.regularization_losses])
        return tape.gradient(loss, module.trainable_variables)

    eager = gradients(tf.constant(X))
    assert [np.abs(g).max() > 0 for g in eager] == [True] * 6
    for one, other in zip(eager, tf.function(gradients)(tf.constant(X)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_only_what_the_asked_outputs_need_is_run() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        with tf.control_dependencies([v1.Assert(False, ["all were asked for"])]):
            other = tf.identity(x)
        hub.add_signature(inputs=x, outputs={"default": x + 1, "other": other})

    module = hub.Module(hub.create_module_spec(module_fn))
    assert module(1.0).numpy() == 2
    with pytest.raises(tf.errors.InvalidArgumentError, match="all were asked for"):
        module(1.0, as_dict=True)


def test_no_default_output_is_said_before_anything_is_run() -> None:
    def module_fn() -> None:
        count = v1.get_variable("count", initializer=0, trainable=False)
        v1.add_to_collection("update_ops", count.assign_add(1).op)
        hub.add_signature(outputs={"one": tf.constant(1)})

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    with pytest.raises(OutputError, match="The outputs are: one"):
        module(training=True)
    assert values(module) == {"count": 0}
    assert module(as_dict=True, training=True)["one"].numpy() == 1
    assert values(module) == {"count": 1}


def test_a_module_in_a_module(tf1_modules: Path) -> None:
    path = tf1_modules / "text_embedding"

    def module_fn() -> None:
        text = v1.placeholder(tf.string, [None])
        vectors = hub.Module(path, trainable=True)(text)
        scale = v1.get_variable("scale", initializer=2.0)
        hub.add_signature(inputs=text, outputs=vectors * scale)

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    assert sorted(module.variable_map) == ["module/embeddings", "scale"]
    words = ["the cat", "unknown"]
    np.testing.assert_allclose(module(words), 2 * hub.load(path)(words), rtol=1e-6)


def test_a_module_made_outside_of_a_graph_is_not_applied_in_one(
    tf1_modules: Path,
) -> None:
    module = hub.Module(tf1_modules / "fruit_to_pet")
    with tf.Graph().as_default(), pytest.raises(GraphError, match="outside of a graph"):
        module(tf.ones([1, 3]))


def test_update_ops_of_another_signature_do_not_run() -> None:
    def module_fn() -> None:
        for name in ("a", "b"):
            x = v1.placeholder(tf.float32, [])
            total = v1.get_variable(name, initializer=0.0, trainable=False)
            v1.add_to_collection("update_ops", total.assign_add(x).op)
            hub.add_signature(name, x, x * 2)

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    module(3.0, "a", training=True)
    assert values(module) == {"a": 3, "b": 0}


def test_a_value_read_beside_its_update_is_that_before() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        count = v1.get_variable("count", initializer=0.0, trainable=False)
        v1.add_to_collection("update_ops", count.assign_add(x).op)
        late = x
        for _ in range(20):  # so that without an order the update would come first
            late = tf.linalg.trace(tf.fill([20, 20], late)) / 20
        with tf.control_dependencies([late]):
            hub.add_signature(inputs=x, outputs=count.read_value())

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    got = [module(1.0, training=True).numpy() for _ in range(20)]
    assert got == list(range(20))


def test_edges_that_order_reads_and_writes_hold() -> None:
    def module_fn() -> None:
        count = v1.get_variable("count", initializer=0.0, trainable=False)
        before = count.read_value()
        with tf.control_dependencies([before]):
            add = count.assign_add(1.0)
        with tf.control_dependencies([add]):
            after = count.read_value()
        hub.add_signature(outputs={"default": before, "after": after})

    module = hub.Module(hub.create_module_spec(module_fn))
    for i in range(10):
        outputs = module(as_dict=True)
        assert (outputs["default"].numpy(), outputs["after"].numpy()) == (i, i + 1)


def test_a_dropout_rate_that_is_an_input() -> None:
    """A signature beside `default` gives control over a hyperparameter of training."""

    def module_fn(train: bool) -> None:
        x = v1.placeholder(tf.float32, [None, 100], name="x")
        rate = v1.placeholder_with_default(0.5, [], name="rate")
        kernel = v1.get_variable("kernel", initializer=tf.eye(100))
        hidden = tf.matmul(x, kernel)
        y = tf.nn.dropout(hidden, rate) if train else hidden
        hub.add_signature(inputs=x, outputs=y)
        hub.add_signature("dropout", {"x": x, "dropout_rate": rate}, y)

    variants = [(set(), {"train": False}), ({"train"}, {"train": True})]
    module = hub.Module(hub.create_module_spec(module_fn, variants), trainable=True)
    x = tf.ones([100, 100])

    def dropped(training: bool, **inputs: Any) -> float:
        signature = "dropout" if inputs else None
        inputs = {"x": x, **inputs} if inputs else x
        with tf.GradientTape() as tape:
            y = module(inputs, signature, training=training)
            loss = tf.reduce_sum(y)
        gradient = tape.gradient(loss, module.trainable_variables[0])
        # What is dropped gives no gradient, and the rest is scaled up.
        np.testing.assert_allclose(gradient[0], tf.reduce_sum(y, 0), rtol=1e-5)
        return float(tf.reduce_mean(tf.cast(y == 0, tf.float32)))

    assert dropped(training=False) == 0
    assert dropped(training=False, dropout_rate=0.9) == 0
    assert dropped(training=True) == pytest.approx(0.5, abs=0.03)
    assert dropped(training=True, dropout_rate=0.2) == pytest.approx(0.2, abs=0.03)
    assert dropped(training=True, dropout_rate=0.0) == 0


def test_sparse_and_ragged_inputs() -> None:
    def module_fn() -> None:
        sparse = v1.sparse_placeholder(tf.float32, [None, 3])
        ragged = v1.ragged.placeholder(tf.float32, 1, [])
        kernel = v1.get_variable("kernel", initializer=[[1.0], [2.0], [3.0]])
        double = tf.SparseTensor(sparse.indices, sparse.values * 2, sparse.dense_shape)
        outputs = {
            "default": tf.sparse.sparse_dense_matmul(sparse, kernel),
            "ragged": ragged * kernel[2, 0],
            "sparse": double,
        }
        hub.add_signature(inputs={"s": sparse, "r": ragged}, outputs=outputs)

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    sparse = tf.sparse.from_dense([[1.0, 0, 2.0]])
    ragged = tf.ragged.constant([[1.0, 2.0], [3.0]])
    with tf.GradientTape() as tape:
        outputs = module({"r": ragged, "s": sparse}, as_dict=True)
        loss = tf.reduce_sum(outputs["default"])
    assert outputs["ragged"].to_list() == [[3, 6], [9]]
    np.testing.assert_array_equal(outputs["sparse"].values, [2, 4])
    gradient = tape.gradient(loss, module.trainable_variables[0])
    np.testing.assert_array_equal(gradient, [[1], [0], [2]])


def test_outputs_have_the_shape_that_is_declared(tmp_path: Path) -> None:
    (tmp_path / "vectors.txt").write_text("cat 1 0\ndog 0 1\n")
    path = hub.export_text_embedding(
        tmp_path / "vectors.txt", tmp_path / "text", format="tf1"
    )
    spec = hub.load_module_spec(path)
    module = EagerModule(spec, trainable=True, name="", tags=None)
    function = module.function("default", training=False, as_dict=True)
    outputs = function.get_concrete_function().structured_outputs
    assert outputs["default"].shape.as_list() == [None, 2]  # the lookup loses the 2


def test_checkpoints_of_a_module(tf1_modules: Path, tmp_path: Path) -> None:
    module = hub.Module(tf1_modules / "text_embedding", trainable=True)
    module(["a"])
    path = tf.train.Checkpoint(module=module).save(str(tmp_path / "checkpoint"))
    before = module(["the cat"])
    module.variables[0].assign_add(tf.ones_like(module.variables[0]))
    assert np.abs(module(["the cat"]) - before).max() > 0.1
    tf.train.Checkpoint(module=module).restore(path).assert_consumed()
    np.testing.assert_array_equal(module(["the cat"]), before)


def test_two_copies_are_apart(tf1_modules: Path) -> None:
    one, two = (hub.Module(tf1_modules / "dense_two_layers") for _ in range(2))
    before = two(tf.ones([1, 50]))
    for variable in one.variables:
        variable.assign(tf.zeros_like(variable))
    assert not np.any(one(tf.ones([1, 50])))
    np.testing.assert_array_equal(two(tf.ones([1, 50])), before)
