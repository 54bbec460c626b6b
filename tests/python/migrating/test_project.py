"""Which files are read, and how they are written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tfhub.errors import DependencyError, HandleNotFoundError, WriteError
from tfhub.migrating import project
from tfhub.migrating.project import Program, migrate
from tfhub.migrating.writing import replace_file

from ..conftest import bounded

pytest.importorskip("libcst", reason="reading Python needs the extra migrate")
OLD = b"import tensorflow_hub as hub\n"
NEW = b"import tfhub as hub\n"


def put(path: Path, content: bytes = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def found(*paths: Path, write: bool = False) -> dict[str, Program]:
    programs = list(migrate(paths, write=write))
    assert len({each.path for each in programs}) == len(programs)
    return {each.path: each for each in programs}


def test_a_folder_is_walked(tmp_path: Path) -> None:
    put(tmp_path / "b.py")
    put(tmp_path / "a" / "c.PY")
    put(tmp_path / "other.py", b"import tensorflow as tf\n")
    put(tmp_path / "text.txt")
    for part in (".git", "x/site-packages/y", "node_modules", "__pycache__", "renv"):
        put(tmp_path / part / "d.py")
    put(tmp_path / "env" / "pyvenv.cfg", b"")
    put(tmp_path / "env" / "lib" / "d.py")
    programs = found(tmp_path, tmp_path / "b.py", tmp_path)
    assert [Path(each).name for each in programs] == ["b.py", "c.PY"]
    assert all(each.after == NEW and not each.remarks for each in programs.values())
    assert (tmp_path / "b.py").read_bytes() == OLD


def test_one_that_is_named_is_read_wherever_it_lies(tmp_path: Path) -> None:
    file = put(tmp_path / "site-packages" / "d.py")
    assert found(file)[str(file)].is_changed
    other = put(tmp_path / "text.txt")
    assert "none of .py" in found(other)[str(other)].remarks[0].what
    with pytest.raises(HandleNotFoundError, match="nothing"):
        found(tmp_path / "nothing")


def test_writing_keeps_mode_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = put(tmp_path / "a.py")
    file.chmod(0o751)
    assert found(tmp_path, write=True)[str(file)].is_written
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o751
    assert os.listdir(tmp_path) == ["a.py"]
    assert found(tmp_path, write=True) == {}


def test_no_link_in_a_folder_is_followed(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "a.py")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.py").symlink_to(outside)
    (folder / "links").symlink_to(outside.parent)
    (folder / "loop").symlink_to(folder)
    (folder / "broken.py").symlink_to(tmp_path / "nothing")
    programs = found(folder, write=True)
    assert sorted(Path(each).name for each in programs) == ["broken.py", "link.py"]
    assert all("a link" in p.remarks[0].what for p in programs.values())
    assert outside.read_bytes() == OLD
    # One that is named is followed to its file, and stays a link.
    found(folder / "link.py", write=True)
    assert (folder / "link.py").is_symlink()
    assert outside.read_bytes() == NEW


def test_odd_files_end_in_a_remark(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    put(tmp_path / "py2.py", OLD + b"print 'a'\n")
    put(tmp_path / "null.py", OLD + b"\0")
    put(tmp_path / "large.py", OLD + b"#" * 2_000_000)
    put(tmp_path / "deep.py", OLD + b"x = " + b"-" * 100_000 + b"1\n")
    put(tmp_path / "n.ipynb", b"tensorflow_hub")
    put(tmp_path / "bytes.Rmd", b"tfhub \xff")
    with bounded(10):
        programs = found(tmp_path, write=True)
    said = {Path(each).name: p.remarks[0] for each, p in programs.items()}
    assert said.keys() == {
        *("py2.py", "null.py", "large.py", "deep.py", "n.ipynb", "bytes.Rmd")
    }
    assert said["py2.py"].line == 2
    assert "larger than 500 kB" in said["large.py"].what
    assert not any(each.is_changed for each in programs.values())


def test_folders_within_each_other_end(
    tmp_path: Path, make_deep: Callable[[Path], None]
) -> None:
    make_deep(tmp_path / "deep")
    put(tmp_path / "a.py")
    programs = found(tmp_path)
    assert [each.remarks[0].what for each in programs.values() if each.remarks] == [
        "not looked at: it lies more than 50 folders deep"
    ]


def test_a_file_that_changed_meanwhile_stays(tmp_path: Path) -> None:
    file = put(tmp_path / "a.py", b"other")
    with pytest.raises(WriteError, match="not any more what was read"):
        replace_file(str(file), OLD, NEW)
    assert file.read_bytes() == b"other"
    link = tmp_path / "link.py"
    link.symlink_to(put(tmp_path / "b.py"))
    with pytest.raises(WriteError):
        replace_file(str(link), OLD, NEW)
    assert (tmp_path / "b.py").read_bytes() == OLD
    assert sorted(os.listdir(tmp_path)) == ["a.py", "b.py", "link.py"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    file = put(tmp_path / "a.py")
    with pytest.raises(WriteError, match="cannot be written"):
        replace_file(str(tmp_path / ("x" * 250)), OLD, NEW)
    assert file.read_bytes() == OLD


def test_the_same_remark_on_a_place_is_made_once(tmp_path: Path) -> None:
    for name in "ab":
        put(
            tmp_path / f"{name}.py",
            b"import tfhub\ntfhub.load('https://tfhub.dev/google/elmo/3')\n",
        )
    assert list(found(tmp_path)) == [str(tmp_path / "a.py")]


def test_what_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("R_HOME", raising=False)
    file = put(tmp_path / "a.R", b"library(tfhub)\n")
    put(tmp_path / "b.py", b"")
    remark = found(tmp_path)[str(file)].remarks[0]
    assert remark.what.startswith("not looked at: Programs in R are read by R itself")
    monkeypatch.setitem(__import__("sys").modules, "libcst", None)
    put(tmp_path / "b.py")
    with pytest.raises(DependencyError, match="pip install 'libcst"):
        found(tmp_path)
    assert project.KINDS
