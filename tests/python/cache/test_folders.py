"""Folders that anybody has made: walked, removed, and given rights."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tfhub.cache.folders import everything, remove_tree, share, share_all, walk

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such folders")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a/b/1", "a/2", "a/c/3", "4", "b/5"):
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "folder"


def deep(path: Path, levels: int) -> None:
    path.mkdir()
    fd = os.open(path, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=fd)
        inner = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(os.open("file", os.O_CREAT, dir_fd=fd))
    os.close(fd)


def test_the_order_is_that_of_the_names(folder: Path) -> None:
    assert [name for name, _ in walk(str(folder))] == [
        "4",
        "a/2",
        "a/b/1",
        "a/c/3",
        "b/5",
    ]
    folders = [name for name, _, is_folder in everything(str(folder)) if is_folder]
    assert folders == ["a", "a/b", "a/c", "b"]


def test_a_folder_is_removed(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to(tmp_path)
    (folder / "a" / "link").symlink_to(folder)
    os.mkfifo(folder / "a" / "pipe")
    (tmp_path / "stays").touch()
    remove_tree(folder)
    assert [each.name for each in tmp_path.iterdir()] == ["stays"]
    remove_tree(folder)  # nothing is there


def test_no_depth_is_too_deep(tmp_path: Path) -> None:
    deep(tmp_path / "shallow", 1200)
    assert len(list(walk(str(tmp_path / "shallow")))) == 1
    deep(tmp_path / "deep", 10_000)
    with pytest.raises(OSError, match="too long"):
        list(walk(str(tmp_path / "deep")))
    for name in ("shallow", "deep"):
        remove_tree(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


CLOSED = """
import os, sys
from tfhub.cache.folders import remove_tree
if os.getuid() == 0:
    os.setgid(12001)
    os.setuid(12001)
os.chdir(sys.argv[1])
os.makedirs("top/closed/inner/more")
open("top/closed/inner/file", "w").close()
for path, mode in (("top/closed/inner/more", 0), ("top/closed/inner", 0o555),
                   ("top/closed", 0)):
    os.chmod(path, mode)
remove_tree("top")
print(os.listdir("."))
"""


def test_what_is_closed_and_ours_is_removed() -> None:
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)
        run = subprocess.run(
            [sys.executable, "-c", CLOSED, place], capture_output=True, text=True
        )
        assert (run.stdout, run.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("root", "folders", "files"),
    [
        (0o700, 0o700, 0o600),
        (0o755, 0o755, 0o644),
        (0o750, 0o750, 0o640),
        (0o2775, 0o2775, 0o664),
        (0o777, 0o777, 0o666),
        (0o1777, 0o755, 0o644),  # sticky: each keeps to what is theirs
        (0o3775, 0o2755, 0o644),
        (0o555, 0o755, 0o644),  # ours to clean up
    ],
)
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_what_is_shared_takes_the_rights_of_the_cache(
    folder: Path, tmp_path: Path, root: int, folders: int, files: int, umask: int
) -> None:
    before = os.umask(umask)
    try:
        (folder / "a" / "new").mkdir()
        (folder / "a" / "new" / "file").touch()
        (tmp_path / "single").touch()
    finally:
        os.umask(before)
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(root)
    share_all(str(folder), str(cache))
    share(tmp_path / "single", str(cache))

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    for path in (folder, folder / "a", folder / "a" / "new"):
        assert mode(path) == folders
    for path in (folder / "4", folder / "a" / "new" / "file", tmp_path / "single"):
        assert mode(path) == files
