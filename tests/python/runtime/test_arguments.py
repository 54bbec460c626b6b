"""Inputs that a graph of TensorFlow 1 calls as no function of TensorFlow 2 does."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub.errors import InputError, ModelLoadError
from tfhub.runtime.arguments import argument_names

tf: Any = tensorflow
v1 = tf.compat.v1

# The names of inputs, and what they are called as arguments that are saved.
NAMES = [
    {"x": "x", "training": "training", "signature": "signature"},
    {"0": "0", "1x": "1x", "a/b": "a/b", "a.c": "a.c", "a-d": "a-d"},
    {"self": "self_"},
    {"self": "self_", "x": "x"},
    {"tensor$a": "tensor_a", "c d": "c_d", "e:0": "e_0"},
    {"größe": "gr__e", "名": "arg__"},
    {"class": "class_", "None": "None_"},
    {"a.b": "a.b", "a_b": "a_b_2", "a$b": "a_b_3"},
    {"": "arg_", "-": "arg__", "_": "arg___2"},
]


def save(path: Path, names: list[str]) -> str:
    builder = v1.saved_model.Builder(str(path))
    with tf.Graph().as_default(), v1.Session() as session:
        weight = v1.get_variable("w", [], initializer=v1.constant_initializer(2.0))
        inputs = {name: v1.placeholder(tf.float32, [None]) for name in names}
        y = weight * sum((i + 1) * x for i, x in enumerate(inputs.values()))
        session.run(v1.global_variables_initializer())
        infos = [
            {name: v1.saved_model.build_tensor_info(x) for name, x in tensors.items()}
            for tensors in (inputs, {"y": y})
        ]
        signature = v1.saved_model.build_signature_def(*infos, "m")
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}
        )
    builder.save()
    return str(path)


@pytest.mark.parametrize("names", NAMES, ids=lambda names: " ".join(names))
def test_each_name_becomes_one_that_is_saved(
    names: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert argument_names(names) == names
    spec = hub.create_module_spec_from_saved_model(save(tmp_path / "old", [*names]))
    inputs = {name: np.float32([i + 1, 0]) for i, name in enumerate(names)}
    want = [2 * sum((i + 1) ** 2 for i in range(len(names))), 0]
    module = hub.Module(spec, tags=["serve"])
    y = module(inputs, signature="serving_default", as_dict=True)["y"]
    np.testing.assert_array_equal(y, want)
    written = [tmp_path / "upgraded"]
    with caplog.at_level(logging.WARNING, "tfhub"):
        hub.upgrade(spec, written[0], tags=["serve"])
    for name, argument in names.items():
        told = f"The input {name!r} of the signature 'serving_default' is written"
        assert (told in caplog.text) == (name != argument)
    try:
        model = hub.load(tmp_path / "old")
    except ModelLoadError:  # names that TensorFlow itself does not load
        pass
    else:
        np.testing.assert_array_equal(model(inputs), want)
        np.testing.assert_array_equal(model(inputs, signature="serving_default"), want)
        np.testing.assert_array_equal(hub.predict(model, inputs), want)
        written.append(tmp_path / "exported")
        hub.export(model, written[1])
    arguments = {names[name]: value for name, value in inputs.items()}
    for path in written:
        new = hub.load(path)
        y = new(arguments, signature="serving_default", as_dict=True)["y"]
        np.testing.assert_array_equal(y, want)


def test_names_as_a_model_of_tensorflow_2_declares_them(tmp_path: Path) -> None:
    def add(a: Any, b: Any) -> dict[str, Any]:
        return {"y": a + 2.0 * b}

    specs = [tf.TensorSpec([None], name=name) for name in ("in/a.1", "2")]
    function = tf.function(add).get_concrete_function(*specs)
    tf.saved_model.save(tf.train.Checkpoint(), str(tmp_path), {"s": function})
    declared = hub.describe(tmp_path).graphs[0].signatures["s"].inputs
    assert sorted(declared) == ["2", "in/a.1"]
    model = hub.load(tmp_path)
    layer = hub.KerasLayer(str(tmp_path), signature="s", output_key="y")
    inputs = {"in/a.1": np.float32([1.0]), "2": np.float32([3.0])}
    others = {"in_a_1": np.float32([1.0]), "arg_2": np.float32([3.0])}
    for call in (model, layer, lambda given: hub.predict(model, given)):
        np.testing.assert_array_equal(call(inputs), [7.0])
        np.testing.assert_array_equal(call(others), [7.0])
    with pytest.raises(InputError, match=r"missing 2\.\n(.*\n)+  in/a\.1 "):
        model({"in/a.1": [1.0]})


def test_an_upgraded_call_has_the_names_of_the_module(tmp_path: Path) -> None:
    path = save(tmp_path / "old", ["a$b", "self"])
    spec = hub.create_module_spec_from_saved_model(path)
    hub.upgrade(spec, tmp_path / "new", tags=["serve"])
    y = hub.load(tmp_path / "new")({"a$b": [1.0], "self": [3.0]})["y"]
    np.testing.assert_array_equal(y, [14.0])


def test_any_name_by_keyword_but_those_of_the_call_itself(tmp_path: Path) -> None:
    model = hub.load(save(tmp_path / "model", ["self", "signature", "as_dict"]))
    x = np.float32([1.0, 2.0])
    inputs = {"self": x, "signature": x, "as_dict": x}
    np.testing.assert_array_equal(model(inputs), [12.0, 24.0])
    with pytest.raises(InputError, match="give inputs of these names in a dict"):
        model(**inputs)
    with pytest.raises(InputError, match="give inputs of these names in a dict"):
        model(x, as_dict=x)


def test_sparse_inputs_of_a_loaded_graph_are_exported(tmp_path: Path) -> None:
    builder = v1.saved_model.Builder(str(tmp_path / "old"))
    with tf.Graph().as_default(), v1.Session() as session:
        words = v1.sparse_placeholder(tf.string, [None, None])
        more = v1.sparse_placeholder(tf.float32, [None, None])
        joined = tf.strings.join([tf.sparse.to_dense(words, default_value="-"), "!"])
        outputs = {"y": joined, "z": tf.sparse.reduce_sum(more)}
        infos = [
            {name: v1.saved_model.build_tensor_info(x) for name, x in tensors.items()}
            for tensors in ({"words": words, "more": more}, outputs)
        ]
        signature = v1.saved_model.build_signature_def(*infos, "m")
        builder.add_meta_graph_and_variables(session, ["serve"], {"s": signature})
    builder.save()
    inputs = {
        "words": tf.sparse.from_dense([["a", ""]]),
        "more": tf.sparse.from_dense([[1.0, 2.0, 0.0]]),
    }
    model = hub.load(tmp_path / "old")
    hub.export(model, tmp_path / "new")
    for loaded in (model, hub.load(tmp_path / "new")):
        outputs = loaded(inputs, signature="s", as_dict=True)
        assert outputs["y"].numpy().tolist() == [[b"a!", b"-!"]]
        assert float(outputs["z"]) == 3.0
