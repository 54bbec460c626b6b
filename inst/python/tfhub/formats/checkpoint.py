"""Reads the index of a TensorFlow checkpoint: names, shapes and sizes, not the values.

`variables.index` is a sorted string table in LevelDB's layout, without compression:
blocks of prefix-compressed (key, value) pairs, an index block of their positions, and
a footer of 48 bytes (tensorflow/core/util/tensor_bundle, tensorflow/core/lib/io/table).
The empty key holds a BundleHeader, every other one a BundleEntry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from ..errors import ModelFormatError
from . import protos
from .description import Tensor, Variables

INDEX = "variables/variables.index"
_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"


def describe_variables(folder: Path) -> Variables:
    """Counts the variables of a model folder; zero when it has none."""
    index = folder / INDEX
    if not index.is_file():
        return Variables(0, 0, 0)
    size, tensors = 0, {}
    for key, entry in _entries(index):
        size += entry.size if key != _OBJECT_GRAPH else 0
        # A key that begins with a zero byte names one slice of a partitioned variable.
        if entry.dtype == protos.STRING or key.startswith("\0"):
            continue
        shape = tuple(dim.size for dim in entry.shape.dim)
        tensors[key] = Tensor(protos.dtype_name(entry.dtype), shape)
    parameters = sum(tensor.elements or 0 for tensor in tensors.values())
    return Variables(len(tensors), parameters, size, tensors)


def data_files(index: Path) -> dict[str, int]:
    """The data files that an index speaks of, each with the bytes it must have."""
    shards, sizes = 0, dict[int, int]()
    for key, entry in _entries(index, header=True):
        if key == "":
            shards = entry.num_shards
        else:
            end = entry.offset + entry.size
            sizes[entry.shard_id] = max(end, sizes.get(entry.shard_id, 0))
    stem = index.name.removesuffix(".index")
    return {
        f"{stem}.data-{i:05d}-of-{shards:05d}": sizes.get(i, 0) for i in range(shards)
    }


def _entries(index: Path, *, header: bool = False) -> Iterator[tuple[str, Any]]:
    data = index.read_bytes()
    try:
        for key, value in _pairs(data):
            if key:
                yield (
                    key.decode("utf-8", "replace"),
                    protos.BundleEntry.FromString(value),
                )
            elif header:
                yield "", protos.BundleHeader.FromString(value)
    except (IndexError, struct.error, DecodeError, ValueError) as error:
        msg = f"The index of the variables, {index}, is damaged: {error}"
        raise ModelFormatError(msg, hint="Fetch or export the model again.") from error


def _pairs(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = data[-_FOOTER:]
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        msg = "it does not end like a checkpoint index"
        raise ValueError(msg)
    _, at = _varint(footer, 0)  # of the meta-index block: offset, then size
    _, at = _varint(footer, at)
    for _, block in _block(data, *_handle(footer, at)):
        yield from _block(data, *_handle(block, 0))


def _handle(data: bytes, at: int) -> tuple[int, int]:
    offset, at = _varint(data, at)
    size, _ = _varint(data, at)
    return offset, size


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if offset + size + 5 > len(data) - _FOOTER or size < 4:
        msg = "a block lies outside the file"
        raise ValueError(msg)
    if data[offset + size]:  # the compression of the block; TensorFlow writes 0
        msg = "it is compressed"
        raise ValueError(msg)
    block = data[offset : offset + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    end = size - 4 - 4 * restarts
    at, key = 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
