"""A program's own download, into a folder that comes into view when it is whole."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ..archive.unpacking import unpack
from ..cache.workshop import HOST
from ..errors import CacheError
from ..net.progress import Meter
from ..shown import shown

LOCK_FILE_TIMEOUT_SEC = 600


def atomic_download(
    handle: str,
    download_fn: Callable[[str, str], Any],
    module_dir: str,
    lock_file_timeout_sec: float = LOCK_FILE_TIMEOUT_SEC,
) -> str:
    """Downloads a model once, whoever asks for it at the same time.

    Args:
      handle: What the model is called.
      download_fn: Called with the handle and a new folder, into which it writes.
      module_dir: The folder of the model. What is in it already stays as it is.
      lock_file_timeout_sec: Seconds to wait for another process that downloads it.

    Returns:
      `module_dir`.

    Raises:
      CacheError: The other process has not ended by then.
    """
    from filelock import FileLock, Timeout

    if _holds_something(module_dir):
        return module_dir
    root, key = os.path.split(os.path.abspath(module_dir))
    locks = os.path.join(root, ".locks")
    os.makedirs(locks, exist_ok=True)
    try:
        with FileLock(os.path.join(locks, f"{key}.lock"), lock_file_timeout_sec):
            if not _holds_something(module_dir):
                _download(handle, download_fn, module_dir)
    except Timeout as error:
        msg = f"Another process has been downloading {handle} to {module_dir} for "
        msg += f"{lock_file_timeout_sec:g} seconds."
        raise CacheError(msg, handle=handle, hint="Try again later.") from error
    return module_dir


def unpack_into(fileobj: IO[bytes], folder: str, meter: Meter) -> None:
    """Unpacks an archive into a folder, which may be there.

    Raises:
      ArchiveError: It is not an archive, is cut short, or damaged. Nothing is in the
        folder then that was not there.
    """
    blocks = iter(lambda: fileobj.read(1 << 20), b"")
    parent = os.path.dirname(os.path.abspath(folder))
    with tempfile.TemporaryDirectory(dir=parent) as new:
        unpack(blocks, Path(new, "model"), meter.url or folder, meter)
        shutil.copytree(
            os.path.join(new, "model"),
            folder,
            copy_function=os.replace,
            dirs_exist_ok=True,
        )
    meter.finish()


def _download(handle: str, download_fn: Any, module_dir: str) -> None:
    temporary = f"{module_dir}.{uuid.uuid4().hex}.tmp"
    os.makedirs(temporary)
    try:
        download_fn(handle, temporary)
        with open(f"{module_dir}.descriptor.txt", "w", encoding="utf-8") as file:
            file.write(
                f"Module: {shown(handle)}\nDownload Time: {datetime.today()}\n"
                f"Downloader Hostname: {HOST} (PID:{os.getpid()})"
            )
        with suppress(FileNotFoundError):
            os.rmdir(module_dir)
        os.rename(temporary, module_dir)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _holds_something(folder: str) -> bool:
    return os.path.isdir(folder) and bool(os.listdir(folder))
