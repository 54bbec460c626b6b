"""Tables of models of TensorFlow 2 that a module was made with: functions make them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub.keras import versions

tf: Any = tensorflow
v1 = tf.compat.v1
keras2 = versions.keras2()  # of 2.15 that of TensorFlow: tf_keras has the same names
lookup = tf.lookup


class Lookup(tf.Module):
    """A model that looks its input up in the table, or does more with it."""

    def __init__(self, table: Any, apply: Callable[[Any, Any], Any] | None = None):
        super().__init__()
        self.table, self.apply = table, apply

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, x: Any) -> Any:
        return self.apply(self.table, x) if self.apply else self.table.lookup(x)


def known(*words: str) -> Any:
    numbers = tf.range(1, len(words) + 1, dtype=tf.int64)
    return lookup.KeyValueTensorInitializer(tf.constant(words), numbers)


def static(**more: Any) -> Any:
    return lookup.StaticHashTable(known("a", "b"), -1, **more)


def of_file(folder: Path) -> Any:
    (folder / "words.txt").write_text("a\nb\n", "utf-8")
    return lookup.StaticVocabularyTable(
        lookup.TextFileInitializer(
            str(folder / "words.txt"), tf.string, lookup.TextFileIndex.WHOLE_LINE,
            tf.int64, lookup.TextFileIndex.LINE_NUMBER,
        ),
        3,
    )  # fmt: skip


def filled(table: Any) -> Any:
    table.insert(tf.constant(["a"]), tf.constant([5], tf.int64))
    return table


def nested(table: Any, x: Any) -> Any:
    def one(word: Any) -> Any:
        found = table.lookup(word)
        return tf.cond(found > 0, lambda: 10 * table.lookup(word), lambda: found)

    inner = tf.function(lambda x: tf.map_fn(one, x, fn_output_signature=tf.int64))
    return tf.function(lambda x: inner(x))(x)


def loop(table: Any, x: Any) -> Any:
    def step(i: Any, y: Any) -> Any:
        return i + 1, y + table.lookup(x)

    return tf.while_loop(lambda i, _: i < 3, step, [0, table.lookup(x)])[1]


class Twice(tf.Module):
    """What is found in one table is looked up in another."""

    def __init__(self) -> None:
        super().__init__()
        numbers = tf.constant([1, 2], tf.int64)
        self.one = static()
        self.two = lookup.StaticHashTable(
            lookup.KeyValueTensorInitializer(numbers, 7 * numbers), 0
        )

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, x: Any) -> Any:
        return self.two.lookup(self.one.lookup(x))


def adapted(kind: Any, layer: str) -> Any:
    words = getattr(kind.layers, layer)()
    words.adapt(tf.constant(["b", "a", "a"]))
    return kind.Sequential([kind.Input([], dtype="string"), words])


TABLES: dict[str, Callable[[Path], Any]] = {
    "static": lambda _: Lookup(static()),
    "anonymous": lambda _: Lookup(static(experimental_is_anonymous=True)),
    "file": lambda folder: Lookup(of_file(folder)),
    "mutable": lambda _: Lookup(
        filled(lookup.experimental.MutableHashTable(tf.string, tf.int64, -1))
    ),
    "mutable_anonymous": lambda _: Lookup(
        filled(
            lookup.experimental.MutableHashTable(
                tf.string, tf.int64, -1, experimental_is_anonymous=True
            )
        )
    ),
    "dense": lambda _: Lookup(
        filled(lookup.experimental.DenseHashTable(tf.string, tf.int64, -1, "", "$"))
    ),
    "nested": lambda _: Lookup(static(), nested),
    "loop": lambda _: Lookup(static(), loop),
    "two": lambda _: Twice(),
    "string_lookup": lambda _: adapted(keras, "StringLookup"),
    "keras2_string_lookup": lambda _: adapted(keras2, "StringLookup"),
    "text": lambda _: adapted(keras, "TextVectorization"),
    "keras2_text": lambda _: adapted(keras2, "TextVectorization"),
}
WORDS = ["a", "b", "zzz"]


def saved(model: Any, folder: Path) -> str:
    path = str(folder / "model")
    if isinstance(model, keras.Model):
        model.export(path)
    elif isinstance(model, keras2.Model):
        model.save(path, save_format="tf")
    else:
        tf.saved_model.save(model, path)
    return path


def apply(model: Any, words: Any) -> Any:
    return model(words) if callable(model) else model.serve(words)


def module_of(path: str, folder: Path, name: str = "module") -> str:
    def module_fn() -> None:
        words = v1.placeholder(tf.string, [None])
        found = apply(tf.saved_model.load(path), words)
        hub.add_signature(inputs=words, outputs=found)
        hub.add_signature("named", {"words": words}, {"default": found, "is": words})

    hub.create_module_spec(module_fn).export(folder / name)
    return str(folder / name)


def in_a_graph(*paths: str) -> Any:
    with tf.Graph().as_default(), v1.Session() as session:
        found = [hub.Module(path)(WORDS) for path in paths]
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        return session.run(found)


# What a user of plain TensorFlow does, in a new process.
APPLY = """
import json, sys, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
words = tf.constant(["a", "b", "zzz"])
found = [model(words), model.signatures["named"](words=words)["default"]]
print(json.dumps([one.numpy().tolist() for one in found]))
"""


def in_a_new_process(path: str) -> Any:
    run = subprocess.run(
        [sys.executable, "-c", APPLY, path], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.filterwarnings("ignore:You are saving your model:UserWarning")
@pytest.mark.parametrize("name", TABLES)
def test_tables_that_functions_make(tmp_path: Path, name: str) -> None:
    path = saved(TABLES[name](tmp_path), tmp_path)
    want = apply(tf.saved_model.load(path), tf.constant(WORDS)).numpy()
    assert len(np.unique(want, axis=0)) > 1
    module = module_of(path, tmp_path)
    shutil.rmtree(path)  # the module needs nothing of it
    eager = hub.Module(module)
    np.testing.assert_array_equal(eager(WORDS), want)
    np.testing.assert_array_equal(tf.function(eager)(tf.constant(WORDS)), want)
    named = eager({"words": WORDS}, signature="named", as_dict=True)
    np.testing.assert_array_equal(named["default"], want)
    np.testing.assert_array_equal(hub.load(module)(WORDS), want)
    np.testing.assert_array_equal(in_a_graph(module)[0], want)
    upgraded = hub.upgrade(module, tmp_path / "upgraded")
    shutil.rmtree(module)
    np.testing.assert_array_equal(hub.load(upgraded)(WORDS), want)
    if name in ("static", "file", "two", "string_lookup"):  # it takes seconds
        assert in_a_new_process(upgraded) == [want.tolist()] * 2


def test_variants_with_other_tables(tmp_path: Path) -> None:
    paths = []
    for i, words in enumerate((["a", "b"], ["zzz", "a"])):
        table = lookup.StaticHashTable(known(*words), -1)
        paths.append(str(tmp_path / str(i)))
        tf.saved_model.save(Lookup(table), paths[-1])

    def module_fn(number: int) -> None:
        words = v1.placeholder(tf.string, [None])
        found = tf.saved_model.load(paths[number])(words)
        hub.add_signature(inputs=words, outputs=found)

    variants = [(set[str](), {"number": 0}), ({"train"}, {"number": 1})]
    module = hub.Module(hub.create_module_spec(module_fn, variants))
    assert module(WORDS).numpy().tolist() == [1, 2, -1]
    assert module(WORDS, training=True).numpy().tolist() == [2, -1, 1]


def test_tables_of_two_modules_do_not_meet_by_their_name(tmp_path: Path) -> None:
    """As in modules that were made in two processes, by this library or another."""
    modules = []
    for i, words in enumerate((["a", "b"], ["zzz", "a"])):
        folder = tmp_path / str(i)
        table = lookup.StaticHashTable(known(*words), -1)
        module = Path(module_of(saved(Lookup(table), folder), folder))
        file = module / "saved_model.pb"
        model = hub.formats.protos.SavedModelBytes.FromString(file.read_bytes())
        graph = v1.MetaGraphDef.FromString(model.meta_graphs[0])
        shared = [
            node.attr["shared_name"]
            for function in graph.graph_def.library.function
            for node in function.node_def
            if node.op == "HashTableV2"
        ]
        assert len(shared) == 1
        shared[0].s = b"the_same"
        model.meta_graphs[0] = graph.SerializeToString()
        file.write_bytes(model.SerializeToString())
        modules.append(str(module))
    want = [[1, 2, -1], [2, -1, 1]]
    eager = [hub.Module(module) for module in modules]
    assert [module(WORDS).numpy().tolist() for module in eager] == want
    assert np.array(in_a_graph(*modules)).tolist() == want


def test_made_twice_it_is_the_same_bytes(tmp_path: Path) -> None:
    path = saved(Lookup(of_file(tmp_path), nested), tmp_path)
    files = [Path(module_of(path, tmp_path, name)) for name in ("one", "two")]
    one, two = ((file / "saved_model.pb").read_bytes() for file in files)
    assert one == two
    hub.load_module_spec(str(files[0])).export(tmp_path / "again")
    assert (tmp_path / "again" / "saved_model.pb").read_bytes() == one


def test_what_is_no_table_is_made_once(tmp_path: Path) -> None:
    """A tokenizer, say: a resource that a function makes, which has no dtypes."""

    class Lock(tf.saved_model.experimental.TrackableResource):  # type: ignore[misc]
        def _create_resource(self) -> Any:
            return tf.raw_ops.MutexV2(shared_name="lock")

    def locked(lock: Any, x: Any) -> Any:
        held = tf.raw_ops.MutexLock(mutex=lock.resource_handle)
        with tf.control_dependencies([tf.raw_ops.ConsumeMutexLock(mutex_lock=held)]):
            return tf.strings.length(x)

    module = module_of(saved(Lookup(Lock(), locked), tmp_path), tmp_path)
    assert hub.Module(module)(WORDS).numpy().tolist() == [1, 1, 3]
    upgraded = hub.upgrade(module, tmp_path / "upgraded")
    assert hub.load(upgraded)(WORDS).numpy().tolist() == [1, 1, 3]
