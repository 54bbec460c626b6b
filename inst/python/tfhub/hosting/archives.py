"""Archives of the models that a server gives out, each packed once."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from .. import settings
from ..errors import ArchiveError, WriteError
from .measured import Measures
from .packing import Archive, members, write_archive
from .states import State, state_of
from .store import ready

_KEPT = 2  # of one model: the newest, and the one that a client may still be reading
_IN_USE = 60.0  # seconds, for which an archive that was asked for is kept in any case
_LARGE = 1 << 30  # bytes of a model: those wait for each other, and not the others
_AT_ONCE = {"small": 2, "large": 2}
_PATIENCE = 30.0  # seconds that packing goes on when nobody waits for it any more
_STOPS = "The server stops to pack this."
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_TICK = 0.02  # seconds that the times of files may lag behind
_RECORDED = 10_000  # models of which it is kept what was measured

Key = tuple[Path, str]  # a folder and the state that it is in
Check = Callable[[Path, str], Awaitable[None]]  # of a folder, and of its state


async def _no_check(_folder: Path, _state: str) -> None: ...


@dataclass
class _Packing:
    """An archive, packed or under way."""

    future: asyncio.Future[Archive]
    stopped: threading.Event
    size: int  # of the model
    waiting: int = 0  # how many clients there are
    asked: float = field(default_factory=time.monotonic)  # when there last was one

    def has_lost_file(self) -> bool:
        """Whether a cleaner of temporary files has taken the archive."""
        done = self.future.done() and self.future.exception() is None
        return done and not self.future.result().path.is_file()


class NoRoomError(WriteError):
    """The disk has no room for the archive."""


class Archives:
    """Packs a model when it is first asked for, and again when its folder has changed.

    Packing runs in a thread; whoever asks for the same model meanwhile waits for the
    same archive. A client that gives up does not stop it, so it can come back for it;
    when all have given up, and none has come back for a while, it is broken off.

    Args:
      store: The folder for archives.
      check: Raises an error for a model that is not to be packed.
      patience: Seconds that packing goes on when nobody waits for it any more.
    """

    def __init__(
        self, store: Path, check: Check = _no_check, *, patience: float = _PATIENCE
    ) -> None:
        self._store = store
        self._check = check
        self._patience = patience
        self._is_closed = False
        self._packing: dict[Key, _Packing] = {}
        self._recorded: OrderedDict[Key, Measures] = OrderedDict()
        # Threads of its own, so that packing never takes those that answer.
        self._threads = {
            name: ThreadPoolExecutor(number, f"tfhub-pack-{name}")
            for name, number in _AT_ONCE.items()
        }

    async def get(self, folder: Path) -> Archive:
        """The archive of a model folder as it is now.

        Raises:
          ArchiveError: The folder changes while it is packed.
          ModelFormatError: The check finds that a file is missing, say.
          UnsafeArchiveError: It holds a link or a device, say.
          NoRoomError: There is no room for the archive.
          OSError: Another user has taken the place of the folder for archives.
        """
        state = await _settled(folder)
        key, size = (folder, state.hash), state.size
        while (packing := self._packing.get(key)) and packing.stopped.is_set():
            await asyncio.wait([packing.future])
        if packing is not None and packing.has_lost_file():
            self._forget(key)
            packing = None
        if packing is None:
            ready(self._store)
            self._make_room(folder, size)
            packing = self._packing[key] = self._start(key, size)
        packing.waiting += 1
        try:
            return await asyncio.shield(packing.future)
        finally:
            packing.waiting -= 1
            packing.asked = time.monotonic()
            if not packing.waiting and not packing.future.done():
                loop = asyncio.get_running_loop()
                loop.call_later(self._patience, self._give_up, packing)

    def recorded(self, folder: Path, state: str) -> Measures | None:
        """What was measured when a model was packed in this state, if it was."""
        return self._recorded.get((folder, state))

    async def close(self) -> None:
        """Breaks off all packing, and waits until it has ended."""
        self._is_closed = True
        for packing in self._packing.values():
            packing.stopped.set()
        futures = [packing.future for packing in self._packing.values()]
        await asyncio.gather(*futures, return_exceptions=True)
        for threads in self._threads.values():
            threads.shutdown(wait=False)

    def _start(self, key: Key, size: int) -> _Packing:
        if self._is_closed:
            raise ArchiveError(_STOPS)
        stopped = threading.Event()
        future = asyncio.ensure_future(self._packed(key, size, stopped))
        future.add_done_callback(lambda future: self._done(key, future))
        return _Packing(future, stopped, size)

    async def _packed(self, key: Key, size: int, stopped: threading.Event) -> Archive:
        await self._check(*key)
        threads = self._threads["large" if size >= _LARGE else "small"]
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, self._pack, *key, stopped)

    def _give_up(self, packing: _Packing) -> None:
        if not packing.waiting and time.monotonic() - packing.asked >= self._patience:
            packing.stopped.set()

    def _pack(self, folder: Path, state: str, stopped: threading.Event) -> Archive:
        path = self._place((folder, state))
        try:
            with path.open("wb") as file:
                stream = _Stream(file, stopped)
                stream.write(b"")  # it may have waited for longer than its clients
                measures = write_archive(folder, cast("IO[bytes]", stream))
            # Also what was read: another folder may have been there meanwhile.
            if {measures.state, state_of(members(folder)).hash} != {state}:
                msg = f"{folder} changed while it was packed."
                raise ArchiveError(msg, handle=str(folder), hint="Ask again soon.")
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in _FULL:
                raise _no_room(folder) from error
            raise
        if measures.warning:
            logging.getLogger("tfhub").warning("%s: %s", folder, measures.warning)
        return Archive(path, measures)

    def _place(self, key: Key) -> Path:
        """Where the archive lies; two folders of hard links are in the same state."""
        folder = hashlib.sha256(os.fsencode(key[0])).hexdigest()
        return self._store / f"{folder[:32]}{key[1][:32]}"

    def _done(self, key: Key, future: asyncio.Future[Archive]) -> None:
        if future.cancelled() or future.exception():
            del self._packing[key]
            return
        self._recorded[key] = future.result().measures
        if len(self._recorded) > _RECORDED:
            self._recorded.popitem(last=False)
        older = [known for known in self._packing if known[0] == key[0]][:-_KEPT]
        for known in older:
            self._forget(known)

    def _forget(self, key: Key) -> None:
        packing = self._packing[key]
        if packing.future.done():
            del self._packing[key]
            packing.future.result().path.unlink(missing_ok=True)

    def _make_room(self, folder: Path, size: int) -> None:
        """Sees to it that what a model becomes has room beside what is under way.

        A small model does not wait for the room that a large one may take: a file with
        holes says that it is larger than its archive will ever be.
        """
        under_way = sum(
            self._left(key, packing)
            for key, packing in self._packing.items()
            if not packing.future.done() and (size >= _LARGE or packing.size < _LARGE)
        )
        need = size + under_way + settings.min_free()
        long_ago = time.monotonic() - _IN_USE
        idle = sorted(
            (packing.asked, key)
            for key, packing in self._packing.items()
            if packing.future.done() and packing.asked < long_ago
        )
        while idle and shutil.disk_usage(self._store).free < need:
            self._forget(idle.pop(0)[1])
        if shutil.disk_usage(self._store).free < need:
            raise _no_room(folder)

    def _left(self, key: Key, packing: _Packing) -> int:
        """How much more room an archive may take, beside what is written of it."""
        try:
            return max(0, packing.size - self._place(key).stat().st_size)
        except OSError:  # it is not begun
            return packing.size


async def _settled(folder: Path) -> State:
    """The state of a model, after which each change to a file has a later time."""
    for _ in range(5):  # and no longer, whatever the clock of a file server says
        state = await asyncio.to_thread(state_of, members(folder))
        if time.time_ns() - state.changed >= _TICK * 1e9:
            break
        await asyncio.sleep(_TICK)
    return state


def _no_room(folder: Path) -> NoRoomError:
    msg = f"There is no room on the server's disk for the archive of {folder}."
    return NoRoomError(msg, hint="Whoever runs it has to make room, then ask again.")


class _Stream:
    """A file that is written until that is to stop."""

    def __init__(self, file: IO[bytes], stopped: threading.Event) -> None:
        self._file = file
        self._stopped = stopped

    def write(self, data: bytes) -> int:
        if self._stopped.is_set():
            raise ArchiveError(_STOPS, hint="Ask again.")
        return self._file.write(data)
