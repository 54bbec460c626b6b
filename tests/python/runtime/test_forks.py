"""Forks, each in a process of its own, where nothing else has used TensorFlow."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tfhub
from tfhub.runtime import forks
from tfhub.testing import save_fruit_model

# Prints how the fork of each function ended: its exit status, or "hangs".
PROGRAM = """
import gc, os, sys, time, warnings
import tensorflow as tf
import tfhub as hub

warnings.simplefilter("ignore")  # Python's own, of forks of processes with threads


def in_fork(function, leave=os._exit):
    pid = os.fork()
    if not pid:
        try:
            function()
        except Exception as error:
            print(type(error).__name__, error, flush=True)
            os._exit(1)
        leave(0)
    for _ in range(600):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            print(os.waitstatus_to_exitcode(status), flush=True)
            return
        time.sleep(0.1)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    print("hangs", flush=True)


def collect(name):
    def run():
        del globals()[name]
        gc.collect()
    return run


fruit, text = sys.argv[1:]
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A model without tables, and one with a table, as those of text have."""
    import tensorflow as tf

    class Text(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            known = tf.lookup.KeyValueTensorInitializer(
                tf.constant(["good", "bad"]), tf.constant([1, 2], tf.int64)
            )
            self.table = tf.lookup.StaticHashTable(known, 0)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, x: object) -> object:
            return self.table.lookup(x)

    folder = tmp_path_factory.mktemp("forks")
    tf.saved_model.save(Text(), folder / "text")
    save_fruit_model(folder / "fruit")
    return str(folder / "fruit"), str(folder / "text")


def run(code: str, models: tuple[str, str]) -> list[str]:
    """What the program printed, with `code` at its end."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM + code, *models],
        capture_output=True,
        text=True,
        timeout=200,
        env=os.environ | {"PYTHONPATH": str(Path(tfhub.__file__).parents[1])},
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split("\n")[:-1]


def test_what_ends_in_a_fork_does_not_wait_for_tensorflow(
    models: tuple[str, str],
) -> None:
    code = """
m = hub.load(text)
m(["good"])
in_fork(collect("m"))
in_fork(lambda: None, leave=sys.exit)
again, m = m, hub.load(text)
del again
in_fork(gc.collect)
f = hub.load(fruit)
f([[1.0, 2.0, 3.0]])
in_fork(collect("f"))
rows = iter(tf.data.Dataset.range(9).map(lambda x: x, num_parallel_calls=2).prefetch(3))
next(rows)
in_fork(collect("rows"))
threads = tf.compat.v1.ConfigProto(use_per_session_threads=True)
with tf.Graph().as_default():
    session = tf.compat.v1.Session(config=threads)
    session.run(tf.constant(1))
in_fork(collect("session"))
"""
    assert run(code, models) == ["0"] * 6


def test_multiprocessing_forks_and_waits_for_its_child(models: tuple[str, str]) -> None:
    code = """
import multiprocessing
m = hub.load(text)
m(["good"])
child = multiprocessing.get_context("fork").Process(target=collect("m"))
child.start()
child.join(20)
print(child.exitcode)
child.kill()
"""
    assert run(code, models) == ["0"]


def test_a_model_in_a_fork_is_an_error_that_says_what_to_do(
    models: tuple[str, str],
) -> None:
    code = """
m = hub.load(text)
in_fork(lambda: m(["good"]))
in_fork(lambda: hub.predict(m, ["good"]))
in_fork(lambda: hub.load(text))
m(["good"])
print("here it runs")
"""
    said = run(code, models)
    errors = [line for line in said if line.startswith("ForkedError")]
    hints = [line for line in said if 'get_context("spawn")' in line]
    assert len(errors) == len(hints) == 3
    assert [line for line in said if len(line) == 1] == ["1"] * 3
    assert said[-1] == "here it runs"


def test_a_process_that_has_only_imported_it_can_be_forked(
    models: tuple[str, str],
) -> None:
    code = """
hub.load  # imports TensorFlow
def use():
    m = hub.load(text)
    assert m(["good"]).numpy() == [1]
    calls = []
    # Not its own function, which would keep the model.
    m.table._destroy_resource = lambda: calls.append(None)
    del m
    gc.collect()
    assert calls, "the child's own table was not destroyed"
in_fork(use)
"""
    assert run(code, models) == ["0"]


@pytest.mark.parametrize(("module", "name"), forks.FINALIZERS)
def test_the_finalizers_of_tensorflow_are_where_they_were(
    module: str, name: str
) -> None:
    import tfhub.runtime.tf  # noqa: F401

    owner = getattr(importlib.import_module(module), name)
    assert callable(owner.__del__.guards), "it has no finalizer to guard any more"


def test_the_resource_of_an_iterator_is_where_it_was() -> None:
    import tensorflow as tf

    import tfhub.runtime.tf  # noqa: F401

    rows = iter(tf.data.Dataset.range(2))
    owner = getattr(importlib.import_module(forks.ITERATOR[0]), forks.ITERATOR[1])
    assert type(rows) is owner
    assert owner.__del__ is forks._keep_resource
    assert tf.is_tensor(getattr(rows, forks._RESOURCE))


def test_the_handle_of_the_context_is_where_it_was(
    models: tuple[str, str],
) -> None:
    code = """
from tfhub.runtime import forks
where, name = forks.CONTEXT
tf.constant(1)
context = getattr(sys.modules[where], name)
print(type(getattr(context, forks._HANDLE)).__name__)
"""
    assert run(code, models) == ["PyCapsule"]
