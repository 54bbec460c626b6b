"""Files of a cache, which others may have put there: read without waiting, bounded."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def open_file(path: str, flags: int = 0) -> int:
    """Opens a file to read. A pipe, a device or a folder is none, and nothing waits.

    Raises:
      OSError: It cannot be opened.
      ValueError: It is no file.
    """
    fd = os.open(path, os.O_RDONLY | _FLAGS | flags)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        msg = f"{path} is no file."
        raise ValueError(msg)
    return fd


def read_file(
    path: str, most: int, *, counts: bool = False
) -> tuple[bytes, os.stat_result]:
    """The content of a file, and its status from before.

    Args:
      path: The file.
      most: The bytes that it may have.
      counts: Whether its access time is to tell that it was read.

    Raises:
      OSError: It cannot be read.
      ValueError: It is no file, or is longer.
    """
    try:
        fd = open_file(path, 0 if counts else getattr(os, "O_NOATIME", 0))
    except PermissionError:  # only its owner may hide that it was read
        fd = open_file(path)
    with open(fd, "rb") as file:
        info = os.fstat(fd)
        content = file.read(min(info.st_size, most) + 1)
    if len(content) > most or info.st_size > most:
        msg = f"{path} has more than {most:,} bytes."
        raise ValueError(msg)
    if not counts and not hasattr(os, "O_NOATIME"):
        with suppress(OSError):
            os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    return content, info
