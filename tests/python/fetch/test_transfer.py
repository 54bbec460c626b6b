"""Models carried between caches in a file."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import (
    ArchiveError,
    CacheError,
    ChecksumError,
    HandleError,
    HandleNotFoundError,
    HubError,
    ModelExistsError,
    UnsafeArchiveError,
    WriteError,
)
from tfhub.testing import Host, archive_bytes

from ..conftest import tree

Members = list[tuple[tarfile.TarInfo, bytes]]


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def urls(host: Host, model: Path, tmp_path: Path) -> list[str]:
    """Two models in the cache; one has an empty folder."""
    other = tmp_path / "other"
    shutil.copytree(model, other)
    (other / "variables").mkdir()
    (other / "saved_model.pb").write_bytes(b"another one")
    urls = [host.add("/a/1", model), host.add("/b/1", other)]
    for url in urls:
        hub.resolve(url)
    return urls


@pytest.fixture
def bundle(urls: list[str], tmp_path: Path) -> Path:
    return Path(hub.cache_export(tmp_path / "models.tar", urls))


@pytest.fixture
def elsewhere(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Path]:
    """Goes to another machine, one without network, and returns its cache."""

    def go() -> Path:
        assert bundle.exists()
        monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("TFHUB_OFFLINE", "1")
        return tmp_path / "elsewhere"

    return go


def visible(cache: Path) -> list[str]:
    """What is in a cache but for locks; what is in `.tmp` is never left there."""
    if not cache.exists():
        return []
    assert list(cache.glob(".tmp/*")) == []
    return [path.name for path in cache.iterdir() if path.name[0] != "."]


def test_there_and_back(
    urls: list[str], bundle: Path, elsewhere: Callable[[], Path]
) -> None:
    here = {url: (hub.resolve(url), tree(hub.resolve(url))) for url in urls}
    cache = elsewhere()
    models = hub.cache_import(bundle)
    assert [each.handle for each in models] == urls
    assert {each.state for each in models} == {"ok"}
    for url, (path, files) in here.items():
        there = hub.resolve(url)
        assert Path(there).parent == cache
        assert tree(there) == files
        manifests = (Path(f"{each}.manifest.json") for each in (path, there))
        one, two = (json.loads(manifest.read_text()) for manifest in manifests)
        assert {**one, "came": "import", "tree": two["tree"]}.items() >= two.items()
        assert two.keys() == {"handle", "time", "tfhub", "came", "tree", "files"}
    assert Path(hub.resolve(urls[1]), "variables").is_dir()
    assert {each.state for each in hub.cache_verify()} == {"ok"}
    assert len(visible(cache)) == 6


def test_a_bundle_that_cannot_be_written(urls: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "none" / "b.tar", tmp_path / "file" / "b.tar"):
        with pytest.raises(WriteError, match=r"b\.tar cannot be written"):
            hub.cache_export(place, urls)
    with pytest.raises(WriteError) as caught:  # a URL by mistake
        hub.cache_export("https://user:S3CR3T@h/m/1", urls)
    assert "S3CR3T" not in str(caught.value)


def test_a_bundle_is_a_plain_tar_laid_out_as_the_cache(
    urls: list[str], bundle: Path, elsewhere: Callable[[], Path]
) -> None:
    cache = elsewhere()
    cache.mkdir()
    subprocess.run(["tar", "xf", bundle, "-C", cache], check=True)
    assert [each.state for each in hub.cache_verify()] == ["ok", "ok"]
    assert [hub.resolve(url) for url in urls]


def test_the_same_entries_give_the_same_bundle(
    urls: list[str], bundle: Path, tmp_path: Path, elsewhere: Callable[[], Path]
) -> None:
    again = hub.cache_export(tmp_path / "again.tar", reversed(urls))
    assert Path(again).read_bytes() == bundle.read_bytes()
    elsewhere()
    hub.cache_import(bundle, sha256=sha256_of(bundle))
    there = hub.cache_export(tmp_path / "there.tar", urls)
    assert Path(there).read_bytes() == bundle.read_bytes()


def test_importing_again_changes_nothing(
    bundle: Path, elsewhere: Callable[[], Path]
) -> None:
    elsewhere()
    hub.cache_import(bundle)
    before = [Path(each.path).stat().st_ino for each in hub.cache_list()]
    assert len(hub.cache_import(bundle)) == 2
    assert [Path(each.path).stat().st_ino for each in hub.cache_list()] == before
    Path(before_path := hub.cache_list()[0].path, "weights").unlink()
    hub.cache_import(bundle)
    assert Path(before_path, "weights").exists()
    assert {each.state for each in hub.cache_verify()} == {"ok"}


def members(bundle: Path) -> Members:
    with tarfile.open(bundle) as tar:
        return [
            (each, (tar.extractfile(each) or io.BytesIO()).read())
            if each.isfile()
            else (each, b"")
            for each in tar
        ]


def pack(file: Path, content: Members) -> Path:
    with tarfile.open(file, "w") as tar:
        for info, data in content:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def named(content: Members, end: str) -> int:
    return next(i for i, (info, _) in enumerate(content) if info.name.endswith(end))


def changed_byte(content: Members) -> None:
    at = named(content, "/weights")
    info, data = content[at]
    content[at] = (info, data[:-1] + bytes([data[-1] ^ 1]))


def edit_manifest(change: Callable[[dict[str, Any]], None]) -> Callable[..., None]:
    def edit(content: Members) -> None:
        at = named(content, ".manifest.json")
        manifest = json.loads(content[at][1])
        change(manifest)
        content[at] = (content[at][0], json.dumps(manifest).encode())

    return edit


def add(name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE) -> Any:
    def edit(content: Members) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        content.append((info, data if kind == tarfile.REGTYPE else b""))

    return edit


KEY = hashlib.sha1(b"https://evil/1").hexdigest()
DAMAGE: dict[str, tuple[Callable[[Members], None], type[HubError], str]] = {
    "a byte has changed": (changed_byte, ArchiveError, "/weights of .*sha256"),
    "a file is missing": (
        lambda content: content.pop(named(content, "/weights")),
        ArchiveError,
        "weights of .* is missing",
    ),
    "a file too many": (add("more"), ArchiveError, "more belongs to none"),
    "a model without manifest": (
        lambda content: content.pop(named(content, ".manifest.json")),
        ArchiveError,
        "belongs to none of its models",
    ),
    "a manifest of another handle": (
        edit_manifest(lambda manifest: manifest.update(handle="https://evil/1")),
        ArchiveError,
        "no manifest of its model",
    ),
    "a manifest without files": (
        edit_manifest(lambda manifest: manifest.update(files={})),
        ArchiveError,
        "no manifest of its model",
    ),
    "a manifest without a time": (
        edit_manifest(lambda manifest: manifest.pop("time")),
        ArchiveError,
        "no manifest of its model",
    ),
    "a manifest that leads out": (
        edit_manifest(
            lambda manifest: manifest["files"].update(
                {"../x": {"size": 1, "sha256": "0"}}
            )
        ),
        ArchiveError,
        "no manifest of its model",
    ),
    "a manifest that is none": (
        add(f"{KEY}.manifest.json", b"[" * 100_000),
        ArchiveError,
        "no manifest of its model",
    ),
    "a model that is none": (
        lambda content: (
            add(
                f"{KEY}.manifest.json",
                json.dumps(
                    {
                        "handle": "https://evil/1",
                        "time": "2026-01-01T00:00:00+00:00",
                        "files": {
                            "x": {
                                "size": 1,
                                "sha256": hashlib.sha256(b"x").hexdigest(),
                            }
                        },
                    }
                ).encode(),
            )(content),
            add(f"{KEY}/x")(content),
        ),
        ArchiveError,
        "holds no model",
    ),
    "a path that leads out": (add("../evil"), UnsafeArchiveError, "leads out"),
    "an absolute path": (add("/tmp/evil"), UnsafeArchiveError, "absolute"),
    "a link": (add("l", kind=tarfile.SYMTYPE), UnsafeArchiveError, "a link"),
    "a device": (add("d", kind=tarfile.CHRTYPE), UnsafeArchiveError, "a device"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_hostile_bundle_installs_nothing(
    bundle: Path, tmp_path: Path, elsewhere: Callable[[], Path], case: str
) -> None:
    change, kind, said = DAMAGE[case]
    content = members(bundle)
    change(content)
    cache = elsewhere()
    with pytest.raises(kind, match=said):
        hub.cache_import(pack(tmp_path / "bad.tar", content))
    assert visible(cache) == []


def test_a_bundle_with_a_changed_byte_is_an_error_or_the_same_models(
    bundle: Path, urls: list[str], tmp_path: Path, elsewhere: Callable[[], Path]
) -> None:
    right = [tree(hub.resolve(url)) for url in urls]
    good = bundle.read_bytes()
    cache, numbers = elsewhere(), random.Random(1)
    headers = [at for at in range(0, len(good), 512) if good[at + 257 : at + 262]]
    refused = 0
    for turn in range(60):
        content = bytearray(good)
        at = numbers.choice(headers) if turn % 2 else 0
        at += numbers.randrange(512 if turn % 2 else len(good))
        content[at % len(good)] ^= 1 << numbers.randrange(8)
        file = tmp_path / "changed.tar"
        file.write_bytes(content)
        try:
            hub.cache_import(file)
        except HubError:
            refused += 1
            assert visible(cache) == []
        else:
            assert [tree(hub.resolve(url)) for url in urls] == right
            shutil.rmtree(cache)
    assert refused > 20


@pytest.mark.parametrize("end", [100, 5000, -1024])
def test_a_cut_bundle(
    bundle: Path, tmp_path: Path, elsewhere: Callable[[], Path], end: int
) -> None:
    (tmp_path / "cut.tar").write_bytes(bundle.read_bytes()[:end])
    cache = elsewhere()
    try:
        hub.cache_import(tmp_path / "cut.tar")
    except ArchiveError:
        assert visible(cache) == []
    else:
        assert end == -1024  # all that was cut is padding
        assert {each.state for each in hub.cache_verify()} == {"ok"}


def test_a_bundle_has_caps(
    bundle: Path, elsewhere: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = elsewhere()
    monkeypatch.setenv("TFHUB_MAX_ENTRIES", "5")
    with pytest.raises(UnsafeArchiveError, match="more than 5 files"):
        hub.cache_import(bundle)
    assert visible(cache) == []


def test_a_plain_archive(model: Path, tmp_path: Path, cache: Path) -> None:
    file = tmp_path / "by_hand.tar.gz"
    file.write_bytes(archive_bytes(model))
    url = "https://example.com/model/1"
    [imported] = hub.cache_import(file, url)
    assert (imported.handle, imported.state) == (url, "ok")
    assert tree(hub.resolve(url, offline=True)) == tree(model)
    assert hub.cache_verify()[0].state == "ok"
    pinned = f"{url}#sha256={hashlib.sha256(file.read_bytes()).hexdigest()}"
    hub.cache_import(str(file), pinned)
    assert tree(hub.resolve(pinned, offline=True)) == tree(model)
    with pytest.raises(ChecksumError):
        hub.cache_import(file, f"{url}#sha256={'0' * 64}")
    assert len(visible(cache)) == 6


def test_a_plain_archive_replaces_what_is_there(
    model: Path, host: Host, tmp_path: Path
) -> None:
    url = host.add("/m/1", model)
    hub.resolve(url)
    changed = tmp_path / "changed"
    shutil.copytree(model, changed)
    (changed / "saved_model.pb").write_bytes(b"new")
    (tmp_path / "m.zip").touch()
    shutil.make_archive(str(tmp_path / "m"), "zip", changed)
    with pytest.raises(ModelExistsError, match="with other files") as caught:
        hub.cache_import(tmp_path / "m.zip", url)
    assert "replace=True (tfhub cache import --replace)" in str(caught.value)
    assert tree(hub.resolve(url)) == tree(model)
    hub.cache_import(tmp_path / "m.zip", url, replace=True)
    assert tree(hub.resolve(url)) == tree(changed)


def test_what_cannot_be_imported(
    model: Path, bundle: Path, tmp_path: Path, elsewhere: Callable[[], Path]
) -> None:
    cache = elsewhere()
    file = tmp_path / "m.tar.gz"
    file.write_bytes(archive_bytes(model))
    with pytest.raises(ArchiveError, match="is no bundle") as caught:
        hub.cache_import(file)
    assert "tfhub cache import --handle HANDLE FILE" in str(caught.value)
    with pytest.raises(ArchiveError, match="holds no model|in the folder"):
        hub.cache_import(bundle, "https://example.com/m/1")
    with pytest.raises(HandleError, match="is on this machine"):
        hub.cache_import(file, str(model))
    with pytest.raises(HandleError):
        hub.cache_import(file, "")
    with pytest.raises(HandleNotFoundError, match="does not exist"):
        hub.cache_import(tmp_path / "none.tar")
    (tmp_path / "text").write_text("no archive\n" * 100)
    with pytest.raises(ArchiveError):
        hub.cache_import(tmp_path / "text")
    assert visible(cache) == []


def test_what_cannot_be_exported(urls: list[str], tmp_path: Path) -> None:
    file = tmp_path / "out.tar"
    with pytest.raises(HandleNotFoundError, match="is not in the cache"):
        hub.cache_export(file, [urls[0], "https://example.com/m/1"])
    with pytest.raises(HubError, match="no model to export"):
        hub.cache_export(file, [])
    folder = Path(hub.resolve(urls[0]))
    weights = (folder / "weights").read_bytes()
    for wrong in (weights[:-1], weights + b"x", weights[:-1] + b"x"):
        (folder / "weights").write_bytes(wrong)
        with pytest.raises(CacheError, match="is damaged in the cache: weights"):
            hub.cache_export(file, urls)
    (folder / "weights").unlink()
    with pytest.raises(CacheError, match="is damaged in the cache: weights"):
        hub.cache_export(file, urls)
    Path(f"{folder}.manifest.json").unlink()
    with pytest.raises(CacheError, match="tfhub cache adopt"):
        hub.cache_export(file, urls[0])
    assert sorted(path.name for path in tmp_path.glob("*out*")) == []


def test_a_file_that_is_there_is_kept(urls: list[str], bundle: Path) -> None:
    with pytest.raises(HubError, match="exists already"):
        hub.cache_export(bundle, urls[0])
    before = bundle.stat().st_size
    hub.cache_export(bundle, urls[0], overwrite=True)
    assert bundle.stat().st_size < before


def test_two_processes_import_at_once(
    bundle: Path, elsewhere: Callable[[], Path]
) -> None:
    cache = elsewhere()
    code = "import sys, tfhub; print(len(tfhub.cache_import(sys.argv[1])))"
    package = str(Path(hub.__file__).parents[1])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, bundle],
            env={"PYTHONPATH": package, "TFHUB_CACHE_DIR": str(cache)},
            stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    assert [process.communicate()[0] for process in processes] == ["2\n"] * 4
    assert {each.state for each in hub.cache_verify()} == {"ok"}
    assert len(visible(cache)) == 6
