"""Without the network, and asking again with it."""

from __future__ import annotations

import os
import shutil
import socket
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.cache.locks import in_use
from tfhub.errors import (
    CacheError,
    DownloadError,
    HTTPStatusError,
    HubError,
    OfflineError,
)
from tfhub.fetch.offline import near
from tfhub.testing import FaultServer as BadServer
from tfhub.testing import Host, archive_bytes
from tfhub.testing.faults import Answer, send

from ..conftest import tree


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection fails the test."""

    def connect(*_: object, **__: object) -> None:
        pytest.fail("the network was used")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


@pytest.mark.parametrize(
    ("value", "is_offline"),
    [("1", True), ("yes", True), ("", False), ("0", False), ("False", False)],
)
def test_the_variable(
    host: Host, monkeypatch: pytest.MonkeyPatch, value: str, is_offline: bool
) -> None:
    monkeypatch.setenv("TFHUB_OFFLINE", value)
    kind = OfflineError if is_offline else HTTPStatusError
    with pytest.raises(kind):
        hub.resolve(f"{host.url}/none/1")
    assert len(host.requests) == (not is_offline)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "handle",
    [
        "https://example.com/m/1",
        "https://example.com/m.tar.gz",
        "gs://bucket/model",
        "s3://bucket/model.tar.gz",
        "kaggle://owner/model/tfLite/small",
        "hf://owner/repo",
    ],
)
def test_no_kind_of_handle_touches_the_network(
    monkeypatch: pytest.MonkeyPatch, handle: str
) -> None:
    for use in (hub.resolve, hub.describe, hub.load):
        monkeypatch.setenv("TFHUB_OFFLINE", "1")
        with pytest.raises(OfflineError, match="is not in the cache") as caught:
            use(handle)  # type: ignore[operator]
        assert isinstance(caught.value, HubError)
        assert isinstance(caught.value, OSError)
        assert caught.value.handle == handle
        assert "TFHUB_OFFLINE" in str(caught.value)
    monkeypatch.delenv("TFHUB_OFFLINE")
    for call in (hub.resolve, hub.load):
        with pytest.raises(OfflineError):
            call(handle, offline=True)  # type: ignore[operator]


def test_a_hit_needs_no_network(
    host: Host, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = host.add("/m/1", model)
    path = hub.resolve(url)
    monkeypatch.setenv("TFHUB_OFFLINE", "1")
    assert hub.resolve(url) == path
    assert hub.resolve(model) == str(model)
    host.answer("/m/1", status=503)
    with pytest.raises(OfflineError, match="cannot be refreshed offline"):
        hub.resolve(url, refresh=True)
    assert len(host.requests) == 1
    with pytest.raises(HTTPStatusError):
        hub.resolve(f"{host.url}/other/1", offline=False)


def test_a_miss_names_what_is_cached(host: Host, model: Path) -> None:
    urls = {
        name: host.add(name, model)
        for name in ("/google/bert/1", "/google/bert/3", "/google/bart/1", "/x/y/z/9")
    }
    for url in urls.values():
        hub.resolve(url)
    wanted = f"{host.url}/google/bert/2"
    with pytest.raises(OfflineError) as caught:
        hub.resolve(wanted, offline=True)
    assert caught.value.cached[:2] == [  # type: ignore[attr-defined]
        urls["/google/bert/1"],
        urls["/google/bert/3"],
    ]
    assert urls["/google/bart/1"] in str(caught.value)
    assert f"tfhub cache export models.tar {wanted}" in str(caught.value)
    assert "tfhub cache import models.tar" in str(caught.value)


def test_a_damaged_entry_is_said_to_be_damaged(host: Host, model: Path) -> None:
    url = host.add("/m/1", model)
    Path(hub.resolve(url), "weights").unlink()
    with pytest.raises(OfflineError, match="damaged: see tfhub cache verify"):
        hub.resolve(url, offline=True)


def test_near_names() -> None:
    bert = "https://h/google/bert"
    handles = [f"{bert}/4", f"{bert}/10", "https://h/google/birt/4", "hf://a/b", ""]
    assert near(f"{bert}/2", handles)[:3] == [f"{bert}/10", *handles[:1], handles[2]]
    assert near(bert, handles)[:2] == [f"{bert}/10", f"{bert}/4"]
    assert near(f"{bert}/4#sha256=00", handles)[:2] == [f"{bert}/10", f"{bert}/4"]
    assert near("hf://a/b@v2", handles) == ["hf://a/b"]
    assert near("nothing at all", handles) == []


def current(body: bytes, etag: str) -> Answer:
    """An answer that knows If-None-Match."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.send_header("ETag", etag)
            handler.end_headers()
        else:
            send(handler, body, ETag=etag)

    return answer


