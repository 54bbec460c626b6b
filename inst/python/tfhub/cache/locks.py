"""Who is reading an entry of the cache: advisory locks on its manifest.

A reader holds a shared lock on `<entry>.manifest.json`, opened for reading, so it needs
no right to write. Whoever removes or replaces the entry wants that lock for itself. An
entry of another program has no manifest; there, its folder is locked. Where the system
has no such locks nobody is kept out.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

MANIFEST = ".manifest.json"
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # for who writes to a pipe
KEY = re.compile("[0-9a-f]{40}")


@contextmanager
def in_use(folder: str, *, counts: bool = True) -> Iterator[bool]:
    """Keeps a model folder from being removed or replaced while it is read.

    Gives False where that has just happened: the handle is to be resolved again. Any
    folder may be given; one that is no entry of a cache is not locked.

    Args:
      folder: The folder.
      counts: Whether this is a use of the model, which its last use shows.
    """
    path = folder + MANIFEST
    fd = _opened(path)
    is_entry = KEY.fullmatch(os.path.basename(folder))
    if fd is None and is_entry:
        path = folder
        fd = _opened(path)
    if fd is None:
        yield not is_entry or os.path.exists(folder)
        return
    try:
        if counts and path != folder:
            with suppress(OSError):  # a folder in the place of the manifest
                os.read(fd, 1)  # the access time of the manifest tells of it
        _lock(fd, "LOCK_SH")
        yield _is_still(fd, path)
    finally:
        os.close(fd)


@contextmanager
def alone(folder: str, wait: float = 0.0) -> Iterator[bool]:
    """Keeps readers out of an entry; gives False when one is in it.

    Args:
      folder: The folder of the entry.
      wait: Seconds to wait for readers to leave.
    """
    deadline = time.monotonic() + wait
    # Over NFS an exclusive lock needs the right to write.
    manifest = _opened(folder + MANIFEST, os.O_RDWR)
    if manifest is None:
        manifest = _opened(folder + MANIFEST)
    held = [fd for fd in (manifest, _opened(folder)) if fd is not None]
    try:
        yield all([_is_free(fd, deadline) for fd in held])
    finally:
        for fd in held:
            os.close(fd)


def has_locks(path: str) -> bool:
    """Whether the disk of a file has locks. Where not, filelock may wait for ever."""
    if fcntl is None:
        return True
    fd = _opened(path, os.O_RDONLY | os.O_NOFOLLOW)  # what a link leads to is no lock
    if fd is None:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def _opened(path: str, flags: int = os.O_RDONLY) -> int | None:
    with suppress(OSError, ValueError):  # a zero byte
        return os.open(path, flags | _NO_WAIT)
    return None


def _is_free(fd: int, deadline: float) -> bool:
    while not _lock(fd, "LOCK_EX", "LOCK_NB"):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def _lock(fd: int, *how: str) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(fd, sum(getattr(fcntl, each) for each in how))
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True


def _is_still(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(path))
    except OSError:
        return False
