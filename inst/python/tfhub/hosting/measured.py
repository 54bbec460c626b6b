"""Measures an archive while it is written, so that nothing is read twice."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import IO

from .. import settings
from ..archive.inflate import growth
from ..trusted.tree import tree_of
from .states import Seen


@dataclass(frozen=True)
class Measures:
    """What is known of an archive from its writing.

    Attributes:
      sha256: Of the archive.
      size: Its bytes.
      tree: The tree digest of the model that is in it.
      growth: The least `TFHUB_MAX_RATIO` with which every reader takes it.
      state: The state that the files were in which were read; see `states`.
    """

    sha256: str
    size: int
    tree: str
    growth: float
    state: str = ""

    @property
    def warning(self) -> str:
        """What there is to be said of an archive that readers refuse, or `""`."""
        if self.growth <= settings.max_ratio():
            return ""
        need = int(self.growth) + 1
        return (
            f"The archive grows to {need:,} times its size beyond the first 64 MB, and "
            f"readers refuse more than {settings.max_ratio():g} times. Whoever reads "
            f"it has to set TFHUB_MAX_RATIO={need}."
        )


class Measured:
    """Two streams: one that tar writes to, and one that gzip writes to."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self._files: dict[str, tuple[int, str]] = {}
        self._made = self._taken = 0
        self._growth = 0.0
        self._seen = Seen()

    def write(self, data: bytes) -> int:
        """Takes what gzip has made."""
        if data:
            # A reader that has less than this may have made of it all that came so far.
            self._growth = max(self._growth, growth(self._made, self._taken))
            self._taken += len(data)
            self._sha256.update(data)
            self._stream.write(data)
        return len(data)

    def before(self, gzip: IO[bytes]) -> Counted:
        """The stream that leads to gzip, and counts what it is given."""
        return Counted(self, gzip)

    def see(self, path: str, status: os.stat_result) -> None:
        """Notes which file or folder it is that is read."""
        self._seen.add(path, status)

    def add(self, path: str, content: Content) -> None:
        """Notes the file of a path, when it was read."""
        self._files[path] = content.size, content.sha256.hexdigest()

    def count(self, number: int) -> None:
        """Notes how many bytes there are before gzip."""
        self._made += number

    def result(self) -> Measures:
        """What was measured, when both streams have ended."""
        size, digest = self._taken, self._sha256.hexdigest()
        most = max(self._growth, growth(self._made, size))
        state = self._seen.result().hash
        return Measures(digest, size, tree_of(self._files), most, state)


class Counted:
    """The stream that tar writes to."""

    def __init__(self, measured: Measured, gzip: IO[bytes]) -> None:
        self._measured = measured
        self._gzip = gzip

    def write(self, data: bytes) -> int:
        """Leads a block to gzip."""
        self._measured.count(len(data))
        return self._gzip.write(data)

    def tell(self) -> int:
        """How many bytes there were."""
        return self._gzip.tell()


class Content:
    """A file that knows the sha256 and the size of what was read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self.size = 0
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Reads a block."""
        data = self._file.read(size)
        self.sha256.update(data)
        self.size += len(data)
        return data
