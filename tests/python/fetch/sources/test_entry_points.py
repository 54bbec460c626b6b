"""Kinds of handle that another package adds, with a real one in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tfhub
from tfhub.errors import HandleError

from ...conftest import tree

MODULE = """
from pathlib import Path
from tfhub.fetch.protocol import Archive, File, Files, Source
from tfhub.handles import OtherUrl

print("loaded")

class ShelfSource(Source):
    def accepts(self, handle):
        return isinstance(handle, OtherUrl) and handle.scheme == "shelf"

    def open(self, handle, job):
        folder = Path(handle.url.removeprefix("shelf:/"))
        files = [
            File(path.relative_to(folder).as_posix(), path.stat().st_size,
                 lambda path=path: [path.read_bytes()])
            for path in folder.rglob("*") if path.is_file()
        ]
        return Files(files, handle.url, {"etag": "1"})

class TarSource(Source):
    def accepts(self, handle):
        return isinstance(handle, OtherUrl) and handle.scheme == "tarball"

    def open(self, handle, job):
        body = Path(handle.url.removeprefix("tarball:/")).read_bytes()
        return Archive([body], handle.url, len(body))

instance = TarSource()
"""

POINTS = """
[tfhub.sources]
shelf = shelf_for_tfhub:ShelfSource
tarball = shelf_for_tfhub:instance
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with an installed package that adds shelf:// and tarball://."""
    folder = tmp_path / "site"
    facts = folder / "shelf_for_tfhub-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: shelf-for-tfhub\nVersion: 1\n"
    )
    (facts / "entry_points.txt").write_text(POINTS)
    (folder / "shelf_for_tfhub.py").write_text(MODULE)
    return folder


def run(site: Path, code: str) -> list[str]:
    """The lines that a program prints which can import what is in the folder."""
    path = os.pathsep.join([str(site), str(Path(tfhub.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-c", f"import tfhub\n{code}"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_kind_that_gives_files(site: Path, model: Path, cache: Path) -> None:
    code = f"print(tfhub.resolve('shelf:/{model}'))"
    loaded, path = run(site, code)
    assert loaded == "loaded"
    assert tree(path) == tree(model)
    assert Path(path).parent == cache


def test_a_kind_that_gives_an_archive(
    site: Path, model: Path, archive: bytes, tmp_path: Path
) -> None:
    (tmp_path / "m.tgz").write_bytes(archive)
    handle = f"tarball:/{tmp_path}/m.tgz"
    assert tree(run(site, f"print(tfhub.resolve({handle!r}))")[1]) == tree(model)
    code = f"""
try:
    tfhub.resolve({handle!r} + "#sha256=" + "0" * 64)
except tfhub.errors.ChecksumError:
    print("refused")
"""
    assert run(site, code) == ["loaded", "refused"]


def test_as_a_mirror(site: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = f"https://tfhub.dev/google/m/1=shelf:/{model}"
    monkeypatch.setenv("TFHUB_MIRROR", rule)
    lines = run(site, "print(tfhub.resolve('https://tfhub.dev/google/m/1'))")
    assert tree(lines[1]) == tree(model)


def test_nothing_is_loaded_for_kinds_of_our_own(site: Path, model: Path) -> None:
    code = f"print(tfhub.resolve({str(model)!r}))"
    assert run(site, code) == [str(model)]


def test_unknown_schemes_are_answered_with_all_known_ones(site: Path) -> None:
    with pytest.raises(HandleError, match="unknown scheme ftp://") as caught:
        tfhub.resolve("ftp://h/m")
    for kind in ("file", "https", "gs", "s3", "kaggle", "hf"):
        assert f"{kind}://" in str(caught.value.hint)
    code = """
try:
    tfhub.resolve("ftp://h/m")
except tfhub.errors.HandleError as error:
    print(error.hint)
"""
    assert run(site, code)[-1].endswith("Packages add shelf://, tarball://.")


def test_one_that_does_not_load_is_told_and_stops_no_other(
    site: Path, model: Path
) -> None:
    points = site / "shelf_for_tfhub-1.dist-info" / "entry_points.txt"
    points.write_text(POINTS + "broken = no_such_module:Source\n")
    code = f"""
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
print(tfhub.resolve('shelf:/{model}'))
"""
    lines = run(site, code)
    assert "ERROR broken (no_such_module:Source) does not load" in lines
    assert tree(lines[-1]) == tree(model)
