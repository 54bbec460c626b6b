"""Archives of the models that a server gives out, each packed once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from ..errors import ArchiveError
from .packing import members, write_archive

_AT_ONCE = 2
_KEPT = 2  # of one model: the newest, and the one that a client may still be reading


@dataclass(frozen=True)
class Archive:
    """A packed model: the file, and the sha256 of its bytes."""

    path: Path
    sha256: str


class Archives:
    """Packs a model when it is first asked for, and again when its folder has changed.

    Packing runs in a thread; whoever asks for the same model meanwhile waits for the
    same archive. A client that gives up does not stop it, so it can come back for it.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._packing: dict[tuple[Path, str], asyncio.Future[Archive]] = {}
        # Threads of its own, so that packing never takes those that answer.
        self._threads = ThreadPoolExecutor(_AT_ONCE, "tfhub-pack")
        self._closed = threading.Event()

    async def get(self, folder: Path) -> Archive:
        """The archive of a model folder as it is now.

        Raises:
          ArchiveError: The folder changes while it is packed.
          UnsafeArchiveError: It holds a link or a device.
        """
        key = folder, await asyncio.to_thread(fingerprint, folder)
        if key not in self._packing:
            loop = asyncio.get_running_loop()
            packing = loop.run_in_executor(self._threads, self._pack, *key)
            self._packing[key] = packing
            packing.add_done_callback(lambda packing: self._done(key, packing))
        return await asyncio.shield(self._packing[key])

    async def close(self) -> None:
        """Breaks off all packing, and waits until it has ended."""
        self._closed.set()
        await asyncio.gather(*self._packing.values(), return_exceptions=True)

    def _pack(self, folder: Path, state: str) -> Archive:
        path = self._store / state
        try:
            with path.open("wb") as file:
                stream = _HashedStream(file, self._closed)
                write_archive(folder, cast("IO[bytes]", stream))
            if fingerprint(folder) != state:
                msg = f"{folder} changed while it was packed."
                raise ArchiveError(msg, handle=str(folder), hint="Ask again soon.")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Archive(path, stream.sha256.hexdigest())

    def _done(self, key: tuple[Path, str], packing: asyncio.Future[Archive]) -> None:
        if packing.cancelled() or packing.exception():
            del self._packing[key]
            return
        older = [known for known in self._packing if known[0] == key[0]][:-_KEPT]
        for known in older:
            if self._packing[known].done():
                self._packing.pop(known).result().path.unlink(missing_ok=True)


def fingerprint(folder: Path) -> str:
    """A hash of a folder's place and of all that its archive would hold, by times."""
    state = hashlib.sha256(os.fsencode(folder))
    for name, status in members(folder):
        facts = (name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        state.update(ascii(facts).encode())
    return state.hexdigest()


class _HashedStream:
    """A file that knows the sha256 of what was written, until it is told to stop."""

    def __init__(self, file: IO[bytes], stopped: threading.Event) -> None:
        self.sha256 = hashlib.sha256()
        self._file = file
        self._stopped = stopped

    def write(self, data: bytes) -> int:
        if self._stopped.is_set():
            msg = "The server stops."
            raise ArchiveError(msg)
        self.sha256.update(data)
        return self._file.write(data)
