"""Changes of bytes, of protocol buffers and of JSON, each by a random generator."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

_NUMBERS = [
    0,
    1,
    2,
    127,
    128,
    255,
    2**16,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
    2**64 - 1,
]
_TEXTS = [
    b"",
    b"\0",
    b"..",
    b"/",
    b"\xff\xfe",
    b"\x1b]0;x\x07",
    "\u202e".encode(),
    b"a\nb",
]


def varint(value: int) -> bytes:
    """A number as protocol buffers write it."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(rng: random.Random) -> int:
    """A number at the end of some range, or near it, or any."""
    if rng.random() < 0.7:
        return max(0, rng.choice(_NUMBERS) + rng.randint(-1, 1))
    return rng.getrandbits(rng.randint(1, 64))


def change_bytes(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """Flips, cuts, swaps, repeats, splices, or puts a number in."""
    if not data:
        return rng.randbytes(8)
    at, to = sorted(rng.randint(0, len(data)) for _ in range(2))
    to = min(to, at + rng.choice([1, 4, 64, 4096, len(data)]))
    kind = rng.randrange(9)
    if kind == 0:
        changed = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        return bytes(changed)
    if kind == 1:
        return data[:at]
    if kind == 2:
        return data[:at] + data[to:]
    if kind == 3:
        return (
            data[:to]
            + data[at:to] * rng.choice([1, 2, 50 if to - at < 5000 else 1])
            + data[to:]
        )
    if kind == 4:
        other = rng.choice(others)
        start = rng.randint(0, len(other))
        return data[:at] + other[start : start + rng.choice([8, 512, 1 << 20])]
    if kind == 5:
        return data[:at] + varint(number(rng)) + data[at + rng.randint(0, 3) :]
    if kind == 6:
        size = rng.choice([1, 2, 4, 8])
        value = number(rng) & (1 << 8 * size) - 1
        order: Any = rng.choice(["little", "big"])
        return data[:at] + value.to_bytes(size, order) + data[at + size :]
    if kind == 7:
        return data[:at] + rng.choice(_TEXTS) + data[to:]
    return data[to:] + data[at:to] + data[:at]


def _fields(data: bytes) -> list[tuple[int, Any]] | None:
    """The fields of a message, each with its tag; None if it is none."""
    found, at = [], 0
    try:
        while at < len(data):
            tag, at = _number(data, at)
            if tag & 7 == 0:
                value: Any
                value, at = _number(data, at)
            elif tag & 7 in (1, 2, 5):
                size = {1: 8, 5: 4}.get(tag & 7)
                if size is None:
                    size, at = _number(data, at)
                value, at = data[at : at + size], at + size
            else:
                return None
            if at > len(data) or not tag >> 3:
                return None
            found.append((tag, value))
    except IndexError:
        return None
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def _joined(fields: list[tuple[int, Any]]) -> bytes:
    out = bytearray()
    for tag, value in fields:
        out += varint(tag)
        if isinstance(value, int):
            out += varint(value)
        else:
            out += (varint(len(value)) if tag & 7 == 2 else b"") + value
    return bytes(out)


def change_message(
    rng: random.Random, data: bytes, others: list[bytes], depth: int = 0
) -> bytes:
    """Changes one field of a protocol buffer, at some depth; or just bytes."""
    fields = _fields(data) if rng.random() < 0.9 else None
    if not fields:
        return change_bytes(rng, data, others)
    i = rng.randrange(len(fields))
    tag, value = fields[i]
    inner = isinstance(value, bytes) and tag & 7 == 2
    if inner and rng.random() < (0.9 if depth < 12 else 0.3):
        fields[i] = tag, change_message(rng, value, others, depth + 1)
        return _joined(fields)
    kind = rng.randrange(7)
    if kind == 0:
        del fields[i]
    elif kind == 1:
        fields[i:i] = [fields[i]] * rng.choice([1, 2, 300 if len(data) < 5000 else 1])
    elif kind == 2:
        fields[i] = (number(rng) & 0xFF) + 8, value
    elif kind == 3:
        rng.shuffle(fields)
    elif kind == 4 and inner:
        deep = value
        for _ in range(rng.choice([2, 30, 120])):
            deep = varint(tag) + varint(len(deep)) + deep
        fields[i] = tag, deep
    elif isinstance(value, int):
        fields[i] = tag, number(rng)
    elif inner:
        fields[i] = tag, rng.choice([*_TEXTS, value * 20, rng.randbytes(9)])
    return _joined(fields)


_VALUES: list[Callable[[random.Random], Any]] = [
    number,
    lambda rng: -number(rng),
    lambda _: None,
    lambda _: True,
    lambda _: 1e308,
    lambda _: float("inf"),
    lambda _: float("nan"),
    lambda _: "",
    lambda _: "\udc80",
    lambda _: "\x1b]0;x\x07\n\u202e",
    lambda _: "x" * 100_000,
    lambda _: "../../x",
    lambda _: "0001-01-01T00:00:00+00:00",
    lambda _: {},
    lambda _: [],
    lambda _: [[[[[[{"a": []}]]]]]],
    lambda _: "9" * 5000,
]


def change_json(rng: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """Changes one value of a JSON document; or just bytes."""
    if rng.random() < 0.2:
        return change_bytes(rng, data, others)
    if rng.random() < 0.02:
        return b"[" * 100_000
    if rng.random() < 0.02:
        return data.replace(b"1", b"1" * 5000, 100)
    return json.dumps(change_value(rng, json.loads(data))).encode()


def change_value(rng: random.Random, value: Any) -> Any:
    """Changes one place of a structure of dicts and lists."""
    if isinstance(value, (dict, list)) and value and rng.random() < 0.9:
        copy: Any = value.copy()
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = rng.choice(list(keys))
        if rng.random() < 0.1:
            del copy[key]
        else:
            copy[key] = change_value(rng, value[key])
        return copy
    return rng.choice(_VALUES)(rng)
