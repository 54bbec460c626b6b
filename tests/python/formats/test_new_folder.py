from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfhub.errors import ModelExistsError, WriteError
from tfhub.formats.files import holds_model
from tfhub.formats.new_folder import new_folder, require_free

MEMBERS = ["assets", "fingerprint.pb", "saved_model.pb", "tfhub_module.pb", "variables"]


def fill(folder: Path) -> None:
    for name in MEMBERS:
        if name.endswith(".pb"):
            (folder / name).write_text(name)
        else:
            (folder / name).mkdir()
            (folder / name / "file").write_text(name)


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def make(path: Path) -> None:
    require_free(path)
    with new_folder(path) as folder:
        fill(folder)


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "other files"])
def test_a_model_gets_there(tmp_path: Path, there: str) -> None:
    path = tmp_path / "deep" / "model"
    if there != "nothing":
        path.mkdir(parents=True)
    others = ["README.md", ".git", ".git/config"] if there == "other files" else []
    if others:
        (path / "README.md").write_text("mine")
        (path / ".git").mkdir()
        (path / ".git" / "config").write_text("mine")
    make(path)
    members = [*MEMBERS, "assets/file", "variables/file"]
    assert contents(path) == sorted([*members, *others])
    assert contents(tmp_path / "deep") == sorted(
        ["model", *(f"model/{name}" for name in [*members, *others])]
    )


@pytest.mark.parametrize("name", [*MEMBERS, "saved_model.pbtxt"])
def test_files_of_a_model_are_in_the_way(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ModelExistsError, match=f"exists already, with .*: {name}"):
        require_free(tmp_path)


def test_a_file_and_a_broken_link_are_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with pytest.raises(ModelExistsError, match="exists already, and is no folder"):
            require_free(tmp_path / name)


def test_no_reader_takes_a_part_for_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    seen = []
    rename = Path.rename

    def watched(self: Path, target: Path) -> Path:
        seen.append((Path(target).name, holds_model(tmp_path)))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", watched)
    make(tmp_path)
    assert [name for name, _ in seen][-2:] == ["tfhub_module.pb", "saved_model.pb"]
    assert not any(whole for _, whole in seen)
    assert holds_model(tmp_path)


@pytest.mark.parametrize("when", ["saved_model.pb", "variables"])
def test_a_failure_takes_back_what_it_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target == tmp_path / when:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(WriteError, match="No space left"):
        make(tmp_path)
    assert contents(tmp_path) == ["notes.txt"]


def test_what_comes_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "model"

    def make_beside_another() -> None:
        with new_folder(path) as folder:
            fill(folder)
            path.mkdir()
            (path / "saved_model.pb").write_text("of another")

    with pytest.raises(ModelExistsError, match="files of a model: saved_model.pb"):
        make_beside_another()
    assert contents(tmp_path) == ["model", "model/saved_model.pb"]
    assert (path / "saved_model.pb").read_text() == "of another"


def test_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("."))
    assert sorted(os.listdir()) == MEMBERS


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(WriteError, match="cannot be written"):
        make(tmp_path / "file" / "model")
