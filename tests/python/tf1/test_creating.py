from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub import errors

tf: Any = tensorflow
v1 = tf.compat.v1


def variable(name: str = "w", **more: Any) -> Any:
    return v1.get_variable(name, [2, 2], initializer=v1.ones_initializer(), **more)


def linear() -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    hub.add_signature(inputs=x, outputs=tf.matmul(x, variable()))


def refused(
    kind: type[BaseException], match: str, module_fn: Callable[..., None], **more: Any
) -> Any:
    with pytest.raises(kind, match=match) as caught:
        hub.create_module_spec(module_fn, **more)
    assert isinstance(caught.value, errors.HubError)
    assert caught.value.hint
    return caught.value


def test_the_example_of_the_documentation(tmp_path: Any) -> None:
    def dense(name: str, x: Any, units: int) -> Any:
        with v1.variable_scope(name):
            kernel = v1.get_variable("kernel", [x.shape[1], units])
            bias = v1.get_variable("bias", [units], initializer=v1.zeros_initializer())
        return tf.matmul(x, kernel) + bias

    def module_fn() -> None:
        inputs = v1.placeholder(dtype=tf.float32, shape=[None, 50])
        layer1 = dense("layer1", inputs, 200)
        layer2 = dense("layer2", layer1, 100)
        outputs = {"default": layer2, "hidden_activations": layer1}
        hub.add_signature(inputs=inputs, outputs=outputs)

    spec = hub.create_module_spec(module_fn)
    batch = np.random.default_rng(1).normal(size=(3, 50))
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        outputs = session.run(module(batch, as_dict=True))
        module.export(tmp_path / "m", session)
    assert {k: v.shape for k, v in outputs.items()} == {
        "default": (3, 100), "hidden_activations": (3, 200)
    }  # fmt: skip
    outside = hub.Module(tmp_path / "m")
    assert sorted(outside.variable_map) == [
        "layer1/bias", "layer1/kernel", "layer2/bias", "layer2/kernel"
    ]  # fmt: skip
    np.testing.assert_allclose(outside(batch), outputs["default"], rtol=1e-5)


def test_the_graph_of_a_module_fn() -> None:
    seen: list[Any] = []

    def module_fn(**arguments: Any) -> None:
        scope = v1.get_variable_scope()
        graph = v1.get_default_graph()
        seen.append((graph, arguments, scope.name, scope.use_resource))
        linear()

    variants = [(set(), {}), ({"train"}, {"rate": 0.5})]
    with tf.Graph().as_default() as around:
        hub.create_module_spec(module_fn, tags_and_args=variants)
        assert not around.get_operations()
    assert [each[1:] for each in seen] == [({}, "", True), ({"rate": 0.5}, "", True)]
    assert len({seen[0][0], seen[1][0], around}) == 3


def test_errors_of_a_module_fn_are_its_own() -> None:
    def module_fn() -> None:
        error = AttributeError("mine")
        raise error

    with pytest.raises(AttributeError, match="^mine$") as caught:
        hub.create_module_spec(module_fn)
    assert type(caught.value) is AttributeError
    with pytest.raises(TypeError, match="unexpected keyword argument 'q'"):
        hub.create_module_spec(linear, [(set(), {"q": 1})])


# What cannot be a module


def test_no_signature() -> None:
    refused(ValueError, "No signatures present", lambda: None)


def test_no_variants() -> None:
    refused(ValueError, "no tags_and_args", linear, tags_and_args=[])


@pytest.mark.parametrize("tags", [[set(), ()], [{"a", "b"}, ["b", "a"]], ["a", {"a"}]])
def test_tags_used_repeatedly(tags: list[Any]) -> None:
    variants = [(each, dict[str, Any]()) for each in tags]
    refused(ValueError, "used repeatedly", linear, tags_and_args=variants)


def collecting() -> None:
    linear()
    v1.add_to_collection("mine", tf.constant(1.0))
    v1.train.create_global_step()
    v1.add_to_collection(("a", "tuple"), tf.constant(1.0))


def test_unsupported_collections() -> None:
    error = refused(ValueError, r"\['global_step', 'mine'\]", collecting)
    assert "drop_collections=['global_step', 'mine']" in error.hint
    refused(ValueError, r"\['mine'\]", collecting, drop_collections=["global_step"])
    dropped = ["global_step", "mine", "not there"]
    spec = hub.create_module_spec(collecting, drop_collections=dropped)
    collections = spec.definition.meta_graph(None).collection_def
    assert sorted(collections) == ["trainable_variables", "variables"]


def test_an_empty_collection_is_none() -> None:
    def module_fn() -> None:
        linear()
        v1.get_collection_ref("local_variables")

    hub.create_module_spec(module_fn)


def test_state_beside_something_else() -> None:
    def module_fn() -> None:
        place = tf.constant(1.0, name="place")
        with v1.colocate_with(place.op):
            w = variable()
        hub.add_signature(outputs=tf.matmul(w, w))

    refused(ValueError, "state w is colocated with place .loc:@place.", module_fn)


