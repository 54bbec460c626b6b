"""Disks that are full, read-only, shared, or cleaned while they are used."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tfhub
from tfhub.errors import CacheError
from tfhub.testing import FaultServer, archive_bytes
from tfhub.testing.archives import zip_of
from tfhub.testing.faults import drips, sends

from ..conftest import tree

AS_ROOT = hasattr(os, "getuid") and os.getuid() == 0


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 6 MB; it holds the cache."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    run = subprocess.run(mount, capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f"no disk can be mounted here: {run.stderr.strip()}")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(disk / "cache"))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def files_in(folder: Path) -> list[Path]:
    """Every file but the locks."""
    return [p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock"]


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_full_disk(
    small_disk: Path, bad_server: FaultServer, tmp_path: Path, model: Path, kind: str
) -> None:
    large = tmp_path / "large"
    shutil.copytree(model, large)
    (large / "more").write_bytes(np.random.default_rng(0).bytes(9_000_000))
    packed = archive_bytes(large) if kind == "tar" else zip_of(tree(large))
    url = bad_server.on("/m", sends(packed))
    with pytest.raises(
        CacheError, match=r"disk is full.* need 9,000,000|No space left"
    ):
        tfhub.resolve(url)
    assert files_in(small_disk) == []
    bad_server.on("/m", sends(archive_bytes(model)))
    assert tree(tfhub.resolve(url)) == tree(model)


def test_a_limit_on_the_size_of_files(bad_server: FaultServer, cache: Path) -> None:
    pytest.importorskip("resource")
    code = (
        "import resource, tfhub, tfhub.errors\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        f"    tfhub.resolve({bad_server.url!r} + '/good/m')\n"
        "except tfhub.errors.CacheError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "File too large" in run.stdout
    assert files_in(cache) == []


def test_room_that_is_to_stay_free(
    bad_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_MIN_FREE", f"{1 << 60}")
    with pytest.raises(CacheError, match=r"of which 1,152,921,\S+ are to stay free"):
        tfhub.resolve(f"{bad_server.url}/good/m")


@pytest.fixture
def read_only(
    request: pytest.FixtureRequest, bad_server: FaultServer, tmp_path: Path
) -> Iterator[Path]:
    """A cache that cannot be written, and holds /good/here."""
    if AS_ROOT:  # whom no permission stops
        disk = request.getfixturevalue("small_disk")
        tfhub.resolve(f"{bad_server.url}/good/here")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        yield disk / "cache"
        return
    cache = tmp_path / "tfhub_cache"
    tfhub.resolve(f"{bad_server.url}/good/here")
    cache.chmod(0o555)
    yield cache
    cache.chmod(0o755)


def test_a_read_only_disk(
    read_only: Path,
    bad_server: FaultServer,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    before = sorted(read_only.rglob("*"))
    here = Path(tfhub.resolve(f"{bad_server.url}/good/here"))
    assert here.parent == read_only
    assert tree(here) == tree(model)
    assert caplog.messages == []
    url = f"{bad_server.url}/good/new"
    new = Path(tfhub.resolve(url))
    assert new.parent == tmp_path / "home" / "tfhub"
    assert tree(new) == tree(model)
    assert "is read-only; new models go to" in caplog.text
    assert Path(tfhub.resolve(url, offline=True)) == Path(tfhub.resolve(url)) == new
    assert len(bad_server.requests) == 2
    assert sorted(read_only.rglob("*")) == before


# All is imported as root, since others may not read the folders of this Python.
AS_USER = """
import os, sys, tempfile, tfhub
uid, url, cache = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with tempfile.TemporaryDirectory() as scratch:
    os.environ["TFHUB_CACHE_DIR"] = scratch
    tfhub.resolve(url.rpartition("/")[0] + "/warm")
os.environ["TFHUB_CACHE_DIR"] = cache
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
os.umask(0o022)
print(tfhub.resolve(url))
"""


@pytest.mark.skipif(not AS_ROOT, reason="only root can be other users")
def test_two_users(bad_server: FaultServer, archive: bytes, model: Path) -> None:
    bad_server.on("/good/slow", drips(archive, 0.5))

    def start(uid: int, name: str) -> subprocess.Popen[str]:
        url = f"{bad_server.url}/good/{name}"
        command = [sys.executable, "-c", AS_USER, str(uid), url, str(shared)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def asked(name: str) -> int:
        paths = [path.partition("?")[0] for path, _ in bad_server.requests]
        return paths.count(f"/good/{name}")

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shared = Path(folder, "cache")
        shared.mkdir()
        shared.chmod(0o1777)
        for uid, name in [(12001, "a"), (12002, "a"), (12002, "b"), (12001, "b")]:
            path = start(uid, name).communicate()[0].strip()
            assert tree(path) == tree(model)
            owner = 12001 if name == "a" else 12002
            assert Path(path).stat().st_uid == owner
        both = [start(uid, "slow") for uid in (12001, 12002)]
        [path] = {each.communicate()[0].strip() for each in both}
        assert tree(path) == tree(model)
    assert [asked(name) for name in ("a", "b", "slow")] == [1, 1, 1]


# A file of the user's own, then what the user finds in the cache, and can do with it.
UNDER_077 = """
import os, sys, tfhub, tfhub.cache.maintenance, tfhub.errors
uid, url, cache = int(sys.argv[1]), sys.argv[2], sys.argv[3]
import tempfile
with tempfile.TemporaryDirectory() as scratch:
    os.environ["TFHUB_CACHE_DIR"] = scratch
    tfhub.resolve(url.rpartition("/")[0] + "/warm")
