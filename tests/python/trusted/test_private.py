"""What only this user and root can change."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from pathlib import Path

import pytest

from tfhub.errors import HubError
from tfhub.trusted import private

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no modes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a" / "b"
    made.mkdir(parents=True)
    (made / "file").write_text("x")
    for path in (made.parent, made):
        path.chmod(0o755)
    (made / "file").chmod(0o644)
    return made


def test_what_others_only_read_is_private(folder: Path) -> None:
    assert private.is_private(folder)
    assert private.is_private(folder / "file")
    assert private.is_private_tree(folder)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777, 0o1777])
def test_what_others_write_is_not(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    assert not private.is_private(folder)
    assert not private.is_private_tree(folder)


def test_the_way_counts_unless_it_is_sticky(folder: Path) -> None:
    folder.parent.chmod(0o777)
    assert not private.is_private(folder)
    folder.parent.chmod(0o1777)
    assert private.is_private(folder)


@pytest.mark.parametrize("mode", [0o664, 0o646])
def test_what_is_within_counts_for_the_tree(folder: Path, mode: int) -> None:
    (folder / "file").chmod(mode)
    assert private.is_private(folder)
    assert not private.is_private_tree(folder)


def test_a_folder_within_counts(folder: Path) -> None:
    inner = folder / "c" / "d"
    inner.mkdir(parents=True)
    inner.chmod(0o777)
    assert not private.is_private_tree(folder)


def test_a_link_within_is_not_private(folder: Path) -> None:
    (folder / "link").symlink_to(folder / "file")
    assert not private.is_private_tree(folder)


def test_a_link_is_as_private_as_what_it_leads_to(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert private.is_private(link)
    folder.chmod(0o777)
    assert not private.is_private(link)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root gives away")
def test_what_another_user_owns_is_not_private(folder: Path) -> None:
    os.chown(folder / "file", 12345, 12345)
    assert not private.is_private_tree(folder)
    assert not private.is_private(folder / "file")
    os.chown(folder.parent, 12345, 12345)
    assert not private.is_private(folder)


def test_what_is_not_there_is_not_private(tmp_path: Path) -> None:
    assert not private.is_private(tmp_path / "none")
    assert not private.is_private_tree(tmp_path / "none")


def test_a_private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Path(private.private_folder("tfhub-test-"))
    assert found.stat().st_mode & 0o777 == 0o700
    found.rmdir()
    # A temporary folder that others write, and is not sticky, is not taken.
    open_to_all, own = tmp_path / "open", tmp_path / "own"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.setattr(tempfile, "tempdir", os.fspath(open_to_all))
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(own))
    found = Path(private.private_folder("tfhub-test-"))
    assert found.is_relative_to(own)
    assert not any(open_to_all.iterdir())
    own.chmod(0o777)
    with pytest.raises(HubError, match="no folder that others cannot write") as caught:
        private.private_folder("tfhub-test-")
    assert "TMPDIR" in str(caught.value)


def test_only_the_process_that_made_it_removes_it(folder: Path) -> None:
    child = multiprocessing.get_context("fork").Process(
        target=private.remove, args=(os.fspath(folder), os.getpid())
    )
    child.start()
    child.join()
    assert folder.exists()
    private.remove(os.fspath(folder), os.getpid())
    assert not folder.exists()
