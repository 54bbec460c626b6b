"""A module that is made with modules."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub

tf: Any = tensorflow
v1 = tf.compat.v1
Keys = v1.GraphKeys
W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32)
WORDS = ["cat", "dog", "bird"]
VECTORS = dict(zip(WORDS, W, strict=True))


@pytest.fixture(autouse=True)
def _graph(request: pytest.FixtureRequest) -> Iterator[None]:
    if "outside" in request.node.name:
        yield
        return
    with tf.Graph().as_default():
        yield


def write(path: Path, lines: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def vectors(vocabulary: Path, **more: Any) -> Any:
    """What makes a text embedding whose vectors start as zeros."""

    def module_fn() -> None:
        words = v1.placeholder(tf.string, [None])
        lines = tf.lookup.TextFileInitializer(
            str(vocabulary), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
        )  # fmt: skip
        ids = tf.lookup.StaticHashTable(lines, 0).lookup(words)
        table = v1.get_variable(
            "vectors", [3, 2], initializer=v1.zeros_initializer(),
            regularizer=tf.nn.l2_loss, **more,
        )  # fmt: skip
        mean = v1.get_variable(
            "mean", [2], initializer=v1.zeros_initializer(), trainable=False
        )
        found = tf.nn.embedding_lookup(table, ids)
        update = mean.assign(tf.reduce_mean(found, 0), read_value=False)
        v1.add_to_collection(Keys.UPDATE_OPS, update)
        hub.add_signature(inputs=words, outputs=found)
        info = hub.ImageModuleInfo()
        hub.attach_message("inner", info)

    return module_fn


def train(path: Path, spec: Any, **values: Any) -> Path:
    """Exports a module with other values than its variables are made with."""
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        for name, value in values.items():
            parts, start = module.variable_map[name], 0
            for part in parts if isinstance(parts, list) else [parts]:
                end = start + part.shape[0]
                session.run(part.assign(value[start:end]))
                start = end
        module.export(path, session)
    return path


@pytest.fixture(params=["resource", "reference", "partitioned"])
def inner(request: Any, tmp_path: Path) -> Path:
    """A module on disk, with each kind of variable."""
    more = {
        "resource": {},
        "reference": {"use_resource": False},
        "partitioned": {"partitioner": v1.fixed_size_partitioner(2)},
    }[request.param]
    file = write(tmp_path / "cellar" / "words.txt", WORDS)
    spec = hub.create_module_spec(vectors(file, **more))
    train(tmp_path / "inner", spec, vectors=W)
    shutil.rmtree(tmp_path / "cellar")
    return tmp_path / "inner"


def outer_of(inner: Any, *, twice: bool = False) -> Any:
    def module_fn() -> None:
        words = v1.placeholder(tf.string, [None])
        embed = hub.Module(inner, trainable=True, name="embed")
        top = v1.get_variable("top", [2], initializer=v1.constant_initializer([1, 10]))
        found = embed(words)
        if twice:
            found += hub.Module(inner, name="embed")(words) + embed(words)
        hub.add_signature(inputs=words, outputs=found * top)
        hub.attach_message("outer", hub.ImageModuleInfo())

    return hub.create_module_spec(module_fn)


def run(fetches: Any) -> Any:
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        return session.run(fetches)


def names(key: str) -> list[str]:
    return sorted(v.op.name for v in v1.get_collection(key))


def expect(words: list[str]) -> Any:
    return np.stack([VECTORS[word] for word in words]) * [1, 10]


def test_before_and_after_an_export(inner: Path, tmp_path: Path) -> None:
    spec = outer_of(inner)
    np.testing.assert_allclose(run(hub.Module(spec)(WORDS)), expect(WORDS))
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        module.export(tmp_path / "session", session)
    spec.export(tmp_path / "spec")
    shutil.rmtree(inner)
    for path in (tmp_path / "session", tmp_path / "spec"):
        assert os.listdir(path / "assets") == ["words.txt"]
        with hub.eval_function_for_module(path) as f:
            np.testing.assert_allclose(f(["dog", "cat"]), expect(["dog", "cat"]))
        reader = tf.train.load_checkpoint(str(path / "variables" / "variables"))
        shapes = reader.get_variable_to_shape_map()
        assert shapes == {"embed/vectors": [3, 2], "embed/mean": [2], "top": [2]}
        np.testing.assert_array_equal(reader.get_tensor("embed/vectors"), W)


def test_collections(inner: Path, tmp_path: Path) -> None:
    outer_of(inner).export(tmp_path / "outer")
    module = hub.Module(tmp_path / "outer", trainable=True)
    assert sorted(module.variable_map) == ["embed/mean", "embed/vectors", "top"]
    parts = module.variable_map["embed/vectors"]
    split = [f"/part_{i}" for i in range(2)] if isinstance(parts, list) else [""]
    to_train = [f"module/embed/vectors{part}" for part in split] + ["module/top"]
    assert names(Keys.TRAINABLE_VARIABLES) == to_train
    assert names(Keys.GLOBAL_VARIABLES) == sorted(["module/embed/mean", *to_train])
    assert len(v1.get_collection(Keys.REGULARIZATION_LOSSES)) == len(split)
    assert len(v1.get_collection(Keys.TABLE_INITIALIZERS)) == 1
    assert v1.get_collection(Keys.UPDATE_OPS) == []
    module(["cat", "bird"])
    [update] = v1.get_collection(Keys.UPDATE_OPS)
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        losses = session.run(v1.get_collection(Keys.REGULARIZATION_LOSSES))
        np.testing.assert_allclose(sum(losses), (W**2).sum() / 2)
        session.run(update)
        mean = session.run(module.variable_map["embed/mean"])
    np.testing.assert_allclose(mean, (W[0] + W[2]) / 2)
    spec = hub.load_module_spec(tmp_path / "outer")
    assert spec.get_attached_message("outer", hub.ImageModuleInfo) is not None
    assert spec.get_attached_message("inner", hub.ImageModuleInfo) is None


def test_it_is_trained(inner: Path, tmp_path: Path) -> None:
    outer_of(inner).export(tmp_path / "outer")
    module = hub.Module(tmp_path / "outer", trainable=True)
    loss = tf.reduce_sum(module(["dog"]))
    step = v1.train.GradientDescentOptimizer(0.5).minimize(loss)
    with v1.Session() as session:
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        session.run(step)
        module.export(tmp_path / "trained", session)
    with hub.eval_function_for_module(tmp_path / "trained") as f:
        top = np.array([1, 10]) - 0.5 * W[1]
        np.testing.assert_allclose(f(["dog"]), [(W[1] - [0.5, 5]) * top], rtol=1e-6)
        np.testing.assert_allclose(f(["cat"]), [W[0] * top], rtol=1e-6)


def test_paths_of_the_inner_module_are_nowhere(inner: Path, tmp_path: Path) -> None:
    moved = tmp_path / "basement" / "inner"
    moved.parent.mkdir()
    shutil.copytree(inner, moved)
    for source, path in ((inner, "one"), (moved, "two")):
        train(tmp_path / path, outer_of(source))
    one, two = (
        {
            str(file.relative_to(tmp_path / path)): file.read_bytes()
            for file in (tmp_path / path).rglob("*")
            if file.is_file()
        }
        for path in ("one", "two")
    )
    for data in two.values():
        assert b"basement" not in data
        assert os.fsencode(tmp_path) not in data
    assert one == two


def test_the_same_module_several_times(inner: Path, tmp_path: Path) -> None:
    outer_of(inner, twice=True).export(tmp_path / "outer")
    assert os.listdir(tmp_path / "outer" / "assets") == ["words.txt"]
    module = hub.Module(tmp_path / "outer")
    assert sorted(module.variable_map) == [
        "embed/mean", "embed/vectors", "embed_1/mean", "embed_1/vectors", "top",
    ]  # fmt: skip
    np.testing.assert_allclose(run(module(WORDS)), 3 * expect(WORDS))


def test_each_has_state_of_its_own(inner: Path) -> None:
    one, two = hub.Module(inner), hub.Module(outer_of(inner, twice=True))
    [mean] = [v for v in one.variables if "mean" in v.name]
    others = [v for v in two.variables if "mean" in v.name]
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        for i, variable in enumerate([mean, *others]):
            session.run(variable.assign([i, i]))
        values = session.run([mean, *others])
    np.testing.assert_array_equal(values, [[0, 0], [1, 1], [2, 2]])


def test_three_deep_with_variants(inner: Path, tmp_path: Path) -> None:
    def middle_fn(train: bool) -> None:
        words = v1.placeholder(tf.string, [None])
        factor = 2.0 if train else 1.0
        hub.add_signature(
            "times", words, factor * hub.Module(inner, trainable=train)(words)
        )

    variants = [(set(), {"train": False}), ({"train"}, {"train": True})]
    hub.create_module_spec(middle_fn, variants).export(tmp_path / "middle")
    shutil.rmtree(inner)

    def outer_fn(tags: set[str]) -> None:
        words = v1.placeholder(tf.string, [None])
        module = hub.Module(tmp_path / "middle", tags=tags, name="m", trainable=True)
        found = module(words, signature="times")
        y = v1.cond(tf.size(words) > 1, lambda: found, lambda: -found)
        hub.add_signature(inputs=words, outputs=y)

    both = [(tags, {"tags": tags}) for tags in (set[str](), {"train"})]
    spec = hub.create_module_spec(outer_fn, both)
    spec.export(tmp_path / "outer")
    shutil.rmtree(tmp_path / "middle")
    for tags, factor in ((set[str](), 1), ({"train"}, 2)):
        with tf.Graph().as_default():
            module = hub.Module(tmp_path / "outer", tags=tags, trainable=True)
            assert sorted(module.variable_map) == ["m/module/mean", "m/module/vectors"]
            assert bool(names(Keys.TRAINABLE_VARIABLES)) == (factor == 2)
            several, one = run([module(WORDS), module(["bird"])])
        np.testing.assert_allclose(several, factor * W)
        np.testing.assert_allclose(one, [-factor * W[2]])


@pytest.mark.parametrize("generation", [1, 2])
def test_update_ops_in_a_conditional(inner: Path, generation: int) -> None:
    """Those in a function of a graph are none of the graph: no name leads to them."""

    def module_fn() -> None:
        words = v1.placeholder(tf.string, [None])
        module = hub.Module(inner, trainable=True, name="m")
        few = tf.size(words) < 2
        y = v1.cond(few, lambda: module(words), lambda: -module(words))
        hub.add_signature(inputs=words, outputs=y)

    if generation == 1:
        v1.disable_control_flow_v2()
    try:
        spec = hub.create_module_spec(module_fn)
    finally:
        v1.enable_control_flow_v2()
    module = hub.Module(spec, trainable=True)
    y = module(WORDS)
    updates = v1.get_collection(Keys.UPDATE_OPS)
    assert len(updates) == (2 if generation == 1 else 0)
    np.testing.assert_array_equal(run([y, *updates])[0], -W)


def test_vocabularies_of_one_name(tmp_path: Path) -> None:
    specs = []
    for folder, lines in (("one", WORDS), ("two", WORDS[::-1])):
        spec = hub.create_module_spec(vectors(write(tmp_path / folder / "w", lines)))
        specs.append(train(tmp_path / f"{folder}_module", spec, vectors=W))

    def module_fn() -> None:
        words = v1.placeholder(tf.string, [None])
        one, two = (hub.Module(spec)(words) for spec in specs)
        hub.add_signature(inputs=words, outputs={"one": one, "two": two})

    hub.create_module_spec(module_fn).export(tmp_path / "outer")
    assert sorted(os.listdir(tmp_path / "outer" / "assets")) == ["w", "w0"]
    with hub.eval_function_for_module(tmp_path / "outer") as f:
        found = f(WORDS, as_dict=True)
    np.testing.assert_array_equal(found["one"], W)
    np.testing.assert_array_equal(found["two"], W[::-1])


def test_outside_of_a_graph(inner: Path, tmp_path: Path) -> None:
    outer_of(inner).export(tmp_path / "outer")
    shutil.rmtree(inner)
    module = hub.Module(tmp_path / "outer", trainable=True)
    np.testing.assert_allclose(module(WORDS), expect(WORDS))
    np.testing.assert_allclose(hub.load(tmp_path / "outer")(WORDS), expect(WORDS))