def test_state_beside_state() -> None:
    def module_fn() -> None:
        first = variable()
        with v1.colocate_with(first.handle.op):
            second = variable("v")
        hub.add_signature(outputs=tf.matmul(first, second))

    hub.create_module_spec(module_fn)


# Signatures


def test_signatures(caplog: pytest.LogCaptureFixture) -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [None])
        hub.add_signature(inputs=x, outputs=2 * x)
        hub.add_signature("named", {"x": x}, {"y": 3 * x, "z": x})
        hub.add_signature("constant", outputs=tf.constant(1))
        hub.add_signature("nothing", x)
        hub.add_signature("twice", {"a": x, "b": x}, x)

    spec = hub.create_module_spec(module_fn)
    assert spec.get_signature_names() == [
        "constant", "default", "named", "nothing", "twice"
    ]  # fmt: skip
    assert list(spec.get_output_info_dict("named")) == ["y", "z"]
    assert list(spec.get_input_info_dict("constant")) == []
    assert list(spec.get_output_info_dict("nothing")) == []
    assert not caplog.records


def test_the_last_signature_of_a_name_counts() -> None:
    def module_fn() -> None:
        linear()
        hub.add_signature(outputs={"q": tf.constant(1)})

    spec = hub.create_module_spec(module_fn)
    assert list(spec.get_input_info_dict()) == []
    assert list(spec.get_output_info_dict()) == ["q"]


@pytest.mark.parametrize(
    "value",
    [lambda: 3, lambda: [tf.constant(1.0)], variable, lambda: None, lambda: "text"],
    ids=["number", "list", "variable", "none", "text"],
)
@pytest.mark.parametrize("what", ["inputs", "outputs"])
def test_a_signature_of_something_else(what: str, value: Callable[[], Any]) -> None:
    def module_fn() -> None:
        arguments: dict[str, Any] = {what: {"x": value()}}
        hub.add_signature(**arguments)

    refused(ValueError, f"The {what[:-1]} 'x' .* expected a Tensor", module_fn)


def test_names_that_are_no_strings() -> None:
    x = tf.constant(1.0)
    for arguments in ((3, None, x), (None, {1: x}, x), (None, None, {1: x})):
        with pytest.raises(TypeError, match="not a string") as caught:
            hub.add_signature(*arguments)
        assert isinstance(caught.value, errors.InputError)


def test_a_tensor_of_another_graph() -> None:
    with tf.Graph().as_default():
        stray = tf.constant(1.0)
    eager = tf.constant(1.0)
    for value in (stray, eager):
        refused(
            ValueError, "not of the module's graph",
            lambda value=value: hub.add_signature(outputs=value),
        )  # fmt: skip


def test_an_input_beside_something_else() -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        with v1.colocate_with(x.op):
            y = v1.placeholder(tf.float32, [])
        hub.add_signature(inputs={"x": x, "y": y}, outputs=x + y)

    refused(
        ValueError, "'y' .* is colocated with another op: loc:@Placeholder", module_fn
    )


def test_an_input_that_is_one_of_several_outputs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def module_fn() -> None:
        first, _ = tf.split(v1.placeholder(tf.float32, [2]), 2)
        hub.add_signature(inputs=first, outputs=2 * first)

    hub.create_module_spec(module_fn)
    [record] = caplog.records
    assert (record.levelno, record.name) == (logging.ERROR, "tfhub")
    assert "split:0" in record.getMessage()


# Messages


def test_attached_messages() -> None:
    def module_fn(last: str) -> None:
        linear()
        message = v1.NodeDef(name="first")
        hub.attach_message("note", message)
        hub.attach_message("Other_1", message)
        message.name = last
        hub.attach_message("note", message)
        message.name = "changed later"

    variants = [(set(), {"last": "one"}), ({"train"}, {"last": "two"})]
    spec = hub.create_module_spec(module_fn, variants)
    for tags, last in ((None, "one"), ({"train"}, "two")):
        assert spec.get_attached_message("note", v1.NodeDef, tags).name == last
        assert spec.get_attached_message("Other_1", v1.NodeDef, tags).name == "first"


@pytest.mark.parametrize("key", ["1k", "k-k", "", "k\n", "é", "_k", 3, None])
def test_a_malformed_key(key: Any) -> None:
    with pytest.raises(ValueError, match="identifier") as caught:
        hub.attach_message(key, v1.NodeDef())
    assert isinstance(caught.value, errors.InputError)


@pytest.mark.parametrize("message", ["text", None, v1.NodeDef])
def test_no_message(message: Any) -> None:
    with pytest.raises(errors.InputError, match="protocol buffer message"):
        hub.attach_message("key", message)


@pytest.mark.parametrize("side", ["inputs", "outputs"])
def test_what_is_no_tensor_is_answered_with_what_is(side: str) -> None:
    def module_fn() -> None:
        rows = v1.placeholder(tf.int64, [None])
        slices = tf.IndexedSlices(rows, rows)
        hub.add_signature(**{"inputs": rows, "outputs": rows, side: slices})

    wanted = "(?s)IndexedSlices;.*It should have one of the types Tensor, SparseTensor"
    refused(ValueError, wanted, module_fn)
