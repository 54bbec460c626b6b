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
X = np.array([[1.0, -2.0]], np.float32)


def module_fn(train: bool = False) -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    w = v1.get_variable("w", [2, 2], initializer=v1.ones_initializer())
    mean = v1.get_variable(
        "mean", [2], initializer=v1.zeros_initializer(), trainable=False
    )
    if train:
        v1.add_to_collection("update_ops", mean.assign_add([1.0, 1.0]).op)
    v1.add_to_collection("regularization_losses", tf.reduce_sum(w))
    hub.add_signature(inputs=x, outputs={"default": x @ w - mean, "x": x})
    hub.add_signature("two", {"a": x, "b": x}, {"sum": 2 * x})
    hub.attach_message("note", v1.NodeDef(name="train" if train else "apply"))


@pytest.fixture(scope="module")
def spec() -> Any:
    return hub.create_module_spec(
        module_fn, [(set(), {}), ({"train"}, {"train": True})]
    )


@pytest.fixture(params=["graph", "outside"])
def where(request: Any) -> Any:
    """In a graph and outside of one."""
    if request.param == "outside":
        yield request.param
        return
    with tf.Graph().as_default():
        yield request.param


def value(tensor: Any, where: str) -> Any:
    if where == "outside":
        return tf.nest.map_structure(lambda each: each.numpy(), tensor)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        return session.run(tensor)


def test_a_module_is_applied(spec: Any, where: str) -> None:
    module = hub.Module(spec)
    np.testing.assert_array_equal(value(module(X), where), [[-1, -1]])
    np.testing.assert_array_equal(value(module({"default": X}), where), [[-1, -1]])
    outputs = value(module(X, as_dict=True), where)
    assert list(outputs) == ["default", "x"]
    two = module({"a": X, "b": X}, signature="two", as_dict=True)
    np.testing.assert_array_equal(value(two, where)["sum"], 2 * X)
    np.testing.assert_array_equal(value(module(X, "default", None), where), [[-1, -1]])


def test_what_a_module_tells(spec: Any, where: str) -> None:
    module = hub.Module(spec, tags=["train"])
    assert module.get_signature_names() == ["default", "two"]
    assert list(module.get_input_info_dict()) == ["default"]
    assert list(module.get_input_info_dict(signature="two")) == ["a", "b"]
    assert list(module.get_output_info_dict("two")) == ["sum"]
    note = module.get_attached_message("note", v1.NodeDef, required=True)
    assert note.name == "train"
    assert module.get_attached_message("other", v1.NodeDef) is None
    with pytest.raises(KeyError):
        module.get_attached_message("other", v1.NodeDef, required=True)
    assert sorted(module.variable_map) == ["mean", "w"]
    expected = "module/mean:0", "module/w:0"
    assert tuple(v.name for v in module.variables) == expected, where
    assert module.trainable_variables == []


def test_a_trainable_module(spec: Any, where: str) -> None:
    module = hub.Module(spec, True, "mine", tags="train")
    assert [v.name for v in module.trainable_variables] == ["mine/w:0"]
    assert where == "outside" or len(v1.get_collection("regularization_losses")) == 1


def test_what_does_not_fit(spec: Any, where: str, tmp_path: Path) -> None:
    path = spec.export(tmp_path / f"of_{where}")
    module = hub.Module(path)
    for inputs, signature, kind, match in (
        (None, None, TypeError, "missing default"),
        ({"q": X}, None, TypeError, "missing default; extra q"),
        ("text", None, TypeError, "float32"),
        (X, "two", TypeError, "give a dict"),
        (X, "nope", ValueError, "'nope' is missing.*default, two"),
        ({"a": X, "b": X}, "two", TypeError, "no output named 'default'"),
    ):
        with pytest.raises(kind, match=match) as caught:
            module(inputs, signature=signature)
        assert isinstance(caught.value, errors.HubError)
        assert caught.value.handle == path
        assert path in str(caught.value)


