"""Folders that nobody but this user, and root, can change."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import HubError


def is_private(path: str | os.PathLike[str]) -> bool:
    """Whether only this user and root can change a folder or file, and its way there.

    Each folder on the way (links followed) belongs to this user or root, and no other
    may write to it, or it is sticky, as /tmp is. What is within is not looked at.
    """
    if not hasattr(os, "getuid"):
        return False  # access lists, as Windows has them, are not read here
    try:
        place = Path(os.path.realpath(path, strict=True))
        return all(
            _is_ours(os.lstat(each), sticky=each != place)
            for each in (place, *place.parents)
        )
    except OSError:
        return False


def is_private_tree(folder: str | os.PathLike[str]) -> bool:
    """Whether this also holds for all that is in a folder, which has no links."""
    try:
        return is_private(folder) and all(map(_is_ours, _below(os.fspath(folder))))
    except OSError:
        return False


def private_folder(prefix: str) -> str:
    """A new folder (mode 0700) in a place where only this user and root can change it.

    Raises:
      HubError: Neither the temporary folder nor the user's own cache folder is such.
    """
    import platformdirs

    for parent in (tempfile.gettempdir(), platformdirs.user_cache_dir("tfhub")):
        try:
            os.makedirs(parent, mode=0o700, exist_ok=True)
            folder = tempfile.mkdtemp(prefix=prefix, dir=parent)
        except OSError:
            continue
        if is_private(folder) or not hasattr(os, "getuid"):
            return folder
        os.rmdir(folder)
    msg = f"There is no folder that others cannot write: neither {parent} nor"
    msg += f" {tempfile.gettempdir()} is one."
    raise HubError(msg, hint="Set TMPDIR to a folder of your own, with mode 0700.")


def remove(folder: str, owner: int) -> None:
    """Removes a private folder, in the process that made it: its forks do not own it.

    Args:
      folder: The folder.
      owner: The id of that process.
    """
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _below(folder: str) -> Iterator[os.stat_result]:
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                yield entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _is_ours(status: os.stat_result, *, sticky: bool = False) -> bool:
    if status.st_uid not in (os.getuid(), 0) or stat.S_ISLNK(status.st_mode):
        return False
    others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return not others or bool(sticky and status.st_mode & stat.S_ISVTX)
