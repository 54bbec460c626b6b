from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from pathlib import Path
from typing import IO

import pytest

from tfhub.errors import ArchiveError, ModelFormatError
from tfhub.formats.walking import Entry, walk
from tfhub.hosting import archives
from tfhub.hosting.archives import Archives, NoRoomError
from tfhub.hosting.measured import Measures
from tfhub.hosting.packing import Archive, members
from tfhub.hosting.states import state_of
from tfhub.trusted.tree import tree_of_folder


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
    assert len({archive.measures.sha256 for archive in found}) == 4
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


def test_a_large_model_does_not_hold_up_others(model: Path, store: Path) -> None:
    large = [Path(shutil.copytree(model, model.with_name(f"l{n}"))) for n in range(3)]
    for folder in large:
        with (folder / "assets" / "big").open("wb") as file:
            file.truncate(3_000_000_000)

    async def ask() -> None:
        archives = Archives(store, patience=0.1)
        asked = [asyncio.create_task(archives.get(folder)) for folder in large]
        await asyncio.sleep(0.3)
        await asyncio.wait_for(archives.get(model), 2)
        for task in asked:
            task.cancel()
        await asyncio.wait(asked)
        deadline = time.monotonic() + 5
        while len(list(store.iterdir())) != 1:  # nobody came back for the others
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        await archives.close()

    asyncio.run(ask())


def test_who_comes_back_finds_it_under_way(model: Path, store: Path) -> None:
    with (model / "assets" / "big").open("wb") as file:
        file.truncate(500_000_000)

    async def ask() -> None:
        archives = Archives(store, patience=2)
        first = asyncio.create_task(archives.get(model))
        while not any(store.iterdir()):
            await asyncio.sleep(0.01)
        place = next(store.iterdir()).stat().st_ino
        first.cancel()
        await asyncio.sleep(0.2)
        archive = await archives.get(model)
        assert archive.path.stat().st_ino == place

    asyncio.run(ask())


def test_who_comes_when_it_was_broken_off_gets_it(model: Path, store: Path) -> None:
    with (model / "assets" / "big").open("wb") as file:
        file.truncate(300_000_000)

    async def ask() -> Archive:
        archives = Archives(store, patience=0)
        first = asyncio.create_task(archives.get(model))
        while not any(store.iterdir()):
            await asyncio.sleep(0.01)
        first.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        return await archives.get(model)

    assert asyncio.run(ask()).path.exists()


def test_there_must_be_room(model: Path, store: Path) -> None:
    with (model / "assets" / "big").open("wb") as file:
        file.truncate(shutil.disk_usage(store).free + (10 << 30))

    async def ask() -> None:
        archives = Archives(store)
        with pytest.raises(NoRoomError, match="no room on the server's disk"):
            await archives.get(model)
        assert list(store.iterdir()) == []
        (model / "assets" / "big").unlink()
        await archives.get(model)

    asyncio.run(ask())


