"""What this user's own downloads brought: archive A, or place P, became tree T.

A manifest in a cache is a claim, as others may have written it. What decides about
trust is kept in a folder of the user's (mode 0700), outside of any cache. A record is
an empty file whose name says it all, so there is nothing to parse or to tear.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from pathlib import Path

from .private import is_private
from .tree import PREFIX

_ARCHIVES, _PLACES = "archives", "places"
_SHA256 = re.compile("[0-9a-f]{64}")


def record(tree: str, *, handle: str | None, archive: str | None) -> None:
    """Notes what a download of this user's, in this process, has brought.

    Where the folder cannot be written nothing is noted, and the model is not trusted
    by its archive's digest or its place.

    Args:
      tree: The tree digest of what was unpacked, computed from the bytes as they came.
      handle: The handle for which it came from its own place, or from a mirror that
        the user's TFHUB_MIRROR names; None where it came by another way.
      archive: The sha256 of the archive; None where there was none.
    """
    try:
        if handle is not None:
            _note(_PLACES, _place(handle), tree)
        if archive is not None:
            _note(_ARCHIVES, archive, tree)
    except OSError as error:
        reason = error.strerror or error
        logging.getLogger("tfhub").info("No record of a download is kept: %s", reason)


def archive_became(archive: object, tree: str) -> bool:
    """Whether a download of this user's unpacked this archive to this tree."""
    if not isinstance(archive, str) or _SHA256.fullmatch(archive) is None:
        return False
    return _is_noted(_ARCHIVES, archive, tree)


def place_gave(handle: str, tree: str) -> bool:
    """Whether a download of this user's brought this tree for a handle."""
    return _is_noted(_PLACES, _place(handle), tree)


def _place(handle: str) -> str:
    return hashlib.sha256(handle.encode("utf-8", "surrogateescape")).hexdigest()


def _file(kind: str, key: str, tree: str) -> str:
    import platformdirs

    folder = os.path.join(platformdirs.user_state_dir("tfhub"), "records", kind)
    return os.path.join(folder, f"{key}.{tree.removeprefix(PREFIX)}")


def _note(kind: str, key: str, tree: str) -> None:
    file = _file(kind, key, tree)
    folder = os.path.dirname(file)
    # Each is private, whatever the umask: os.makedirs() makes only the last one so.
    for each in (*reversed(Path(folder).parents), Path(folder)):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
    if not is_private(folder):
        msg = f"others can write to {folder}"
        raise PermissionError(msg)
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))


def _is_noted(kind: str, key: str, tree: str) -> bool:
    file = _file(kind, key, tree)
    return os.path.isfile(file) and is_private(file)
