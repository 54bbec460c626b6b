"""The state of a model's files, by which it is known whether they have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import closing

from ..formats.walking import Entry


def state_of(entries: Generator[Entry]) -> tuple[str, int]:
    """A hash of the names, sizes and times of a model's files, and all their bytes.

    No file is opened.

    Args:
      entries: What `walk()` finds, or `members()`, which is the same.

    Raises:
      Exception: What they raise.
    """
    state, size = hashlib.sha256(), 0
    with closing(entries):
        for entry in entries:
            facts: tuple[object, ...] = (entry.path,)
            if not entry.is_folder:
                status = entry.status
                size += status.st_size
                facts += (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            state.update(ascii(facts).encode())
    return state.hexdigest(), size
