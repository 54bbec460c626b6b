"""Where the cache is: the folder that the user chose, else one that is the user's own.

The default lies in the temporary folder, where everybody can make folders. So it is
looked at each time it is used, and used only when this user owns it and nobody else can
write to it.
"""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

from .. import settings
from ..errors import CacheError

_NAME = "tfhub_modules"
_LOOKED_AT = 0o170000 | stat.S_IWGRP | stat.S_IWOTH  # of a mode: the kind, and these


def cache_root() -> str:
    """The folder of the cache: `TFHUB_CACHE_DIR`, else one in the temporary folder."""
    chosen = settings.cache_dir()
    if chosen is not None:
        return chosen
    root = _default()
    try:
        if _is_own(os.lstat(root)):
            return root
    except FileNotFoundError:
        return root  # `make_root()` makes it, and looks again
    other = _users()
    _say(root, other)
    return other


def cache_roots() -> Iterator[str]:
    """The folder of the cache; where that is read-only, also one that is the user's."""
    root = cache_root()
    yield root
    if os.path.isdir(root) and not os.access(root, os.W_OK | os.X_OK):
        yield _users()


def make_root(root: str) -> None:
    """Makes the folder of a cache where it is not there.

    Raises:
      CacheError: It is the default one, and another user has made it meanwhile.
      OSError: It cannot be made.
    """
    is_default = settings.cache_dir() is None and root == _default()
    if is_default or root == _users():
        with suppress(FileExistsError):
            os.makedirs(os.path.dirname(root), exist_ok=True)
            os.mkdir(root, 0o700)
    elif not os.path.isdir(root):
        os.makedirs(root, mode=0o755, exist_ok=True)
    if is_default and not _is_own(os.lstat(root)):
        msg = f"Another user has just made {root}, so nothing is put there."
        hint = "Try again: another folder is taken then. Or set TFHUB_CACHE_DIR."
        raise CacheError(msg, hint=hint)


def _default() -> str:
    return f"{tempfile.gettempdir()}{os.sep}{_NAME}"


def _users() -> str:
    import platformdirs

    return platformdirs.user_cache_dir("tfhub")


def _is_own(info: os.stat_result) -> bool:
    if os.name == "nt":  # where each user has a temporary folder, and modes say nothing
        return stat.S_ISDIR(info.st_mode)
    return info.st_mode & _LOOKED_AT == stat.S_IFDIR and info.st_uid == os.getuid()


@lru_cache(maxsize=8)
def _say(root: str, other: str) -> None:
    log = logging.getLogger("tfhub")
    log.warning("%s can be written by others; the cache is in %s.", root, other)
