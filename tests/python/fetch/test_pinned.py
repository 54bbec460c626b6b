"""A pinned handle is met by the archive that it pins, and by nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.cache.entries import Entry
from tfhub.cli.main import main
from tfhub.errors import HandleError, HubError, OfflineError
from tfhub.testing import Host

from ..conftest import tree


@pytest.fixture
def pinned(host: Host, archive: bytes) -> str:
    """A handle that pins what its server has."""
    url = host.add("/m/1", archive)
    return f"{url}#sha256={hashlib.sha256(archive).hexdigest()}"


def put(handle: str, folder: Path, **says: object) -> Entry:
    """An entry with another model; with a manifest, where that says something."""
    entry = Entry(hub.cache_dir(), handle)
    shutil.copytree(folder, entry.folder)
    Path(entry.folder, "weights").write_bytes(b"of an attacker")
    if says:
        files = {
            name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in tree(entry.folder).items()
        }
        manifest: dict[str, Any] = {
            "handle": handle, "time": "2026-01-01T00:00:00+00:00",
            "files": files, **says,
        }  # fmt: skip
        Path(entry.manifest).write_text(json.dumps(manifest))
    return entry


ENTRIES: dict[str, Callable[[str], dict[str, object]]] = {
    "without a manifest": lambda _: {},
    "of another archive": lambda _: {"sha256": "0" * 64, "came": "download"},
    "of no archive": lambda _: {"came": "download"},
    "adopted": lambda pin: {"sha256": pin, "came": "adopt"},
    "imported": lambda pin: {"sha256": pin, "came": "import"},
    "imported, and not vouched for": lambda pin: {
        "sha256": pin, "came": "import", "vouched": False,
    },
}  # fmt: skip


@pytest.mark.parametrize("case", ENTRIES)
def test_what_nothing_shows_to_be_the_archive_is_fetched_again(
    pinned: str, host: Host, model: Path, case: str
) -> None:
    entry = put(pinned, model, **ENTRIES[case](pinned[-64:]))
    assert hub.cache_list()[0].state in ("damaged", "foreign")  # of no handle
    hub.cache_adopt(pinned)
    Path(entry.descriptor).write_text(f"Module: {pinned}\n")
    assert [each.state for each in hub.cache_list()] == ["damaged"]
    with pytest.raises(OfflineError) as caught:
        hub.resolve(pinned, offline=True)
    assert "is in the cache, but" in str(caught.value)
    assert "pinned" in str(caught.value)
    assert "tfhub cache import --sha256 SHA256 models.tar" in str(caught.value)
    assert main(["cache", "path", pinned]) == 1
    with pytest.raises(OfflineError):
        hub.load(pinned, offline=True)
    hub.cache_adopt()
    hub.cache_adopt(pinned)
    assert not os.path.exists(entry.manifest) or ENTRIES[case]("")
    with pytest.raises(OfflineError):
        hub.resolve(pinned, offline=True)
    assert hub.resolve(pinned) == entry.folder
    assert tree(entry.folder) == tree(model)
    assert len(host.requests) == 1
    assert hub.resolve(pinned, offline=True) == entry.folder
    assert [each.state for each in hub.cache_verify()] == ["ok"]


@pytest.mark.parametrize(
    "says", [{}, {"came": "download"}, {"came": "import", "vouched": True}]
)
def test_what_was_downloaded_or_vouched_for_is_used(
    pinned: str, host: Host, model: Path, says: dict[str, object]
) -> None:
    """The first is what older versions wrote."""
    entry = put(pinned, model, sha256=pinned[-64:], **says)
    assert hub.resolve(pinned) == hub.resolve(pinned, offline=True) == entry.folder
    assert hub.resolve(pinned.replace("/m/1#", "/m/1#")) == entry.folder
    assert host.requests == []
    assert [each.state for each in hub.cache_list(check=True)] == ["ok"]


def test_the_digits_of_a_pin_may_be_capitals(
    pinned: str, host: Host, model: Path
) -> None:
    capital = pinned[:-64] + pinned[-64:].upper()
    path = hub.resolve(capital)
    assert hub.resolve(capital) == path
    assert tree(path) == tree(model)
    assert len(host.requests) == 1


def test_a_folder_is_no_archive(
    model: Path, host: Host, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = f"#sha256={hashlib.sha256(archive).hexdigest()}"
    for handle in (f"{model}{pin}", f"file://{model}{pin}"):
        for offline in (False, True):
            with pytest.raises(HandleError, match="names a folder"):
                hub.resolve(handle, offline=offline)
    # Nor at a mirror: the next place is looked at.
    url = host.add("/models/1", archive)
    (model.parent / "1").symlink_to(model)
    monkeypatch.setenv("TFHUB_MIRROR", f"{host.url}/models/={model.parent}/")
    assert hub.resolve(url) == f"{model.parent}/1"
    assert hub.resolve(url + pin).startswith(hub.cache_dir())
    assert len(host.requests) == 1
    (model.parent / "1").unlink()


def test_an_archive_of_another_digest_installs_nothing(
    pinned: str, host: Host, model: Path
) -> None:
    wrong = pinned[:-64] + "0" * 64
    put(wrong, model)
    with pytest.raises(HubError, match="pins"):
        hub.resolve(wrong)
    with pytest.raises(OfflineError, match="without a manifest"):
        hub.resolve(wrong, offline=True)
    assert len(host.requests) == 1