def test_training_is_for_outside(spec: Any) -> None:
    with tf.Graph().as_default():
        module = hub.Module(spec)
        with pytest.raises(errors.GraphError, match="tags={'train'}"):
            module(X, training=True)
        with pytest.raises(errors.GraphError, match="collection"):
            module.regularization_losses  # noqa: B018
    outside = hub.Module(spec, trainable=True)
    [loss] = outside.regularization_losses
    assert loss().numpy() == 4
    outside(X, training=True)
    np.testing.assert_array_equal(outside.variable_map["mean"], [1, 1])


# Export


def test_what_was_trained_is_exported(spec: Any, where: str, tmp_path: Path) -> None:
    module = hub.Module(spec, trainable=True)
    path = tmp_path / "m"
    if where == "graph":
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            session.run(module.variable_map["w"].assign(3 * np.eye(2)))
            v1.get_default_graph().finalize()
            assert module.export(path, session) == str(path)
    else:
        module.variable_map["w"].assign(3 * np.eye(2))
        assert module.export(path) == str(path)
    with hub.eval_function_for_module(path) as f:
        np.testing.assert_array_equal(f(X), 3 * X)
    assert hub.load_module_spec(path).get_tags() == spec.get_tags()


def test_wrong_graphs(spec: Any, tmp_path: Path) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        with tf.Graph().as_default() as other:
            with pytest.raises(RuntimeError, match="another graph") as caught:
                module(X)
            assert isinstance(caught.value, errors.GraphError)
            with pytest.raises(RuntimeError, match="to be exported"):
                module.export(tmp_path / "m", session)
        with v1.Session(graph=other) as stray, module_graph(module):
            with pytest.raises(RuntimeError, match="session"):
                module.export(tmp_path / "m", stray)
            with pytest.raises(RuntimeError, match="session"):
                module.export(tmp_path / "m")
    assert not (tmp_path / "m").exists()


def module_graph(module: Any) -> Any:
    return module.variables[0].graph.as_default()


def test_values_that_are_not_there(spec: Any, tmp_path: Path) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        with pytest.raises(tf.errors.FailedPreconditionError):
            module.export(tmp_path / "m", session)
    assert list(tmp_path.iterdir()) == []


def test_the_arguments_are_those_of_the_reference_library() -> None:
    import inspect

    def of(function: Any) -> list[str]:
        return list(inspect.signature(function).parameters)

    assert of(hub.Module) == ["spec", "trainable", "name", "tags"]
    assert of(hub.Module.__call__)[1:4] == ["inputs", "signature", "as_dict"]
    assert of(hub.Module.export)[1:] == ["path", "session"]
    names = of(hub.create_module_spec)
    assert names == ["module_fn", "tags_and_args", "drop_collections"]
    assert of(hub.add_signature) == ["name", "inputs", "outputs"]
    assert of(hub.attach_message) == ["key", "message"]
    assert of(hub.eval_function_for_module) == ["spec", "tags"]
    exported = of(hub.ModuleSpec.export)[1:]
    assert exported == ["path", "checkpoint_path", "name_transform_fn"]
    names = of(hub.create_module_spec_from_saved_model)
    assert names == ["saved_model_path", "drop_collections"]


def test_a_module_within_wrap_function(spec: Any) -> None:
    """As programs for TensorFlow 1 were moved: what initialises is run by them."""
    initializers = []

    def use(x: Any) -> Any:
        module = hub.Module(spec, trainable=True)
        initializers.append(v1.initializers.global_variables())
        initializers.append(v1.tables_initializer())
        assert [v.name for v in v1.trainable_variables()] == ["module/w:0"]
        return module(x)

    function = v1.wrap_function(use, [tf.TensorSpec([None, 2], tf.float32)])
    function.prune([], initializers)()
    x = tf.constant(X)
    np.testing.assert_array_equal(function(x), [[-1, -1]])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(function(x))
    (w,) = [v for v in function.variables if v.trainable]
    np.testing.assert_array_equal(tape.gradient(loss, w), [[1, 1], [-2, -2]])
