"""Decodes a block that snappy compressed (`format_description.txt` of google/snappy).

Its length stands first. Then there are literals, and copies of what came before: the
two lowest bits of a tag say which, and where the length and the distance stand. No
dependency for 60 lines, as only indices that Google's own builds write need them.
"""

from __future__ import annotations

_LITERAL, _SHORT_COPY, _LONG_COPY = 0, 1, 3
_LENGTH_BYTES = 5  # a length of 32 bits
_LONGEST_TAGGED = 60  # bytes of a literal whose tag has its length


class SnappyError(ValueError):
    """It is not what snappy writes, or is damaged."""


def decoded(data: bytes, most: int) -> bytes:
    """What was compressed.

    Memory and time go with the bytes given: one gives 22 at most.

    Args:
      data: All of a compressed block.
      most: How many bytes it may become.

    Raises:
      SnappyError: It is damaged, or too large.
    """
    try:
        length, at = _length(data)
        if length > most:
            msg = f"a block becomes {length:,} bytes, more than {most:,}"
            raise SnappyError(msg)
        out = bytearray()
        while at < len(data):
            at = _step(data, at, out)
            if len(out) > length:
                break
    except IndexError:
        msg = "a compressed block ends within itself"
        raise SnappyError(msg) from None
    if len(out) != length:
        msg = f"a compressed block does not become the {length:,} bytes that it says"
        raise SnappyError(msg)
    return bytes(out)


def _length(data: bytes) -> tuple[int, int]:
    length = 0
    for at in range(_LENGTH_BYTES):
        length |= (data[at] & 0x7F) << 7 * at
        if data[at] < 0x80:
            return length, at + 1
    msg = "the length of a compressed block has more than 32 bits"
    raise SnappyError(msg)


def _step(data: bytes, at: int, out: bytearray) -> int:
    """Adds what one tag stands for; gives the place of the next."""
    tag = data[at]
    kind, number = tag & 3, tag >> 2
    at += 1
    if kind == _LITERAL:
        size, at = number + 1, at
        if size > _LONGEST_TAGGED:
            wide = size - _LONGEST_TAGGED
            size, at = int.from_bytes(data[at : at + wide], "little") + 1, at + wide
        if at + size > len(data):
            raise IndexError
        out += data[at : at + size]
        return at + size
    if kind == _SHORT_COPY:
        size, distance = (number & 7) + 4, (number >> 3) << 8 | data[at]
        at += 1
    else:
        wide = 4 if kind == _LONG_COPY else 2
        size, distance = number + 1, int.from_bytes(data[at : at + wide], "little")
        at += wide
        if at > len(data):
            raise IndexError
    start = len(out) - distance
    if not 0 <= start < len(out):
        msg = "a compressed block copies what is not there"
        raise SnappyError(msg)
    if size <= distance:
        out += out[start : start + size]
    else:  # what it copies begins to repeat itself
        out += (out[start:] * (size // distance + 1))[:size]
    return at
