"""The state of a model's files, by which it is known whether they have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from ..formats.walking import Entry


@dataclass(frozen=True)
class State:
    """What tells the files of a model from what they were.

    Attributes:
      hash: Of the names, sizes and times of the files, and the names of the folders.
      size: The bytes of all files.
      changed: When the last of them changed, in ns: what happens to one within some
        milliseconds of that need not show in its times.
    """

    hash: str
    size: int
    changed: int


def state_of(entries: Generator[Entry]) -> State:
    """The state of files; none of them is opened.

    Args:
      entries: What `walk()` finds, or `members()`, which is the same.

    Raises:
      Exception: What they raise.
    """
    state, size, changed = hashlib.sha256(), 0, 0
    with closing(entries):
        for entry in entries:
            facts: tuple[object, ...] = (entry.path,)
            if not entry.is_folder:
                status = entry.status
                size += status.st_size
                changed = max(changed, status.st_ctime_ns)
                facts += (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            state.update(ascii(facts).encode())
    return State(state.hexdigest(), size, changed)
