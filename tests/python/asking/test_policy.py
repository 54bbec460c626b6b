"""`TFHUB_POLICY` at each door by which a model is loaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import DependencyError, HubError, PolicyError
from tfhub.formats import scanning
from tfhub.runtime.tf import tf

X = tf.TensorSpec([None, 1], tf.float32)
Door = Callable[[str], Any]


@pytest.fixture(scope="module")
def spy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A TF2 model that reads a file of its own choice when it is called."""
    model: Any = tf.Module()

    def call(x: Any) -> Any:
        length = tf.strings.length(tf.io.read_file("/etc/hostname"))
        return x + 0.0 * tf.cast(length, tf.float32)

    model.__call__ = tf.function(call, input_signature=[X])
    path = tmp_path_factory.mktemp("spy") / "model"
    tf.saved_model.save(model, str(path))
    return str(path)


@pytest.fixture(scope="module")
def spy_module(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same in the TF1 Hub format."""

    def build() -> None:
        x = tf.compat.v1.placeholder(tf.float32, [None, 1])
        length = tf.strings.length(tf.io.read_file("/etc/hostname"))
        hub.add_signature(inputs=x, outputs=x + 0.0 * tf.cast(length, tf.float32))

    path = tmp_path_factory.mktemp("spy-module") / "module"
    hub.create_module_spec(build).export(path)
    return str(path)


def in_a_graph(handle: str) -> Any:
    with tf.Graph().as_default():
        return hub.Module(handle)


TF2_DOORS: dict[str, Door] = {
    "load": hub.load,
    "layer": hub.KerasLayer,
    "layer of Keras 3": lambda handle: hub.keras3.KerasLayer(handle),
    "layer of Keras 2": lambda handle: hub.tf_keras.KerasLayer(handle),
}
TF1_DOORS: dict[str, Door] = {
    "load": hub.load,
    "layer": hub.KerasLayer,
    "module": hub.Module,
    "module in a graph": in_a_graph,
    "specification": hub.load_module_spec,
    "specification of a SavedModel": hub.create_module_spec_from_saved_model,
}


@pytest.mark.parametrize("door", TF2_DOORS.values(), ids=TF2_DOORS)
def test_a_model_is_refused_at_every_door(
    spy: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_POLICY", "refuse")
    with pytest.raises(HubError, match=r"ReadFile \(/etc/hostname\)|Keras 2") as raised:
        door(spy)
    if isinstance(raised.value, DependencyError):
        pytest.skip("Keras 3 is not installed")
    assert isinstance(raised.value, PolicyError)
    assert "hub.trust('tree1:" in str(raised.value)


@pytest.mark.parametrize("door", TF1_DOORS.values(), ids=TF1_DOORS)
def test_a_module_is_refused_at_every_door(
    spy_module: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_POLICY", "refuse")
    with pytest.raises(PolicyError, match=r"ReadFile \(/etc/hostname\)"):
        door(spy_module)


def test_a_model_that_only_computes_is_loaded(
    fruit: Path, tf1_modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_POLICY", "refuse")
    assert hub.load(fruit)([[1.0, 2.0, 3.0]]).shape == (1, 2)
    hub.Module(tf1_modules / "fruit_to_pet")


def test_a_warning_tells_what_it_does(spy: str) -> None:
    with pytest.warns(UserWarning, match=r"reads files by ReadFile"):
        model = hub.load(spy, policy="warn")
    assert model(tf.ones([2, 1])).shape == (2, 1)


def test_the_program_overrules_the_setting(
    spy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_POLICY", "refuse")
    hub.load(spy, policy="allow")
    monkeypatch.delenv("TFHUB_POLICY")
    hub.load(spy)
    with pytest.raises(PolicyError):
        hub.load(spy, policy="refuse")


def test_a_model_whose_digest_is_trusted_is_loaded(spy: str, tmp_path: Path) -> None:
    path = shutil.copytree(spy, tmp_path / "model")
    (path / "assets" / "own").write_text("1")
    tree = hub.describe(path, digest=True).tree
    with pytest.raises(PolicyError, match=tree):
        hub.load(path, policy="refuse")
    hub.trust(tree)
    hub.load(path, policy="refuse")
    (path / "assets" / "own").write_text("2")
    with pytest.raises(PolicyError):
        hub.load(path, policy="refuse")


def test_what_is_scanned_is_what_is_loaded(
    spy: str, fruit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others may write the folder, and put the spy there while the model is scanned."""
    path = shutil.copytree(fruit, tmp_path / "model")
    os.chmod(path, 0o777)
    original = scanning.read_programs

    def swapped(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        shutil.copy(f"{spy}/saved_model.pb", path / "saved_model.pb")
        return found

    monkeypatch.setattr(scanning, "read_programs", swapped)
    model = hub.load(path, policy="refuse")
    assert model([[1.0, 2.0, 3.0]]).shape == (1, 2)
    copy = model._hub.path
    assert not copy.startswith(str(tmp_path))
    assert os.stat(os.path.dirname(copy)).st_mode & 0o077 == 0


def test_a_module_is_loaded_from_its_private_copy(
    tf1_modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shutil.copytree(tf1_modules / "dense_two_layers", tmp_path / "module")
    os.chmod(path, 0o777)
    monkeypatch.setenv("TFHUB_POLICY", "refuse")
    module = hub.Module(path)
    shutil.rmtree(path)
    assert len(module.variables) > 0
    folder = Path(
        hub.load_module_spec(tf1_modules / "dense_two_layers").definition.folder
    )
    assert folder == tf1_modules / "dense_two_layers" or folder.exists()


def test_another_policy_is_said(fruit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HubError, match=r"The policy is 'maybe', and not one of allow"):
        hub.load(fruit, policy="maybe")
    monkeypatch.setenv("TFHUB_POLICY", "no")
    with pytest.raises(HubError, match=r"TFHUB_POLICY is 'no'"):
        hub.load(fruit)


def test_many_findings_are_counted(tmp_path: Path) -> None:
    model: Any = tf.Module()

    def call() -> Any:
        return [tf.io.read_file(f"/a{number}") for number in range(9)]

    model.read = tf.function(call, input_signature=[])
    tf.saved_model.save(model, str(tmp_path / "model"))
    with pytest.raises(PolicyError, match=r"In all 9 of its [0-9]+ operations"):
        hub.load(tmp_path / "model", policy="refuse")
