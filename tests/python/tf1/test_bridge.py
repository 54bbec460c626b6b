"""What R gets of modules in the TF1 Hub format."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest
import tensorflow

import tfhub as hub
from tfhub.runtime import bridge as runtime
from tfhub.tf1 import bridge

tf: Any = tensorflow
v1 = tf.compat.v1


def build() -> None:
    x = v1.placeholder(tf.float32, [None, 2], name="x")
    y = v1.placeholder(tf.int64, [None], name="y")
    weights = v1.get_variable("weights", initializer=[[1.0], [2.0]])
    hub.add_signature("one", inputs={"x": x}, outputs={"z": tf.matmul(x, weights)})
    summed = tf.reduce_sum(x, 1) + tf.cast(y, tf.float32)
    hub.add_signature(inputs={"x": x, "y": y}, outputs={"default": summed, "y": y})


@pytest.fixture(scope="module")
def spec() -> hub.ModuleSpec:
    return hub.create_module_spec(build, [([], {}), (["train", "gpu"], {})])


@pytest.fixture(scope="module")
def module(spec: hub.ModuleSpec) -> Any:
    return bridge.RModule(spec, trainable=True)


def test_inputs_are_given_as_for_a_loaded_model(module: Any) -> None:
    both = {"x": [[1.0, 2.0]], "y": 3.0}
    for args, kwargs in (([both], {}), ([], both)):
        assert runtime.apply(module, args, kwargs).numpy().tolist() == [6.0]
    every = runtime.apply(module, [both], {"training": True}, as_dict=True)
    assert list(every) == ["default", "y"]
    with pytest.raises(hub.errors.InputError, match="takes one argument"):
        runtime.apply(module, [both], {"y": 3.0})


def test_the_only_output_needs_no_name(module: Any) -> None:
    x = [[1, 2], [3, 4]]
    assert runtime.apply(module, [x], {}, signature="one").numpy().tolist() == [
        [5.0],
        [11.0],
    ]
    arrays, _ = runtime.predict(module, x, signature="one", as_dict=True, batch_size=1)
    assert arrays["z"].tolist() == [[5.0], [11.0]]


def test_a_signature_is_a_function_of_its_inputs(module: Any) -> None:
    one = runtime.member(module, "one", signature=True)
    assert one({"x": [[1.0, 0.0]]})["z"].numpy().tolist() == [[1.0]]


def test_an_unknown_signature_is_answered_with_the_known_ones(module: Any) -> None:
    with pytest.raises(hub.errors.SignatureNotFoundError, match="default, one"):
        runtime.apply(module, [1], {}, signature="two")


def test_tables_have_a_row_for_each_input_and_output(spec: hub.ModuleSpec) -> None:
    info = bridge.describe(spec)
    assert info["graphs"] == {
        "tags": ["", "gpu, train"],
        "default_signature": ["default", "default"],
    }
    rows = list(zip(*info["signatures"].values(), strict=True))
    assert len(rows) == 2 * (4 + 2)
    assert ("", "one", "input", "x", "float32", "[?, 2]") in rows
    assert not info["on_disk"]


def test_variables_are_counted(module: Any) -> None:
    assert bridge.count_variables(module) == {"count": 1.0, "parameters": 2.0}


def test_a_function_of_r_gets_the_number_of_the_variant() -> None:
    seen = []

    def function(variant: int) -> None:
        seen.append(variant)
        build()

    made = bridge.create_module_spec(function, "mine", [[], ["train"]], None)
    assert seen == [0, 1]
    assert made.name == "the module of mine()"
    assert made.get_tags() == [frozenset(), frozenset({"train"})]


def test_in_graph_is_what_a_module_sees() -> None:
    assert not bridge.in_graph()
    with tf.Graph().as_default():
        assert bridge.in_graph()


def test_columns_can_be_called_where_no_python_is_above() -> None:
    # `-c` with a thread: the function that it runs is called by no frame of Python.
    code = (
        "import _thread, functools, time, tfhub.tf1.bridge as bridge\n"
        "import tensorflow as tf\n"
        "bridge.allow_columns()\n"
        "column = tf.feature_column.make_parse_example_spec\n"
        "_thread.start_new_thread(column, ([],))\n"
        "time.sleep(0.5)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "f_code" not in run.stderr
    assert tf.get_logger().level != logging.ERROR