@pytest.fixture
def newer(model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "newer"
    shutil.copytree(model, folder)
    weights = (folder / "weights").read_bytes()
    (folder / "weights").write_bytes(bytes(reversed(weights)))  # of the same size
    return folder


def test_refresh(bad_server: BadServer, model: Path, newer: Path) -> None:
    url = bad_server.on("/m", current(archive_bytes(model), '"1"'))
    path = hub.resolve(url)
    bad_server.on("/m", current(archive_bytes(newer), 'W/"2"'))
    assert tree(hub.resolve(url)) == tree(model)
    assert len(bad_server.requests) == 1
    assert hub.resolve(url, refresh=True) == path
    assert tree(path) == tree(newer)
    assert [headers.get("If-None-Match") for _, headers in bad_server.requests] == [
        None,
        '"1"',
    ]
    assert hub.cache_verify()[0].state == "ok"


def test_refresh_of_what_is_current(bad_server: BadServer, model: Path) -> None:
    url = bad_server.on("/m", current(archive_bytes(model), 'W/"1"'))
    path = hub.resolve(url)
    manifest = Path(f"{path}.manifest.json")
    content, inode = manifest.read_bytes(), os.stat(path).st_ino
    os.utime(manifest, (1e9, 1e9))
    assert hub.resolve(url, refresh=True) == path
    assert [headers.get("If-None-Match") for _, headers in bad_server.requests] == [
        None,
        'W/"1"',
    ]
    assert (manifest.read_bytes(), os.stat(path).st_ino) == (content, inode)
    assert time.time() - hub.cache_list()[0].checked.timestamp() < 60
    assert tree(path) == tree(model)


def test_refresh_without_etag_fetches_again(
    host: Host, model: Path, newer: Path
) -> None:
    url = host.add("/m/1", model)
    hub.resolve(url)
    host.add("/m/1", newer)
    assert tree(hub.resolve(url, refresh=True)) == tree(newer)


def test_refresh_of_a_damaged_entry_asks_for_all_of_it(
    bad_server: BadServer, model: Path
) -> None:
    url = bad_server.on("/m", current(archive_bytes(model), '"1"'))
    Path(hub.resolve(url), "weights").unlink()
    assert tree(hub.resolve(url, refresh=True)) == tree(model)


def test_refresh_that_fails_keeps_what_is_there(
    bad_server: BadServer, model: Path
) -> None:
    url = bad_server.on("/m", current(archive_bytes(model), '"1"'))
    path = hub.resolve(url)
    bad_server.on("/m", lambda handler: send(handler, b"", 404))
    with pytest.raises(HTTPStatusError):
        hub.resolve(url, refresh=True)
    bad_server.on("/m", lambda handler: send(handler, b"<html>login</html>"))
    with pytest.raises(HubError, match="web page"):
        hub.resolve(url, refresh=True)
    assert hub.resolve(url) == path
    assert tree(path) == tree(model)


def test_refresh_waits_for_who_loads_and_then_keeps_it(
    bad_server: BadServer, model: Path, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = bad_server.on("/m", current(archive_bytes(model), '"1"'))
    path = hub.resolve(url)
    bad_server.on("/m", current(archive_bytes(newer), '"2"'))
    monkeypatch.setattr("tfhub.cache.entries._PATIENCE", 0.2)
    with in_use(path), pytest.raises(CacheError, match="is in use"):
        hub.resolve(url, refresh=True)
    assert tree(path) == tree(model)
    hub.resolve(url, refresh=True)
    assert tree(path) == tree(newer)


def test_refresh_of_a_folder_is_nothing(model: Path) -> None:
    assert hub.resolve(model, refresh=True) == str(model)


def test_a_failed_download_says_how_to_do_it_by_hand(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        handle = f"http://127.0.0.1:{taken.getsockname()[1]}/it's/1"
        with pytest.raises(DownloadError) as caught:
            hub.resolve(handle)
    said = str(caught.value)
    assert f"{handle}?tf-hub-format=compressed" in said
    command = next(line for line in said.splitlines() if "cache import" in line)
    import shlex

    words = shlex.split(command[command.index("tfhub") :])
    file = tmp_path / "by_hand.tar.gz"
    file.write_bytes(archive_bytes(model))
    from tfhub.cli.main import main

    assert main([str(file) if word == "FILE" else word for word in words[1:]]) == 0
    monkeypatch.setenv("TFHUB_OFFLINE", "1")
    assert tree(hub.resolve(handle)) == tree(model)
