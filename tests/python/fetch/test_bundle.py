"""What a bundle says is a claim: what of it is believed, and who has to vouch."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shlex
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
    HubError,
    ModelExistsError,
)
from tfhub.fetch.transfer import export
from tfhub.testing import FaultServer as BadServer
from tfhub.testing import Host, archive_bytes
from tfhub.testing.faults import send
from tfhub.trusted import records

from ..conftest import tree

Go = Callable[[str], Path]
PIN = "https://example.com/m/1#sha256=" + "ab" * 32


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Go:
    """Goes to another machine, one without network, and returns its cache."""

    def go(name: str) -> Path:
        monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / name))
        monkeypatch.setenv("TFHUB_OFFLINE", "1")
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        return tmp_path / name

    return go


def bundle_of(file: Path, key: str | None = None, **says: object) -> Path:
    """A bundle of one small model, which says what it is told to."""
    content = b"a model"
    facts = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest: dict[str, Any] = {
        "handle": "https://example.com/m/1", "time": "2026-01-01T00:00:00+00:00",
        "files": {"saved_model.pb": facts}, **says,
    }  # fmt: skip
    handle = str(manifest["handle"])
    key = key or hashlib.sha1(handle.encode("utf-8", "replace")).hexdigest()
    with tarfile.open(file, "w") as tar:
        for name, data in (
            (f"{key}.manifest.json", json.dumps(manifest).encode()),
            (f"{key}/saved_model.pb", content),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


def sha256_of(file: Path | str) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()


def manifest_in(cache: Path) -> dict[str, Any]:
    [file] = cache.glob("*.manifest.json")
    return json.loads(file.read_text())  # type: ignore[no-any-return]


CLAIMS = {
    "sha256": "cd" * 32, "etag": '"1"', "url": "https://example.com/other",
    "mirror": "https://mirror.example.com", "vouched": True, "came": "download",
    "origin": {"path": "/etc/passwd", "size": 1, "time_ns": 1}, "more": [1],
    "tree": "tree1:" + "0" * 64,
}  # fmt: skip


def test_what_cannot_be_checked_is_left_out(go: Go, tmp_path: Path) -> None:
    cache = go("there")
    [model] = hub.cache_import(bundle_of(tmp_path / "b.tar", **CLAIMS))
    assert (model.state, model.sha256, model.url) == ("ok", "", "")
    told = manifest_in(cache)
    assert told.keys() == {"handle", "time", "tfhub", "came", "tree", "files"}
    assert told["came"] == "import"
    assert told["time"] == "2026-01-01T00:00:00+00:00"
    assert told["tree"] == model.tree != CLAIMS["tree"]
    assert not (tmp_path / "state").exists()


def test_who_vouches_gets_the_digest_of_the_archive(go: Go, tmp_path: Path) -> None:
    cache = go("there")
    file = bundle_of(tmp_path / "b.tar", **CLAIMS)
    hub.cache_import(file)
    [model] = hub.cache_import(file, sha256=sha256_of(file).upper())
    assert model.sha256 == CLAIMS["sha256"]
    told = manifest_in(cache)
    assert (told["came"], told["vouched"]) == ("import", True)
    assert told["tree"] == model.tree
    assert "origin" not in told
    assert "more" not in told


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no owners")
@pytest.mark.parametrize("shared", [False, True])
def test_a_record_is_kept_where_others_can_write_to_the_cache(
    go: Go, tmp_path: Path, shared: bool
) -> None:
    cache = go("there")
    cache.mkdir(mode=0o700)
    if shared:
        cache.chmod(0o777)
    file = bundle_of(tmp_path / "b.tar", **CLAIMS)
    [model] = hub.cache_import(file)
    archive = str(CLAIMS["sha256"])
    assert not records.archive_became(archive, model.tree)
    hub.cache_import(file, sha256=sha256_of(file))
    assert records.archive_became(archive, model.tree) == shared
    assert not records.place_gave(model.handle, model.tree)
    packed = tmp_path / "m.tar.gz"
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "saved_model.pb").write_bytes(b"another")
    packed.write_bytes(archive_bytes(tmp_path / "m"))
    [model] = hub.cache_import(packed, "https://example.com/m/2")
    assert records.archive_became(sha256_of(packed), model.tree) == shared
    assert not records.place_gave(model.handle, model.tree)


@pytest.mark.parametrize("digest", ["0" * 64, "", "abc", "0" * 63 + "g", "\x1b"])
def test_a_bundle_of_another_digest_installs_nothing(
    go: Go, tmp_path: Path, digest: str
) -> None:
    cache = go("there")
    file = bundle_of(tmp_path / "b.tar")
    kind = ChecksumError if len(digest) == 64 and "g" not in digest else HubError
    with pytest.raises(kind, match="sha256"):
        hub.cache_import(file, sha256=digest)
    assert not cache.exists()


def test_a_command_has_the_handle_of_a_bundle_as_one_word(
    go: Go, tmp_path: Path
) -> None:
    go("there")
    handle = f"https://example.com/m;touch$IFS'x'`id`#sha256={'ab' * 32}"
    file = bundle_of(tmp_path / "b.tar", handle=handle, sha256="ab" * 32)
    with pytest.raises(ArchiveError, match="nobody can check") as caught:
        hub.cache_import(file)
    [line] = re.findall(r"tfhub cache import --handle .*", str(caught.value))
    assert shlex.split(line)[-2:] in ([handle, "FILE"], ["HANDLE", "FILE"])


def test_a_pinned_handle_needs_somebody_who_vouches(go: Go, tmp_path: Path) -> None:
    cache = go("there")
    file = bundle_of(tmp_path / "b.tar", handle=PIN, sha256="ab" * 32)
    with pytest.raises(ArchiveError, match="nobody can check") as caught:
        hub.cache_import(file)
    assert "tfhub cache import --sha256 SHA256 FILE" in str(caught.value)
    assert f"tfhub cache import --handle '{PIN}' FILE" in str(caught.value)
    assert not cache.exists()
    hub.cache_import(file, sha256=sha256_of(file))
    assert hub.resolve(PIN)
    assert [each.state for each in hub.cache_verify()] == ["ok"]


@pytest.mark.parametrize("says", [{}, {"sha256": "cd" * 32}])
def test_a_bundle_that_contradicts_its_pin_is_damaged(
    go: Go, tmp_path: Path, says: dict[str, str]
) -> None:
    go("there")
    file = bundle_of(tmp_path / "b.tar", handle=PIN, **says)
    for sha256 in (None, sha256_of(file)):
        with pytest.raises(ArchiveError, match="is not the pinned one"):
            hub.cache_import(file, sha256=sha256)


HANDLES = {
    "a folder": "/etc",
    "a relative folder": "models/x",
    "a drive": "C:\\models",
    "a file URL": "file:///etc",
    "a capital file URL": "FILE:///etc",
    "nothing": "",
    "spaces": "  ",
    "a line break": "https://example.com/m\n/1",
    "an escape sequence": "https://example.com/\x1b]0;title\x07",
    "the order of text": "https://example.com/\u202etxt",
    "a lone surrogate": "https://example.com/\ud800",
    "no host": "https:///m",
    "a pin that is none": "https://example.com/m#sha256=00",
    "a bucket of no name": "gs://",
}


@pytest.mark.parametrize("vouched", [False, True])
@pytest.mark.parametrize("case", HANDLES)
def test_a_handle_that_is_none_is_damage(
    go: Go, tmp_path: Path, case: str, vouched: bool
) -> None:
    cache = go("there")
    file = bundle_of(tmp_path / "b.tar", handle=HANDLES[case])
    with pytest.raises(ArchiveError, match="no manifest of its model") as caught:
        hub.cache_import(file, sha256=sha256_of(file) if vouched else None)
    assert all(line.isprintable() for line in str(caught.value).splitlines())
    assert not cache.exists()


def test_a_key_is_that_of_its_handle(go: Go, tmp_path: Path) -> None:
    """Also where the handle has a mask, with which an entry of a cache may differ."""
    go("there")
    for handle in ("https://example.com/m/2", "https://***@example.com/m"):
        with pytest.raises(ArchiveError, match="no manifest of its model"):
            hub.cache_import(bundle_of(tmp_path / "b.tar", "0" * 40, handle=handle))


@pytest.mark.parametrize(
    "says",
    [
        {"time": "0001-01-01T00:00:00+00:00"},
        {"time": "2026-01-01T00:00:00"},
        {"files": "a text"},
        {"url": 3},
        {"sha256": True},
        {"files": {"saved_model.pb": {"size": float("inf"), "sha256": "0" * 64}}},
    ],
)
def test_values_that_are_none_are_damage(
    go: Go, tmp_path: Path, says: dict[str, object]
) -> None:
    cache = go("there")
    with pytest.raises(ArchiveError, match="no manifest of its model"):
        hub.cache_import(bundle_of(tmp_path / "b.tar", **says))
    assert not cache.exists()


@pytest.mark.parametrize("is_foreign", [False, True])
def test_a_valid_entry_is_replaced_only_where_that_is_wanted(
    host: Host, model: Path, go: Go, tmp_path: Path, is_foreign: bool
) -> None:
    url = host.add("/m/1", model)
    path = hub.resolve(url)
    bundle = hub.cache_export(tmp_path / "same.tar", url)
    if is_foreign:
        os.unlink(f"{path}.manifest.json")
    other = bundle_of(tmp_path / "other.tar", handle=url)
    for sha256 in (None, sha256_of(other)):
        with pytest.raises(ModelExistsError, match="with other files") as caught:
            hub.cache_import(other, sha256=sha256)
        assert "replace=True (tfhub cache import --replace)" in str(caught.value)
    assert tree(path) == tree(model)
    before = os.stat(path).st_ino
    hub.cache_import(bundle)  # the same files
    assert hub.cache_verify()[0].state == "ok"
    assert is_foreign or os.stat(path).st_ino == before
    assert is_foreign or hub.cache_list()[0].sha256
    hub.cache_import(other, replace=True)
    assert tree(path) == {"saved_model.pb": b"a model"}
    go("elsewhere")
    hub.cache_import(other)
    assert tree(hub.resolve(url)) == {"saved_model.pb": b"a model"}


def test_one_that_is_there_keeps_all_of_a_bundle_out(
    host: Host, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [host.add("/a/1", model), host.add("/b/1", model)]
    for url in urls:
        hub.resolve(url)
    bundle = hub.cache_export(tmp_path / "b.tar", urls)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "there"))
    hub.cache_import(bundle_of(tmp_path / "other.tar", handle=urls[1]))
    with pytest.raises(ModelExistsError):
        hub.cache_import(bundle)
    assert [each.handle for each in hub.cache_list()] == [urls[1]]


def test_the_digest_is_that_of_the_bundle(
    host: Host, model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = host.add("/m/1", model)
    hub.resolve(url)
    path, sha256 = export(tmp_path / "b.tar", url)
    assert sha256 == sha256_of(path)
    with caplog.at_level("INFO", "tfhub"):
        hub.cache_export(path, url, overwrite=True)
    assert sha256 in caplog.text


SECRET = "s3cr3t"


@pytest.fixture
def with_login(bad_server: BadServer, archive: bytes) -> str:
    bad_server.on("/m/1", lambda handler: send(handler, archive))
    host = bad_server.url.removeprefix("http://")
    return f"http://user:{SECRET}@{host}/m/1?sig={SECRET}&alt=media"


def test_no_secret_is_stored_or_listed(
    with_login: str, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tfhub.cli.main import main

    path = hub.resolve(with_login)
    assert hub.resolve(with_login, offline=True) == path
    [listed] = hub.cache_list(check=True)
    assert listed.state == "ok"
    assert "***@" in listed.handle
    assert main(["cache", "list"]) == main(["cache", "list", "--json"]) == 0
    assert SECRET not in capsys.readouterr().out + repr(listed)
    assert hub.cache_verify(with_login)[0].state == "ok"
    for file in cache.iterdir():
        if file.is_file():
            assert SECRET not in file.read_text()
    os.unlink(f"{path}.manifest.json")
    assert [each.state for each in hub.cache_adopt(with_login)] == ["ok"]
    assert SECRET not in Path(f"{path}.manifest.json").read_text()
    assert [each.handle for each in hub.cache_list()] == [listed.handle]
    assert hub.cache_remove(listed.handle)[0].removed  # as the list has it
    hub.resolve(with_login)
    assert hub.cache_remove(with_login)[0].removed


def test_no_secret_travels(
    with_login: str, model: Path, go: Go, tmp_path: Path
) -> None:
    hub.resolve(with_login)
    with pytest.warns(UserWarning, match="without the login or signature"):
        bundle = Path(hub.cache_export(tmp_path / "b.tar", with_login))
    assert SECRET.encode() not in bundle.read_bytes()
    cache = go("there")
    [model_there] = hub.cache_import(bundle)
    host = with_login.partition("@")[2].partition("/")[0]
    assert model_there.handle == f"http://{host}/m/1?alt=media"
    assert tree(hub.resolve(model_there.handle)) == tree(model)
    assert "***" not in json.dumps(manifest_in(cache))


def test_two_that_differ_by_their_logins_alone_are_one(
    with_login: str, tmp_path: Path
) -> None:
    handles = [with_login, with_login.replace("user:", "other:")]
    for handle in handles:
        hub.resolve(handle)
    with (
        pytest.warns(UserWarning, match="without the login or signature"),
        pytest.raises(CacheError, match="apart from logins"),
    ):
        hub.cache_export(tmp_path / "b.tar", handles)


def test_the_etag_of_a_mirror_is_used_and_its_login_not_stored(
    bad_server: BadServer,
    archive: bytes,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad_server.on("/m/1", lambda handler: send(handler, archive, ETag='"1"'))
    host = bad_server.url.removeprefix("http://")
    rule = f"https://example.com/=http://user:{SECRET}@{host}/"
    monkeypatch.setenv("TFHUB_MIRROR", rule)
    for refresh in (False, True):
        hub.resolve("https://example.com/m/1", refresh=refresh)
    assert SECRET not in next(cache.glob("*.manifest.json")).read_text()
    asked = [headers.get("If-None-Match") for _, headers in bad_server.requests]
    assert asked == [None, '"1"']


def test_a_local_archive_does_not_travel(tmp_path: Path, archive: bytes) -> None:
    (tmp_path / "m.tar.gz").write_bytes(archive)
    hub.resolve(tmp_path / "m.tar.gz")
    with pytest.raises(CacheError, match="no handle that other machines know"):
        hub.cache_export(tmp_path / "b.tar", tmp_path / "m.tar.gz")


def test_an_imported_archive_may_be_pinned_twice_but_not_differently(
    tmp_path: Path, archive: bytes
) -> None:
    file = tmp_path / "m.tar.gz"
    file.write_bytes(archive)
    digest = hashlib.sha256(archive).hexdigest()
    handle = f"https://example.com/m/1#sha256={digest}"
    [model] = hub.cache_import(file, handle, sha256=digest)
    assert model.sha256 == digest
    with pytest.raises(HubError, match="pins another sha256"):
        hub.cache_import(file, handle, sha256="0" * 64)
    with pytest.raises(ChecksumError):
        hub.cache_import(file, "https://example.com/m/2", sha256="0" * 64)
