"""The same module is the same bytes, wherever and however often it is exported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tensorflow

import tfhub as hub

tf: Any = tensorflow
v1 = tf.compat.v1


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def files_of(path: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(path)): each.read_bytes()
        for each in path.rglob("*")
        if each.is_file()
    }


def export(spec: Any, path: Path) -> None:
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        module.export(path, session)


MAKE = """
import sys
from pathlib import Path
import tensorflow as tf
import tfhub as hub
v1 = tf.compat.v1

def module_fn(train=False):
    words = v1.placeholder(tf.string, [None])
    lines = tf.lookup.TextFileInitializer(
        sys.argv[2], tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER)
    known = tf.lookup.StaticVocabularyTable(lines, 1)
    made = tf.lookup.KeyValueTensorInitializer(["cat", "dog"], [1, 2])
    ids = known.lookup(words) + tf.cast(tf.lookup.StaticHashTable(made, 0)
        .lookup(words), tf.int64)
    start = v1.random_uniform_initializer(seed=1)
    def embed():
        return tf.nn.embedding_lookup(
            v1.get_variable("w", [9, 2], initializer=start, regularizer=tf.nn.l2_loss),
            ids)
    vectors = embed()
    _, vectors = tf.while_loop(
        lambda i, _: i < 2,
        lambda i, y: (i + 1, tf.cond(i > 0, lambda: y + 1, lambda: y * y)),
        [0, vectors])
    doubled = tf.function(lambda x: tf.map_fn(lambda row: 2 * row, x))(vectors)
    signatures = {"default": vectors, "doubled": doubled, "ids": ids}
    for name in set(signatures):
        hub.add_signature("get_" + name, {"words": words}, signatures[name])
    hub.add_signature(inputs={"words": words}, outputs=signatures)
    info = hub.ImageModuleInfo()
    info.default_image_size.height = 7
    for key in set("abcdef"):
        hub.attach_message(key, info)
    v1.add_to_collection("step", tf.constant(0))

def make(path):
    spec = hub.create_module_spec(module_fn,
        [({"train", "gpu"}, {"train": True}), (set(), {})], drop_collections=["step"])
    spec.export(path)
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec)
        session.run(v1.global_variables_initializer())
        module.export(path + "_from_session", session)

if __name__ == "__main__":
    make(sys.argv[1])
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same module made twice in one process and once in another, elsewhere."""
    folder = tmp_path_factory.mktemp("made")
    program = write(folder / "make.py", MAKE + "    make(sys.argv[1] + '_again')\n")
    runs = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", program, folder / f"{i}" / "m",
             write(folder / f"cellar{i}" / "vocabulary.txt", "cat\ndog\nété\n")],
            env={**os.environ, "PYTHONHASHSEED": str(i)}, cwd=folder / f"cellar{i}",
            stderr=subprocess.PIPE, text=True,
        )
        for i in range(2)
    ]  # fmt: skip
    for run in runs:
        _, complaint = run.communicate(timeout=300)
        assert run.returncode == 0, complaint
    return [
        folder / "0" / "m",
        folder / "0" / "m_from_session",
        folder / "0" / "m_again",
        folder / "1" / "m",
        folder / "1" / "m_again_from_session",
    ]


def test_made_anywhere_a_module_is_the_same_bytes(made: list[Path]) -> None:
    first = files_of(made[0])
    assert len(first) == 5
    for other in made[1:]:
        again = files_of(other)
        assert again.keys() == first.keys()
        assert [name for name in first if again[name] != first[name]] == []


def test_the_path_of_a_vocabulary_is_nowhere(made: list[Path]) -> None:
    for each in made:
        for name, data in files_of(each).items():
            assert os.fsencode(made[0].parents[1]) not in data, name
            assert b"cellar" not in data, name


def test_exported_again_it_is_the_same_bytes(made: list[Path], tmp_path: Path) -> None:
    hub.load_module_spec(made[0]).export(tmp_path / "spec")
    export(made[0], tmp_path / "session")
    hub.Module(made[0]).export(tmp_path / "outside")
    for name in ("spec", "session", "outside"):
        assert files_of(tmp_path / name) == files_of(made[0]), name


def test_it_works(made: list[Path]) -> None:
    with hub.eval_function_for_module(made[0]) as f:
        ids = f(["cat", "été", "bird"], as_dict=True)["ids"]
    assert ids.tolist() == [1, 2, 3]
