"""Where a server keeps its archives: a temporary folder that goes with it.

A server that was killed leaves its folder behind. The lock in it tells that from the
folder of a server that runs: so the next server of the same user sweeps it up.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

_PREFIX = "tfhub-serve-"
_LOCK = ".lock"


@contextmanager
def store() -> Iterator[Path]:
    """A folder for the archives of this server, empty but for its lock."""
    _sweep(Path(tempfile.gettempdir()))
    folder, lock = _new()
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def ready(folder: Path) -> None:
    """Makes the folder anew, if a cleaner of temporary files has taken it.

    Raises:
      OSError: It is another user's by now, or cannot be made.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    if not _is_own_folder(os.lstat(folder)):
        reason = "the folder for archives is another user's"
        raise OSError(errno.EPERM, reason, str(folder))


def _new() -> tuple[Path, BaseFileLock]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = FileLock(folder / _LOCK)
        with suppress(Timeout, FileNotFoundError):
            lock.acquire(timeout=0)
            if lock.is_locked and folder.exists():
                return folder, lock
        # Another server swept it up, between the making of its lock and the locking.


def _sweep(parent: Path) -> None:
    """Removes the folders of servers that are no more."""
    with suppress(OSError):
        for folder in parent.glob(f"{_PREFIX}*"):
            if not _is_ours(folder):
                continue
            with suppress(Timeout, OSError), FileLock(folder / _LOCK, timeout=0):
                shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder of this user's with a lock, and not in the making."""
    with suppress(OSError):
        locked = stat.S_ISREG(os.lstat(folder / _LOCK).st_mode)
        return _is_own_folder(os.lstat(folder)) and locked
    return False


def _is_own_folder(status: os.stat_result) -> bool:
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and mine
