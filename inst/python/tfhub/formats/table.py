"""Reads a sorted string table in LevelDB's layout, as TensorFlow writes it.

Blocks of prefix-compressed (key, value) pairs, an index block of their positions, and
a footer of 48 bytes (tensorflow/core/lib/io/table, and LevelDB's `table_format.md`).

What is read takes time and memory in proportion to the file: TensorFlow writes block
after block, and each key in whole at least at every 16th, so a block is read once, and
the keys together have at most sixteen times the bytes of the file. What it says of a
tensor takes 15 bytes and more, so there is a bound to the number of entries, too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

from .snappy import decoded

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5  # of a block: its compression, and a CRC
_LARGEST = 64 << 20  # bytes of a block; TensorFlow ends one at 256 KiB
# How a block is compressed. TensorFlow's releases write 0, Google's own builds snappy.
_PLAIN, _SNAPPY = 0, 1
_VARINT = 10  # bytes of a number of 64 bits
# Bytes of keys: for each byte of the file, for each that a block becomes, and beside.
_GROWTH, _OF_BLOCKS, _FREE = 16, 4, 1 << 20
# Bytes that compressed blocks become, likewise. Those of real indices become thrice as
# many; snappy can make 22 of one.
_INFLATED, _INFLATED_FREE = 8, 16 << 20
# Entries: one for so many bytes of a plain block, or of a compressed one, and beside.
_PLAIN_ENTRY, _SNAPPY_ENTRY, _ENTRIES_FREE = 8, 3, 20_000

Pair = tuple[bytes, bytes]


class TableError(ValueError):
    """It is not such a table, or is damaged."""


class Table:
    """A table in a file.

    Args:
      file: The file, which can be read at any place.
      size: Its bytes.
    """

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._end = size - _FOOTER
        self._keys = _GROWTH * size + _FREE  # bytes of keys that are still taken
        self._inflated = _INFLATED * size + _INFLATED_FREE  # and of blocks
        self._entries = _ENTRIES_FREE

    def pairs(self) -> Iterator[Pair]:
        """All keys and values, in the order of the file.

        Raises:
          TableError: It is damaged.
        """
        if self._end < 0:
            msg = "it does not end like a checkpoint index"
            raise TableError(msg)
        footer = self._read(self._end, _FOOTER)
        if struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
            msg = "it does not end like a checkpoint index"
            raise TableError(msg)
        _, at = _handle(footer, 0)  # of the meta-index block
        index, _ = _handle(footer, at)
        end = 0
        for _, where in self._block(*index):
            (offset, size), _ = _handle(where, 0)
            if offset < end:
                msg = "its blocks lie one over the other"
                raise TableError(msg)
            end = offset + size + _TRAILER
            yield from self._block(offset, size)

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            msg = "it is cut short"
            raise TableError(msg)
        return data

    def _contents(self, offset: int, size: int) -> bytes:
        """The bytes of a block, without its trailer."""
        if size > _LARGEST or offset + size + _TRAILER > self._end:
            msg = "a block lies outside the file, or is too large"
            raise TableError(msg)
        data = self._read(offset, size + 1)
        block, compression = data[:size], data[size]
        if compression == _SNAPPY:
            block = decoded(block, min(_LARGEST, self._inflated))
            self._inflated -= len(block)
            self._keys += _OF_BLOCKS * len(block)
            self._entries += size // _SNAPPY_ENTRY
        elif compression != _PLAIN:
            msg = f"a block is compressed in a way that is not known: {compression}"
            raise TableError(msg)
        else:
            self._entries += size // _PLAIN_ENTRY
        if len(block) < 4:
            msg = "a block is shorter than it says"
            raise TableError(msg)
        return block

    def _block(self, offset: int, size: int) -> Iterator[Pair]:
        block = self._contents(offset, size)
        restarts = int.from_bytes(block[-4:], "little")
        end = len(block) - 4 - 4 * restarts
        if end < 0:
            msg = "a block is shorter than it says"
            raise TableError(msg)
        at, key, first = 0, b"", True
        while at < end:
            shared, at = _varint(block, at)
            fresh, at = _varint(block, at)
            length, at = _varint(block, at)
            middle = at + fresh
            stop = middle + length
            if shared > len(key) or stop > end:
                msg = "a block's entry goes beyond its end"
                raise TableError(msg)
            before, key = key, key[:shared] + block[at:middle]
            if key <= before and not first:
                msg = "its keys do not stand in order"
                raise TableError(msg)
            self._entries -= 1
            if self._entries < 0:
                msg = "it has more entries than a file of its size can have"
                raise TableError(msg)
            self._keys -= len(key)
            if self._keys < 0:
                msg = "its keys repeat each other without end"
                raise TableError(msg)
            yield key, block[middle:stop]
            at, first = stop, False


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    offset, at = _varint(data, at)
    size, at = _varint(data, at)
    return (offset, size), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = data[at]
    if value < 0x80:
        return value, at + 1
    value &= 0x7F
    for shift in range(7, 7 * _VARINT, 7):
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
    msg = f"a number has more than {_VARINT} bytes"
    raise TableError(msg)
