"""Folders of a cache, whoever made them: walked and removed, however deep they are."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress


def walk(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What is in a folder and below but folders, each with its path in it.

    Raises:
      OSError: A folder cannot be read, or its path is too long.
    """
    for name, entry, is_folder in everything(folder):
        if not is_folder:
            yield name, entry


def everything(folder: str) -> Iterator[tuple[str, os.DirEntry[str], bool]]:
    """As `walk()`, with the folders; and whether it is one."""
    waiting = _within(folder, "")
    while waiting:
        name, entry = waiting.pop()
        is_folder = entry.is_dir(follow_symlinks=False)
        yield name, entry, is_folder
        if is_folder:
            waiting += _within(entry.path, f"{name}/")


def _within(folder: str, above: str) -> list[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as found:
        entries = [(above + entry.name, entry) for entry in found]
    return sorted(entries, key=lambda each: each[0], reverse=True)


def remove_tree(folder: str | os.PathLike[str]) -> None:
    """Removes a folder in which nobody else can write; what resists stays.

    What is below may be anybody's. Each folder is moved up before it is looked into: no
    path gets long, and nobody can put a link in its place meanwhile.
    """
    top, token, moved = os.fspath(folder), secrets.token_hex(8), 0
    waiting = [top]
    while waiting:
        place = waiting.pop()
        for entry in _entries(place):
            with suppress(OSError):
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
                    continue
                path = entry.path
                if place != top:
                    moved += 1
                    path = os.path.join(top, f"{token}~{moved}")
                    move(entry.path, path)
                    if os.path.islink(path):  # put there a moment ago
                        os.unlink(path)
                        continue
                waiting.append(path)
        if place != top:
            with suppress(OSError):
                os.rmdir(place)
    with suppress(OSError):
        os.rmdir(top)


def move(path: str, target: str | os.PathLike[str]) -> None:
    """Gives a file or folder another place; also a folder of ours that is closed."""
    try:
        os.rename(path, target)
    except PermissionError:
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise
        os.chmod(path, stat.S_IRWXU)
        os.rename(path, target)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    for _ in range(2):
        try:
            with os.scandir(folder) as found:
                return list(found)
        except PermissionError:
            with suppress(OSError):
                os.chmod(folder, stat.S_IRWXU)
        except OSError:
            break
    return []


def share(path: str | os.PathLike[str], root: str) -> None:
    """Gives a file or folder the rights and group of the cache, whatever the umask is.

    Who can read the cache can read it. Who can write to the cache can write to it,
    unless the cache is sticky: there, each keeps to what is theirs.
    """
    rights = _rights(root)
    if rights is not None:
        _set_mode(path, os.lstat(path), *rights)


def share_all(folder: str, root: str) -> None:
    """As `share()`, for a folder and all that is in it."""
    rights = _rights(root)
    if rights is not None:
        _set_mode(folder, os.lstat(folder), *rights)
        for _, entry, _ in everything(folder):
            _set_mode(entry.path, entry.stat(follow_symlinks=False), *rights)


def _rights(root: str) -> tuple[int, int] | None:
    if os.name == "nt":
        return None
    info = os.stat(root)
    mode = stat.S_IMODE(info.st_mode)
    if mode & stat.S_ISVTX:
        mode &= ~(stat.S_ISVTX | stat.S_IWGRP | stat.S_IWOTH)
    return mode | stat.S_IRWXU, info.st_gid


def set_group(path: str | os.PathLike[str], info: os.stat_result, group: int) -> None:
    """Gives a group, where this user is in it; before the mode, of which it takes."""
    if info.st_gid != group:
        with suppress(OSError):
            os.chown(path, -1, group)


def _set_mode(
    path: str | os.PathLike[str], info: os.stat_result, rights: int, group: int
) -> None:
    set_group(path, info, group)
    if not stat.S_ISDIR(info.st_mode):
        rights &= 0o666
    if stat.S_IMODE(info.st_mode) != rights or info.st_gid != group:
        with suppress(OSError):  # some disks have no modes
            os.chmod(path, rights)