def test_room_is_made_of_what_nobody_asked_for_lately(
    model: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path(shutil.copytree(model, model.with_name("other")))

    async def ask() -> None:
        archives = Archives(store)
        first = await archives.get(model)
        monkeypatch.setenv("TFHUB_MIN_FREE", str(shutil.disk_usage(store).free + 10**9))
        with pytest.raises(NoRoomError):
            await archives.get(other)
        assert first.path.exists()  # somebody may be reading it
        monkeypatch.setattr("tfhub.hosting.archives._IN_USE", -1.0)
        with pytest.raises(NoRoomError):
            await archives.get(other)
        assert not first.path.exists()

    asyncio.run(ask())


def test_what_a_large_model_takes_is_not_counted_twice_nor_against_small_ones(
    model: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(store).free
    large = [Path(shutil.copytree(model, model.with_name(f"l{n}"))) for n in range(2)]
    for folder in large:
        with (folder / "assets" / "holes").open("wb") as file:
            file.truncate(max(free * 6 // 10, 1 << 30))
    write_archive, go_on = archives.write_archive, threading.Event()

    def write(folder: Path, stream: IO[bytes]) -> Measures:
        if folder in large:
            go_on.wait(30)
            state = state_of(members(folder)).hash
            return Measures("", 0, "", 0.0, state)
        return write_archive(folder, stream)

    monkeypatch.setattr(archives, "write_archive", write)

    async def ask() -> None:
        packed = Archives(store)
        first = asyncio.create_task(packed.get(large[0]))
        while not any(store.iterdir()):
            await asyncio.sleep(0.01)
        with pytest.raises(NoRoomError):
            await packed.get(large[1])
        # What is a hole in its file is no room that anybody else could have.
        monkeypatch.setenv("TFHUB_MIN_FREE", str(free // 2))
        assert (await packed.get(model)).path.exists()
        monkeypatch.delenv("TFHUB_MIN_FREE")
        with next(path for path in store.iterdir() if not path.stat().st_size).open(
            "r+b"
        ) as file:
            file.truncate(free * 6 // 10)
        second = asyncio.create_task(packed.get(large[1]))
        go_on.set()
        await first
        await second
        await packed.close()

    asyncio.run(ask())


def test_what_a_cleaner_of_temporary_files_takes_is_made_again(
    model: Path, store: Path
) -> None:
    async def ask() -> None:
        packed = Archives(store)
        first = await packed.get(model)
        first.path.unlink()
        assert (await packed.get(model)).path.exists()
        shutil.rmtree(store)
        again = await packed.get(model)
        assert again.path.exists()
        assert again.measures == first.measures
        assert store.stat().st_mode & 0o777 == 0o700

    asyncio.run(ask())


@pytest.mark.skipif(os.name == "nt", reason="who owns a folder is not known there")
def test_nothing_is_put_where_another_user_made_the_folder(
    model: Path, store: Path
) -> None:
    packed = Archives(store)
    store.rmdir()
    store.symlink_to(model)
    with pytest.raises(OSError, match="another user's"):
        asyncio.run(packed.get(model))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk")
def test_a_disk_that_gets_full(
    model: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        with open("/dev/full", "wb", buffering=0) as device:
            device.write(b"x")

    monkeypatch.setattr("tfhub.hosting.archives.write_archive", full)

    async def ask() -> None:
        with pytest.raises(NoRoomError):
            await Archives(store).get(model)

    asyncio.run(ask())
    assert list(store.iterdir()) == []


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


def test_a_state_is_another_one_when_a_file_changes(model: Path) -> None:
    before = state_of(members(model))
    assert state_of(members(model)) == before == state_of(walk(model))
    assert before.size == sum(path.stat().st_size for path in model.rglob("*.*"))
    (model / ".hidden").touch()
    assert state_of(members(model)) == before
    (model / "variables" / "new").touch()
    assert state_of(members(model)) != before


def test_the_same_files_in_two_folders_make_two_archives(
    model: Path, store: Path
) -> None:
    other = model.with_name("other")
    shutil.copytree(model, other, copy_function=os.link)

    async def ask() -> list[Archive]:
        archives = Archives(store)
        return await asyncio.gather(archives.get(model), archives.get(other))

    first, second = asyncio.run(ask())
    assert first.path != second.path
    assert first.measures.sha256 == second.measures.sha256


def _like(file: Path, other: Path) -> bool:
    """Writes two files of the same size at once: whether their times are the same."""
    with file.open("wb") as one, other.open("wb") as two:
        one.write(b"1" * 100)
        two.write(b"2" * 100)
    found, like = file.stat(), other.stat()
    return (found.st_mtime_ns, found.st_ctime_ns) == (
        like.st_mtime_ns,
        like.st_ctime_ns,
    )


def _swap(folder: Path, other: Path) -> None:
    aside = folder.with_name("aside")
    folder.rename(aside)
    other.rename(folder)
    aside.rename(other)


@pytest.mark.skipif(os.name == "nt", reason="there files have finer times")
def test_a_folder_put_in_the_place_of_one_of_the_same_times_is_seen(
    model: Path, store: Path
) -> None:
    assets, other = model / "assets", model.with_name("other")
    other.mkdir()
    assets.mkdir(exist_ok=True)
    assert any(_like(assets / "a", other / "a") for _ in range(1000))

    async def ask() -> None:
        archives = Archives(store)
        before = await archives.get(model)
        _swap(assets, other)
        state = state_of(walk(model)).hash
        assert archives.recorded(model, state) is None
        assert (await archives.get(model)).measures.tree != before.measures.tree
        recorded = archives.recorded(model, state)
        assert recorded is not None
        assert recorded.tree == tree_of_folder(model)
        await archives.close()

    asyncio.run(ask())


def test_no_digest_is_recorded_of_a_folder_that_was_another_while_it_was_packed(
    model: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = model.with_name("other")
    shutil.copytree(model, other)
    (other / "saved_model.pb").write_bytes(b"")
    write_archive = archives.write_archive

    def swapped(folder: Path, stream: IO[bytes]) -> Measures:
        _swap(model, other)
        try:
            return write_archive(folder, stream)
        finally:
            _swap(model, other)

    monkeypatch.setattr(archives, "write_archive", swapped)

    async def ask() -> None:
        packing = Archives(store)
        with pytest.raises(ArchiveError, match="changed while it was packed"):
            await packing.get(model)
        assert packing.recorded(model, state_of(walk(model)).hash) is None
        await packing.close()

    asyncio.run(ask())


def test_the_tree_digest_is_recorded_until_the_files_change(
    model: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    read = Entry.open
    monkeypatch.setattr(Entry, "open", lambda self: opened.append(1) or read(self))

    def state() -> str:
        return state_of(walk(model)).hash

    async def ask() -> None:
        archives = Archives(store)
        assert archives.recorded(model, state()) is None
        await archives.get(model)
        assert len(opened) == 4  # each file once
        recorded = archives.recorded(model, state())
        assert recorded is not None
        assert recorded.tree == tree_of_folder(model)
        archives._forget(next(iter(archives._packing)))  # for room, say
        assert list(store.iterdir()) == []
        assert archives.recorded(model, state()) == recorded
        file = model / "variables" / "variables.index"
        before = file.stat()
        file.write_bytes(bytes(reversed(file.read_bytes())))
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert archives.recorded(model, state()) is None

    asyncio.run(ask())


def test_nothing_is_read_while_a_change_would_not_show(
    model: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files written within one tick of the clock have the same time."""
    opened = []
    read = Entry.open
    monkeypatch.setattr(
        Entry, "open", lambda self: opened.append(time.time_ns()) or read(self)
    )
    new = model / "assets" / "new"
    new.write_text("new")
    asyncio.run(Archives(store).get(model))
    assert opened[0] - new.stat().st_ctime_ns >= 19_000_000


def test_what_a_check_refuses_is_not_packed_and_asked_again(
    model: Path, store: Path
) -> None:
    refused: list[tuple[Path, str]] = []

    async def check(folder: Path, state: str) -> None:
        await asyncio.sleep(0.2)
        if not (folder / "assets" / "good").exists():
            refused.append((folder, state))
            msg = "It is cut."
            raise ModelFormatError(msg)

    async def ask() -> None:
        archives = Archives(store, check)
        both = (archives.get(model), archives.get(model))
        for error in await asyncio.gather(*both, return_exceptions=True):
            assert isinstance(error, ModelFormatError)
        assert refused == [(model, state_of(members(model)).hash)]
        assert list(store.iterdir()) == []
        (model / "assets" / "good").touch()
        assert (await archives.get(model)).path.exists()

    asyncio.run(ask())
