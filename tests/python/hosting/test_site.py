"""What the server answers, over HTTP, as the hosting protocol has it."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

import tfhub as hub
from tfhub.hosting.serving import Server

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


def test_a_folder_whose_name_is_not_utf_8(
    fruit: Path, tmp_path: Path, ask: Get
) -> None:
    root = os.fsdecode(os.fsencode(tmp_path) + b"/m\xff")
    shutil.copytree(fruit, root)
    with Server(root) as server:
        assert ask(server.url, "/?tf-hub-format=compressed").status == 200


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


def test_other_formats_than_the_archive(get: Get, url: str, tmp_path: Path) -> None:
    for query in ("uncompressed", "new-format", "uncompressed,new-format"):
        answer = get(f"{MODEL}?tf-hub-format={query}")
        assert answer.status == 406
        assert answer.headers["content-type"].startswith("text/plain")
        assert "tf-hub-format=compressed" in answer.text
    code = "import sys, tfhub; tfhub.resolve(sys.argv[1])"
    run = subprocess.run(
        [sys.executable, "-c", code, f"{url}/zoo/pet"],
        env={**os.environ, "TFHUB_MODEL_LOAD_FORMAT": "UNCOMPRESSED",
             "TFHUB_CACHE_DIR": str(tmp_path),
             "PYTHONPATH": str(Path(hub.__file__).parents[1])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "got 406" in run.stderr.replace("status 406", "got 406")


@pytest.mark.parametrize(
    "value",
    [
        "bytes=" + ",".join(f"{n}-{n}" for n in range(2000)),
        "bytes=" + ",".join("0-" for _ in range(2000)),
        *(
            "bytes=0-1,5-6",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=0-1-2",
        ),
        *(
            "bytes=--1",
            "bytes=1_0-20",
            "bytes=+1-2",
            "bytes=0x1-2",
            "bytes=" + "9" * 5000,
        ),
        *("bytes 0-1", "items=0-1", "bytes=0-1 5", "bytes=" + "9" * 18 + "9-"),
    ],
)
def test_ranges_that_are_not_one_are_ignored(get: Get, value: str) -> None:
    size = len(get(ARCHIVE).body)
    answer = get(ARCHIVE, {"Range": value})
    assert (answer.status, len(answer.body)) == (200, size)


def raw(url: str, request: bytes) -> bytes:
    """What comes for some bytes, until the connection is closed."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port), timeout=20) as client:
        client.sendall(request)
        found = b""
        while block := client.recv(65536):
            found += block
    return found


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        ("Host: a\r\n", b"200"),
        ("Host: [::1]:8501\r\n", b"200"),
        ("", b"400"),
        ("Host: a\r\nHost: a\r\n", b"400"),
        ("Host: a\r\nHost: b\r\n", b"400"),
        ("Host:\r\n", b"400"),
        ("Host: a b\r\n", b"400"),
        ("Host: a/b\r\n", b"400"),
        ("Host: user@a\r\n", b"400"),
        ('Host: a"b\r\n', b"400"),
        ("Host: a:b\r\n", b"400"),
        ("Host: a, b\r\n", b"400"),
    ],
)
def test_hosts_in_doubt(url: str, hosts: str, status: bytes) -> None:
    request = f"GET {MODEL} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n"
    answer = raw(url, request.encode())
    assert answer.split()[1] == status
    assert b"nosniff" in answer


def test_http_1_0_needs_no_host(url: str) -> None:
    assert raw(url, f"GET {MODEL} HTTP/1.0\r\n\r\n".encode()).split()[1] == b"200"


