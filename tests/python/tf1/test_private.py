"""Each name of TensorFlow that is not in its documentation does its job."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import tensorflow

import tfhub
from tfhub.tf1 import private

tf: Any = tensorflow
v1 = tf.compat.v1


def test_captures_are_the_values_and_are_differentiated() -> None:
    weight, factor = tf.Variable(3.0), tf.constant(5.0)

    def body(x: Any) -> Any:
        handle = private.capture(weight)
        read = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)
        return x * read * private.capture(factor)

    function = v1.wrap_function(body, [tf.TensorSpec([])])
    with tf.GradientTape() as tape:
        y = function(tf.constant(2.0))
    assert y.numpy() == 30
    assert tape.gradient(y, weight).numpy() == 10
    weight.assign(4.0)
    assert function(tf.constant(2.0)).numpy() == 40


def test_tables_of_tensorflow_are_of_this_class() -> None:
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 0)
    assert isinstance(table, private.lookup_interface())
    assert not isinstance(tf.Variable(0), private.lookup_interface())


def test_columns_of_tensorflow_are_of_these_classes() -> None:
    number = tf.feature_column.numeric_column("x")
    for kind in private.dense_columns():
        assert isinstance(number, kind)
    assert len(set(private.dense_columns())) == 2


@pytest.mark.parametrize("trainable", [True, False])
def test_a_state_manager_tells_whether_it_trains(trainable: bool) -> None:
    keras: Any = pytest.importorskip("tf_keras" if tf.__version__ > "2.16" else "keras")
    _, column = private.dense_columns()
    told = []

    class Column(column):  # type: ignore[valid-type, misc]
        name = "c"
        parse_example_spec: dict[str, Any] = {}  # noqa: RUF012
        _is_v2_column = True
        parents = ("x",)
        variable_shape = tf.TensorShape([1])

        def create_state(self, state_manager: Any) -> None:
            told.append(private.trains(state_manager))

        def transform_feature(self, transformation_cache: Any, _: Any) -> Any:
            return transformation_cache.get("x", None)

        def get_dense_tensor(self, transformation_cache: Any, _: Any) -> Any:
            return transformation_cache.get("x", None)

        def get_config(self) -> dict[str, Any]:
            return {}

        from_config = None

    layer = keras.layers.DenseFeatures([Column()], trainable=trainable)
    layer({"x": tf.constant([[1.0]])})
    assert told == [trainable]


@pytest.mark.parametrize("asked", [True, False])
def test_an_operation_must_run(asked: bool) -> None:
    """Or else it does not: this is why there is `must_run()`."""
    count = tf.Variable(0.0)

    def body(x: Any) -> Any:
        add = tf.raw_ops.AssignAddVariableOp(
            resource=private.capture(count), value=tf.constant(1.0)
        )
        if asked:
            private.must_run([add])
        return 2 * x

    wrapped = v1.wrap_function(body, [tf.TensorSpec([])])
    around = tf.function(lambda x: wrapped(x))
    assert around(tf.constant(1.0)).numpy() == 2
    assert count.numpy() == asked


def test_a_function_takes_a_tensor_of_the_graph_around() -> None:
    with tf.Graph().as_default() as graph, v1.Session() as session:
        outside = tf.constant(3.0)
        assert private.in_default_graph(outside) is outside
        assert not private.is_function(graph)
        seen = []

        def body(x: Any) -> Any:
            inside = private.in_default_graph(outside)
            here = v1.get_default_graph()
            seen.append((inside.graph is here, private.is_function(here)))
            return x * inside

        chosen = v1.cond(tf.constant(True), lambda: body(2.0), lambda: outside)
        looped = tf.while_loop(lambda x: x < 50, lambda x: [body(x)], [2.0])
        called = tf.function(body)(tf.constant(2.0))
        assert session.run([chosen, *looped, called]) == [6.0, 54.0, 6.0]
    assert set(seen) == {(True, True)}


def test_a_function_takes_the_value_of_a_variable_by_reference() -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        variable = v1.get_variable(
            "w", [], initializer=v1.ones_initializer(), use_resource=False
        )
        function = tf.function(
            lambda: 2 * private.in_default_graph(variable.op.outputs[0])
        )
        session.run(v1.global_variables_initializer())
        assert session.run(function()) == 2


def test_an_op_is_placed_beside_others() -> None:
    with tf.Graph().as_default():
        first, second = tf.constant(1, name="first"), tf.constant(2, name="second")
        private.place_beside(second.op, [b"loc:@first"])
        assert second.op.colocation_groups() == [b"loc:@first"]
        private.place_beside(second.op, [b"loc:@other", b"loc:@second"])
        assert second.op.colocation_groups() == [b"loc:@first", b"loc:@other"]
        assert first.op.colocation_groups() == [b"loc:@first"]


def private_names(file: Path) -> list[str]:
    """What a file takes from others by a name with an underscore."""
    tree = ast.parse(file.read_text("utf-8"))
    own = {"self", "cls", "other"}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            value = node.value
            mine = isinstance(value, ast.Name) and value.id in own
            mine |= ast.unparse(value) == "super()"
            dunder = node.attr.startswith("__") and node.attr.endswith("__")
            if not mine and (not dunder or node.attr == "__internal__"):
                found.append(f"{file.name}:{node.lineno} {node.attr}")
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value.startswith(("tensorflow.python", "tensorflow.compiler"))
        ):
            found.append(f"{file.name}:{node.lineno} {node.value}")
    return found


def test_there_are_no_others() -> None:
    folder = Path(tfhub.__file__).parent / "tf1"
    assert private_names(folder / "private.py") != []
    found = []
    for file in sorted(folder.rglob("*.py")):
        if file.name != "private.py":
            found += private_names(file)
    assert found == []
