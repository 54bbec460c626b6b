from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.cli.main import main
from tfhub.formats.description import shortened
from tfhub.runtime import printing


class Wide(tf.Module):  # type: ignore[misc]
    """A call with 170 outputs, and a function that was traced twice with one form."""

    @tf.function  # type: ignore[untyped-decorator]
    def __call__(self, x: Any) -> Any:
        return {f"out_{i}": x for i in range(170)}

    @tf.function  # type: ignore[untyped-decorator]
    def twice(self, x: Any) -> Any:
        return x


@pytest.fixture
def wide(tmp_path: Path) -> str:
    model = Wide()
    model.__call__.get_concrete_function(tf.TensorSpec([None, 3], name="x"))
    # The same form for people, but another for TensorFlow.
    model.twice.get_concrete_function(tf.TensorSpec([2], name="x"))
    model.twice.get_concrete_function(tf.TensorSpec([2], name="other"))
    tf.saved_model.save(model, str(tmp_path / "wide"))
    return str(tmp_path / "wide")


def test_a_model_prints_how_it_is_called(fruit: Path) -> None:
    text = repr(hub.load(fruit))
    assert text == str(hub.load(fruit))
    assert text.startswith(f"<hub model> {fruit}\nTF2 SavedModel of TensorFlow ")
    assert ", 2 variables (3 parameters), " in text.splitlines()[1]
    assert text.endswith(
        """
Tags: serve
Call:
  (x: float32[?, 3], training=False) -> float32[?, 2]
  (x: float32[?, 3], training=True) -> float32[?, 2]
Functions:
  embed(text: string[?]) -> float32[?, 2]
  fruit_to_pet(apples: float32[?, 3], oranges: int64[?]) -> {cats: float32[?, 3], \
default: float32[?], dogs: int64[?]}
  infer(x: float32[?, 3]) -> float32[?, 2]
  shout(text: string[?]) -> {default: string[?]}
Signatures:
  fruit_to_pet
       apples   float32[?, 3]
       oranges  int64[?]
    -> cats     float32[?, 3]
    -> default  float32[?]
    -> dogs     int64[?]
  serving_default
       x         float32[?, 3]
    -> output_0  float32[?, 2]
  shout
       text     string[?]
    -> default  string[?]"""
    )


def test_a_module_of_tensorflow_1_prints_the_graph_that_was_loaded(
    tf1_modules: Path,
) -> None:
    path = str(tf1_modules / "batch_norm_variants")
    assert "\nTags: none\nCall:\n  that of the signature default\n" in repr(
        hub.load(path)
    )
    assert "\nTags: train\n" in repr(hub.load(path, tags=["train"]))
    assert repr(hub.Module(path)) == f"<hub.Module {path}>"
    assert repr(hub.Module(path, trainable=True)) == f"<hub.Module {path}, trainable>"


def test_the_files_are_read_once(fruit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = hub.load(fruit)
    text = repr(model)
    monkeypatch.setattr(printing, "describe_folder", None)
    assert repr(model) == text


def test_files_that_are_gone_or_others_are_not_described(
    fruit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = "\nSignatures:\n  fruit_to_pet\n  serving_default\n  shout"
    path = shutil.copytree(fruit, tmp_path / "copy")
    model = hub.load(path)
    other = hub.load(path)
    (path / "saved_model.pb").write_bytes(b"other")
    assert repr(model) == f"<hub model> {path}{names}"
    shutil.rmtree(path)
    assert repr(other) == f"<hub model> {path}{names}"
    monkeypatch.setattr(printing, "_MOST_BYTES", 10)
    assert repr(hub.load(fruit)) == f"<hub model> {fruit}{names}"


def test_a_repr_never_raises(fruit: Path) -> None:
    model = hub.load(fruit)
    model._hub.handle = "\x1b[31m"
    assert "\x1b" not in repr(hub.load(fruit))
    object.__setattr__(model, "_hub", None)
    assert "object at 0x" in repr(model)


def test_a_form_that_was_traced_twice_stands_once(wide: str) -> None:
    loaded = hub.load(wide)
    assert len(loaded.twice.concrete_functions) == 2
    assert len(hub.describe(wide).functions["twice"]) == 1
    assert repr(loaded).count("twice(") == 1


def test_170_outputs_stay_readable(
    wide: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = hub.describe(wide).functions["__call__"][0]
    assert call.output.count("float32") == 170
    line = next(line for line in repr(hub.load(wide)).splitlines() if " -> {" in line)
    assert len(line) < 400
    assert line.endswith(" more}")
    assert main(["info", wide]) == 0
    assert "more}" in "".join(capsys.readouterr().out.split("  ")).replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("short", "short"),
        ("x" * 50, "x" * 50),
        (
            "{a: float32[?, 3, 4], b: int64[?, 2], c: x[]}",
            "{a: float32[?, 3, 4], ... and 2 more}",
        ),
        (
            "(float32[?, 3, 4], int64[?, 2], string[])",
            "(float32[?, 3, 4], ... and 2 more)",
        ),
        ("a: float32[?, 3, 4], b: int64[?, 2]", "a: float32[?, 3, 4], ... and 1 more"),
    ],
)
def test_a_long_form_is_cut_between_its_parts(text: str, cut: str) -> None:
    assert shortened(text, 25) == cut


def test_a_hostile_form_takes_no_time() -> None:
    for text in (", " * 10**6, "[" * 10**6, ", x" * 10**6 + "]", ", [" * 10**6):
        assert len(shortened(text)) <= len(text)
