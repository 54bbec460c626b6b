"""Records of what this user's downloads brought."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfhub.trusted import records

ARCHIVE, OTHER = "a" * 64, "b" * 64
TREE, FORGED = "tree1:" + "1" * 64, "tree1:" + "2" * 64
HANDLE = "https://good.example/m/1"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no modes")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where records are kept, whatever the umask."""
    monkeypatch.setenv("XDG_STATE_HOME", os.fspath(tmp_path / "local" / "state"))
    before = os.umask(0o002)
    request = tmp_path
    yield request
    os.umask(before)


def test_what_was_noted_is_known() -> None:
    assert not records.archive_became(ARCHIVE, TREE)
    records.record(TREE, handle=HANDLE, archive=ARCHIVE)
    records.record(TREE, handle=HANDLE, archive=ARCHIVE)
    assert records.archive_became(ARCHIVE, TREE)
    assert records.place_gave(HANDLE, TREE)
    for archive, tree in ((OTHER, TREE), (ARCHIVE, FORGED)):
        assert not records.archive_became(archive, tree)
    for handle, tree in ((HANDLE + "0", TREE), (HANDLE, FORGED)):
        assert not records.place_gave(handle, tree)


def test_a_model_may_come_without_an_archive() -> None:
    records.record(TREE, handle=HANDLE, archive=None)
    assert records.place_gave(HANDLE, TREE)


def test_the_files_are_empty_and_private(home: Path) -> None:
    records.record(TREE, handle=HANDLE, archive=ARCHIVE)
    made = list(home.rglob("*"))
    assert {path.stat().st_size for path in made if path.is_file()} == {0}
    folders = {path.stat().st_mode & 0o777 for path in made if path.is_dir()}
    assert folders == {0o700}
    assert sum(path.is_file() for path in made) == 2


@pytest.mark.parametrize("at", ["tfhub", "tfhub/records", "tfhub/records/archives"])
def test_what_others_could_have_written_does_not_count(home: Path, at: str) -> None:
    records.record(TREE, handle=HANDLE, archive=ARCHIVE)
    (home / "local" / "state" / at).chmod(0o777)
    assert not records.archive_became(ARCHIVE, TREE)
    records.record(FORGED, handle=HANDLE, archive=ARCHIVE)  # nothing is noted there
    (home / "local" / "state" / at).chmod(0o700)
    assert records.archive_became(ARCHIVE, TREE)
    assert not records.archive_became(ARCHIVE, FORGED)


@pytest.mark.parametrize(
    "archive", ["", None, 1, "../" + ARCHIVE, ARCHIVE + "/..", "A" * 64, ARCHIVE + "\n"]
)
def test_an_odd_digest_is_not_looked_for(archive: object) -> None:
    records.record(TREE, handle=HANDLE, archive=ARCHIVE)
    assert not records.archive_became(archive, TREE)


def test_a_home_that_cannot_be_written_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", os.fspath(tmp_path / "file"))
    records.record(TREE, handle=HANDLE, archive=ARCHIVE)
    assert not records.archive_became(ARCHIVE, TREE)


def test_a_handle_of_any_text_has_a_place() -> None:
    handle = "https://x/\udcff/" + "long" * 1000
    records.record(TREE, handle=handle, archive=None)
    assert records.place_gave(handle, TREE)
