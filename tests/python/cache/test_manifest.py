"""Manifests are written by anybody: each that is none is one damaged entry."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.cache.entries import Entry
from tfhub.cache.locks import in_use
from tfhub.cache.manifest import MOST_BYTES, key_of, read_manifest
from tfhub.errors import CacheError, HubError, OfflineError
from tfhub.testing import Host

from ..conftest import tree

Change = Callable[[dict[str, Any]], object]
FACTS = {"size": 1, "sha256": "0" * 64}


def file_named(name: str) -> Change:
    return lambda manifest: manifest["files"].update({name: FACTS})


def sized(size: object) -> Change:
    return lambda manifest: manifest["files"]["weights"].update(size=size)


def says(**values: object) -> Change:
    return lambda manifest: manifest.update(values)


SPOILT: dict[str, Change] = {
    "of another handle": says(handle="https://example.com/other/1"),
    "a number for the handle": says(handle=1),
    "no handle": lambda manifest: manifest.pop("handle"),
    "an empty handle": says(handle=""),
    "lone surrogates in the handle": says(handle="https://h/\udc80"),
    "a number for the url": says(url=12),
    "a list for the url": says(url=["https://h"]),
    "lone surrogates in the url": says(url="https://h/\ud800"),
    "a long url": says(url="x" * 1_000_000),
    "a number for the etag": says(etag=1.5),
    "a number for the mirror": says(mirror=0),
    "a text for the files": says(files="none"),
    "a list of files": says(files=[1]),
    "no files": says(files={}),
    "a number for a file": says(files={"weights": 1}),
    "a file of no size": says(files={"weights": {"sha256": "0" * 64}}),
    "a text for a size": sized("1"),
    "a truth for a size": sized(True),
    "half a byte": sized(0.5),
    "infinity": sized(float("inf")),
    "no number": sized(float("nan")),
    "a negative size": sized(-1),
    "a size of no disk": sized(1 << 63),
    "a text for a sha256": says(sha256="abc"),
    "a number for a sha256": says(sha256=1),
    "a text for a tree": says(tree="0" * 64),
    "a truth for a text": says(came=True),
    "a text for a truth": says(vouched="yes"),
    "a list for the origin": says(origin=[]),
    "an origin without its parts": says(origin={"path": "/"}),
    "the year 1": says(time="0001-01-01T00:00:00+14:00"),
    "the year 9999": says(time="9999-12-31T23:59:59-14:00"),
    "a time without a zone": says(time="2026-01-01T00:00:00"),
    "a number for a time": says(time=1e9),
    "no time": lambda manifest: manifest.pop("time"),
    **{
        f"the path {name!r}": file_named(name)
        for name in (
            "../x", "a/../../x", "/etc/passwd", "", ".", "a//b", "a\0b", "a\\b",
            "a/./b", "\ud800", "x" * 5000,
        )
    },
}  # fmt: skip
RAW = {
    "empty": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "a text": b'"manifest"',
    "nested": b"[" * 100_000,
    "nested objects": b'{"a":' * 100_000,
    "no UTF-8": b'{"handle": "\xff"}',
    "1e999": b'{"files": {"a": {"size": 1e999, "sha256": ""}}}',
    "NaN": b'{"files": NaN}',
    "-Infinity": b'{"time": -Infinity}',
    "digits": b'{"size": ' + b"9" * 10_000 + b"}",
    "many values": b"[" + b"{}," * 4_000_000 + b"{}]",
    "zero bytes": bytes(1000),
}
PLACES = {
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: os.mkdir(path),
    "a link to a device": lambda path: os.symlink("/dev/zero", path),
    "a link to itself": lambda path: os.symlink(path.name, path),
    "a link to a folder": lambda path: os.symlink("/etc", path),
    "50 GB": lambda path: (path.touch(), os.truncate(path, 50 << 30)),
}


@pytest.fixture
def urls(host: Host, model: Path) -> list[str]:
    """Two models in the cache; the first is to be spoilt."""
    urls = [host.add("/a/1", model), host.add("/b/1", model)]
    for url in urls:
        hub.resolve(url)
    return urls


def manifest_of(url: str) -> Path:
    return Path(Entry(hub.cache_dir(), url).manifest)


def require_one_damaged_entry(
    urls: list[str], host: Host, model: Path, tmp_path: Path
) -> None:
    """What holds when the first of two entries is spoilt, whatever is wrong with it."""
    start = time.process_time()
    path = Entry(hub.cache_dir(), urls[0]).folder
    good = Entry(hub.cache_dir(), urls[1]).folder
    for check in (False, True):
        listed = {each.path: each for each in hub.cache_list(check=check)}
        assert {each: listed[each].state for each in listed} == {
            path: "damaged",
            good: "ok",
        }
        assert listed[path].handle.isprintable()
    assert {each.path: each.state for each in hub.cache_verify()} == {
        path: "damaged",
        good: "ok",
    }
    assert hub.cache_verify(path)[0].state == "damaged"
    hub.cache_adopt()
    assert len(hub.cache_prune(number=0, dry_run=True)) == 2
    with pytest.raises(CacheError):
        hub.cache_export(tmp_path / "out.tar", path)
    hub.cache_export(tmp_path / "out.tar", urls[1])
    with in_use(path):
        pass
    with pytest.raises(OfflineError):
        hub.resolve(urls[0], offline=True)
    assert hub.resolve(urls[1], offline=True) == good
    [removed] = hub.cache_remove(os.path.basename(path))
    assert removed.removed
    assert [each.path for each in hub.cache_list()] == [good]
    assert not os.path.lexists(path)
    assert not os.path.lexists(manifest_of(urls[0]))
    assert list(Path(hub.cache_dir(), ".tmp").iterdir()) == []
    assert time.process_time() - start < 10
    assert tree(hub.resolve(urls[0])) == tree(model)
    assert len(host.requests) == 3


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_manifest_costs_nobody_else(
    urls: list[str], host: Host, model: Path, tmp_path: Path, case: str
) -> None:
    file = manifest_of(urls[0])
    manifest = json.loads(file.read_text())
    SPOILT[case](manifest)
    file.write_text(json.dumps(manifest))
    require_one_damaged_entry(urls, host, model, tmp_path)


@pytest.mark.parametrize("case", RAW)
def test_what_is_no_manifest_costs_nobody_else(
    urls: list[str], host: Host, model: Path, tmp_path: Path, case: str
) -> None:
    manifest_of(urls[0]).write_bytes(RAW[case])
    require_one_damaged_entry(urls, host, model, tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("case", PLACES)
def test_what_is_no_file_costs_nobody_else(
    urls: list[str], host: Host, model: Path, tmp_path: Path, case: str
) -> None:
    manifest_of(urls[0]).unlink()
    PLACES[case](manifest_of(urls[0]))
    require_one_damaged_entry(urls, host, model, tmp_path)


def to_deep_folders(path: Path) -> None:
    """Folders in folders, 3,000 of them, deeper than a path may be long."""
    fd = os.open(path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("deep", dir_fd=fd)
        inner = os.open("deep", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(fd)


ENTRIES: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: (shutil.rmtree(path), path.write_text("x")),
    "a pipe": lambda path: (shutil.rmtree(path), os.mkfifo(path)),
    "a link to itself": lambda path: (shutil.rmtree(path), path.symlink_to(path.name)),
    "a link to nothing": lambda path: (shutil.rmtree(path), path.symlink_to("none")),
    "deep folders": lambda path: (
        (path / "saved_model.pb").unlink(),
        to_deep_folders(path),
    ),
    "a pipe within": lambda path: (
        (path / "saved_model.pb").unlink(),
        os.mkfifo(path / "saved_model.pb"),
    ),
    "a name that is no UTF-8": lambda path: (
        (path / "saved_model.pb").unlink(),
        Path(os.fsdecode(os.fsencode(path) + b"/\xff\xfe")).write_text("x"),
    ),
    "a time of no year": lambda path: (
        (path / "saved_model.pb").unlink(),
        os.utime(path, (1e12, 1e12)),
    ),
    "the index a pipe": lambda path: (
        (path / "variables").mkdir(),
        os.mkfifo(path / "variables" / "variables.index"),
    ),
}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("descriptor", ["kept", "a pipe", "a folder"])
@pytest.mark.parametrize("case", ENTRIES)
def test_an_entry_that_is_none_costs_nobody_else(
    urls: list[str],
    host: Host,
    model: Path,
    tmp_path: Path,
    case: str,
    descriptor: str,
) -> None:
    entry = Entry(hub.cache_dir(), urls[0])
    manifest_of(urls[0]).unlink()
    if descriptor != "kept":
        os.unlink(entry.descriptor)
        (os.mkfifo if descriptor == "a pipe" else os.mkdir)(entry.descriptor)
    ENTRIES[case](Path(entry.folder))
    listed = {each.path: each.state for each in hub.cache_list()}
    assert listed.keys() == {entry.folder, Entry(hub.cache_dir(), urls[1]).folder}
    if listed[entry.folder] == "foreign":  # until it is looked at
        hub.cache_adopt()
        hub.cache_verify()
        assert hub.cache_list(check=True)[0].state == "damaged"
        assert hub.cache_remove(entry.key)[0].removed
        assert tree(hub.resolve(urls[0])) == tree(model)
        return
    require_one_damaged_entry(urls, host, model, tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes of that kind")
@pytest.mark.parametrize("kind", [os.mkfifo, os.mkdir])
def test_what_is_in_the_place_of_a_file_is_replaced(
    urls: list[str], host: Host, model: Path, kind: Callable[[str], None]
) -> None:
    for path in (
        manifest_of(urls[0]),
        Path(Entry(hub.cache_dir(), urls[0]).descriptor),
    ):
        path.unlink()
        kind(str(path))
    shutil.rmtree(Entry(hub.cache_dir(), urls[0]).folder)
    lock = Path(hub.cache_dir(), ".locks", f"{key_of(urls[0])}.lock")
    lock.unlink()
    kind(str(lock))
    assert tree(hub.resolve(urls[0])) == tree(model)
    assert [each.state for each in hub.cache_verify()] == ["ok", "ok"]
    assert len(host.requests) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links")
def test_a_link_in_the_place_of_the_workshop_is_not_followed(
    host: Host, model: Path, cache: Path, tmp_path: Path
) -> None:
    """Or what is old in the folder that it leads to would be swept away."""
    precious = tmp_path / "precious"
    (precious / "a~1~b").mkdir(parents=True)
    os.utime(precious / "a~1~b", (0, 0))
    cache.mkdir()
    (cache / ".tmp").symlink_to(precious)
    with pytest.raises(CacheError):
        hub.resolve(host.add("/m/1", model))
    assert [each.name for each in precious.iterdir()] == ["a~1~b"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links")
def test_a_link_in_the_place_of_a_lock_is_not_followed(
    host: Host, model: Path, cache: Path, tmp_path: Path
) -> None:
    """Or the file that it leads to would be emptied."""
    url = host.add("/m/1", model)
    (tmp_path / "precious").write_text("precious")
    (cache / ".locks").mkdir(parents=True)
    (cache / ".locks" / f"{key_of(url)}.lock").symlink_to(tmp_path / "precious")
    assert tree(hub.resolve(url)) == tree(model)
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_cache_that_cannot_be_read_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(CacheError, match="cannot be read"):
        hub.cache_list()


def test_names_of_files_are_shown_as_they_can_be(urls: list[str]) -> None:
    folder = Entry(hub.cache_dir(), urls[0]).folder
    for name in (b"\xff", b"\x1b[2J", b"line\nbreak"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).touch()
    extra = hub.cache_verify(urls[0])[0].extra
    assert extra == ("\\udcff", "\\x1b[2J", "line\\nbreak")


def test_an_adopted_entry_has_no_name_that_a_manifest_refuses(
    urls: list[str], host: Host
) -> None:
    """It would be spoilt by the adoption."""
    folder = Path(Entry(hub.cache_dir(), urls[0]).folder)
    (folder / "a\\b").touch()
    manifest_of(urls[0]).unlink()
    assert [each.state for each in hub.cache_adopt()] == ["damaged"]
    assert hub.resolve(urls[0]) == str(folder)
    assert len(host.requests) == 2


def test_a_limit_is_a_number(urls: list[str]) -> None:
    assert hub.cache_prune(days=1e300, dry_run=True) == []
    with pytest.raises(HubError, match="limit"):
        hub.cache_prune(days=float("nan"))
    assert len(urls) == 2


def test_changed_manifests_are_damaged_or_manifests(
    urls: list[str], tmp_path: Path
) -> None:
    """With a kept seed: 2,000 changes of bytes and of values."""
    good = manifest_of(urls[0]).read_bytes()
    file = tmp_path / manifest_of(urls[0]).name
    numbers = random.Random(12)
    parts = [
        b"null",
        b"-1",
        b"1e999",
        b"[]",
        b"{}",
        b'"\\ud800"',
        b"true",
        b'"a"',
        b'""',
    ]
    refused = 0
    for _ in range(2000):
        content = bytearray(good)
        for _ in range(numbers.randrange(1, 4)):
            at = numbers.randrange(len(content))
            if numbers.random() < 0.5:
                content[at] = numbers.randrange(256)
            else:
                end = at + numbers.randrange(20)
                content[at:end] = numbers.choice(parts)
        file.write_bytes(content)
        try:
            manifest, _ = read_manifest(str(file))
        except ValueError:
            refused += 1
        else:
            assert key_of(manifest["handle"]) == key_of(urls[0])
    assert refused > 1500


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_reading_is_bounded_in_memory(urls: list[str]) -> None:
    code = (
        "import tfhub, tfhub.cache.listing, time\n"
        "start = time.monotonic()\n"
        "assert [each.state for each in tfhub.cache_list()] == ['damaged', 'ok']\n"
        "assert time.monotonic() - start < 2\n"
        "lines = open('/proc/self/status').read().splitlines()\n"
        "print(next(line.split()[1] for line in lines if line.startswith('VmHWM')))\n"
    )
    most = MOST_BYTES - 100
    lists = b"[" + b"[]," * (most // 3) + b"[]]"
    some = b"[" + b"[]," * 300_000 + b"1," * 300_000 + b'"' + b"x" * 20_000_000 + b'"]'
    wide = '"\U0001f600'.encode() + b"x" * most + b'"'
    for content in (lists, some, wide):
        manifest_of(urls[0]).write_bytes(content)
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True
        )
        assert run.stderr == ""
        assert int(run.stdout) < 300_000  # kB
