from __future__ import annotations

from pathlib import Path

import pytest

from tfhub.errors import HandleError
from tfhub.handles import (
    ArchiveUrl,
    BucketPath,
    HubUrl,
    HuggingFaceRepo,
    KaggleModel,
    LocalPath,
    OtherUrl,
    parse,
)

PIN = "ab" * 32
YAMNET = ("google", "yamnet", "tensorflow2", "yamnet")


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
        ("https://h/m/1\n", "control character"),
        ("http:///m", "has no host"),
        ("http://h/a b", "contains a space"),
        ("http://h:port/m", "is not a URL"),
        ("file://server/share", "names the host 'server'"),
        ("http://h/m#sha256=12", "not 64 hexadecimal digits"),
        ("gs://", "does not name a bucket"),
        ("s3:///m", "does not name a bucket"),
        ("kaggle://google/yamnet", "does not name a model on Kaggle"),
        ("kaggle://google/yamnet/tensorFlow2/yamnet/one", "does not name a model"),
        ("kaggle://google/yamnet/tensorFlow2/yamnet/0", "does not name a model"),
        ("https://www.kaggle.com/models/google/yamnet", "does not name a model"),
        ("https://kaggle.com/models/g/y/frameworks/tfLite", "does not name a model"),
        ("hf://gpt2", "does not name a repository"),
        ("hf://o/r@", "does not name a repository"),
        ("https://h/m\x7f", "control character"),
        ("https://h/m\x9b2J", "control character"),
        ("/models/\u202emoc", "control character"),
        ("hf://o/r\u2066", "control character"),
        ("/models/a\u2028b", "control character"),
        ("file:///a%00b", "control character"),
        ("file:///a%0Ab", "control character"),
        ("hf://o/r@%1b", "control character"),
        ("/models/\udcff", "not UTF-8"),
        ("https://h/\ud800", "not UTF-8"),
        ("gs://b/\udcff", "not UTF-8"),
        ("https://h/" + "m" * 9000, "has 9,010 characters, more than 8,192"),
        ("/" + "m" * 9000, "has 9,001 characters"),
        ("kaggle://o/m/f/v/" + "1" * 5000, "does not name a model on Kaggle"),
        ("https://kaggle.com/models/o/m/f/v/" + "1" * 5000, "does not name a model"),
        ("https://h.org\\@evil.org/m", "host or port is malformed"),
        ("https://h%2eorg/m", "host or port is malformed"),
        ("https://h\u3002org/m", "host or port is malformed"),
        ("file://[x/m", "host is malformed"),
        ("https://[x/m", "host or port is malformed"),
        ("https://h:99999/m", "host or port is malformed"),
        ("https://h:" + "1" * 5000 + "/m", "host or port is malformed"),
        ("https://h\u2100.org/m", "is not a URL"),
        (None, "Expected a string, got NoneType"),
        (1, "got int"),
    ],
)
def test_refused(text: object, message: str) -> None:
    with pytest.raises(HandleError, match=message) as caught:
        parse(text)  # type: ignore[arg-type]
    assert caught.value.hint
    assert len(str(caught.value)) < 12_000
    assert str(caught.value).replace("\n", "").isprintable()
    assert caught.value.__cause__ is None


def test_letters_of_all_languages_are_fine() -> None:
    for text in ("/models/\u00e9\u4e2d\u05d0", "/a b", "https://h.org/\u00e9"):
        assert parse(text).text == text


def test_a_host_in_china_has_its_archives_elsewhere() -> None:
    handle = parse("https://hub.tensorflow.google.cn/google/nnlm/1?x=y")
    assert isinstance(handle, HubUrl)
    place = "https://gcs.tensorflow.google.cn/tfhub-modules/google/nnlm/1.tar.gz"
    assert handle.download_url == place


