from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tfhub
from tfhub.errors import (
    ArchiveError,
    CacheError,
    ChecksumError,
    HandleError,
    HandleNotFoundError,
    HubError,
)
from tfhub.testing import Host, archive_bytes

from ..conftest import tree


def test_a_folder_is_given_back_as_it_is(model: Path) -> None:
    assert tfhub.resolve(str(model)) == str(model)
    assert tfhub.resolve(model) == str(model)
    assert tfhub.resolve(f"file://{model}") == str(model)
    assert tfhub.resolve(f"{model}/") == f"{model}/"


@pytest.mark.parametrize("name", ["m.tar", "m.tar.gz", "m.tgz", "m.zip"])
def test_a_local_archive(model: Path, tmp_path: Path, name: str) -> None:
    if name == "m.zip":
        shutil.make_archive(str(tmp_path / "m"), "zip", model)
    else:
        mode = "w" if name == "m.tar" else "w:gz"
        (tmp_path / name).write_bytes(archive_bytes(model, mode=mode))
    path = tfhub.resolve(tmp_path / name)
    assert tree(path) == tree(model)
    assert tfhub.resolve(tmp_path / name) == path
    assert tree(tfhub.resolve(f"file://{tmp_path / name}")) == tree(model)


def test_a_local_archive_that_changed_is_unpacked_again(
    model: Path, tmp_path: Path
) -> None:
    file = tmp_path / "m.tar.gz"
    file.write_bytes(archive_bytes(model))
    tfhub.resolve(file)
    changed = tmp_path / "changed"
    shutil.copytree(model, changed)
    (changed / "saved_model.pb").write_bytes(b"new")
    file.write_bytes(archive_bytes(changed))
    assert tree(tfhub.resolve(file)) == tree(changed)


def test_a_url_is_fetched_once(host: Host, model: Path, cache: Path) -> None:
    url = host.add("/m/1", model)
    path = tfhub.resolve(url)
    assert tree(path) == tree(model)
    assert [tfhub.resolve(url) for _ in range(3)] == [path] * 3
    assert host.requests == ["GET /m/1?tf-hub-format=compressed"]
    assert Path(path).parent == cache


def test_the_layout_is_the_reference_librarys(
    host: Host, model: Path, archive: bytes, cache: Path
) -> None:
    url = host.add("/m/1", archive)
    tfhub.resolve(url)
    key = hashlib.sha1(url.encode()).hexdigest()
    names = {path.name for path in cache.iterdir() if not path.name.startswith(".")}
    assert names == {key, f"{key}.descriptor.txt", f"{key}.manifest.json"}
    lines = (cache / f"{key}.descriptor.txt").read_text().split("\n")
    assert lines[0] == f"Module: {url}"
    assert lines[1].startswith("Download Time: 20")
    assert lines[2].endswith(f"(PID:{os.getpid()})")
    manifest = json.loads((cache / f"{key}.manifest.json").read_text())
    assert manifest["handle"] == url
    assert manifest["sha256"] == hashlib.sha256(archive).hexdigest()
    for name, content in tree(model).items():
        assert manifest["files"][name] == {
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
    assert list((cache / ".tmp").iterdir()) == []


DAMAGE = {
    "a file is missing": lambda folder: (folder / "weights").unlink(),
    "saved_model.pb is missing": lambda folder: (folder / "saved_model.pb").unlink(),
    "a file is short": lambda folder: (folder / "weights").write_bytes(b"x"),
    "all files are gone": lambda folder: [
        path.unlink() for path in folder.rglob("*") if path.is_file()
    ],
    "the folder is gone": shutil.rmtree,
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_entry_is_fetched_again(host: Host, model: Path, case: str) -> None:
    url = host.add("/m/1", model)
    path = Path(tfhub.resolve(url))
    DAMAGE[case](path)
    assert tree(tfhub.resolve(url)) == tree(model)
    assert len(host.requests) == 2


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"files": 3}', '{"files": {"a": 1}}']
)
def test_a_damaged_manifest_is_written_again(
    host: Host, model: Path, cache: Path, content: str
) -> None:
    url = host.add("/m/1", model)
    tfhub.resolve(url)
    [manifest] = cache.glob("*.manifest.json")
    manifest.write_text(content)
    assert tree(tfhub.resolve(url)) == tree(model)
    assert len(host.requests) == 2
    assert json.loads(manifest.read_text())["handle"] == url


def test_an_entry_of_the_reference_library_is_used(
    fruit: Path, host: Host, cache: Path
) -> None:
    key = hashlib.sha1(f"{host.url}/m".encode()).hexdigest()
    shutil.copytree(fruit, cache / key)
    assert tfhub.resolve(f"{host.url}/m") == str(cache / key)
    assert host.requests == []


@pytest.mark.parametrize("lost", ["saved_model.pb", "variables/variables.index"])
def test_an_incomplete_one_is_not(
    fruit: Path, host: Host, cache: Path, lost: str
) -> None:
    url = host.add("/m", fruit)
    key = hashlib.sha1(url.encode()).hexdigest()
    shutil.copytree(fruit, cache / key)
    (cache / key / lost).unlink()
    assert tree(tfhub.resolve(url)) == tree(fruit)
    assert len(host.requests) == 1


def test_one_whose_weights_are_cut_is_not(fruit: Path, host: Host, cache: Path) -> None:
    url = host.add("/m", fruit)
    key = hashlib.sha1(url.encode()).hexdigest()
    shutil.copytree(fruit, cache / key)
    [data] = (cache / key / "variables").glob("*.data-*")
    data.write_bytes(data.read_bytes()[:-1])
    assert tree(tfhub.resolve(url)) == tree(fruit)


