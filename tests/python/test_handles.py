from __future__ import annotations

from pathlib import Path

import pytest

from tfhub.errors import HandleError
from tfhub.handles import ArchiveUrl, HubUrl, LocalPath, parse

PIN = "ab" * 32


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("models/fruit", "models/fruit"),
        ("/models/fruit.tar.gz", "/models/fruit.tar.gz"),
        ("~/fruit", "~/fruit"),
        ("file:///models/two%20words", "/models/two words"),
        ("file://localhost/models/x", "/models/x"),
        (f"fruit.zip#sha256={PIN}", "fruit.zip"),
    ],
)
def test_local(text: str, path: str) -> None:
    handle = parse(text)
    assert isinstance(handle, LocalPath)
    assert (handle.text, handle.path) == (text, path)


def test_a_path_works_as_its_string() -> None:
    assert parse(Path("a") / "b") == parse("a/b")


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("https://h.org/m/1", "https://h.org/m/1?tf-hub-format=compressed"),
        ("https://h.org/m/1/", "https://h.org/m/1/?tf-hub-format=compressed"),
        ("http://h/m?a=&b=%20", "http://h/m?a=&b=%20&tf-hub-format=compressed"),
        ("http://h/m#frag", "http://h/m?tf-hub-format=compressed"),
        (f"http://h/m#sha256={PIN}", "http://h/m?tf-hub-format=compressed"),
        ("http://h/m?tf-hub-format=compressed", "http://h/m?tf-hub-format=compressed"),
    ],
)
def test_hosting_protocol(text: str, asked: str) -> None:
    handle = parse(text)
    assert isinstance(handle, HubUrl)
    assert handle.download_url == asked


@pytest.mark.parametrize("end", [".tar", ".tar.gz", ".tgz", ".zip", ".TGZ", ".zip?a=b"])
def test_archive_urls_are_asked_for_as_they_are(end: str) -> None:
    handle = parse(f"https://h.org/m{end}")
    assert isinstance(handle, ArchiveUrl)
    assert handle.download_url == f"https://h.org/m{end}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The handle is empty"),
        ("  ", "The handle is empty"),
        ("ftp://h/m", "unknown scheme ftp://"),
        ("https://h/m/1\n", "control character"),
        ("http:///m", "has no host"),
        ("http://h/a b", "contains a space"),
        ("http://h:port/m", "is not a URL"),
        ("file://server/share", "names the host 'server'"),
        ("http://h/m#sha256=12", "not 64 hexadecimal digits"),
        (None, "Expected a string or a path as handle, got NoneType"),
        (1, "got int"),
    ],
)
def test_refused(text: object, message: str) -> None:
    with pytest.raises(HandleError, match=message) as caught:
        parse(text)  # type: ignore[arg-type]
    assert caught.value.hint