@pytest.mark.parametrize(
    "path",
    [
        *("/", MODEL, ARCHIVE, "/zoo/pet", "/nothing", MODEL + "?tf-hub-format=x"),
        *("/nothing?tf-hub-format=compressed", "/" + "x" * 5000, "/a%0ab"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE"])
def test_headers_of_all_answers(get: Get, path: str, method: str) -> None:
    answer = get(path, method=method)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.status < 500
    if method not in ("GET", "HEAD"):
        assert answer.status in (404, 405)
    whole = get(path, {"Range": "bytes=1000000000-"})
    assert whole.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "target",
    [
        "/" + "x" * 60_000, "/" + "x/" * 20_000, "/" + "x" * 1025, "/%2e%2e/%2e%2e",
        "/zoo/%2e%2e/%2e%2e/etc", "/zoo%2fpet%2f10%2f..%2f..%2f..%2f", "/%00", "/a%00b",
        "/%5c..%5c..", "/zoo\\pet", "/%c0%ae%c0%ae/", "/zoo/pet/10/%2e%2e/%2e%2e",
        "/%0d%0aX-A:%20b", "/zoo/.%2e/", "/./.", "/%", "/%zz", "*", "http://other/x",
        "///", "/zoo/pet/%31%30/..", "/;", "/zoo/pet/10;x", "/%ed%a0%80",
    ],
)  # fmt: skip
def test_odd_targets(url: str, target: str) -> None:
    for query in ("", "?tf-hub-format=compressed"):
        line = f"GET {target}{query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer = raw(url, line.encode("latin-1"))
        assert answer.split()[1][:1] in (b"3", b"4")
        assert b"root:" not in answer
        assert b"X-A:" not in answer.partition(b"\r\n\r\n")[0]


def test_links_show_nothing_of_what_they_lead_to(
    fruit: Path, tmp_path: Path, ask: Get
) -> None:
    root = tmp_path / "models"
    shutil.copytree(fruit, root / ".secret" / "model")
    outside = Path(shutil.copytree(fruit, tmp_path / "outside"))
    (outside / "README.md").write_text("What is outside.")
    (root / "pub").mkdir()
    (root / "pub" / "hidden").symlink_to("../.secret/model")
    (root / "pub" / "outside").symlink_to(outside)
    for name, place in (
        ("saved", "saved_model.pb"), ("data", "variables"), ("notes", "assets/notes"),
    ):  # fmt: skip
        model = Path(shutil.copytree(fruit, root / "pub" / name))
        target = model / place
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        target.symlink_to(outside / place)
    (outside / "assets" / "notes").write_bytes(b"x" * 12_345_678)
    with Server(root) as server:
        for path in ("/pub/hidden", "/pub/outside", "/.secret/model"):
            for query in ("", "?tf-hub-format=compressed"):
                assert ask(server.url, path + query).status == 404
        assert "outside" not in ask(server.url, "/").text
        for name in ("saved", "data", "notes"):
            page = ask(server.url, f"/pub/{name}")
            assert page.status == 200
            assert re.search("cannot be described.*is a link", page.text, re.DOTALL)
            assert "12.3" not in page.text
            assert "fruit_to_pet" not in page.text
            archive = ask(server.url, f"/pub/{name}?tf-hub-format=compressed")
            assert archive.status == 500
            assert "is a link" in archive.text
            assert str(tmp_path) not in archive.text


def test_hidden_files_are_not_told_of(fruit: Path, tmp_path: Path, ask: Get) -> None:
    model = Path(shutil.copytree(fruit, tmp_path / "m" / "pet"))
    (model / ".git").mkdir()
    (model / ".git" / "config").write_bytes(b"x" * 7_654_321)
    with Server(tmp_path / "m") as server:
        page = ask(server.url, "/pet").text
        assert "variables.index" in page
        assert ".git" not in page
        assert "7.7 MB" not in page


def test_a_full_disk_is_said(fruit: Path, tmp_path: Path, ask: Get) -> None:
    model = Path(shutil.copytree(fruit, tmp_path / "m" / "pet"))
    with (model / "assets" / "big").open("wb") as file:
        file.truncate(shutil.disk_usage(tmp_path).free * 2)
    with Server(tmp_path / "m") as server:
        answer = ask(server.url, "/pet?tf-hub-format=compressed")
        assert answer.status == 507
        assert "no room on the server's disk" in answer.text
        assert str(tmp_path) not in answer.text


def test_names_that_cannot_be_packed_are_said(
    fruit: Path, tmp_path: Path, ask: Get
) -> None:
    model = Path(shutil.copytree(fruit, tmp_path / "m" / "pet"))
    (model / "assets" / "a:b\nc").touch()
    with Server(tmp_path / "m") as server:
        answer = ask(server.url, "/pet?tf-hub-format=compressed")
        assert answer.status == 500
        assert "a name that Windows does not have" in answer.text
        page = ask(server.url, "/pet").text
        assert "a:b\\nc" in page


@pytest.mark.parametrize("line", ["CONNECT evil:443", "OPTIONS *", "GET http://evil"])
def test_no_request_is_led_to_the_host_that_it_names(url: str, line: str) -> None:
    answer = raw(
        url, f"{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
    )
    assert b"location" not in answer.partition(b"\r\n\r\n")[0].lower()
