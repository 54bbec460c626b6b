"""A model is trusted by its handle: by what is here of it, as it is now."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.asking.door import Asked, admitted
from tfhub.errors import (
    HandleNotFoundError,
    ModelFormatError,
    ModelNotFoundError,
    OfflineError,
    TrustError,
)
from tfhub.trusted import given
from tfhub.trusted.tree import tree_of_folder


@pytest.fixture(autouse=True)
def _nothing_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_digests", set())


def test_a_model_in_the_cache(host: Any, fruit: Path) -> None:
    url = host.add("/fruit/1", fruit)
    folder = hub.resolve(url)
    before = len(host.requests)
    assert hub.trust(url) == tree_of_folder(fruit)
    assert len(host.requests) == before
    with admitted(Asked(url)) as place:
        assert place.origin == folder


def test_it_is_the_files_that_are_trusted_and_not_the_handle(
    host: Any, fruit: Path
) -> None:
    url = host.add("/fruit/1", fruit)
    folder = Path(hub.resolve(url))
    recorded = hub.describe(url).tree
    (folder / "assets").mkdir(exist_ok=True)
    (folder / "assets" / "more").write_bytes(b"more")
    now = hub.trust(url)
    assert now == tree_of_folder(folder) != recorded
    assert not given.is_trusted(recorded)
    (folder / "assets" / "more").write_bytes(b"else")
    with pytest.raises(TrustError, match="obody said"), admitted(Asked(url)):
        pass


def test_one_that_is_not_cached_is_never_downloaded(
    host: Any, fruit: Path, cache: Path
) -> None:
    url = host.add("/fruit/1", fruit)
    with pytest.raises(OfflineError, match="is not in the cache") as caught:
        hub.trust(url)
    assert host.requests == []
    assert not cache.exists()
    assert not given.trusts_trees()
    assert f"hub.resolve('{url}')" in str(caught.value.hint)
    message, hint = caught.value.in_words("r")
    assert "is not in the cache" in message
    assert f'hub_resolve("{url}")' in str(hint)
    assert f'hub_info("{url}")' in str(hint)


def test_one_that_is_damaged(host: Any, fruit: Path) -> None:
    url = host.add("/fruit/1", fruit)
    Path(hub.resolve(url), "saved_model.pb").unlink()
    with pytest.raises(OfflineError, match="damaged"):
        hub.trust(url)


@pytest.mark.parametrize("kind", [str, Path, lambda folder: f"file://{folder}"])
def test_a_folder(fruit: Path, kind: Any) -> None:
    assert hub.trust(kind(fruit)) == tree_of_folder(fruit)
    with admitted(Asked(str(fruit))):
        pass


def test_an_archive_file(fruit: Path, tmp_path: Path) -> None:
    archive = hub.pack(fruit, tmp_path / "fruit.tar.gz")
    assert hub.trust(archive) == tree_of_folder(fruit)


def test_a_mirror_on_this_machine(
    fruit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(fruit, tmp_path / "mirror" / "fruit" / "1")
    monkeypatch.setenv("TFHUB_MIRROR", f"https://hub.example.com/={tmp_path}/mirror/")
    handle = "https://hub.example.com/fruit/1"
    assert hub.trust(handle) == tree_of_folder(fruit)


def test_a_folder_that_is_named_as_a_digest(
    fruit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(fruit, "0" * 64)
    assert hub.trust("0" * 64) == "0" * 64
    assert hub.trust("./" + "0" * 64) == tree_of_folder(fruit)


def test_what_holds_no_model(tmp_path: Path, fruit: Path) -> None:
    with pytest.raises(ModelNotFoundError):
        hub.trust(tmp_path)
    with pytest.raises(HandleNotFoundError):
        hub.trust(f"file://{tmp_path}/none")
    with pytest.raises(hub.HubError, match="nor a tree digest, and .* no such folder"):
        hub.trust(str(tmp_path / "none"))
    linked = tmp_path / "linked"
    shutil.copytree(fruit, linked)
    (linked / "assets").mkdir(exist_ok=True)
    (linked / "assets" / "link").symlink_to(fruit / "saved_model.pb")
    with pytest.raises(ModelFormatError, match="a link"):
        hub.trust(linked)
    assert not given.trusts_trees()


def test_a_secret_of_the_handle_is_not_said() -> None:
    with pytest.raises(OfflineError) as caught:
        hub.trust("https://me:hunter2@hub.example.com/fruit/1")
    assert "hunter2" not in str(caught.value)