@pytest.mark.parametrize(
    ("text", "parts", "archive"),
    [
        ("gs://tfhub-modules/google/nnlm/1", ("gs", "google/nnlm/1"), False),
        (
            "gs://tfhub-modules/google/nnlm/1.tar.gz",
            ("gs", "google/nnlm/1.tar.gz"),
            True,
        ),
        ("S3://tfhub-modules/m.zip", ("s3", "m.zip"), True),
        ("s3://tfhub-modules/a b?c/", ("s3", "a b?c/"), False),
        ("s3://tfhub-modules", ("s3", ""), False),
    ],
)
def test_buckets(text: str, parts: tuple[str, str], archive: bool) -> None:
    handle = parse(f"{text}#sha256={PIN}")
    assert isinstance(handle, BucketPath)
    assert (handle.scheme, handle.path) == parts
    assert (handle.bucket, handle.is_archive) == ("tfhub-modules", archive)
    assert handle.sha256 == PIN


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("kaggle://google/yamnet/tensorFlow2/yamnet", None),
        ("kaggle://google/yamnet/tensorFlow2/yamnet/3", 3),
        ("https://www.kaggle.com/models/google/yamnet/TensorFlow2/yamnet/3", 3),
        ("https://kaggle.com/models/google/yamnet/tensorflow2/yamnet/", None),
        ("https://WWW.Kaggle.com/models/google/yamnet/tensorFlow2/yamnet/3/", 3),
        (
            "https://www.kaggle.com/models/google/yamnet/frameworks/TensorFlow2/"
            "variations/yamnet/versions/3",
            3,
        ),
        (
            "https://www.kaggle.com/models/google/yamnet/frameworks/tensorFlow2/"
            "variations/yamnet?tfhub-redirect=true",
            None,
        ),
        ("http://kaggle.com/models/google/yamnet/tensorFlow2/yamnet/versions/3#x", 3),
    ],
)
def test_kaggle_in_all_spellings(text: str, version: int | None) -> None:
    handle = parse(text)
    assert isinstance(handle, KaggleModel)
    framework = handle.framework.lower()
    assert (handle.owner, handle.model, framework, handle.variation) == YAMNET
    assert handle.version == version


def test_other_pages_of_kaggle_are_urls() -> None:
    assert isinstance(parse("https://www.kaggle.com/datasets/o/d"), HubUrl)
    assert isinstance(parse("https://example.com/models/o/m/f/v"), HubUrl)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("hf://o/r", ("o/r", None, "")),
        ("hf://o/r/", ("o/r", None, "")),
        ("hf://o/r/a/b/", ("o/r", None, "a/b")),
        ("hf://o/r-1.0@v1.0", ("o/r-1.0", "v1.0", "")),
        ("hf://o/r@main/saved_model/1", ("o/r", "main", "saved_model/1")),
        ("hf://o/r@feature%2Fx/a", ("o/r", "feature/x", "a")),
        ("hf://o/r@refs/pr/7/a", ("o/r", "refs/pr/7", "a")),
    ],
)
def test_hugging_face(text: str, parts: tuple[str, str | None, str]) -> None:
    handle = parse(text)
    assert isinstance(handle, HuggingFaceRepo)
    assert (handle.repo, handle.revision, handle.folder) == parts


def test_other_schemes_are_left_to_other_packages() -> None:
    handle = parse(f"ftp://h/m#sha256={PIN}")
    assert isinstance(handle, OtherUrl)
    assert (handle.scheme, handle.url, handle.sha256) == ("ftp", "ftp://h/m", PIN)


def test_blanks_around_it_are_dropped() -> None:
    for text in (" https://h/m/1", "https://h/m/1 ", "\u00a0https://h/m/1\t "):
        assert parse(text) == parse("https://h/m/1")
    assert parse(" /models/a b ").text == "/models/a b"
    assert parse(Path("/models/b ")).text == "/models/b "  # as it is
    with pytest.raises(HandleError, match="is empty"):
        parse(" \t")
