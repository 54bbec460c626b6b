"""What an archive may hold, and writing it to a folder.

Files and folders only: no link, no device, no path that is absolute or leads out, no
two names that are one on another file system. Modes and owners are not kept.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path

from .. import settings
from ..errors import ArchiveError, CacheError, UnsafeArchiveError
from ..formats.names import Names, fault_of, parts_of
from ..net.pipeline import Block, Pipe
from ..shown import brief

_LARGE = 1 << 20  # bytes of a file that are worth a thread to hash them
_WAITING = 8  # blocks


class MemberWriter:
    """Writes the members of one archive into a new folder.

    Attributes:
      folder: Where they are written.
      files: Of each file written, by its path with slashes: size and sha256.
    """

    def __init__(self, folder: Path, label: str) -> None:
        self.files: dict[str, tuple[int, str]] = {}
        self.folder = folder
        self._label = label
        self._names = Names()
        self._folders: set[str] = set()
        self._entries = 0
        self._most = settings.max_entries()
        folder.mkdir()

    def add_folder(self, name: str) -> None:
        """Makes a folder and its parents."""
        if not self._make(self._parts(name)):
            self._count()

    def add_file(self, name: str, size: int, blocks: Iterable[Block]) -> None:
        """Writes a file of a known size from its blocks."""
        parts = self._parts(name)
        if not parts:
            self.refuse(name, "a file without a name")
        self._make(parts[:-1])
        self._count()
        name = "/".join(parts)
        if name in self.files:
            self._compare(name, blocks)
            return
        self._claim(name, is_file=True)
        self._need(size)
        path = self.folder.joinpath(*parts)
        digest = _Digest() if size >= _LARGE else hashlib.sha256()
        written = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            fd = os.open(path, flags, 0o644)
            try:
                for block in blocks:
                    digest.update(block)
                    written += len(block)
                    view = memoryview(block)
                    while view:
                        view = view[os.write(fd, view) :]
                if written:
                    os.fsync(fd)
            finally:
                os.close(fd)
                sha256 = digest.hexdigest()  # ends its thread, after an error too
        except OSError as error:
            if isinstance(error, ArchiveError) or error.errno is None:
                raise
            raise disk_error(error, path, size - written) from error
        self.files[name] = (written, sha256)

    def refuse(self, name: str, why: str) -> None:
        """Raises the error for a member that must not be unpacked."""
        msg = f"{self._label} holds {brief(repr(name))}, {why}."
        hint = "A model has files and folders only. Nothing was kept."
        raise UnsafeArchiveError(msg, hint=hint)

    def _make(self, parts: list[str]) -> bool:
        """Makes a folder and its parents; says whether any is new."""
        paths = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        new = [path for path in paths if path not in self._folders]
        for path in new:
            self._claim(path, is_file=False)
            self._count()
            self.folder.joinpath(path).mkdir(exist_ok=True)
            self._folders.add(path)
        return bool(new)

    def check_entries(self, count: int) -> None:
        """Refuses an archive that holds more files and folders than it may."""
        if count > self._most:
            msg = f"{self._label} holds more than {self._most:,} files and folders."
            hint = "If you trust it, raise TFHUB_MAX_ENTRIES."
            raise UnsafeArchiveError(msg, hint=hint)

    def _count(self) -> None:
        self._entries += 1
        self.check_entries(self._entries)

    def _parts(self, name: str) -> list[str]:
        if name.startswith("/") or (os.name == "nt" and ":" in name):
            self.refuse(name, "an absolute path")
        parts = parts_of(name)
        fault = fault_of(parts, everywhere=False)
        if fault is not None:
            self.refuse(name, fault)
        return parts

    def _claim(self, name: str, *, is_file: bool) -> None:
        clash = self._names.clash(name, is_file=is_file)
        if clash is not None:
            self.refuse(name, clash)

    def _compare(self, name: str, blocks: Iterable[Block]) -> None:
        digest = hashlib.sha256()
        for block in blocks:
            digest.update(block)
        if digest.hexdigest() != self.files[name][1]:
            self.refuse(name, "twice, with different contents")

    def _need(self, size: int) -> None:
        free = shutil.disk_usage(self.folder).free - settings.min_free()
        if size > free:
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise disk_error(full, self.folder, size)


class _Digest:
    """A sha256 that is computed in a thread of its own, beside the writing."""

    def __init__(self) -> None:
        self._blocks = Pipe(_WAITING)
        self._digest = hashlib.sha256()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def update(self, block: Block) -> None:
        self._blocks.put(block)

    def hexdigest(self) -> str:
        self._blocks.end()
        self._thread.join()
        return self._digest.hexdigest()

    def _run(self) -> None:
        for block in self._blocks:
            self._digest.update(block)


def disk_error(error: OSError, path: Path, need: int) -> CacheError:
    """The error for a file that could not be written."""
    if error.errno == errno.ENOSPC:
        free, kept = shutil.disk_usage(path.parent).free, settings.min_free()
        msg = f"The disk is full at {path.parent}: need {need:,} bytes, have {free:,}"
        msg += f" of which {kept:,} are to stay free." if kept else "."
        hint = "Make room there, or set TFHUB_CACHE_DIR to a folder on another disk."
    else:
        msg = f"Cannot write {path}: {error.strerror or error}."
        hint = "Set TFHUB_CACHE_DIR to a folder that you can write."
    return CacheError(msg, hint=hint, errno=error.errno)
