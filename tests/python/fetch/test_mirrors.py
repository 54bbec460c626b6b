"""Other places for a model, and models that stay where they are."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

import tfhub
from tfhub.errors import (
    ChecksumError,
    DownloadError,
    HandleError,
    HandleNotFoundError,
    HTTPStatusError,
    HubError,
    OfflineError,
    UncompressedError,
)
from tfhub.fetch.mirrors import ways
from tfhub.handles import parse
from tfhub.testing import Host

from ..conftest import tree

OLD = "https://tfhub.dev/google/m/1"


def places(handle: str) -> list[str]:
    return [way.text for way in ways(parse(handle))]


def test_rules_are_tried_in_order_and_the_handle_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert places(OLD) == [OLD]
    monkeypatch.setenv(
        "TFHUB_MIRROR",
        "https://tfhub.dev/=https://a.org/hub/ https://other.org/=https://c.org/\n"
        "https://tfhub.dev/google/=gs://b/",
    )
    assert places(OLD) == ["https://a.org/hub/google/m/1", "gs://b/m/1", OLD]
    assert places("kaggle://o/m/f/v") == ["kaggle://o/m/f/v"]


def test_a_star_stands_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = "https://tfhub.dev/=https://a.org/*.tar.gz?key=1"
    monkeypatch.setenv("TFHUB_MIRROR", rule)
    pin = "#sha256=" + "ab" * 32
    moved = f"https://a.org/google/m/1.tar.gz?key=1{pin}"
    assert places(f"{OLD}/?x=y{pin}") == [moved, f"{OLD}/?x=y{pin}"]


def test_a_folder_loses_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", "https://tfhub.dev/=/models/")
    assert places(f"{OLD}?x=y")[0] == "/models/google/m/1"


@pytest.mark.parametrize(
    ("rule", "rest"),
    [
        ("https://tfhub.dev/=https://u:SECRET@a.org", ".evil.org/m"),
        ("https://tfhub.dev/=https://u:SECRET@a.org", "@evil.org/m"),
        ("https://tfhub.dev/=https://u:SECRET@a.org", ":80@evil.org/m"),
        ("https://tfhub.dev/=https://u:SECRET@a.org*", ".evil.org/m"),
        ("https://tfhub.dev/=https://u:SECRET@a", "?@evil.org/m"),
        ("https://tfhub.dev/=gs://bucket", "-evil/m"),
        ("https://tfhub.dev/=/models/", "../etc/m"),
        ("https://tfhub.dev/=/models/", "a/../../etc/m"),
        ("https://tfhub.dev/=/models/*.tar.gz", "../etc/m"),
    ],
)
def test_no_handle_leads_out_of_a_rule(
    monkeypatch: pytest.MonkeyPatch, rule: str, rest: str
) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", rule)
    with pytest.raises(HandleError, match="leads out of") as caught:
        tfhub.resolve(f"https://tfhub.dev/{rest}")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("rules", ["https://tfhub.dev/", "=x", "a="])
def test_what_is_no_rule_is_refused(
    monkeypatch: pytest.MonkeyPatch, rules: str
) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", rules)
    with pytest.raises(HubError, match="which is not PREFIX=REPLACEMENT") as caught:
        tfhub.resolve(OLD)
    assert caught.value.hint


def test_a_mirror_serves_under_the_handle_that_was_given(
    host: Host, model: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.add("/hub/google/m/1", model)
    monkeypatch.setenv("TFHUB_MIRROR", f"https://tfhub.dev/={host.url}/hub/")
    path = tfhub.resolve(OLD)
    assert tree(path) == tree(model)
    assert Path(path) == cache / hashlib.sha1(OLD.encode()).hexdigest()
    monkeypatch.delenv("TFHUB_MIRROR")
    assert tfhub.resolve(OLD) == path
    assert len(host.requests) == 1


def test_the_first_that_has_it_is_taken(
    host: Host, model: Path, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.add("/damaged/m", archive[:-4])
    host.add("/b/m", model)
    url = host.url
    rules = [f"{url}/x/={url}/{name}/" for name in ("none", "damaged", "b", "c")]
    monkeypatch.setenv("TFHUB_MIRROR", " ".join(rules))
    assert tree(tfhub.resolve(f"{url}/x/m")) == tree(model)
    asked = [request.split()[1].partition("?")[0] for request in host.requests]
    assert asked == ["/none/m", "/damaged/m", "/b/m"]


def test_the_handle_itself_is_the_last_place(
    host: Host, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = host.add("/x/m", model)
    monkeypatch.setenv("TFHUB_MIRROR", f"{host.url}/x/={host.url}/y/")
    assert tree(tfhub.resolve(url)) == tree(model)


def test_the_error_lists_every_place(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{host.url}/x/m"
    rules = f"{host.url}/={tmp_path}/ {host.url}/x/={host.url}/y/"
    monkeypatch.setenv("TFHUB_MIRROR", rules)
    with pytest.raises(DownloadError, match="None of the 3 places") as caught:
        tfhub.resolve(url)
    error = caught.value
    assert error.handle == url
    message = str(error)
    assert f"- {tmp_path}/x/m: {tmp_path}/x/m does not exist" in message
    assert f"- {host.url}/y/m: The server answered 404" in message
    assert f"- {url}: The server answered 404" in message
    assert "TFHUB_MIRROR" in message
    assert isinstance(error.__cause__, HTTPStatusError)
    assert [place for place, _ in error.data["tried"]] == [
        f"{tmp_path}/x/m",
        f"{host.url}/y/m",
        url,
    ]


def test_without_a_rule_the_error_is_that_of_the_handle(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", "https://tfhub.dev/=/models/")
    with pytest.raises(HTTPStatusError, match="answered 404"):
        tfhub.resolve(f"{host.url}/m")


def test_a_folder_is_used_where_it_is(
    model: Path, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(model, tmp_path / "models" / "google" / "m" / "1")
    monkeypatch.setenv("TFHUB_MIRROR", f"https://tfhub.dev/={tmp_path}/models/")
    assert tfhub.resolve(OLD) == f"{tmp_path}/models/google/m/1"
    assert not cache.exists()


def test_an_archive_on_disk(
    archive: bytes, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "google" / "m").mkdir(parents=True)
    (tmp_path / "google" / "m" / "1.tar.gz").write_bytes(archive)
    monkeypatch.setenv("TFHUB_MIRROR", f"https://tfhub.dev/={tmp_path}/*.tar.gz")
    path = tfhub.resolve(OLD)
    assert tree(path) == tree(model)
    shutil.rmtree(tmp_path / "google")
    assert tfhub.resolve(OLD) == path


def test_a_pin_holds_at_every_place(
    host: Host,
    model: Path,
    archive: bytes,
    tf1_modules: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host.add("/a/m", next(iter(tf1_modules.iterdir())))
    host.add("/b/m", archive)
    good = hashlib.sha256(archive).hexdigest()
    url = host.url
    monkeypatch.setenv("TFHUB_MIRROR", f"{url}/x/={url}/a/ {url}/x/={url}/b/")
    assert tree(tfhub.resolve(f"{url}/x/m#sha256={good}")) == tree(model)
    with pytest.raises(DownloadError, match="is not the archive that") as caught:
        tfhub.resolve(f"{url}/x/m#sha256={'0' * 64}")
    assert isinstance(caught.value.__cause__, HTTPStatusError | ChecksumError)


def test_a_refresh_asks_the_mirror_by_its_own_etag(
    host: Host, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = host.url
    host.answer("/a/m", headers={"ETag": '"1"'}, body=archive)
    monkeypatch.setenv("TFHUB_MIRROR", f"{url}/x/={url}/a/")
    tfhub.resolve(f"{url}/x/m")
    tfhub.resolve(f"{url}/x/m", refresh=True)
    assert host.headers[-1].get("If-None-Match") == '"1"'
    monkeypatch.delenv("TFHUB_MIRROR")
    host.answer("/x/m", headers={"ETag": '"1"'}, body=archive)
    tfhub.resolve(f"{url}/x/m", refresh=True)
    assert "If-None-Match" not in host.headers[-1]


@pytest.fixture
def uncompressed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_MODEL_LOAD_FORMAT", "UNCOMPRESSED")


@pytest.mark.usefixtures("uncompressed")
@pytest.mark.parametrize("where", ["body", "location"])
def test_uncompressed_is_the_place_that_the_server_tells(
    host: Host, cache: Path, where: str
) -> None:
    place = "gs://tfhub-modules/google/m/1/uncompressed"
    fields = {"Location": place} if where == "location" else {}
    body = f"{place}\n".encode() if where == "body" else b""
    url = host.answer("/m", status=303, headers=fields, body=body)
    assert tfhub.resolve(url) == place
    assert host.requests == ["GET /m?tf-hub-format=uncompressed"]
    assert not cache.exists()


@pytest.mark.usefixtures("uncompressed")
@pytest.mark.parametrize(
    ("status", "body", "got"),
    [
        (200, b"gs://b/m", "the status 200"),
        (404, b"", "the status 404"),
        (303, b"https://h/m", "303 and 'https://h/m'"),
    ],
)
def test_another_answer_is_an_error(
    host: Host, status: int, body: bytes, got: str
) -> None:
    url = host.answer("/m", status=status, body=body)
    with pytest.raises(UncompressedError, match=got) as caught:
        tfhub.resolve(url)
    assert isinstance(caught.value, ValueError)  # as in the reference library
    assert (caught.value.handle, caught.value.hint is not None) == (url, True)


@pytest.mark.usefixtures("uncompressed")
def test_uncompressed_leaves_folders_in_google_storage() -> None:
    assert tfhub.resolve("gs://b/google/m/1") == "gs://b/google/m/1"


@pytest.mark.usefixtures("uncompressed")
def test_uncompressed_through_a_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", "https://tfhub.dev/=gs://b/hub/")
    assert tfhub.resolve(OLD) == "gs://b/hub/google/m/1"


@pytest.mark.usefixtures("uncompressed")
def test_archives_come_all_the_same(host: Host, model: Path, archive: bytes) -> None:
    assert tree(tfhub.resolve(host.add("/m.tar.gz", archive))) == tree(model)


@pytest.mark.parametrize("value", ["AUTO", "COMPRESSED", ""])
def test_other_formats_download(
    host: Host, model: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("TFHUB_MODEL_LOAD_FORMAT", value)
    assert tree(tfhub.resolve(host.add("/m", model))) == tree(model)


def test_an_unknown_format_is_refused(
    host: Host, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_MODEL_LOAD_FORMAT", "uncompressed")
    with pytest.raises(HubError, match="none of AUTO, COMPRESSED, UNCOMPRESSED"):
        tfhub.resolve(host.add("/m", model))
    assert tfhub.resolve(model) == str(model)


def test_a_missing_path_has_no_other_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", "/none=/models")
    with pytest.raises(HandleNotFoundError, match="/none/m does not exist"):
        tfhub.resolve("/none/m")


LITE = "google/m/tensorFlow2/large/3"


@pytest.mark.parametrize(
    ("prefix", "handle", "rest"),
    [
        ("https://tfhub.dev/", "http://tfhub.dev/google/m/1", "google/m/1"),
        ("https://tfhub.dev/", "https://www.tfhub.dev/google/m/1", "google/m/1"),
        ("http://www.tfhub.dev/", "https://tfhub.dev/google/m/1", "google/m/1"),
        ("https://tfhub.dev/", f"{OLD}?tfhub-redirect=true", "google/m/1"),
        ("https://hub.org/", "http://hub.org/m/1", "m/1"),
        *(
            (prefix, handle, LITE)
            for prefix in ("kaggle://", "https://www.kaggle.com/models/")
            for handle in (
                f"kaggle://{LITE}",
                f"https://www.kaggle.com/models/{LITE}",
                f"https://kaggle.com/models/{LITE}",
                f"http://www.kaggle.com/models/{LITE}",
                f"https://www.kaggle.com/models/{LITE}?tfhub-redirect=true",
            )
        ),
        ("kaggle://google/m/TensorFlow2/", f"kaggle://{LITE}", "large/3"),
        ("kaggle://google/m/tensorFlow2/", "kaggle://google/m/TensorFlow2/large/3",
         "large/3"),
        ("https://www.kaggle.com/models/google/m/frameworks/TensorFlow2/variations/",
         f"kaggle://{LITE}", "large/versions/3"),
        ("kaggle://google/m/tensorFlow2/",
         "https://www.kaggle.com/models/google/m/frameworks/TensorFlow2/variations/"
         "large/versions/3", "large/3"),
    ],
)  # fmt: skip
def test_a_rule_counts_for_all_spellings(
    prefix: str, handle: str, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", f"{prefix}=/models/")
    assert places(handle) == [f"/models/{rest}", handle]
    pin = "#sha256=" + "ab" * 32
    assert places(handle + pin) == [f"/models/{rest}{pin}", handle + pin]


def test_other_hosts_are_no_spellings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", "https://tfhub.dev/=/m/ kaggle://=/m/")
    for other in ("https://tfhub.dev.org/m", "https://hub.org/tfhub.dev/m", "gs://b/m"):
        assert places(other) == [other]


@pytest.mark.parametrize("form", ["", "file://"])
def test_a_mirror_on_this_machine_is_asked_offline(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    folder = tmp_path / "models" / "google" / "m" / "1"
    shutil.copytree(model, folder)
    monkeypatch.setenv("TFHUB_OFFLINE", "1")
    monkeypatch.setenv(
        "TFHUB_MIRROR",
        f"https://tfhub.dev/=https://a.org/ https://tfhub.dev/={form}{tmp_path}/models/",
    )
    assert tfhub.resolve(OLD) == str(folder)
    with pytest.raises(OfflineError, match="is not in the cache"):
        tfhub.resolve("https://tfhub.dev/google/m/2")
    with pytest.raises(HubError, match="names a folder"):
        tfhub.resolve(f"{OLD}#sha256={'0' * 64}")


def test_an_archive_on_this_machine_is_asked_offline(
    archive: bytes, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "google" / "m").mkdir(parents=True)
    (tmp_path / "google" / "m" / "1.tar.gz").write_bytes(archive)
    monkeypatch.setenv("TFHUB_MIRROR", f"https://tfhub.dev/={tmp_path}/*.tar.gz")
    good = hashlib.sha256(archive).hexdigest()
    with pytest.raises(ChecksumError):
        tfhub.resolve(f"{OLD}#sha256={'0' * 64}", offline=True)
    for handle in (OLD, f"{OLD}#sha256={good}"):
        path = tfhub.resolve(handle, offline=True)
        assert tree(path) == tree(model)
        assert tfhub.resolve(handle, offline=True) == path