os.environ["TFHUB_CACHE_DIR"] = cache
os.environ["TFHUB_OFFLINE"] = sys.argv[4]
os.setgroups([12000])
os.setgid(uid)
os.setuid(uid)
os.umask(0o077)
path = tfhub.resolve(url)
for name in ("saved_model.pb", "weights", "assets/words.txt"):
    assert open(os.path.join(path, name), "rb").read()
assert [each.state for each in tfhub.cache_verify()] == ["ok"]
removed = tfhub.cache_remove(url) if sys.argv[5] == "remove" else []
print([each.removed for each in removed], [each.reason for each in removed])
"""


@pytest.mark.skipif(not AS_ROOT, reason="only root can be other users")
@pytest.mark.parametrize(
    ("mode", "removed"),
    [
        (0o1777, "[False] ['Operation not permitted']"),
        (0o777, "[True] ['']"),
        (0o2770, "[True] ['']"),
        (0o770, "[True] ['']"),  # what a user makes is of another group there
    ],
)
def test_a_shared_cache_under_umask_077(
    bad_server: FaultServer, model: Path, mode: int, removed: str
) -> None:
    """Each user reads what the others have downloaded."""

    def run(uid: int, offline: str, what: str = "") -> str:
        command = [sys.executable, "-c", UNDER_077, str(uid), url, str(shared)]
        done = subprocess.run([*command, offline, what], capture_output=True, text=True)
        assert done.stderr == ""
        return done.stdout.strip()

    url = f"{bad_server.url}/good/m"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shared = Path(folder, "cache")
        shared.mkdir()
        os.chown(shared, 0, 12000)
        shared.chmod(mode)
        assert run(12001, "0") == "[] []"
        for path in shared.rglob("*"):
            others = 0o004 if mode & 0o007 else 0o040
            assert path.stat().st_mode & others, path
        assert run(12002, "1") == "[] []"
        assert run(12002, "1", "remove") == removed
        asked = [path for path, _ in bad_server.requests if "/good/m" in path]
        assert len(asked) == 1
        if "True" not in removed:
            return
        assert run(12002, "0") == "[] []"
        [folder_of_it] = [each for each in shared.iterdir() if each.is_dir()
                          and each.name[0] != "."]  # fmt: skip
        assert folder_of_it.stat().st_uid == 12002
        assert tree(folder_of_it) == tree(model)


@pytest.mark.skipif(not AS_ROOT, reason="only root can be other users")
def test_what_another_user_keeps_closed_is_said_to_be_theirs(
    bad_server: FaultServer,
) -> None:
    """As older versions left it under such a umask."""
    url = f"{bad_server.url}/good/m"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shared = Path(folder, "cache")
        shared.mkdir()
        shared.chmod(0o1777)
        command = [sys.executable, "-c", UNDER_077, "12001", url, str(shared), "0", ""]
        subprocess.run(command, check=True, capture_output=True)
        for path in shared.iterdir():
            if path.name[0] != ".":
                path.chmod(0o700 if path.is_dir() else 0o600)
        command[3] = "12002"
        run = subprocess.run(command, capture_output=True, text=True)
        last = run.stderr.split("tfhub.errors.")[-1]
        assert last.startswith("CacheError: Another user has put")
        assert "set TFHUB_CACHE_DIR to another folder" in last


def test_a_cache_that_is_deleted_meanwhile(
    bad_server: FaultServer, archive: bytes, model: Path, cache: Path
) -> None:
    url = bad_server.on("/m", drips(archive, 0.5))
    deleted = []

    def delete(done: int, *_: object) -> None:
        if done > len(archive) // 2 and not deleted:
            shutil.rmtree(cache)
            deleted.append(done)

    assert tree(tfhub.resolve(url, progress=delete)) == tree(model)
    assert deleted
    assert len(bad_server.requests) == 2
    assert list((cache / ".tmp").iterdir()) == []


def test_a_cache_that_is_always_deleted(
    bad_server: FaultServer, archive: bytes, cache: Path
) -> None:
    url = bad_server.on("/m", drips(archive, 0.2))
    with pytest.raises(CacheError, match="cannot hold|Cannot write|removes files"):
        tfhub.resolve(url, progress=lambda *_: shutil.rmtree(cache, ignore_errors=True))
    assert len(bad_server.requests) == 3


def test_a_cleaner_at_work(bad_server: FaultServer, model: Path, cache: Path) -> None:
    url = f"{bad_server.url}/good/m"
    chance = random.Random(0)
    outcomes = []

    def clean(stop: threading.Event) -> None:
        while not stop.is_set():
            for folder, _, names in os.walk(cache):
                for name in names:
                    # Cleaners take the manifest last: each call reads it.
                    if "manifest" not in name and chance.random() < 0.3:
                        Path(folder, name).unlink(missing_ok=True)
            time.sleep(chance.random() / 200)

    for _ in range(20):
        stop = threading.Event()
        cleaner = threading.Thread(target=clean, args=[stop])
        cleaner.start()
        try:
            outcomes.append(Path(tfhub.resolve(url)).parent == cache)
        except CacheError:
            outcomes.append(False)
        finally:
            stop.set()
            cleaner.join()
        assert tree(tfhub.resolve(url)) == tree(model)
        assert list((cache / ".tmp").iterdir()) == []
    assert True in outcomes
