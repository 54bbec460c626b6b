"""Reads the index of a TensorFlow checkpoint: names, shapes and sizes, not the values.

`variables.index` is a table (see `table`). The empty key holds a BundleHeader, every
other one a BundleEntry (tensorflow/core/util/tensor_bundle).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import protos, reading
from .description import Tensor, Variables
from .table import Table
from .values import MOST_DIMENSIONS, tensor

INDEX = "variables/variables.index"
NONE = Variables(0, 0, 0)
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_NOT = "not the index of a checkpoint"
_MOST = (1 << 63) - 1  # elements of a tensor, and bytes of a file
# Bytes of what is said of a tensor. A shape has 4 kB at most, and a variable in parts
# names each of them; a message takes twenty times its bytes when it is parsed.
_LARGEST = 1 << 20

_Checked = tuple[int, tuple[int, ...], int]


def read_index(index: Path) -> tuple[Variables, dict[str, int]]:
    """The variables that an index has, and the data files that it speaks of.

    Returns:
      How many variables, and what they are; and of each data file that holds
      something, as a header may claim any number of them, the bytes that it must have.

    Raises:
      ModelFormatError: The index is damaged.
    """
    size, parameters, tensors = 0, 0, dict[str, Tensor]()
    shards, ends = 0, dict[int, int]()
    for key, entry, checked in _entries(index):
        if key == "":
            shards = entry.num_shards
            continue
        end, shape, elements = checked
        ends[entry.shard_id] = max(end, ends.get(entry.shard_id, 0))
        size += entry.size if key != _OBJECT_GRAPH else 0
        # A key that begins with a zero byte names one slice of a partitioned variable.
        if entry.dtype == protos.STRING or key.startswith("\0"):
            continue
        if key not in tensors:
            parameters += elements
        tensors[key] = tensor(entry.dtype, shape)
    if any(shard >= shards for shard in ends):
        reason = f"it has {shards:,} data files, and speaks of number {max(ends):,}"
        raise reading.damaged(index, _NOT, reason)
    stem = index.name.removesuffix(".index")
    data = {
        f"{stem}.data-{i:05d}-of-{shards:05d}": end for i, end in sorted(ends.items())
    }
    return Variables(len(tensors), parameters, size, tensors), data


def _entries(index: Path) -> Iterator[tuple[str, Any, _Checked]]:
    with reading.opened(index) as (file, size), reading.guarded(index, _NOT):
        for key, value in Table(file, size).pairs():
            if len(value) > _LARGEST:
                msg = f"it says {len(value):,} bytes of one tensor"
                raise ValueError(msg)
            if key:
                entry = protos.BundleEntry.FromString(value)
                yield key.decode("utf-8", "replace"), entry, _checked(entry)
            else:
                yield "", protos.BundleHeader.FromString(value), (0, (), 0)


def _checked(entry: Any) -> _Checked:
    """Where a tensor ends, its shape and its elements; refuses what TensorFlow does."""
    offset, size = entry.offset, entry.size
    if offset < 0 or size < 0 or entry.shard_id < 0:
        msg = "a tensor has a place or a size below zero"
        raise ValueError(msg)
    if offset + size > _MOST:
        msg = "a tensor lies beyond the end of any file"
        raise ValueError(msg)
    dims = entry.shape.dim
    if not dims:
        return offset + size, (), 1
    shape = () if len(dims) > MOST_DIMENSIONS else tuple([dim.size for dim in dims])
    if not shape or min(shape) < 0:
        msg = f"a tensor's shape has {len(dims):,} dimensions, or a negative one"
        raise ValueError(msg)
    elements = math.prod(shape)
    if elements > _MOST:
        msg = "a tensor has more elements than TensorFlow can count"
        raise ValueError(msg)
    return offset + size, shape, elements
