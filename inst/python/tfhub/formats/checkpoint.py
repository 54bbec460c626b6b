"""Reads the index of a TensorFlow checkpoint: names, shapes and sizes, not the values.

`variables.index` is a table (see `table`). The empty key holds a BundleHeader, every
other one a BundleEntry (tensorflow/core/util/tensor_bundle).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import protos, reading
from .description import Tensor, Variables
from .table import Table
from .values import MOST_DIMENSIONS

INDEX = "variables/variables.index"
_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_NOT = "not the index of a checkpoint"
_MOST = (1 << 63) - 1  # elements of a tensor, and bytes of a file


def describe_variables(folder: Path) -> Variables:
    """Counts the variables of a model folder; zero when it has none.

    Raises:
      ModelFormatError: The index is damaged.
    """
    index = folder / INDEX
    if not os.path.isfile(index):
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
    """The data files that an index speaks of, each with the bytes it must have.

    Only those that hold something: a header may claim any number of them.

    Raises:
      ModelFormatError: The index is damaged.
    """
    shards, sizes = 0, dict[int, int]()
    for key, entry in _entries(index, header=True):
        if key == "":
            shards = entry.num_shards
        else:
            end = entry.offset + entry.size
            sizes[entry.shard_id] = max(end, sizes.get(entry.shard_id, 0))
    if any(shard >= shards for shard in sizes):
        reason = f"it has {shards:,} data files, and speaks of number {max(sizes):,}"
        raise reading.damaged(index, _NOT, reason)
    stem = index.name.removesuffix(".index")
    return {
        f"{stem}.data-{i:05d}-of-{shards:05d}": size
        for i, size in sorted(sizes.items())
    }


def _entries(index: Path, *, header: bool = False) -> Iterator[tuple[str, Any]]:
    with reading.opened(index) as (file, size), reading.guarded(index, _NOT):
        for key, value in Table(file, size).pairs():
            if key:
                entry = protos.BundleEntry.FromString(value)
                _check(entry)
                yield key.decode("utf-8", "replace"), entry
            elif header:
                yield "", protos.BundleHeader.FromString(value)


def _check(entry: Any) -> None:
    """Refuses what TensorFlow refuses."""
    if entry.offset < 0 or entry.size < 0 or entry.shard_id < 0:
        msg = "a tensor has a place or a size below zero"
        raise ValueError(msg)
    if entry.offset + entry.size > _MOST:
        msg = "a tensor lies beyond the end of any file"
        raise ValueError(msg)
    dims = entry.shape.dim
    if len(dims) > MOST_DIMENSIONS or any(dim.size < 0 for dim in dims):
        msg = f"a tensor's shape has {len(dims):,} dimensions, or a negative one"
        raise ValueError(msg)
    if math.prod(dim.size for dim in dims) > _MOST:
        msg = "a tensor has more elements than TensorFlow can count"
        raise ValueError(msg)
