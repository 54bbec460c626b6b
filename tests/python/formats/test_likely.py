from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfhub.errors import HandleNotFoundError, ModelNotFoundError
from tfhub.fetch.resolve import resolve
from tfhub.formats.files import require_model


def model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").touch()
    return folder


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with models, and with what is nobody's business."""
    folder = tmp_path / "models"
    model(folder / "digits")
    model(folder / ".hidden")
    (folder / "letter to mother.txt").touch()
    (folder / "packed.tar.gz").touch()
    (folder / "network.keras").touch()
    (folder / "notes").mkdir()
    return folder


def told(path: Path) -> str:
    with pytest.raises((HandleNotFoundError, ModelNotFoundError)) as caught:
        require_model(resolve(path))
    return str(caught.value)


def test_a_folder_without_a_model_names_what_may_be_one(models: Path) -> None:
    said = told(models)
    assert "It contains: digits, network.keras, packed.tar.gz." in said
    assert f"did you mean {models / 'digits'}?" in said


def test_a_path_that_is_not_there_names_what_is_like_it(models: Path) -> None:
    assert "holds: note" not in told(models / "x" / "y")
    said = told(models / "note" / "1")
    assert f"{models} exists; it holds: notes, digits, network.keras" in said
    assert "letter" not in said
    assert "hidden" not in said


def test_nothing_of_a_home_or_a_temporary_folder_is_named(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = "USERPROFILE" if os.name == "nt" else "HOME"
    for variable in (home, "R_SESSION_TMPDIR", "TMPDIR"):
        with monkeypatch.context() as patch:
            patch.setenv(variable, str(models))
            for path in (models, models / "digit"):
                said = told(path)
                assert "digits" not in said, variable
                assert "packed" not in said, variable
    assert "digits" in told(models)
    assert ";" not in told(Path("/tmp/tfhub-is-not-here"))
    assert "contains:" not in told(Path("/"))


def test_a_large_folder_is_told_of_in_short(tmp_path: Path) -> None:
    for number in range(40):
        model(tmp_path / "many" / f"m{number:02}")
    said = told(tmp_path / "many")
    assert "It contains: m00, m01, m02, m03, m04, m05, m06, m07, ...." in said
    assert len(said) < 600


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_with_a_line_break_stays_on_its_line(tmp_path: Path) -> None:
    model(tmp_path / "all" / "a\nError: b")
    said = told(tmp_path / "all")
    assert "\nError" not in said
    assert "Error: b" in said
