"""Where a process makes a model, beside the entries of the cache."""

from __future__ import annotations

import errno
import os
import socket
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import CacheError, HubError
from .folders import move, remove_tree, set_group
from .roots import make_root

HOST = socket.gethostname()
_ATTEMPTS = 100
_OLD = 7 * 86400  # seconds after which nobody works on what is left here


@contextmanager
def workshop(root: str, what: str) -> Iterator[Path]:
    """A folder beside the entries, for this process alone; gone at the end.

    After a failure nothing is left of what was made for it, where it is empty.
    """
    with writing(root, what):
        was_there = os.path.isdir(root)
        shop = _new_shop(root)
        failed = True
        try:
            _sweep(shop)
            yield shop
            failed = False
        finally:
            remove_tree(shop)
            if failed:
                with suppress(OSError):  # others work there, or have been here
                    os.rmdir(shop.parent)
                    if not was_there:
                        os.rmdir(root)


def _new_shop(root: str) -> Path:
    name = f"{HOST}~{os.getpid()}~{uuid.uuid4().hex[:12]}"
    for _ in range(_ATTEMPTS):
        try:
            shop = Path(shared_folder(root, ".tmp"), name)
            shop.mkdir(mode=0o700)
        except FileNotFoundError as error:  # another process has failed, and cleaned up
            gone = error
        else:
            return shop
    raise gone


@contextmanager
def writing(root: str, what: str) -> Iterator[None]:
    """Turns an OSError into one that says what the cache was to do with what."""
    try:
        yield
    except OSError as error:
        if isinstance(error, HubError):
            raise
        reason = error.strerror or str(error)
        msg = f"The cache in {root} cannot hold {what}: {reason}."
        hint = "Set TFHUB_CACHE_DIR to a folder that you can write."
        if error.errno == errno.ENOSPC:
            hint = "Make room there, or set TFHUB_CACHE_DIR to another disk."
        raise CacheError(msg, handle=what, hint=hint, errno=error.errno) from error


def shared_folder(root: str, name: str) -> str:
    """A folder in the cache, made where it is not there; the cache itself, too.

    Whoever can write the cache can write the folder, whatever the umask says.
    """
    make_root(root)
    folder = os.path.join(root, name)
    with suppress(FileExistsError):
        os.mkdir(folder)
        above = os.stat(root)
        set_group(folder, os.lstat(folder), above.st_gid)
        mode = stat.S_IMODE(above.st_mode)
        if name == ".locks":
            # Not sticky: there, Linux lets nobody open the lock files of others.
            mode &= ~stat.S_ISVTX
        os.chmod(folder, mode | stat.S_IRWXU)
    if not stat.S_ISDIR(os.lstat(folder).st_mode):  # a link leads to anybody's files
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is no folder")
    return folder


def shared_file(root: str, folder: str, name: str) -> str:
    """An empty file in such a folder, made where it is not there."""
    parent = shared_folder(root, folder)
    path = os.path.join(parent, name)
    if not os.path.exists(path):
        # It gets its mode before its name: no other user may find it closed.
        unnamed = f"{path}~{uuid.uuid4().hex[:12]}"
        with open(unnamed, "x"), suppress(OSError):
            above = os.stat(parent)
            set_group(unnamed, os.lstat(unnamed), above.st_gid)
            os.chmod(unnamed, stat.S_IMODE(above.st_mode) & 0o666)
            os.link(unnamed, path)
        os.unlink(unnamed)
    return path


def sync(folder: str) -> None:
    """Makes the names in a folder survive a crash of the machine."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _sweep(shop: Path) -> None:
    """Removes what processes of this machine left behind when they were killed."""
    swept = shop / "swept"
    for left in shop.parent.iterdir():
        host, _, rest = left.name.partition("~")
        pid, mark, _ = rest.partition("~")
        if not mark:  # none of our names
            continue
        with suppress(OSError):  # another process sweeps as well, or it is not ours
            old = time.time() - left.lstat().st_mtime > _OLD
            if (host == HOST and pid.isdecimal() and not _is_alive(int(pid))) or old:
                swept.mkdir(exist_ok=True)
                move(os.fspath(left), swept / left.name)
    remove_tree(swept)


def _is_alive(pid: int) -> bool:
    if os.name == "nt":  # there, os.kill() would end the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
