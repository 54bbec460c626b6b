from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub.errors import ModelFormatError

tf: Any = tensorflow
v1 = tf.compat.v1


def test_a_partitioned_variable() -> None:
    def module_fn() -> None:
        ids = v1.placeholder(tf.int64, [None])
        rows = np.arange(14, dtype="float32").reshape(7, 2)

        def part(shape: Any, partition_info: Any, **_: Any) -> Any:
            return tf.constant(rows)[partition_info.var_offset[0] :][: shape[0]]

        table = v1.get_variable(
            "table", [7, 2], initializer=part, partitioner=v1.fixed_size_partitioner(3)
        )
        found = v1.nn.embedding_lookup(list(table), ids, partition_strategy="div")
        hub.add_signature(inputs=ids, outputs=found)

    module = hub.Module(hub.create_module_spec(module_fn), trainable=True)
    assert list(module.variable_map) == ["table"]
    parts = module.variable_map["table"]
    assert [part.shape.as_list() for part in parts] == [[3, 2], [2, 2], [2, 2]]
    assert [part.name for part in module.variables] == [
        f"module/table/part_{i}:0" for i in range(3)
    ]
    with tf.GradientTape() as tape:
        y = module([6, 0, 3])
    np.testing.assert_array_equal(y, [[12, 13], [0, 1], [6, 7]])
    gradients = tape.gradient(y, parts)
    dense = np.concatenate([tf.convert_to_tensor(gradient) for gradient in gradients])
    assert dense[:, 0].tolist() == [1, 0, 0, 1, 0, 0, 1]


def test_a_partitioned_variable_is_read_from_a_checkpoint(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        parts = v1.get_variable(
            "split/w", [5, 2], partitioner=v1.fixed_size_partitioner(2)
        )
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            want = session.run(parts.as_tensor())
            prefix = v1.train.Saver().save(session, str(tmp_path / "model"))

    def module_fn() -> None:
        parts = v1.get_variable("w", [5, 2], partitioner=v1.fixed_size_partitioner(2))
        hub.add_signature(outputs=tf.convert_to_tensor(parts))

    spec = hub.create_module_spec(module_fn)
    spec.export(
        tmp_path / "module",
        checkpoint_path=prefix,
        name_transform_fn=lambda name: f"split/{name}",
    )
    np.testing.assert_array_equal(hub.Module(tmp_path / "module")(), want)


def test_fresh_variables_begin_as_their_initialisers_say() -> None:
    def module_fn() -> None:
        base = v1.get_variable("base", [2, 3], initializer=v1.ones_initializer())
        v1.get_variable("noise", [100], initializer=v1.random_normal_initializer())
        double = v1.get_variable("double", initializer=base.initial_value * 2)
        hub.add_signature(outputs=double.read_value())

    spec = hub.create_module_spec(module_fn)
    one, two = hub.Module(spec), hub.Module(spec)
    np.testing.assert_array_equal(one(), 2 * np.ones([2, 3]))
    noise = one.variable_map["noise"].numpy()
    assert 0.7 < noise.std() < 1.3
    assert np.any(noise != two.variable_map["noise"].numpy())


def test_a_variable_that_only_training_has() -> None:
    def module_fn(train: bool) -> None:
        x = v1.placeholder(tf.float32, [])
        y = x * v1.get_variable("w", initializer=2.0)
        if train:
            y *= v1.get_variable("only_training", initializer=3.0)
        hub.add_signature(inputs=x, outputs=y)

    variants = [(set(), {"train": False}), ({"train"}, {"train": True})]
    module = hub.Module(hub.create_module_spec(module_fn, variants), trainable=True)
    assert sorted(module.variable_map) == ["only_training", "w"]
    assert module(1.0).numpy() == 2
    with tf.GradientTape() as tape:
        y = module(1.0, training=True)
    assert [float(g) for g in tape.gradient(y, module.trainable_variables)] == [2, 3]


def test_a_checkpoint_without_a_variable(tf1_modules: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(tf1_modules / "fruit_to_pet", tmp_path / "module")
    other = tf1_modules / "dense_two_layers" / "variables"
    for file in (tmp_path / "module" / "variables").iterdir():
        file.unlink()
    shutil.copytree(other, tmp_path / "module" / "variables", dirs_exist_ok=True)
    with pytest.raises(ModelFormatError, match="has no variable d/bias, d/kernel"):
        hub.Module(tmp_path / "module")


def test_tables(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("a\nb\n", "utf-8")

    def module_fn() -> None:
        text = v1.placeholder(tf.string, [None])
        fixed = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(
                ["a", "b"], tf.constant([5, 6], tf.int64)
            ),
            -1,
        )
        lines = tf.lookup.StaticVocabularyTable(
            tf.lookup.TextFileInitializer(
                str(words), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
                tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
            ),
            num_oov_buckets=1,
        )  # fmt: skip
        counts = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, 0)
        old = counts.lookup(text)
        with tf.control_dependencies([old]):
            insert = counts.insert(text, old + 1)
        with tf.control_dependencies([insert]):
            count = counts.lookup(text)
        dense = tf.lookup.experimental.DenseHashTable(
            tf.int64, tf.int64, default_value=-1, empty_key=-2, deleted_key=-3
        )
        five = tf.constant([5], tf.int64)
        with tf.control_dependencies([dense.insert(five, five * 10)]):
            tens = dense.lookup(fixed.lookup(text))
        outputs = {"default": fixed.lookup(text), "count": count, "tens": tens}
        outputs["line"] = lines.lookup(text)
        hub.add_signature(inputs=text, outputs=outputs)

    spec = hub.create_module_spec(module_fn, drop_collections=["saveable_objects"])
    one, two = hub.Module(spec), hub.Module(spec)
    for module, count in ((one, 1), (one, 2), (two, 1)):
        outputs = module(["a", "b", "z"], as_dict=True)
        assert {name: value.numpy().tolist() for name, value in outputs.items()} == {
            "default": [5, 6, -1],
            "line": [0, 1, 2],
            "tens": [50, -1, -1],
            "count": [count] * 3,
        }


def test_what_is_pinned_to_a_gpu_needs_none(tmp_path: Path) -> None:
    def module_fn() -> None:
        with tf.device("/gpu:7"):
            x = v1.placeholder(tf.float32, [None])
            hub.add_signature(
                inputs=x, outputs=x * v1.get_variable("w", initializer=2.0)
            )

    spec = hub.create_module_spec(module_fn)
    assert hub.Module(spec)([1.0]).numpy().tolist() == [2]
    path = hub.Module(spec).export(tmp_path / "module")
    assert hub.Module(path)([1.0]).numpy().tolist() == [2]
    assert hub.load(path)([1.0]).numpy().tolist() == [2]
    upgraded = hub.upgrade(path, tmp_path / "upgraded")
    assert hub.load(upgraded)([1.0]).numpy().tolist() == [2]
