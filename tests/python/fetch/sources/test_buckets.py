"""gs:// and s3://, against servers of object stores on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

import tfhub
from tfhub.errors import (
    BrokenDownloadError,
    ChecksumError,
    DownloadError,
    HandleError,
    HandleNotFoundError,
    HTTPStatusError,
    ModelNotFoundError,
    UnsafeArchiveError,
)
from tfhub.fetch.protocol import Archive, Files, Job
from tfhub.fetch.sources.buckets import BucketSource
from tfhub.fetch.sources.gcs import GcsSource
from tfhub.fetch.sources.s3 import S3Source
from tfhub.handles import BucketPath, parse
from tfhub.testing import FaultServer as BadServer
from tfhub.testing import Host
from tfhub.testing.faults import send

from ...conftest import tree


class Store:
    """A store with a bucket `models`, which `put()` fills."""

    def __init__(
        self, scheme: str, put: Callable[[str, bytes], object], source: BucketSource
    ) -> None:
        self.scheme = scheme
        self.put = put
        self.source = source

    def add(self, name: str, folder: Path) -> str:
        """Puts the files of a folder below a name; returns their handle."""
        for path, content in tree(folder).items():
            self.put(f"{name}/{path}".lstrip("/"), content)
        return f"{self.scheme}://models/{name}"


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    server = pytest.importorskip("moto.server", reason="moto is not installed")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def s3(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of boto3's, with a bucket that anybody may read."""
    import boto3

    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    # What knows credentials knows these; what is read in public has no use for them.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    client.create_bucket(Bucket="models", ACL="public-read")
    yield client
    monkeypatch.delenv("MOTO_S3_DEFAULT_MAX_KEYS", raising=False)
    for each in client.list_objects_v2(Bucket="models").get("Contents", ()):
        client.delete_object(Bucket="models", Key=each["Key"])
    client.delete_bucket(Bucket="models")
    client.close()


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[Any]:
    server = pytest.importorskip(
        "gcp_storage_emulator.server", reason="gcp-storage-emulator is not installed"
    )
    running = server.create_server("127.0.0.1", 0, in_memory=True)
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=["gs", "s3"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Store:
    if request.param == "s3":
        client = request.getfixturevalue("s3")

        def put(name: str, content: bytes) -> None:
            client.put_object(
                Bucket="models", Key=name, Body=content, ACL="public-read"
            )

        return Store("s3", put, S3Source())
    import urllib3

    server = request.getfixturevalue("gcs_server")
    host, port = server._api._httpd.server_address
    url = f"http://{host}:{port}"
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
    server.wipe()
    pool = urllib3.PoolManager()
    pool.request("POST", f"{url}/storage/v1/b", json={"name": "models"})

    def upload(name: str, content: bytes) -> None:
        if content:
            answer = pool.request("PUT", f"{url}/models/{quote(name)}", body=content)
        else:  # which the emulator takes only as a part of something
            parts = [
                b"Content-Type: application/json\n\n"
                + json.dumps({"name": name}).encode(),
                b"Content-Type: application/octet-stream\n\n",
            ]
            body = b"".join(b"--x\n" + part + b"\n" for part in parts) + b"--x--"
            answer = pool.request(
                "POST",
                f"{url}/upload/storage/v1/b/models/o?uploadType=multipart",
                body=body,
                headers={"Content-Type": "multipart/related; boundary=x"},
            )
        assert answer.status == 200

    return Store("gs", upload, GcsSource())


def test_a_folder(store: Store, model: Path, cache: Path) -> None:
    handle = store.add("google/m/1", model)
    store.put("google/m/10/saved_model.pb", b"another model")
    calls = []
    path = tfhub.resolve(handle, progress=lambda *call: calls.append(call))
    assert tree(path) == tree(model)
    assert Path(path) == cache / hashlib.sha1(handle.encode()).hexdigest()
    size = sum(map(len, tree(model).values()))
    assert calls[-1] == (size, size, handle)


@pytest.mark.parametrize("name", ["m", "größe & co/a+b c%20"])
def test_names_with_all_kinds_of_letters(
    store: Store, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "model"
    (folder / "assets" / name).mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"x")
    (folder / "assets" / name / "ä+ b.txt").write_bytes(b"y")
    assert tree(tfhub.resolve(store.add(name, folder) + "/")) == tree(folder)


def test_a_whole_bucket(store: Store, model: Path) -> None:
    store.add("", model)
    assert tree(tfhub.resolve(f"{store.scheme}://models")) == tree(model)


@pytest.mark.parametrize("end", [".tar.gz", ".tgz", ".tar"])
def test_an_archive(store: Store, model: Path, archive: bytes, end: str) -> None:
    store.put(f"google/m/1{end}", archive)
    handle = f"{store.scheme}://models/google/m/1{end}"
    assert tree(tfhub.resolve(handle)) == tree(model)


def test_a_pin_is_for_archives(store: Store, model: Path, archive: bytes) -> None:
    handle = store.add("m", model)
    store.put("m.tgz", archive)
    good = hashlib.sha256(archive).hexdigest()
    assert tree(tfhub.resolve(f"{handle}.tgz#sha256={good}")) == tree(model)
    with pytest.raises(ChecksumError):
        tfhub.resolve(f"{handle}.tgz#sha256={'0' * 64}")
    with pytest.raises(HandleError, match="pins the sha256 of an archive"):
        tfhub.resolve(f"{handle}#sha256={good}")


def test_marks_of_folders_are_no_files(store: Store, model: Path) -> None:
    store.put("m/assets/", b"")
    assert tree(tfhub.resolve(store.add("m", model))) == tree(model)


@pytest.mark.parametrize("name", ["../out", "/etc/x", "assets/../../x", "CON"])
def test_what_must_not_be_written(
    store: Store, model: Path, cache: Path, name: str
) -> None:
    if store.scheme == "gs" and ".." in name:
        pytest.skip("the emulator does not take such names")
    handle = store.add("m", model)
    store.put(f"m/{name}", b"x")
    with pytest.raises(UnsafeArchiveError) as caught:
        tfhub.resolve(handle)
    assert caught.value.handle == handle
    assert [p for p in cache.rglob("*") if p.suffix == ".pb"] == []


def test_nothing_there(store: Store, cache: Path) -> None:
    with pytest.raises(HandleNotFoundError, match="nothing below") as caught:
        tfhub.resolve(f"{store.scheme}://models/none")
    assert caught.value.hint
    for missing in ("models/none.tar.gz", "nobody/m"):
        with pytest.raises(HTTPStatusError, match="answered 404"):
            tfhub.resolve(f"{store.scheme}://{missing}")
    assert [p for p in cache.rglob("*") if p.is_file() and p.suffix != ".lock"] == []


def test_a_folder_without_a_model_is_not_fetched(store: Store, model: Path) -> None:
    store.put("notes/a.txt", b"x")
    handle = f"{store.scheme}://models"
    with pytest.raises(ModelNotFoundError, match="is not among a.txt"):
        tfhub.resolve(f"{handle}/notes")
    store.add("google/m/1", model)
    with pytest.raises(ModelNotFoundError, match="in folders: m/1") as caught:
        tfhub.resolve(f"{handle}/google")
    assert f"{handle}/google/m/1" in str(caught.value.hint)


def test_a_refresh_fetches_what_has_changed(
    store: Store, model: Path, tmp_path: Path
) -> None:
    handle = store.add("m", model)
    path = tfhub.resolve(handle)
    before = (Path(path) / "weights").stat().st_ino
    tfhub.resolve(handle, refresh=True)
    assert (Path(path) / "weights").stat().st_ino == before
    other = tmp_path / "other"
    shutil.copytree(model, other)
    (other / "weights").write_bytes(b"new")
    store.add("m", other)
    assert tree(tfhub.resolve(handle)) == tree(model)
    assert tree(tfhub.resolve(handle, refresh=True)) == tree(other)


def test_a_cap_on_objects(
    store: Store, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_MAX_ENTRIES", "2")
    with pytest.raises(UnsafeArchiveError, match="more than 2 objects"):
        tfhub.resolve(store.add("m", model))


def test_as_a_mirror(
    store: Store, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add("hub/google/m/1", model)
    rule = f"https://tfhub.dev/={store.scheme}://models/hub/"
    monkeypatch.setenv("TFHUB_MIRROR", rule)
    assert tree(tfhub.resolve("https://tfhub.dev/google/m/1")) == tree(model)


def test_s3_lists_page_by_page(
    s3: Any, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "1")
    for name, content in tree(model).items():
        s3.put_object(Bucket="models", Key=f"m/{name}", Body=content, ACL="public-read")
    assert tree(tfhub.resolve("s3://models/m")) == tree(model)


def test_gcs_lists_page_by_page(
    bad_server: BadServer, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator has one page only, so this server has one object a page."""
    contents = tree(model)
    names = sorted(contents)

    def page(handler: BaseHTTPRequestHandler) -> None:
        at = int(parse_qs(handler.path).get("pageToken", ["0"])[0])
        size, etag = str(len(contents[names[at]])), f"{at}"
        item = {"name": f"models/{names[at]}", "size": size, "etag": etag}
        more = {"nextPageToken": str(at + 1)} if at + 1 < len(names) else {}
        send(handler, json.dumps({"items": [item], **more}).encode())

    bad_server.on("/storage/v1/b/models/o", page)
    for name in names:
        body = contents[name]
        bad_server.on(
            f"/models/models/{name}", lambda handler, body=body: send(handler, body)
        )
    address = bad_server.url.removeprefix("http://")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    assert tree(tfhub.resolve("gs://models/models")) == contents


def test_an_object_that_is_not_what_was_listed(
    bad_server: BadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [{"name": "m/saved_model.pb", "size": "3", "etag": "1"}]
    bad_server.on(
        "/storage/v1/b/b/o",
        lambda handler: send(handler, json.dumps({"items": items}).encode()),
    )
    bad_server.on("/b/m/saved_model.pb", lambda handler: send(handler, b"more"))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", bad_server.url)
    with pytest.raises(BrokenDownloadError, match="with 4 bytes, and was listed"):
        tfhub.resolve("gs://b/m")
    items[0] |= {"size": "4", "md5Hash": "AAAAAAAAAAAAAAAAAAAAAA=="}
    with pytest.raises(BrokenDownloadError, match=f"was listed with {'0' * 32}"):
        tfhub.resolve("gs://b/m")
    good = base64.b64encode(hashlib.md5(b"more").digest()).decode()
    items[0]["md5Hash"] = good
    assert tree(tfhub.resolve("gs://b/m")) == {"saved_model.pb": b"more"}


def test_a_private_bucket(s3: Any, model: Path, archive: bytes) -> None:
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    for name, content in (tree(model) | {"m.tgz": archive}).items():
        s3.put_object(Bucket="models", Key=f"m/{name}", Body=content, ACL="private")
    assert tree(tfhub.resolve("s3://models/m/m.tgz")) == tree(model)
    s3.delete_object(Bucket="models", Key="m/m.tgz")
    assert tree(tfhub.resolve("s3://models/m")) == tree(model)


@pytest.mark.parametrize(
    ("environment", "bucket", "base"),
    [
        ({}, "models", "https://models.s3.amazonaws.com"),
        ({"AWS_REGION": "eu-west-1"}, "models", "https://models.s3.amazonaws.com"),
        ({}, "my.models", "https://s3.amazonaws.com/my.models"),
        (
            {"AWS_DEFAULT_REGION": "eu-west-1"},
            "my.models",
            "https://s3.eu-west-1.amazonaws.com/my.models",
        ),
        (
            {"AWS_REGION": "cn-north-1"},
            "models",
            "https://models.s3.cn-north-1.amazonaws.com.cn",
        ),
        ({"AWS_ENDPOINT_URL": "http://h:1/"}, "models", "http://h:1/models"),
        (
            {"AWS_ENDPOINT_URL": "http://h", "AWS_ENDPOINT_URL_S3": "https://s"},
            "models",
            "https://s/models",
        ),
    ],
)
def test_where_buckets_of_s3_are(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], bucket: str, base: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    handle = parse(f"s3://{bucket}/m")
    assert isinstance(handle, BucketPath)
    assert S3Source().url(handle, "m/ä b") == f"{base}/m/%C3%A4%20b"


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>']
)
def test_what_is_no_listing_of_s3(
    host: Host, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    host.answer("/models.zip/", body=body)  # a name that the host takes for a file
    monkeypatch.setenv("AWS_ENDPOINT_URL", host.url)
    with pytest.raises(DownloadError, match="no listing"):
        tfhub.resolve("s3://models.zip/m")


def test_denied_without_the_package_that_knows_credentials(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.answer("/models.zip/", status=403)
    monkeypatch.setenv("AWS_ENDPOINT_URL", host.url)
    monkeypatch.setitem(sys.modules, "s3fs", None)  # as if it were not installed
    with pytest.raises(HTTPStatusError, match="answered 403") as caught:
        tfhub.resolve("s3://models.zip/m")
    assert "pip install 'tfhub[s3]'" in str(caught.value.hint)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", host.url)
    host.answer("/storage/v1/b/b/o", status=401)
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(HTTPStatusError, match="answered 401") as caught:
        tfhub.resolve("gs://b/m")
    assert "pip install 'tfhub[gcs]'" in str(caught.value.hint)


def test_credentials_that_do_not_help(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    host.answer("/models.zip/", status=403)
    host.answer("/models.zip", status=403)
    monkeypatch.setenv("AWS_ENDPOINT_URL", host.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with pytest.raises(DownloadError, match="with your credentials failed") as caught:
        tfhub.resolve("s3://models.zip/m")
    assert caught.value.handle == "s3://models.zip/m"


@pytest.mark.parametrize("store", ["gs"], indirect=True)
def test_gcsfs_reads_the_same(store: Store, model: Path, archive: bytes) -> None:
    """The emulator lets everybody in, so what a denial leads to is asked directly."""
    pytest.importorskip("gcsfs", reason="gcsfs is not installed")
    store.put("m.tgz", archive)
    denied = HTTPStatusError("denied", code=401, url="")
    for text in (store.add("m", model), "gs://models/m.tgz"):
        handle = parse(text)
        assert isinstance(handle, BucketPath)
        user = store.source._as_user(handle, denied)
        job = Job(handle, Path(), None)
        public = store.source.open(handle, job)
        private = user.open(job)
        assert content(private) == content(public)
        again = Job(handle, Path(), str(private.facts["etag"]))
        assert user.open(again) is None


def content(model: Archive | Files | None) -> bytes | dict[str, bytes]:
    if isinstance(model, Archive):
        return b"".join(model.blocks)
    assert model is not None
    return {file.name: b"".join(file.blocks()) for file in model.files}
