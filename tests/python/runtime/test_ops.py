from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.errors import DependencyError
from tfhub.runtime.ops import unknown_ops


@pytest.fixture
def renamed(fruit: Path, tmp_path: Path) -> str:
    """A model with an op that nobody registers, as one of TensorFlow Text is called."""
    path = tmp_path / "renamed"
    shutil.copytree(fruit, path)
    file = path / "saved_model.pb"
    content = file.read_bytes()
    assert b"StringUpper" in content
    file.write_bytes(content.replace(b"StringUpper", b"TFText>Uppe"))
    return str(path)


def test_all_ops_of_a_good_model_are_known(fruit: Path) -> None:
    assert unknown_ops(str(fruit), "fruit") == []


def test_names_the_package_and_the_version(renamed: str) -> None:
    assert unknown_ops(renamed, renamed) == ["TFText>Uppe"]
    with pytest.raises(DependencyError, match=r"TFText>Uppe") as caught:
        hub.load(renamed)
    assert "tensorflow-text==" in str(caught.value)
    assert caught.value.data["ops"] == ["TFText>Uppe"]


def test_an_op_of_an_unknown_package(renamed: str) -> None:
    file = Path(renamed, "saved_model.pb")
    file.write_bytes(file.read_bytes().replace(b"TFText>Uppe", b"NobodysOwn1"))
    with pytest.raises(DependencyError, match="not known here"):
        hub.load(renamed)
