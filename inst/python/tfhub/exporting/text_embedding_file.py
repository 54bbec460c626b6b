"""Reads a file of text embeddings, `token v1 v2 ...`, in one pass and little memory.

GloVe writes such files; word2vec and fastText write them with a first line
`count dimensions`. See https://nlp.stanford.edu/projects/glove/ and
https://fasttext.cc/docs/en/crawl-vectors.html.
"""

from __future__ import annotations

import gzip
import os
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import IO

from ..errors import EmbeddingFileError
from ..net.progress import Meter, Progress
from ..runtime.tf import np

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"  # of UTF-8, which some editors write
_LONGEST = 1 << 24  # bytes of a line: more than a million values
_TICK = 256  # lines between two reports
_MOST = 10  # malformed lines to name before giving up
_HINT = "Each line is to read `token v1 v2 ...`: UTF-8 text, then finite numbers."


@dataclass(frozen=True)
class Vectors:
    """What a file held.

    Attributes:
      tokens: A file with one token a line.
      values: A file of float32 `[count, dimensions]`, row by row in the order of the
        tokens, as numpy's memmap reads it.
      count: The number of tokens.
      dimensions: The number of values of each.
    """

    tokens: Path
    values: Path
    count: int
    dimensions: int


def read_vectors(
    file: Path, folder: Path, *, keep_first: bool, progress: Progress | None
) -> Vectors:
    """Reads a file of text embeddings, plain or gzipped, into two files of a folder.

    Args:
      file: The file.
      folder: Where `tokens.txt` and `values` are written.
      keep_first: Whether to skip a token that came before, which is malformed else.
      progress: Called with the bytes read of the file as it lies on the disk.

    Raises:
      EmbeddingFileError: Lines are malformed, or a gzipped file is damaged.
    """
    reader = _Reader(file, keep_first=keep_first)
    tokens, values = folder / "tokens.txt", folder / "values"
    with (
        _lines(file, Meter(progress)) as lines,
        tokens.open("wb") as tokens_out,
        values.open("wb") as values_out,
    ):
        for line in lines:
            row = reader.read(line)
            if row is not None:
                tokens_out.write(row[0] + b"\n")
                values_out.write(row[1])
    reader.finish()
    return Vectors(tokens, values, len(reader.seen), reader.dimensions)


