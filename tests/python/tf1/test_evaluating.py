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


def module_fn(factor: float = 1.0) -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    w = v1.get_variable("w", [2, 2], initializer=v1.ones_initializer())
    hub.add_signature(inputs=x, outputs={"default": factor * x @ w, "x": x})
    hub.add_signature("two", {"a": x, "b": x}, {"sum": 2 * x})
    hub.add_signature("constant", outputs=tf.constant(["a"]))
    s = v1.sparse_placeholder(tf.float32, [None, 2])
    r = v1.ragged.placeholder(tf.int32, 1)
    ragged = r.with_flat_values(r.flat_values + 1)
    outputs = {"default": tf.sparse.to_dense(s), "s": s, "r": ragged}
    hub.add_signature("composite", {"s": s, "r": r}, outputs)


@pytest.fixture(scope="module")
def spec() -> Any:
    return hub.create_module_spec(module_fn, [(set(), {}), ("double", {"factor": 2.0})])


def test_values_to_values(spec: Any) -> None:
    with hub.eval_function_for_module(spec) as f:
        np.testing.assert_array_equal(f(X), [[-1, -1]])
        np.testing.assert_array_equal(f({"default": X.tolist()}), [[-1, -1]])
        both = f(X, as_dict=True)
        assert list(both) == ["default", "x"]
        np.testing.assert_array_equal(both["x"], X)
        assert f(signature="constant").tolist() == [b"a"]
        two = f({"a": X, "b": X}, "two", True)
        np.testing.assert_array_equal(two["sum"], 2 * X)


def test_composite_values(spec: Any) -> None:
    sparse = v1.SparseTensorValue([[0, 1]], [2.0], [1, 2])
    ragged = v1.ragged.constant_value([[1], [], [2, 3]], dtype=np.int32)
    with hub.eval_function_for_module(spec) as f:
        given = {"s": sparse, "r": ragged}
        outputs = f(given, signature="composite", as_dict=True)
    np.testing.assert_array_equal(outputs["default"], [[0, 2]])
    assert outputs["s"].indices.tolist() == [[0, 1]]
    assert outputs["r"].to_list() == [[2], [], [3, 4]]


def test_graph_variants(spec: Any) -> None:
    with hub.eval_function_for_module(spec, tags={"double"}) as f:
        np.testing.assert_array_equal(f(X), [[-2, -2]])
    with (
        pytest.raises(ValueError, match="No such graph variant"),
        hub.eval_function_for_module(spec, tags={"q"}),
    ):
        pass


def test_a_handle(tf1_modules: Path) -> None:
    with hub.eval_function_for_module(tf1_modules / "text_embedding") as f:
        assert f(["cat", "dog"]).shape == (2, 5)


def test_what_does_not_fit(spec: Any) -> None:
    with hub.eval_function_for_module(spec) as f:
        with pytest.raises(KeyError, match="nope") as caught:
            f(X, signature="nope")
        assert isinstance(caught.value, errors.SignatureNotFoundError)
        with pytest.raises(TypeError, match="missing default"):
            f({})
        with pytest.raises(TypeError, match="extra q"):
            f({"default": X, "q": X})
        with pytest.raises(TypeError, match="give a dict"):
            f(X, signature="two")
        with pytest.raises(TypeError, match="no inputs"):
            f(X, signature="constant")
        with pytest.raises(TypeError, match="no output named 'default'"):
            f({"a": X, "b": X}, signature="two")
        with pytest.raises(ValueError, match="could not convert"):
            f([["a", "b"]])
        with pytest.raises(ValueError, match="shape"):
            f([[1.0, 2.0, 3.0]])


def test_the_graph_around_is_left_alone(spec: Any) -> None:
    with tf.Graph().as_default() as around:
        with hub.eval_function_for_module(spec) as f:
            assert v1.get_default_graph() is around
            f(X)
        assert not around.get_operations()
    with pytest.raises(RuntimeError, match="closed"):
        f(X)
