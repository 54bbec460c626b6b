"""Writes a checkpoint's index as Google's own builds do: its blocks by snappy."""

from __future__ import annotations

import struct
from pathlib import Path

from tfhub.formats.table import Table

_MAGIC = 0xDB4775248B80FB57


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def crc(data: bytes) -> bytes:
    """The masked CRC-32C of LevelDB."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    value ^= 0xFFFFFFFF
    return struct.pack("<I", ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def compressed(data: bytes) -> bytes:
    """A stream of snappy with literals and copies of all three kinds."""
    out, at, seen, literal = varint(len(data)), 0, dict[bytes, int](), b""
    number = 0
    while at < len(data):
        start = seen.get(data[at : at + 4])
        size = 0
        while start is not None and size < 64 and at + size < len(data):
            if data[start + size] != data[at + size]:  # it may run over `at`
                break
            size += 1
        if start is None or size < 4:
            seen[data[at : at + 4]] = at
            literal += data[at : at + 1]
            at += 1
            continue
        out, literal = out + _literal(literal), b""
        distance, number = at - start, number + 1
        if size < 12 and distance < 2048 and number % 3:
            out += bytes([1 | size - 4 << 2 | distance >> 8 << 5, distance & 255])
        elif distance < 65536 and number % 2:
            out += bytes([2 | size - 1 << 2]) + struct.pack("<H", distance)
        else:
            out += bytes([3 | size - 1 << 2]) + struct.pack("<I", distance)
        at += size
    return out + _literal(literal)


def _literal(data: bytes) -> bytes:
    if not data:
        return b""
    size = len(data) - 1
    if size < 60:
        return bytes([size << 2]) + data
    wide = (size.bit_length() + 7) // 8
    return bytes([59 + wide << 2]) + size.to_bytes(wide, "little") + data


def _block(pairs: list[tuple[bytes, bytes]]) -> bytes:
    out, restarts = b"", []
    for key, value in pairs:
        restarts.append(len(out))
        out += b"\0" + varint(len(key)) + varint(len(value)) + key + value
    ends = restarts or [0]
    return out + struct.pack(f"<{len(ends)}I", *ends) + struct.pack("<I", len(ends))


def compress_index(index: Path) -> None:
    """Rewrites an index with blocks of a few pairs, all compressed, its own too."""
    with index.open("rb") as file:
        pairs = list(Table(file, index.stat().st_size).pairs())
    out, places = b"", []

    def add(pairs: list[tuple[bytes, bytes]]) -> bytes:
        nonlocal out
        body = compressed(_block(pairs))
        place = varint(len(out)) + varint(len(body))
        out += body + b"\1" + crc(body + b"\1")
        return place

    for start in range(0, len(pairs), 50):
        some = pairs[start : start + 50]
        places.append((some[-1][0], add(some)))
    footer = add([]) + add(places)
    index.write_bytes(out + footer.ljust(40, b"\0") + struct.pack("<Q", _MAGIC))
