"""The state of a model's files, by which it is known whether they have changed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from ..formats.walking import Entry


@dataclass(frozen=True)
class State:
    """What tells the files of a model from what they were.

    Attributes:
      hash: Of the names of files and folders, which ones they are on the disk (another
        may have the same times), and the sizes and times of the files.
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
    seen = Seen()
    with closing(entries):
        for entry in entries:
            seen.add(entry.path, entry.status)
    return seen.result()


class Seen:
    """The files and folders of a model, of which a state is made, in order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._size = self._changed = 0

    def add(self, path: str, status: os.stat_result) -> None:
        """Notes one."""
        facts: tuple[object, ...] = path, status.st_dev, status.st_ino
        if not stat.S_ISDIR(status.st_mode):
            self._size += status.st_size
            self._changed = max(self._changed, status.st_ctime_ns)
            facts += (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        self._hash.update(ascii(facts).encode())

    def result(self) -> State:
        """The state of them all."""
        return State(self._hash.hexdigest(), self._size, self._changed)
