from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow

from tfhub.tf1 import naming

tf: Any = tensorflow
v1 = tf.compat.v1


def made(build: Callable[[], Any]) -> Any:
    """The GraphDef of a graph, with all functions named."""
    with tf.Graph().as_default() as graph:
        build()
    graph_def = graph.as_graph_def()
    naming.forget_gradients(graph_def)
    naming.name_functions(graph_def)
    return graph_def


def content(graph_def: Any) -> bytes:
    data: bytes = graph_def.SerializeToString(deterministic=True)
    return data


def loops() -> Any:
    x = tf.constant([1.0, 2.0])
    _, y = v1.while_loop(
        lambda i, _: i < 3,
        lambda i, y: (i + 1, v1.cond(i > 1, lambda: 2 * y, lambda: y)),
        [0, x],
    )
    return tf.identity(tf.map_fn(tf.function(lambda row: row + 1), y), name="y")


def with_gradients() -> Any:
    x = tf.constant([1.0, 2.0], name="x")
    y = tf.function(lambda x: tf.nn.silu(x) ** 2)(x)
    _, y = v1.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y * y), [0, y])
    return tf.identity(tf.gradients(y, x)[0], name="y")


@pytest.mark.parametrize("build", [loops, with_gradients])
def test_made_twice_it_is_the_same(build: Callable[[], Any]) -> None:
    first, second = made(build), made(build)
    assert content(first) == content(second)
    names = [function.signature.name for function in first.library.function]
    assert names == sorted(names)
    assert all(re.search(r"_[0-9a-f]{16}$", name) for name in names)


@pytest.mark.parametrize("build", [loops, with_gradients])
def test_it_computes_the_same(build: Callable[[], Any]) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        want = session.run(build())
    for suffix in ("", "_7"):
        graph_def = made(build)
        naming.name_functions(graph_def, suffix)
        with tf.Graph().as_default(), v1.Session() as session:
            [y] = tf.graph_util.import_graph_def(graph_def, return_elements=["y:0"])
            np.testing.assert_allclose(session.run(y), want)


def test_named_again_it_is_the_same() -> None:
    graph_def = made(loops)
    before = content(graph_def)
    naming.name_functions(graph_def)
    assert content(graph_def) == before
    naming.name_functions(graph_def, "_12")
    names = [function.signature.name for function in graph_def.library.function]
    assert all(name.endswith("_12") for name in names)
    naming.name_functions(graph_def)
    assert content(graph_def) == before


def test_what_differs_has_other_names() -> None:
    def build(value: float) -> Any:
        return v1.cond(tf.constant(True), lambda: value, lambda: 0.0)

    one, two = (
        {function.signature.name for function in graph_def.library.function}
        for graph_def in (made(lambda: build(1.0)), made(lambda: build(2.0)))
    )
    assert len(one) == len(two) == 2
    assert len(one & two) == 1  # the branch that is the same


def test_a_gradient_of_python_is_not_kept() -> None:
    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def reverse(x: Any) -> Any:
        return tf.identity(x), lambda dy: -dy

    graph_def = made(lambda: reverse(tf.constant(1.0, name="x")))
    with tf.Graph().as_default():
        [x, y] = tf.graph_util.import_graph_def(
            graph_def, return_elements=["x:0", "IdentityN:0"]
        )
        with pytest.raises(LookupError, match="No gradient defined"):
            tf.gradients(y, x)


# Tables


def tables(*shared: str, content: str = "") -> Any:
    """A MetaGraphDef with tables of these shared names."""
    with tf.Graph().as_default() as graph:
        tf.constant(content)
        for name in shared:
            tf.raw_ops.HashTableV2(
                key_dtype=tf.string, value_dtype=tf.int64, shared_name=name, name="t"
            )
        v1.get_variable("w", [], use_resource=True)
    return v1.MetaGraphDef(graph_def=graph.as_graph_def())


def shared_names(meta_graph: Any, *assets: bytes) -> list[str]:
    naming.name_all(meta_graph, assets)
    return [
        node.attr["shared_name"].s.decode()
        for node in meta_graph.graph_def.node
        if node.op in ("HashTableV2", "VarHandleOp")
    ]


def test_tables_are_named_after_their_node_and_the_content() -> None:
    names = shared_names(tables("a/path", "random", "a/path", ""))
    assert [re.sub("_[0-9a-f]{16}$", "_*", name) for name in names] == [
        "t_*", "t_1_*", "t_*", "", "w"
    ]  # fmt: skip
    assert names == shared_names(tables("other/path", "1234", "other/path", ""))
    again = tables(*names[:4])
    assert shared_names(again) == names == shared_names(again)


def test_tables_of_other_content_have_other_names() -> None:
    made_of = [
        shared_names(tables("x"))[0],
        shared_names(tables("x", content="other"))[0],
        shared_names(tables("x"), b"a file")[0],
        shared_names(tables("x"), b"another")[0],
    ]
    assert len(set(made_of)) == 4
