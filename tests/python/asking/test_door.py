"""The question of trust, without Keras: what is loaded is what was hashed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.asking import opened
from tfhub.asking.door import Asked, admitted
from tfhub.cache.locks import MANIFEST
from tfhub.errors import HandleNotFoundError, TrustError
from tfhub.trusted import given
from tfhub.trusted.tree import tree_of_folder


@pytest.fixture(autouse=True)
def _nothing_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given, "_digests", set())


@pytest.fixture
def model(fruit: Path, tmp_path: Path) -> Path:
    """A model, trusted by its tree digest, in a folder that others can write."""
    folder = tmp_path / "model"
    shutil.copytree(fruit, folder)
    folder.chmod(0o777)
    hub.trust(tree_of_folder(folder))
    return folder


def test_a_swap_after_the_question_changes_nothing(model: Path) -> None:
    tree = tree_of_folder(model)
    with admitted(Asked(str(model))) as place:
        (model / "saved_model.pb").write_bytes(b"evil")
        (model / "assets").mkdir(exist_ok=True)
        (model / "assets" / "more").write_bytes(b"evil")
        assert place.path != str(model)
        assert tree_of_folder(place.path) == tree
    assert not os.path.exists(place.path)


def test_a_swap_while_it_is_copied_is_found(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tfhub.asking import door

    look = door._look

    def swapped(path: str) -> Any:
        found = look(path)
        (model / "saved_model.pb").write_bytes(b"evil")
        return found

    monkeypatch.setattr(door, "_look", swapped)
    with pytest.raises(TrustError, match="changes while"), admitted(Asked(str(model))):
        pass


def test_a_link_that_is_turned_after_the_question(
    model: Path, fruit: Path, tmp_path: Path
) -> None:
    model.chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(model)
    with admitted(Asked(str(link))) as place:
        link.unlink()
        link.symlink_to(fruit)
        assert place.path == str(model)


def test_a_copy_is_kept_for_what_was_loaded(model: Path) -> None:
    class Loaded:
        pass

    loaded = Loaded()
    with admitted(Asked(str(model))) as place:
        place.keep_for(loaded)
    assert os.path.exists(place.path)
    del loaded
    assert not os.path.exists(os.path.dirname(place.path))


def test_an_archive_that_nobody_trusts_is_not_unpacked(
    fruit: Path, tmp_path: Path, cache: Path
) -> None:
    archive = hub.pack(fruit, tmp_path / "fruit.tar.gz")
    hub.trust("tree1:" + "0" * 64)
    with pytest.raises(TrustError, match="obody said"), admitted(Asked(str(archive))):
        pass
    assert not cache.exists()
    tree = tree_of_folder(fruit)
    hub.trust(tree)
    with admitted(Asked(str(archive), tree=tree)) as place:
        assert tree_of_folder(place.path) == tree


def test_an_archive_within_a_trusted_place(
    fruit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = hub.pack(fruit, tmp_path / "fruit.tar.gz")
    monkeypatch.setenv("TFHUB_TRUSTED", str(tmp_path))
    with admitted(Asked(str(archive))) as place:
        assert place.origin == hub.resolve(archive)


@pytest.mark.parametrize("vouched", [True, False])
def test_a_bundle_that_the_user_vouched_for_brings_its_archives(
    host: Any, fruit: Path, vouched: bool
) -> None:
    url = host.add("/fruit/1", fruit)
    manifest = Path(hub.resolve(url) + MANIFEST)
    facts = json.loads(manifest.read_text()) | {"came": "import", "vouched": vouched}
    manifest.write_text(json.dumps(facts))
    hub.trust(facts["sha256"])
    asked = Asked(url, archive=facts["sha256"])
    if vouched:
        with admitted(asked) as place:
            assert place.origin == hub.resolve(url)
    else:
        with pytest.raises(TrustError, match="no download of yours"), admitted(asked):
            pass


def test_the_folder_is_asked_for_within_alone(model: Path) -> None:
    with opened.asked(Asked(str(model))):
        assert opened.checked(str(model)) is not None
        assert opened.checked(f"{model}/") is None
    assert opened.checked(str(model)) is None


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = str(tmp_path / "none")
    with pytest.raises(TrustError, match="obody said"), admitted(Asked(handle)):
        pass
    hub.trust("0" * 64)
    asked = Asked(handle, archive="0" * 64)
    with pytest.raises(HandleNotFoundError), admitted(asked):
        pass
    monkeypatch.setenv("TFHUB_TRUSTED", str(tmp_path))
    with pytest.raises(TrustError), admitted(Asked(handle)):
        pass
