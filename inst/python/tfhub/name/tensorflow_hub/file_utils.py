"""`tensorflow_hub.file_utils`: taking an archive apart."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from typing import IO, Any

from tfhub.errors import UnsafeArchiveError
from tfhub.net.progress import Meter
from tfhub.old_name.download import unpack_into
from tfhub.runtime.tf import tf

__all__ = ["extract_file", "extract_tarfile_to_destination", "merge_relative_path"]

_Log = Callable[[str, int], Any]


def merge_relative_path(dst_path: str, rel_path: str) -> str:
    """The path of a member of an archive within a folder.

    Raises:
      UnsafeArchiveError: It leads out of the folder.
    """
    path = os.path.normpath(rel_path.lstrip("/"))
    if path == ".":
        return dst_path
    if path.split(os.sep)[0] == "..":
        msg = f"Relative path {rel_path!r} is invalid: it leads out of {dst_path}."
        raise UnsafeArchiveError(msg, hint="Do not use this archive.")
    return os.path.join(dst_path, path)


def extract_file(
    tgz: tarfile.TarFile,
    tarinfo: tarfile.TarInfo,
    dst_path: str,
    buffer_size: int = 10 << 20,
    log_function: _Log | None = None,
) -> None:
    """Writes a file of a tar archive to a path, and tells of the bytes."""
    source = tgz.extractfile(tarinfo)
    if source is None:
        return
    with source, tf.io.gfile.GFile(dst_path, "wb") as target:
        while block := source.read(buffer_size):
            target.write(block)
            if log_function is not None:
                log_function("", len(block))


def extract_tarfile_to_destination(
    fileobj: IO[bytes], dst_path: str, log_function: _Log | None = None
) -> None:
    """Unpacks an archive into a folder.

    Raises:
      ArchiveError: It is not an archive, is cut short, or damaged.
    """
    told = 0

    def tell(done: int, total: int | None, url: str) -> None:  # noqa: ARG001
        nonlocal told
        if log_function is not None and done > told:
            log_function(url, done - told)
        told = done

    unpack_into(fileobj, dst_path, Meter(tell))
