"""A file in the place of another: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat

from ..errors import WriteError
from ..shown import shown


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Puts a file into the place of one, with the mode and the owner of it.

    Args:
      path: The file.
      before: What was read in it.
      after: What it is to hold.

    Raises:
      WriteError: It cannot be written, or is not any more what was read.
    """
    work = f"{path}.{secrets.token_hex(4)}.tmp"
    try:
        status = os.lstat(path)
        with open(path, "rb") as file:
            same = stat.S_ISREG(status.st_mode) and file.read(len(before) + 1) == before
        if not same:
            msg = f"{shown(path)} is not any more what was read."
            raise WriteError(msg, hint="Migrate it again.")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(work, flags, 0o600), "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError, AttributeError):
            os.chown(work, status.st_uid, status.st_gid)
        os.chmod(work, stat.S_IMODE(status.st_mode))
        os.replace(work, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(work)
        if isinstance(error, WriteError):
            raise
        msg = f"{shown(path)} cannot be written: {error.strerror}."
        hint = "Make it and its folder writable, or migrate a copy."
        raise WriteError(msg, hint=hint) from error
