"""What the server answers, over HTTP, as the hosting protocol has it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

import tfhub as hub
from tfhub.publish.serving import Server

Get = Callable[..., Any]
MODEL = "/zoo/pet/10"
ARCHIVE = MODEL + "?tf-hub-format=compressed"


@pytest.mark.parametrize(
    "query",
    [
        "tf-hub-format=compressed",
        "tf-hub-format=uncompressed,compressed",
        "tf-hub-format=new-format,%20compressed&key=value",
        "a=b&tf-hub-format=x&tf-hub-format=compressed",
    ],
)
def test_archive(get: Get, models: Path, query: str, tmp_path: Path) -> None:
    answer = get(f"{MODEL}?{query}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/gzip"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'
    assert 'filename="pet_10.tar.gz"' in answer.headers["content-disposition"]
    packed = hub.pack(models / MODEL[1:], tmp_path / "packed.tgz")
    assert answer.body == Path(packed).read_bytes()


@pytest.mark.parametrize("query", ["", "?tf-hub-format=", "?key=compressed"])
def test_page_without_a_format(get: Get, query: str) -> None:
    answer = get(MODEL + query)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "fruit_to_pet" in answer.text


def test_head(get: Get) -> None:
    for path in (ARCHIVE, MODEL, "/"):
        whole, head = get(path), get(path, method="HEAD")
        assert (head.status, head.body) == (200, b"")
        for name in ("content-length", "content-type", "etag"):
            assert head.headers.get(name) == whole.headers.get(name)
    assert get(ARCHIVE, method="POST").status == 405


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, None),
        ("bytes=-7", -7, None),
        ("bytes=100-999999999", 100, None),
    ],
)
def test_range(get: Get, asked: str, start: int, stop: int | None) -> None:
    whole = get(ARCHIVE)
    part = get(ARCHIVE, {"Range": asked})
    assert part.status == 206
    assert part.body == whole.body[start:stop]
    size = len(whole.body)
    first = start % size
    last = first + len(part.body) - 1
    assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert part.headers["etag"] == whole.headers["etag"]


def test_ranges_that_cannot_be_had(get: Get) -> None:
    size = len(get(ARCHIVE).body)
    beyond = get(ARCHIVE, {"Range": f"bytes={size}-"})
    assert beyond.status == 416
    assert beyond.headers["content-range"] == f"bytes */{size}"
    unknown = get(ARCHIVE, {"Range": "lines=1-2"})
    assert (unknown.status, len(unknown.body)) == (200, size)


def test_if_range_and_if_none_match(get: Get) -> None:
    whole = get(ARCHIVE)
    tag = whole.headers["etag"]
    size = len(whole.body)
    for value, status, length in (
        (tag, 206, 5),
        ('"other"', 200, size),
        (f"W/{tag}", 200, size),
    ):
        part = get(ARCHIVE, {"Range": "bytes=0-4", "If-Range": value})
        assert (part.status, len(part.body)) == (status, length)
    for value in (tag, "*", f'"other", W/{tag}'):
        kept = get(ARCHIVE, {"If-None-Match": value})
        assert (kept.status, kept.body, kept.headers["etag"]) == (304, b"", tag)
    assert get(ARCHIVE, {"If-None-Match": '"other"'}).status == 200


def test_without_version_to_the_newest(get: Get, url: str) -> None:
    for path in ("/zoo/pet", "/zoo/pet/"):
        answer = get(f"{path}?tf-hub-format=compressed&a=%20b")
        assert answer.status == 302
        place = urljoin(path, answer.headers["location"])
        assert place == f"{MODEL}?tf-hub-format=compressed&a=%20b"
    assert get("/zoo/pet").headers["location"] == "../zoo/pet/10"
    assert Path(hub.resolve(f"{url}/zoo/pet"), "README.md").exists()


def test_model_without_version(get: Get) -> None:
    answer = get("/zoo/calf?tf-hub-format=compressed")
    assert 'filename="calf.tar.gz"' in answer.headers["content-disposition"]
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as tar:
        assert "./saved_model.pb" in tar.getnames()


def test_lists(get: Get) -> None:
    everything = get("/").text
    links = re.findall(r'href="(\./zoo[^"]*)"', everything)
    assert links == ["./zoo/calf", "./zoo/pet"]
    assert "A small model that turns fruit into pets." in everything
    assert "drafts" not in everything
    assert 'href="../zoo/pet"' in get("/zoo/").text


@pytest.mark.parametrize(
    "path",
    [
        "/zoo/pet/11",
        "/zoo/empty",
        "/zoo/pet/10/x",
        "/zoo/pet/10/saved_model.pb",
        "/zoo/pet/10/variables",
        "/secret.txt",
        "/.drafts/pet",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/%00",
        "/%ff",
    ],
)
def test_not_found(get: Get, path: str) -> None:
    page = get(path)
    assert page.status == 404
    assert re.search(r'<a href="[./]*zoo/pet/10">zoo/pet/10</a>', page.text)
    plain = get(path + "?tf-hub-format=compressed")
    assert plain.status == 404
    assert plain.headers["content-type"].startswith("text/plain")
    assert "zoo/pet/10" in plain.text


def test_a_client_is_told_in_a_404_what_there_is(url: str) -> None:
    with pytest.raises(hub.HubError, match="404"):
        hub.resolve(f"{url}/zoo")


def test_names_are_escaped(get: Get) -> None:
    answer = get("/%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_changes_show_at_once(fruit: Path, tmp_path: Path, ask: Get) -> None:
    model = tmp_path / "models" / "pet" / "1"
    shutil.copytree(fruit, model)
    with Server(tmp_path / "models") as server:
        first = ask(server.url, "/pet/1?tf-hub-format=compressed")
        (model / "assets").mkdir(exist_ok=True)
        (model / "assets" / "new").write_text("new")
        second = ask(server.url, "/pet/1?tf-hub-format=compressed")
        assert first.headers["etag"] != second.headers["etag"]
        with tarfile.open(fileobj=io.BytesIO(second.body)) as tar:
            assert "./assets/new" in tar.getnames()
        (model / "assets" / "link").symlink_to("new")
        broken = ask(server.url, "/pet/1?tf-hub-format=compressed")
        assert broken.status == 500
        assert "assets/link is a link" in broken.text
        assert str(tmp_path) not in broken.text
        shutil.copytree(fruit, model.with_name("2"))
        assert ask(server.url, "/pet").headers["location"] == "./pet/2"
        shutil.rmtree(tmp_path / "models" / "pet")
        assert ask(server.url, "/pet").status == 404
        assert "no model here yet" in ask(server.url, "/").text


def test_a_single_model_is_served_at_the_root(fruit: Path, ask: Get) -> None:
    with Server(fruit) as server:
        assert "fruit_to_pet" in ask(server.url, "/").text
        assert hub.describe(server.url).default_signature == "serving_default"


def test_version_folders_at_the_root(models: Path, ask: Get) -> None:
    with Server(models / "zoo" / "pet") as server:
        assert ask(server.url, "/").headers["location"] == "./10"
        assert "<h1>pet " in ask(server.url, "/10").text


def test_served_folder_may_be_read_only(fruit: Path, tmp_path: Path, ask: Get) -> None:
    root = tmp_path / "models"
    shutil.copytree(fruit, root / "pet" / "1")
    before = sorted(root.rglob("*"))
    with Server(root) as server:
        assert ask(server.url, "/pet/1?tf-hub-format=compressed").status == 200
    assert sorted(root.rglob("*")) == before


def test_damaged_model_has_a_page_that_says_so(
    fruit: Path, tmp_path: Path, ask: Get
) -> None:
    model = tmp_path / "models" / "pet" / "1"
    shutil.copytree(fruit, model)
    (model / "saved_model.pb").write_bytes(b"\x0a\xff\xff")
    with Server(tmp_path / "models") as server:
        page = ask(server.url, "/pet/1")
        assert page.status == 200
        assert "cannot be described" in page.text
        assert str(tmp_path) not in page.text


def test_many_ask_at_once(fruit: Path, tmp_path: Path, ask: Get) -> None:
    model = tmp_path / "models" / "big" / "1"
    shutil.copytree(fruit, model)
    with (model / "assets" / "weights").open("wb") as file:
        for _ in range(30):
            file.write(os.urandom(1_000_000))
    with Server(tmp_path / "models") as server, ThreadPoolExecutor(9) as threads:
        asked = threads.map(
            lambda _: ask(server.url, "/big/1?tf-hub-format=compressed"), range(8)
        )
        # Meanwhile the server answers others: packing these takes a second or so.
        page = threads.submit(ask, server.url, "/").result(timeout=5)
        assert page.status == 200
        answers = list(asked)
        assert {answer.status for answer in answers} == {200}
        assert len({answer.headers["etag"] for answer in answers}) == 1
        memory = Path(f"/proc/{server.process.pid}/status")
        if memory.exists():
            peak = re.search(r"VmHWM:\s+(\d+) kB", memory.read_text())
            assert peak is not None
            assert int(peak[1]) < 100_000