class _Reader:
    """What is known of a file while its lines come."""

    def __init__(self, file: Path, *, keep_first: bool) -> None:
        self.dimensions = 0
        self.seen: dict[bytes, int] = {}  # each token, and its line
        self._file = file
        self._keep_first = keep_first
        self._number = 0
        self._first = 0  # the line that gave the dimensions
        self._promised: int | None = None
        self._came = 0
        self._problems: list[tuple[int, str]] = []

    def read(self, line: bytes) -> tuple[bytes, bytes] | None:
        """The token and the float32 values of the next line; None when it has none."""
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(_BOM)
        fields = line.split()
        if not fields:
            return None
        try:
            if not self._first and self._is_header(fields):
                return None
            self._came += 1
            token, values = self._row(line, fields)
        except ValueError as error:
            self._problems.append((self._number, str(error)))
            if len(self._problems) == _MOST or not self._first:
                self._fail("and perhaps more")
            return None
        if self.seen.setdefault(token, self._number) != self._number:
            return None
        return token, values

    def finish(self) -> None:
        """Raises what was wrong, if anything was."""
        if self._promised not in (None, self._came):
            text = f"expected {self._promised:,} tokens to follow; came {self._came:,}"
            self._problems.insert(0, (self._first, text))
        if self._problems:
            self._fail()
        if not self.seen:
            msg = f"{self._file} holds no embeddings: it is empty."
            raise EmbeddingFileError(msg, handle=str(self._file), hint=_HINT, lines=[])

    def _fail(self, more: str = "") -> None:
        listed = "".join(f"\n- line {line}: {text}" for line, text in self._problems)
        ending = f"\n- {more}" if more else ""
        msg = f"{self._file} has malformed lines:{listed}{ending}"
        lines = [line for line, _ in self._problems]
        raise EmbeddingFileError(msg, handle=str(self._file), hint=_HINT, lines=lines)

    def _is_header(self, fields: list[bytes]) -> bool:
        if len(fields) == 2 and fields[0].isdigit() and fields[1].isdigit():
            self._promised, self.dimensions = int(fields[0]), int(fields[1])
            if not self.dimensions:
                msg = "expected a number of values above zero; came 0"
                raise ValueError(msg)
            self._first = self._number
        return self._first == self._number

    def _row(self, line: bytes, fields: list[bytes]) -> tuple[bytes, bytes]:
        if b"\0" in line:
            msg = "expected text; came a NUL byte, as in a binary file or in UTF-16"
            raise ValueError(msg)
        if not self._first:
            self.dimensions = _numbers_at_end(fields)
            if not self.dimensions:
                msg = f"expected a token and its values; came {_shown(line)}"
                raise ValueError(msg)
            self._first = self._number
        token = self._token(line, fields)
        values = self._values(fields[-self.dimensions :])
        if not self._keep_first and token in self.seen:
            before = self.seen[token]
            msg = f"expected a new token; came {_shown(token)}, as in line {before}"
            raise ValueError(msg)
        return token, values

    def _token(self, line: bytes, fields: list[bytes]) -> bytes:
        extra = len(fields) - 1 - self.dimensions
        # More than one field before the values: a token with spaces, or a value more.
        if extra < 0 or (extra > 0 and _is_number(fields[extra])):
            count = len(fields) - 1 if extra < 0 else _numbers_at_end(fields)
            msg = (
                f"expected a token and {_values(self.dimensions)}, as line "
                f"{self._first} has it; came {_values(count)} in {_shown(line)}"
            )
            raise ValueError(msg)
        token = line.rsplit(None, self.dimensions)[0].strip() if extra else fields[0]
        try:
            token.decode("utf-8")
        except UnicodeDecodeError as error:
            msg = f"expected UTF-8; came {token[:40]!r}: {error.reason}"
            raise ValueError(msg) from None
        if b"\r" in token:  # TensorFlow drops it when it reads a vocabulary
            msg = f"expected a token without a carriage return; came {_shown(token)}"
            raise ValueError(msg)
        return token

    def _values(self, fields: list[bytes]) -> bytes:
        try:
            values = array("f", map(float, fields))
            if b"_" in b"".join(fields):  # which Python takes within a number
                raise ValueError
        except ValueError:
            came = next(field for field in fields if not _is_number(field))
            msg = f"expected a number; came {_shown(came)}"
            raise ValueError(msg) from None
        if not np.isfinite(np.frombuffer(values, np.float32)).all():
            at = next(i for i, value in enumerate(values) if not np.isfinite(value))
            msg = f"expected a finite float32; came {_shown(fields[at])}"
            raise ValueError(msg)
        return values.tobytes()


@contextmanager
def _lines(file: Path, meter: Meter) -> Iterator[Iterator[bytes]]:
    """The lines of a file, unpacked when it is gzipped."""
    meter.url = file.name
    with file.open("rb") as raw:
        meter.total = os.fstat(raw.fileno()).st_size or None  # none, of a pipe
        packed = raw.peek(2)[:2] == _GZIP
        stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
        with stream:
            yield _counted(file, raw, stream, meter)
    meter.done = meter.total or 0
    meter.finish()


def _counted(
    file: Path, raw: IO[bytes], stream: IO[bytes], meter: Meter
) -> Iterator[bytes]:
    number = 0
    try:
        while line := stream.readline(_LONGEST):
            if len(line) == _LONGEST:
                msg = f"{file} is no text: line {number + 1} has {_LONGEST:,} bytes."
                raise EmbeddingFileError(
                    msg, handle=str(file), hint=_HINT, lines=[number + 1]
                )
            yield line
            number += 1
            if number % _TICK == 0 and meter.total:
                meter.done = raw.tell()
                meter.tick()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        msg = f"{file} is damaged or cut short after line {number}: {error}"
        hint = "Download it again."
        raise EmbeddingFileError(
            msg, handle=str(file), hint=hint, lines=[number + 1]
        ) from error


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field


def _numbers_at_end(fields: list[bytes]) -> int:
    """How many values a line has: the first field is the token, even if a number."""
    numbers = takewhile(_is_number, reversed(fields[1:]))
    return sum(1 for _ in numbers)


def _values(count: int) -> str:
    return f"{count:,} value{'' if count == 1 else 's'}"


def _shown(text: bytes) -> str:
    decoded = text.strip().decode("utf-8", "replace")
    return repr(decoded if len(decoded) <= 40 else decoded[:40] + "...")
