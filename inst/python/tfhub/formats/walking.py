"""What a model folder holds, found and opened without following a link.

A folder is held open while what is in it is looked at, and what is in it is opened from
there. So whatever is put in the place of a file or a folder meanwhile, a link is not
followed. Where a system cannot do that (Windows), paths stand for the open folders.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice

from .. import settings
from ..shown import shown
from .files import is_packed
from .names import DEEPEST

_HELD = os.open in os.supports_dir_fd and os.scandir in os.supports_fd
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FILE = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_BINARY", 0)
_FILE |= getattr(os, "O_NONBLOCK", 0)  # or opening a pipe would wait for a writer
_FOLDER = os.O_RDONLY | _NOFOLLOW | getattr(os, "O_DIRECTORY", 0)
# On the way to a folder, what may be entered need not be readable.
_WAY = getattr(os, "O_PATH", os.O_RDONLY) | _NOFOLLOW | getattr(os, "O_DIRECTORY", 0)


class UnfitTreeError(Exception):
    """A folder holds a link, a device, a pipe or a socket, too much, or too deep.

    Attributes:
      path: Its path in the folder, with slashes.
      kind: What it is: "a link", say.
      is_bound: Whether it is only too much, or too deep.
    """

    def __init__(self, path: str, kind: str, *, is_bound: bool = False) -> None:
        super().__init__(f"{shown(path)} is {kind}")
        self.path = path
        self.kind = kind
        self.is_bound = is_bound


class Entry:
    """A file or folder: its path in the folder that is walked, and its status.

    It can be opened until the walk goes on.
    """

    def __init__(self, path: str, status: os.stat_result, within: int | str) -> None:
        self.path = path
        self.status = status
        self._within = within  # the open folder, or its path

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    def open(self) -> int:
        """A descriptor of the file.

        Raises:
          UnfitTreeError: It is no file any more.
        """
        return _opened_file(self._within, self.path)


def walk(
    folder: str | os.PathLike[str],
    *,
    at_most: int | None = None,
    deepest: int = DEEPEST,
    is_real: bool = False,
) -> Generator[Entry]:
    """What of a model folder counts (see `is_packed()`), in order of the names.

    A folder comes before what is in it.

    Args:
      folder: The folder; a link is followed to it.
      at_most: How many files and folders it may hold; `TFHUB_MAX_ENTRIES` when left
        out, as no more than that is read out of an archive.
      deepest: How many folders may lie within each other.
      is_real: Whether the path was real when it was looked up. A link that is in the
        place of a part of it by now is not followed.

    Raises:
      UnfitTreeError: At what is neither a file nor a folder, as links are; where there
        are too many, and where they lie too deep.
      OSError: A folder cannot be read.
    """
    room = settings.max_entries() if at_most is None else at_most
    held = [_hold(os.fspath(folder) if is_real else os.path.realpath(folder))]
    try:
        waiting = [_listed(held[0], "", room)]
        while waiting:
            entry = next(waiting[-1], None)
            if entry is None:
                waiting.pop()
                _let_go(held.pop())
                continue
            room -= 1
            if room < 0:
                kind = "one file or folder too many"
                raise UnfitTreeError(entry.path, kind, is_bound=True)
            yield entry
            if entry.is_folder:
                if len(waiting) >= deepest:
                    kind = f"below {deepest} other folders"
                    raise UnfitTreeError(entry.path, kind, is_bound=True)
                held.append(_opened_folder(held[-1], entry.path, _FOLDER))
                waiting.append(_listed(held[-1], entry.path, room))
    finally:
        for each in held:
            _let_go(each)


def open_file(path: str | os.PathLike[str]) -> int:
    """A descriptor of a file, which is neither a link nor in a folder that is one.

    Args:
      path: An absolute path, real when it was looked up.

    Raises:
      UnfitTreeError: It is a link, a pipe, a device or a folder.
      OSError: It cannot be opened.
    """
    folder, name = os.path.split(os.fspath(path))
    within = _hold(folder)
    try:
        return _opened_file(within, name)
    finally:
        _let_go(within)


def _hold(path: str) -> int | str:
    """Opens a folder of a real path, no part of which may have become a link."""
    if not _HELD:
        return path
    parts = [part for part in path.split(os.sep) if part]
    within: int | str = os.open(os.sep, _WAY if parts else _FOLDER)
    for number, part in enumerate(parts, 1):
        try:
            flags = _FOLDER if number == len(parts) else _WAY
            inner = _opened_folder(within, part, flags)
        finally:
            _let_go(within)
        within = inner
    return within


def _let_go(held: int | str) -> None:
    if isinstance(held, int):
        os.close(held)


def _opened_folder(within: int | str, path: str, flags: int) -> int | str:
    name = path.rpartition("/")[2]
    if isinstance(within, str):
        return os.path.join(within, name)
    with _told(path):
        return os.open(name, flags, dir_fd=within)


def _opened_file(within: int | str, path: str) -> int:
    name = path.rpartition("/")[2]
    with _told(path):
        if isinstance(within, str):
            fd = os.open(os.path.join(within, name), _FILE)
        else:
            fd = os.open(name, _FILE, dir_fd=within)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise UnfitTreeError(path, "no file any more")
    return fd


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # A link: not to be followed, or (by what the system calls it) no folder.
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EMLINK, errno.ENXIO):
            raise UnfitTreeError(path, "a link, or something else by now") from None
        raise


def _listed(held: int | str, above: str, room: int) -> Iterator[Entry]:
    with os.scandir(held) as entries:
        some = list(islice(entries, 2 * room + 1000))  # those left out do not count
    for entry in sorted(some, key=lambda entry: entry.name):
        path = f"{above}/{entry.name}" if above else entry.name
        if not is_packed(path):
            continue
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
            link = stat.S_ISLNK(status.st_mode)
            kind = "a link" if link else "neither a file nor a folder"
            raise UnfitTreeError(path, kind)
        yield Entry(path, status, held)
