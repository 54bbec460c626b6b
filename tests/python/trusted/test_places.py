"""Whether a place is within what TFHUB_TRUSTED names, as it really is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfhub.errors import HandleError
from tfhub.handles import parse
from tfhub.trusted import places

PREFIXES = (
    "https://good.example/models/ http://plain.example https://port.example:8443/m "
    "hf://google/ gs://bucket/models https://[2001:db8::1]/m/ "
    "https://query.example/m?key=1"
)


@pytest.fixture(autouse=True)
def _prefixes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_TRUSTED", PREFIXES)


def is_trusted(handle: str) -> bool:
    try:
        return places.is_trusted(parse(handle))
    except HandleError:  # it loads nowhere
        return False


@pytest.mark.parametrize(
    "handle",
    [
        "https://good.example/models/a/1",
        "https://good.example/models",
        "https://good.example/models/",
        "https://GOOD.example:443/models/a",
        "HTTPS://good.example:/models/a",
        "https://good.example/m%6Fdels/a%20b",
        "https://good.example/models/a?tf-hub-format=compressed",
        "https://good.example/models/a#sha256=" + "0" * 64,
        "https://good.example/models/ñandú/1",
        "https://good.example/models/..a/.hidden",
        "http://plain.example/anything",
        "http://plain.example:80/x",
        "https://port.example:8443/m/a.tar.gz",
        "hf://google/bert",
        "hf://google/bert@main/sub",
        "gs://bucket/models/a",
        "https://[2001:DB8::1]:443/m/a",
        "https://query.example/m?key=1",
    ],
)
def test_within(handle: str) -> None:
    assert is_trusted(handle)


@pytest.mark.parametrize(
    "handle",
    [
        # Other hosts, schemes and ports
        "http://good.example/models/a",
        "https://good.example:8443/models/a",
        "https://good.example:4430/models/a",
        "https://good.example.evil/models/a",
        "https://good.example./models/a",
        "https://evil/https://good.example/models/a",
        "https://evil/?https://good.example/models/a",
        "https://xgood.example/models/a",
        "https://port.example/m/a",
        "other://port.example:" + "9" * 5000 + "/m/a",
        "gs://bucket2/models/a",
        "s3://bucket/models/a",
        "hf://google2/bert",
        "//good.example/models/a",
        "https:/good.example/models/a",
        "https:///good.example/models/a",
        # User-info, and what some programs take for it
        "https://good.example@evil/models/a",
        "https://good.example:x@evil/models/a",
        "https://me:secret@good.example/models/a",
        "https://evil@good.example/models/a",
        "https://good.example%40evil/models/a",
        "https://good.example\\@evil/models/a",
        "https://evil\\good.example/models/a",
        "https://good.example\\.evil/models/a",
        # Hosts that look alike
        "https://g\u043e\u043ed.example/models/a",
        "https://go\uff4fd.example/models/a",
        "https://good\u3002example/models/a",
        "https://good%2eexample/models/a",
        # Ways out
        "https://good.example/models/../evil",
        "https://good.example/models/%2e%2E/evil",
        "https://good.example/models/.%2e/evil",
        "https://good.example/models/%u002e%u002e/evil",
        "https://good.example/models/%252e%252e/evil",
        "https://good.example/models/%25252e%25252e/evil",
        "https://good.example/models/a%252fb",
        "https://good.example/models/./a",
        "https://good.example/models/%2e/a",
        "https://good.example/models/..;/evil",
        "https://good.example/models/..%3b/evil",
        "https://good.example/models/..%3bx=1/evil",
        "https://good.example/models/..%20/evil",
        "https://good.example/models/.../evil",
        "https://good.example/models%2f..%2fevil",
        "https://good.example/models/..%5cevil",
        "https://good.example/models/..\\evil",
        "https://good.example/models/%c0%ae%c0%ae/evil",
        "https://good.example/models/%ff",
        "https://good.example/models/%00",
        "https://good.example/models/a%0d%0aHost:evil",
        "https://good.example/models/\uff0e\uff0e/evil",
        "https://good.example/models/%ef%bc%8e%ef%bc%8e/evil",
        "https://good.example/models/a?path=../evil",
        "https://good.example/models/a?path=%2e%2e/evil",
        "https://good.example/models/a?path=%252e",
        "https://good.example/models/a#x",
        "https://good.example/modelsevil/1",
        "https://good.example/Models/1",
        "https://good.example//models/1",
        "https://good.example/",
        "https://good.example",
        "https://good.example?/models/",
        "https://good.example#/models/",
        # Of a repository, whoever asks for a change makes these
        "hf://google/bert@refs/pr/7",
        "hf://google/bert@refs%2Fpr%2F7",
        "hf://google/bert@refs/pr/7/sub",
        "hf://google/bert@0123456789abcdef0123456789abcdef01234567",
        "hf://google/bert@0123456",
        "hf://google/../evil/bert",
        # A prefix with a query is that place alone
        "https://query.example/m",
        "https://query.example/m/a?key=1",
        "https://query.example/m?key=2",
        "good.example/models/a",
    ],
)
def test_not_within(handle: str) -> None:
    assert not is_trusted(handle)


@pytest.mark.parametrize(
    "prefix",
    [
        "https://",
        "https:///",
        "https://me@good.example/",
        "://",
        "*",
        "https://*/",
        "%",
    ],
)
def test_a_prefix_that_is_no_place_trusts_nothing(
    monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv("TFHUB_TRUSTED", prefix)
    assert not is_trusted("https://good.example/models/a")
    assert not is_trusted("https://me@good.example/models/a")


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trusted folder, with folders of models in it and beside it."""
    for name in ("good/a", "good/%2e%2e", "goodevil/a", "evil/a"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setenv("TFHUB_TRUSTED", f"/nowhere {tmp_path}/good/")
    return tmp_path / "good"


def test_folders_within(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(good)
    for handle in (
        good,
        good / "a",
        "a",
        f"{good}/../good/a",
        f"file://{good}/a",
        f"file://localhost{good}/%61",
        good / "%2e%2e",  # on a disk that is a name
    ):
        assert is_trusted(os.fspath(handle)), handle


def test_folders_that_are_not_within(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(good)
    (good / "link").symlink_to(tmp_path / "evil" / "a")
    (good / "up").symlink_to("..")
    for handle in (
        "/",
        tmp_path,
        "../evil/a",
        f"{good}/../evil/a",
        f"{good}evil/a",
        good / "link",
        good / "up" / "evil" / "a",
        f"file://{good}/%2e%2e/evil/a",
        f"file://{good}/%252e%252e/x",
        good / "none",
        f"https://{good}/a",
        f"{good}/a\0",
    ):
        assert not is_trusted(os.fspath(handle)), handle


def test_a_prefix_may_be_a_link_or_an_url(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "named").symlink_to(good)
    for prefix in (tmp_path / "named", f"file://{good}", f"file://{tmp_path}/%67ood/"):
        monkeypatch.setenv("TFHUB_TRUSTED", os.fspath(prefix))
        assert places.trusted_path(os.fspath(good / "a")) == (
            os.fspath(good / "a"),
            os.fspath(good),
        )
        assert not is_trusted(os.fspath(tmp_path / "evil" / "a"))


def test_a_link_that_leads_out(good: Path, tmp_path: Path) -> None:
    model, within = os.fspath(good / "a"), os.fspath(good)
    (good / "shared").mkdir()
    (good / "shared" / "file").write_text("x")
    (good / "a" / "inner").symlink_to(good / "shared")
    (good / "a" / "again").symlink_to(good / "a")  # a circle
    assert places.link_out_of(model, within) is None
    (good / "shared" / "deep").symlink_to(tmp_path / "evil")
    assert str(places.link_out_of(model, within)).endswith("/deep")
    (good / "shared" / "deep").unlink()
    (good / "a" / "gone").symlink_to(tmp_path / "evil" / "none")
    assert str(places.link_out_of(model, within)).endswith("/gone")
