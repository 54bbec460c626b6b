from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tfhub.cli.main import main
from tfhub.runtime.tf import tf


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that reads the file that its user names, and one of its own choice."""
    model: Any = tf.Module()
    signature = tf.TensorSpec([], tf.string)
    model.read = tf.function(tf.io.read_file, input_signature=[signature])
    model.spy = tf.function(lambda: tf.io.read_file("/a\x1b[2Jb"), input_signature=[])
    path = tmp_path_factory.mktemp("reader")
    tf.saved_model.save(model, str(path))
    return path


def test_scan(reader: Path, fruit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(fruit)]) == 0
    assert "None of the " in capsys.readouterr().out
    assert main(["scan", str(reader)]) == 1
    out = capsys.readouterr().out
    assert "an input" in out
    assert "function read" in out
    assert "/a\\x1b[2Jb" in out
    assert "\x1b[2J" not in out
    assert out.rstrip().endswith("reach out of it, or may.")


def test_scan_as_json(reader: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "--json", str(reader)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {each["effect"] for each in found["findings"]} == {"reads files"}
    assert found["nodes"] > 0


def test_scan_of_what_is_no_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scan", str(tmp_path)]) != 0
    assert "contains neither saved_model.pb" in capsys.readouterr().err
