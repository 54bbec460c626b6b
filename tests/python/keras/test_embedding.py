"""Models within a configuration: what they may hold, and when they are unpacked."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import HubError, ModelFormatError, TrustError, UnsafeArchiveError
from tfhub.keras import trust
from tfhub.keras.embedding import Package
from tfhub.trusted import given

from .forging import Evil, forge_keras, naming

CLAIMED = "0" * 64


@pytest.fixture(autouse=True)
def _nothing_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_digests", set())
    monkeypatch.setattr(trust, "_packages", set())


def digest(files: dict[str, bytes]) -> str:
    """By the text of the definition."""
    found = hashlib.sha256()
    for name in sorted(files):
        found.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return found.hexdigest()


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def embed(data: bytes | str, claimed: str = CLAIMED) -> dict[str, Any]:
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return {"files": text, "sha256": claimed}


def bomb(size: int) -> bytes:
    """A zip of a file of zeros."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("saved_model.pb", "w", force_zip64=True) as file,
    ):
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))
    return stream.getvalue()


def folder_of(folder: str) -> dict[str, bytes]:
    root = Path(folder)
    return {
        each.relative_to(root).as_posix(): each.read_bytes()
        for each in root.rglob("*")
        if each.is_file()
    }


def test_nothing_is_unpacked_before_the_question(layer: Any) -> None:
    config = {"handle": "https://never.example/", "embed": embed(bomb(1 << 30))}
    tracemalloc.start()
    began = time.monotonic()
    try:
        with pytest.raises(TrustError, match=CLAIMED):
            layer.from_config(config)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20
    assert time.monotonic() - began < 1
    # Nor is what is no zip, or no base64, looked at.
    for files in ("no base64", "\ud800", ""):
        with pytest.raises(TrustError, match=CLAIMED):
            layer.from_config({**config, "embed": embed(files)})


@pytest.mark.parametrize("how", ["trusted", "safe mode is off"])
def test_what_is_too_large_is_not_unpacked(layer: Any, how: str) -> None:
    config = {"handle": "https://never.example/", "embed": embed(bomb(1 << 30))}
    serialized = {
        "module": layer.__module__,
        "class_name": "KerasLayer",
        "config": config,
        "registered_name": "tfhub>KerasLayer",
    }
    if how == "trusted":
        hub.trust(CLAIMED)
    tracemalloc.start()
    try:
        with pytest.raises(UnsafeArchiveError, match="TFHUB_MAX_RATIO"):
            layer._hub_keras.saving.deserialize_keras_object(
                serialized, safe_mode=how == "trusted"
            )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 << 20


def encrypted(data: bytes) -> bytes:
    """The same zip, which says that its members are."""
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + offset
        flags = struct.unpack_from("<H", data, at)[0] | 1
        data = data[:at] + struct.pack("<H", flags) + data[at + 2 :]
    return data


def linked() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("saved_model.pb")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


def twice() -> bytes:
    data = zipped({"saved_model.pb": b"a", "saved_model.px": b"b"})
    return data.replace(b"saved_model.px", b"saved_model.pb")


MODEL = zipped({"saved_model.pb": b"x" * 100})


@pytest.mark.parametrize(
    "data",
    [
        "AAA",
        "!!!!",
        "AAAA=AAA",
        "\u00e9",
        "\ud800",
        "",
        b"no zip",
        MODEL[:-10],
        MODEL[10:],
        MODEL + b"more",
        MODEL.replace(b"x" * 4, b"y" * 4, 1),
        encrypted(MODEL),
        linked(),
        zipped({"../saved_model.pb": b""}),
        zipped({"/saved_model.pb": b""}),
        zipped({"a\\b": b""}),
        zipped({"con": b""}),
        zipped({"A": b"", "a": b""}),
        zipped({"a": b"", "a/b": b""}),
        zipped({f"{i}": b"" for i in range(20_001)}),
        zipped({"n" * 300: b""}),
        zipped({}),
    ],
    ids=range(22),
)
def test_what_is_no_model_is_an_error_of_ours(layer: Any, data: bytes | str) -> None:
    hub.trust(CLAIMED)
    config = {"handle": "https://never.example/", "embed": embed(data)}
    with pytest.raises((ModelFormatError, UnsafeArchiveError, TrustError)) as caught:
        layer.from_config(config)
    assert "was https://never.example/," in str(caught.value)


