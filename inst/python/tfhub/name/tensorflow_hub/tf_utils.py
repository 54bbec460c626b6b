"""`tensorflow_hub.tf_utils`."""

from __future__ import annotations

import os
import time
from typing import Any

from tfhub.runtime.tf import tf
from tfhub.tf1.tensors import type_spec as composite_tensor_info_to_type_spec

__all__ = [
    "absolute_path",
    "atomic_write_string_to_file",
    "bytes_to_readable_str",
    "composite_tensor_from_components",
    "composite_tensor_info_to_type_spec",
    "garbage_collect_exports",
    "get_composite_tensor_type_spec",
    "get_temp_export_dir",
    "get_timestamped_export_dir",
    "is_composite_tensor",
    "read_file_to_string",
]

SUPPORTED_ARGUMENT_TYPES = (tf.Tensor, tf.SparseTensor, tf.RaggedTensor)
MAX_DIRECTORY_CREATION_ATTEMPTS = 10
_COMPOSITE = (tf.SparseTensor, tf.RaggedTensor)
_files = tf.io.gfile


def read_file_to_string(filename: str) -> str:
    """The text of a file."""
    with _files.GFile(filename, "r") as file:
        return str(file.read())


def atomic_write_string_to_file(filename: str, contents: str, overwrite: bool) -> None:
    """Writes a file that comes into view when it is whole.

    Raises:
      tf.errors.AlreadyExistsError: It is there, and `overwrite` is False.
    """
    if not _files.exists(os.path.dirname(filename)):
        _files.makedirs(os.path.dirname(filename))
    temporary = f"{filename}.tmp{os.getpid()}.{time.time_ns()}"
    with _files.GFile(temporary, "w") as file:
        file.write(contents)
    try:
        _files.rename(temporary, filename, overwrite)
    except tf.errors.OpError:
        _files.remove(temporary)
        raise


def get_timestamped_export_dir(export_dir_base: str) -> bytes:
    """A folder that is not there yet, whose name is the seconds since 1970."""
    for _ in range(MAX_DIRECTORY_CREATION_ATTEMPTS):
        folder = os.path.join(export_dir_base, str(int(time.time())))
        if not _files.exists(folder):
            return os.fsencode(folder)
        time.sleep(1)
    msg = f"Each second of {MAX_DIRECTORY_CREATION_ATTEMPTS} had its folder already."
    raise RuntimeError(msg)


def get_temp_export_dir(timestamped_export_dir: bytes | str) -> bytes:
    """The folder to write into before it gets that name."""
    folder, name = os.path.split(os.fsdecode(timestamped_export_dir))
    return os.fsencode(os.path.join(folder, f"temp-{name}"))


def garbage_collect_exports(export_dir_base: str, exports_to_keep: int | None) -> None:
    """Removes all but the newest folders whose names are numbers."""
    if exports_to_keep is None:
        return
    names = (name.rstrip("/") for name in _files.listdir(export_dir_base))
    numbers = sorted((name for name in names if name.isdigit()), key=int)
    for name in numbers[: len(numbers) - exports_to_keep]:
        _files.rmtree(os.path.join(export_dir_base, name))


def bytes_to_readable_str(num_bytes: int | None, include_b: bool = False) -> str:
    """Such as `1.50M`, or `1.50MB`."""
    if num_bytes is None:
        return str(num_bytes)
    unit = "B" if include_b else ""
    if num_bytes < 1 << 10:
        return f"{num_bytes}{unit}"
    for bits, letter in ((20, "k"), (30, "M")):
        if num_bytes < 1 << bits:
            return f"{num_bytes / (1 << bits - 10):.2f}{letter}{unit}"
    return f"{num_bytes / (1 << 30):.2f}G{unit}"


def absolute_path(path: str) -> str:
    """The whole path; one of another file system as it is."""
    return path if "://" in path else os.path.abspath(path)


def is_composite_tensor(x: Any) -> bool:
    """Whether it is a SparseTensor or a RaggedTensor, or the spec of one."""
    specs = (tf.SparseTensorSpec, tf.RaggedTensorSpec)
    return isinstance(x, (*_COMPOSITE, *specs))


def get_composite_tensor_type_spec(x: Any) -> Any:
    """The TypeSpec of such a tensor."""
    return tf.type_spec_from_value(x)


def composite_tensor_from_components(type_spec: Any, components: Any) -> Any:
    """The tensor of a TypeSpec that has these parts."""
    return tf.nest.pack_sequence_as(type_spec, components, expand_composites=True)
