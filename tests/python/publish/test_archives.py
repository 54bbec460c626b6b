from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest

from tfhub.errors import ArchiveError
from tfhub.publish.archives import Archive, Archives, fingerprint


@pytest.fixture
def model(fruit: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fruit, tmp_path / "fruit"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "store").mkdir()
    return tmp_path / "store"


def test_one_packs_for_all(model: Path, store: Path) -> None:
    async def ask() -> list[Archive]:
        archives = Archives(store)
        return await asyncio.gather(*(archives.get(model) for _ in range(20)))

    first, *others = asyncio.run(ask())
    assert all(other is first for other in others)
    assert list(store.iterdir()) == [first.path]


def test_who_gives_up_does_not_stop_it(model: Path, store: Path) -> None:
    async def ask() -> tuple[Archive, Archive]:
        archives = Archives(store)
        first = asyncio.create_task(archives.get(model))
        second = asyncio.create_task(archives.get(model))
        while not any(store.iterdir()):
            await asyncio.sleep(0)
        first.cancel()
        return await second, await archives.get(model)

    second, third = asyncio.run(ask())
    assert second is third


def test_a_changed_folder_is_packed_again_and_old_archives_go(
    model: Path, store: Path
) -> None:
    async def ask() -> list[Archive]:
        archives = Archives(store)
        found = []
        for number in range(4):
            (model / "number").write_text(str(number))
            found.append(await archives.get(model))
        return found

    found = asyncio.run(ask())
    assert len({archive.sha256 for archive in found}) == 4
    assert set(store.iterdir()) == {archive.path for archive in found[-2:]}


def test_a_failure_is_not_kept(model: Path, store: Path) -> None:
    async def ask() -> Archive:
        archives = Archives(store)
        link = model / "link"
        link.symlink_to("nothing")
        with pytest.raises(ArchiveError, match="is a link"):
            await archives.get(model)
        link.unlink()
        return await archives.get(model)

    archive = asyncio.run(ask())
    assert list(store.iterdir()) == [archive.path]


def test_a_folder_that_changes_while_it_is_packed(model: Path, store: Path) -> None:
    big = model / "assets" / "big"
    with big.open("wb") as file:
        file.truncate(50_000_000)

    async def ask() -> Archive:
        archives = Archives(store)
        asked = asyncio.create_task(archives.get(model))
        while not any(store.iterdir()):
            await asyncio.sleep(0)
        (model / "late").touch()
        with pytest.raises(ArchiveError, match="changed while it was packed"):
            await asked
        assert list(store.iterdir()) == []
        return await archives.get(model)

    archive = asyncio.run(ask())
    assert list(store.iterdir()) == [archive.path]


def test_closing_breaks_off(model: Path, store: Path) -> None:
    with (model / "assets" / "big").open("wb") as file:
        file.truncate(2_000_000_000)

    async def ask() -> None:
        archives = Archives(store)
        asked = asyncio.create_task(archives.get(model))
        while not any(store.iterdir()):
            await asyncio.sleep(0)
        await asyncio.wait_for(archives.close(), timeout=2)
        with pytest.raises(ArchiveError, match="server stops"):
            await asked

    asyncio.run(ask())
    assert list(store.iterdir()) == []
    assert threading.active_count() < 20


def test_fingerprint(model: Path) -> None:
    before = fingerprint(model)
    assert fingerprint(model) == before
    (model / ".hidden").touch()
    (model / "variables" / "new").touch()
    assert fingerprint(model) != before
    assert fingerprint(Path(shutil.copytree(model, model.with_name("b")))) != before