def test_two_files_of_one_name(layer: Any) -> None:
    hub.trust(CLAIMED)
    with pytest.raises(UnsafeArchiveError, match="twice"):
        layer.from_config({"handle": "x", "embed": embed(twice())})


def test_a_trusted_digest_that_is_claimed_for_another_model(
    layer: Any, keras: Any, models: dict[str, str], tmp_path: Path
) -> None:
    evil = Evil(tmp_path)
    model = keras.Sequential([keras.Input([4]), layer(models["plain"], embed=True)])
    model.save(tmp_path / "model.keras")
    good = model.layers[-1].get_config()["embed"]
    hub.trust(good["sha256"])
    files = embed(zipped(folder_of(str(evil.folder))), good["sha256"])
    edit = naming("https://never.example/", embed=files)
    forged = forge_keras(tmp_path / "model.keras", tmp_path / "forged.keras", edit)
    for safe_mode in (True, False):
        with pytest.raises(TrustError, match="not the one that it says"):
            keras.models.load_model(forged, safe_mode=safe_mode)
        assert not evil.ran


def test_an_old_file_stays_trusted_by_its_digest(
    layer: Any, models: dict[str, str]
) -> None:
    files = folder_of(models["plain"])
    files = {n: c for n, c in files.items() if not n.startswith("variables/")}
    old = embed(zipped(dict(reversed(files.items()))), digest(files))
    made = layer(models["plain"], embed=True).get_config()["embed"]
    assert made["sha256"] == old["sha256"]
    trust._packages.clear()
    config = {"handle": "https://never.example/", "embed": old}
    with pytest.raises(TrustError, match=old["sha256"]):
        layer.from_config(config)
    hub.trust(old["sha256"])
    loaded = layer.from_config(config)
    assert loaded.get_config()["embed"] == old


def test_it_is_loaded_from_a_private_folder(layer: Any, models: dict[str, str]) -> None:
    config = layer(models["text"], embed=True).get_config()
    config["handle"] = "https://never.example/"
    loaded = layer.from_config(config)
    path = Path(str(loaded._hub_source.path))
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (path / "assets" / "words.txt").read_text() == "hello\nworld\n"
    del loaded


def test_memory_and_the_folder_do_not_stay(tmp_path: Path) -> None:
    """Of 32 MB, packed and unpacked, only the text is ever whole in memory."""
    size = 32 << 20
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "saved_model.pb").write_bytes(os.urandom(size))
    text_size = size * 4 // 3
    tracemalloc.start()
    try:
        package = Package.of_folder(str(tmp_path / "model"), 0)
        _, peak = tracemalloc.get_traced_memory()
        assert peak < 2.2 * text_size  # the text is put together of its parts
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        again = Package.of_config(package.config, "x")
        assert again.verified() == digest(folder_of(str(tmp_path / "model")))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 3 * size  # by the digest of this test, which reads it whole
    folder = Path(again.folder)
    assert folder.exists()
    del again
    assert not folder.parent.exists()


def test_the_handle_of_what_is_embedded_is_not_asked_for(
    layer: Any, host: Any, models: dict[str, str]
) -> None:
    config = layer(models["plain"], embed=True).get_config()
    config["handle"] = host.add("/other/1", models["text"])
    layer.from_config(config)
    assert host.requests == []


def test_errors_name_no_secret(layer: Any) -> None:
    handle = "https://me:secret@never.example/?sig=secret"
    config = {"handle": handle, "embed": embed("")}
    with pytest.raises(HubError) as caught:
        layer.from_config(config)
    assert "secret" not in str(caught.value)
