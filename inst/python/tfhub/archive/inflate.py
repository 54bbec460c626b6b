"""Compressed blocks become the blocks of a tar archive; every checksum is checked."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import Any

from .. import settings
from ..errors import ArchiveError, UnsafeArchiveError
from ..net.pipeline import Block

_zlib: Any = zlib
with suppress(ImportError):
    from isal import isal_zlib as _zlib

GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")

_OUT = 1 << 20  # the largest block that is made
_FREE = 64 << 20  # bytes that an archive may become whatever its size
_FEW, _SMALL = 1000, 1024  # streams in a row, and bytes of each; bgzip makes 64 KiB
_MEMORY = 256 << 20  # that xz may use; its strongest level takes 65 MiB

_ERRORS: tuple[type[Exception], ...] = (
    zlib.error,
    _zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
)


def decompressed(blocks: Iterator[Block], label: str) -> Iterator[Block]:
    """The content of a gzip, bzip2 or xz stream, of one member or several.

    Some servers pack by gzip what they say is packed (`Content-Encoding`), some do not.
    No tar archive begins as gzip does, so what comes is asked, not the server: a second
    gzip within the first is taken off, too.

    Args:
      blocks: The stream, in blocks of which the first has its first bytes.
      label: What to call the archive in an error.

    Raises:
      ArchiveError: The stream is damaged (gzip's CRC-32 and length, bzip2's CRC, xz's
        check), cut short, or followed by something else.
      UnsafeArchiveError: It becomes more than `TFHUB_MAX_RATIO` times its size.
    """
    taken = 0

    def counted() -> Iterator[Block]:
        nonlocal taken
        for block in blocks:
            taken += len(block)
            yield block

    def checked(layer: Iterator[Block]) -> Iterator[Block]:
        made = 0
        for block in layer:
            made += len(block)
            check_ratio(made, taken, label)
            yield block

    content = checked(_inflated(counted(), label))
    first = next(content, b"")
    content = chain([first], content)
    if bytes(first[:2]) == GZIP:
        content = checked(_inflated(content, label))
    yield from content


def _inflated(blocks: Iterator[Block], label: str) -> Iterator[Block]:
    data = next(blocks, b"")
    magic = bytes(data[:6])
    engine: Any = _engine(magic)
    members = taken = 0
    while data:
        pending: Block = data
        taken += len(data)
        while pending or not _wants_input(engine):
            if engine.eof:
                pending = _next_member(bytes(pending), blocks, magic, label)
                if not pending:
                    return
                members += 1
                if members > _FEW and members * _SMALL > taken:
                    msg = f"{label} is damaged: it is {members:,} streams of nothing."
                    raise ArchiveError(msg, hint="Fetch or pack it again.")
                engine = _engine(magic)
            try:
                block = engine.decompress(pending, _OUT)
            except _ERRORS as error:
                msg = f"{label} is damaged: {error}."
                raise ArchiveError(msg, hint="Fetch or pack it again.") from error
            pending = engine.unused_data if engine.eof else _left(engine)
            if block:
                yield block
        data = next(blocks, b"")
    if not engine.eof:
        msg = f"{label} is cut short: its compressed data does not end."
        raise ArchiveError(msg, hint="Fetch or pack it again.")


def growth(made: int, taken: int) -> float:
    """How many times its size an archive grows, beyond what any may become."""
    return max(0, made - _FREE) / max(1, taken)


def check_ratio(made: int, taken: int, label: str) -> None:
    """Refuses an archive that grows beyond all measure."""
    if made > _FREE and growth(made, taken) > settings.max_ratio():
        msg = (
            f"{label} grows to more than {settings.max_ratio():g} times its size: "
            f"{made:,} bytes from {taken:,}."
        )
        hint = "If you trust it, raise TFHUB_MAX_RATIO."
        raise UnsafeArchiveError(msg, hint=hint)


def _engine(magic: bytes) -> Any:
    if magic.startswith(GZIP):
        return _zlib.decompressobj(31)
    if magic.startswith(BZIP2):
        return bz2.BZ2Decompressor()
    return lzma.LZMADecompressor(memlimit=_MEMORY)


def _left(engine: Any) -> bytes:
    # zlib hands back what it has not used, the other two keep it.
    return getattr(engine, "unconsumed_tail", b"")


def _wants_input(engine: Any) -> bool:
    return bool(engine.eof or getattr(engine, "needs_input", True))


def _next_member(
    after: bytes, rest: Iterator[Block], magic: bytes, label: str
) -> bytes:
    """What follows the end of a member: another one, or nothing but zero padding."""
    start = magic[:2]
    while len(after) < len(start):
        block = next(rest, b"")
        if not block:
            break
        after += block
    if after.startswith(start):
        return after
    while after:
        if after.count(0) != len(after):
            msg = f"{label} is followed by bytes that do not belong to it."
            raise ArchiveError(msg, hint="Fetch or pack it again.")
        after = bytes(next(rest, b""))
    return b""