def test_what_a_killed_process_left_is_swept(
    host: Host, model: Path, cache: Path
) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    import socket

    dead = cache / ".tmp" / f"{socket.gethostname()}~{process.pid}~x"
    alive = cache / ".tmp" / f"{socket.gethostname()}~{os.getpid()}~x"
    dead.mkdir(parents=True)
    alive.mkdir()
    tfhub.resolve(host.add("/m", model))
    assert not dead.exists()
    assert alive.exists()


def test_a_pinned_archive(host: Host, model: Path, archive: bytes) -> None:
    url = host.add("/m", archive)
    good = hashlib.sha256(archive).hexdigest()
    assert tree(tfhub.resolve(f"{url}#sha256={good}")) == tree(model)
    with pytest.raises(ChecksumError, match=f"expected sha256 {'0' * 64}, got {good}"):
        tfhub.resolve(f"{url}#sha256={'0' * 64}")


def test_a_hit_writes_nothing_and_takes_no_lock(
    host: Host, model: Path, cache: Path
) -> None:
    url = host.add("/m", model)
    path = tfhub.resolve(url)
    shutil.rmtree(cache / ".locks")
    shutil.rmtree(cache / ".tmp")
    before = sorted(cache.rglob("*"))
    times = [p.stat().st_mtime_ns for p in before]
    assert tfhub.resolve(url) == path
    after = sorted(cache.rglob("*"))
    assert (after, [p.stat().st_mtime_ns for p in after]) == (before, times)


def test_progress_is_told_from_the_calling_thread(host: Host, archive: bytes) -> None:
    import threading

    calls = []
    threads = set()

    def progress(done: int, total: int | None, url: str) -> None:
        calls.append((done, total, url.partition("?")[0]))
        threads.add(threading.current_thread())

    url = host.add("/m", archive)
    tfhub.resolve(url, progress=progress)
    assert calls[-1] == (len(archive), len(archive), url)
    assert threads == {threading.current_thread()}
    calls.clear()
    tfhub.resolve(url, progress=progress)
    assert calls == []


def test_progress_as_the_variable_says(
    host: Host,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tfhub.resolve(host.add("/quiet", model))
    assert capfd.readouterr() == ("", "")
    monkeypatch.setenv("TFHUB_DOWNLOAD_PROGRESS", "1")
    url = host.add("/loud", model)
    tfhub.resolve(url)
    out, err = capfd.readouterr()
    assert out == ""
    assert f"{url}: 0.3" in err


def test_missing_paths_and_plain_files(tmp_path: Path, model: Path) -> None:
    (tmp_path / "fruit").mkdir()
    with pytest.raises(HandleNotFoundError, match="friut does not exist") as caught:
        tfhub.resolve(tmp_path / "friut")
    assert "it holds: fruit" in str(caught.value.hint)
    with pytest.raises(HandleError, match="neither a folder nor an archive") as refused:
        tfhub.resolve(model / "saved_model.pb")
    assert str(model) in str(refused.value.hint)
    with pytest.raises(HandleNotFoundError):
        tfhub.resolve(f"file://{tmp_path}/none")


def test_an_archive_without_a_model(host: Host, model: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("none here")
    with pytest.raises(ArchiveError, match="It holds: notes.txt"):
        tfhub.resolve(host.add("/notes", tmp_path))
    shutil.copytree(model, tmp_path / "wrapped" / "inner")
    with pytest.raises(ArchiveError, match="in the folder 'inner', not at its root"):
        tfhub.resolve(host.add("/wrapped", tmp_path / "wrapped"))


def test_a_cache_that_cannot_be_made(
    host: Host, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(CacheError, match="cannot hold") as caught:
        tfhub.resolve(host.add("/m", model))
    assert "TFHUB_CACHE_DIR" in str(caught.value.hint)
    assert host.requests == []


DEFAULT = (
    "import sys, os, tempfile; tempfile.tempdir = sys.argv[1]; "
    "from tfhub.cache.entries import cache_root; print(cache_root())"
)


@pytest.mark.parametrize(
    ("mode", "trusted"), [(None, True), (0o755, True), (0o777, False), (0o775, False)]
)
def test_the_default_cache_is_one_that_nobody_else_writes(
    tmp_path: Path, mode: int | None, trusted: bool
) -> None:
    default = tmp_path / "tfhub_modules"
    if mode is not None:
        default.mkdir()
        default.chmod(mode)
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "xdg")}
    environment = {k: v for k, v in os.environ.items() if k != "TFHUB_CACHE_DIR"}
    run = subprocess.run(
        [sys.executable, "-c", DEFAULT, str(tmp_path)],
        env=environment | home,
        capture_output=True,
        text=True,
        check=True,
    )
    if trusted:
        assert (run.stdout.strip(), run.stderr) == (str(default), "")
    else:
        assert run.stdout.strip() == str(tmp_path / "xdg" / "tfhub")
        assert "can be written by others" in run.stderr


def test_a_path_that_the_system_does_not_take_is_not_there() -> None:
    name = "x" * 300
    for path in (f"/{name}/{name}/m", f"/{name}", f"{name}/m.tar.gz", "/d" * 3000):
        with pytest.raises(HubError, match="does not exist"):
            tfhub.resolve(path)
        with pytest.raises(HubError):
            tfhub.cache_import(path)
