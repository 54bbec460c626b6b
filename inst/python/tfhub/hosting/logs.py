"""What a server logs, to standard error: of bounded size, and fit to be read."""

from __future__ import annotations

import logging
import os
import stat
import sys
import time
from contextlib import suppress

from ..shown import shown_lines

_LONGEST = 8192  # characters of a record
_MINUTE = 60.0
_MOST = 60  # records in a minute
_LARGEST = 1 << 20  # bytes of a file that is for nobody but the process that started it


def log_to_stderr(*, in_background: bool) -> None:
    """Sends what is logged to standard error, and less of it than could be harmful.

    Args:
      in_background: Whether that is a file of the process that started this one, which
        is then begun anew when it is large.
    """
    handler = _Handler(in_background=in_background)
    handler.setFormatter(_Formatter("%(levelname)s %(asctime)s %(message)s"))
    logging.getLogger().addHandler(handler)


class _Formatter(logging.Formatter):
    """Lines of which those after the first are set in, so that none is forged."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as text."""
        text = super().format(record)
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST // 2]}\n...\n{text[-_LONGEST // 2 :]}"
        return shown_lines(text).replace("\n", "\n    ")


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes only so many records in a minute."""

    def __init__(self, *, in_background: bool) -> None:
        super().__init__(sys.stderr)
        self._in_background = in_background
        self._since = 0.0
        self._number = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Writes a record, if there were not too many."""
        now = time.monotonic()
        if now - self._since > _MINUTE:
            self._since, self._number = now, 0
        self._number += 1
        if self._number > _MOST:
            return
        if self._in_background:
            self._begin_anew()
        if self._number == _MOST:
            record = logging.LogRecord(
                *(record.name, record.levelno, record.pathname, record.lineno),
                *("What else there is in this minute is left out.", (), None),
            )
        super().emit(record)

    def _begin_anew(self) -> None:
        with suppress(OSError, ValueError):
            status = os.fstat(self.stream.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_size > _LARGEST:
                self.stream.flush()
                os.lseek(self.stream.fileno(), 0, os.SEEK_SET)
                os.ftruncate(self.stream.fileno(), 0)
