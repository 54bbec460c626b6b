"""The cache: a folder of models, each with a manifest, in the reference's layout.

`<root>/<sha1 of the handle>/` holds the model. Beside it lie `<sha1>.descriptor.txt`,
as the reference library writes it, and `<sha1>.manifest.json`, which is ours. A model
is prepared under `<root>/.tmp/` and comes into view by one rename, its manifest after
it, so that nobody ever sees a part of one. Finding a model that is there takes no lock
and writes nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import socket
import stat
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import settings
from .._version import __version__
from ..errors import CacheError, HubError
from ..formats.saved_model import FILES

_log = logging.getLogger("tfhub")
_HOST = socket.gethostname()


def cache_root() -> str:
    """The folder of the cache: `TFHUB_CACHE_DIR`, else one in the temporary folder.

    The default is used only when this user owns it and nobody else can write to it.
    """
    chosen = settings.cache_dir()
    return chosen if chosen is not None else _default_root()


@lru_cache(maxsize=1)
def _default_root() -> str:
    import tempfile

    root = os.path.join(tempfile.gettempdir(), "tfhub_modules")
    try:
        info = os.lstat(root)
    except FileNotFoundError:
        return root
    ours = not hasattr(os, "getuid") or info.st_uid == os.getuid()
    if ours and stat.S_ISDIR(info.st_mode) and not info.st_mode & 0o022:
        return root
    import platformdirs

    other = platformdirs.user_cache_dir("tfhub")
    _log.warning("%s can be written by others; the cache is in %s.", root, other)
    return other


class Entry:
    """The place of one handle in the cache."""

    def __init__(self, root: str, handle: str) -> None:
        self.handle = handle
        self.root = root
        self.key = hashlib.sha1(handle.encode(), usedforsecurity=False).hexdigest()
        self.folder = os.path.join(root, self.key)
        self.manifest = f"{self.folder}.manifest.json"
        self.descriptor = f"{self.folder}.descriptor.txt"

    def is_valid(self, origin: dict[str, Any] | None = None) -> bool:
        """Whether the model is there, whole, and made from this origin."""
        try:
            info = os.stat(self.manifest)
        except OSError:
            return origin is None and _is_whole(self.folder)
        try:
            made_from, files = _read_manifest(
                self.manifest, info.st_mtime_ns, info.st_size, info.st_ino
            )
            if origin is not None and made_from != origin:
                return False
            prefix = self.folder + os.sep
            return all(os.stat(prefix + name).st_size == size for name, size in files)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def install(self, fill: Callable[[Path], dict[str, Any]]) -> None:
        """Makes the entry: `fill` writes the model into a folder that it is given.

        Args:
          fill: Gets the path of a folder to make; returns what the manifest is to say.
        """
        with self._workshop() as shop:
            content = fill(shop / "model")
            manifest = {
                "handle": self.handle,
                "time": datetime.now().astimezone().isoformat(timespec="seconds"),
                "tfhub": __version__,
                **content,
            }
            now = datetime.today()
            descriptor = (
                f"Module: {self.handle}\nDownload Time: {now}\n"
                f"Downloader Hostname: {_HOST} (PID:{os.getpid()})"
            )
            (shop / "manifest").write_text(json.dumps(manifest, indent=1), "utf-8")
            (shop / "descriptor").write_text(descriptor, "utf-8")
            for folder, _, _ in os.walk(shop):
                _sync(folder)
            os.replace(shop / "descriptor", self.descriptor)
            with suppress(FileNotFoundError):
                os.rename(self.folder, shop / "old")
            os.rename(shop / "model", self.folder)
            os.replace(shop / "manifest", self.manifest)
            _sync(self.root)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the lock of this entry, among the processes that use this library."""
        from filelock import FileLock

        locks = os.path.join(self.root, ".locks")
        with _writing(self.root, self.handle):
            os.makedirs(locks, exist_ok=True)
            lock = FileLock(os.path.join(locks, f"{self.key}.lock"))
            try:
                lock.acquire(poll_interval=0.02)
            except NotImplementedError:
                # No flock here. Each process works in a folder of its own, so a model
                # may be fetched twice, and is still right.
                yield
                return
            try:
                yield
            finally:
                lock.release()

    @contextmanager
    def _workshop(self) -> Iterator[Path]:
        parent = Path(self.root, ".tmp")
        name = f"{_HOST}~{os.getpid()}~{uuid.uuid4().hex[:12]}"
        with _writing(self.root, self.handle):
            parent.mkdir(parents=True, exist_ok=True)
            _sweep(parent)
            (parent / name).mkdir()
        try:
            with _writing(self.root, self.handle):
                yield parent / name
        finally:
            shutil.rmtree(parent / name, ignore_errors=True)


@lru_cache(maxsize=1024)
def _read_manifest(
    path: str,
    *_: int,  # time, size and inode: another file is read anew
) -> tuple[Any, tuple[tuple[str, int], ...]]:
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    files = manifest["files"]
    return manifest.get("origin"), tuple((n, files[n]["size"]) for n in files)


def _is_whole(folder: str) -> bool:
    """Whether a folder without a manifest of ours holds a model with all its parts."""
    if not any(os.path.isfile(os.path.join(folder, name)) for name in FILES):
        return False
    variables = Path(folder, "variables")
    if not variables.is_dir():
        return True
    # Not at the top: it takes protocol buffers, which a cache of our own never needs.
    from ..formats.checkpoint import data_files

    index = variables / "variables.index"
    try:
        wanted = data_files(index).items()
        return all((variables / n).stat().st_size >= size for n, size in wanted)
    except (OSError, HubError):
        return not any(variables.iterdir())


@contextmanager
def _writing(root: str, handle: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, HubError):
            raise
        reason = error.strerror or str(error)
        msg = f"The cache in {root} cannot hold {handle}: {reason}."
        hint = "Set TFHUB_CACHE_DIR to a folder that you can write."
        raise CacheError(msg, handle=handle, hint=hint) from error


def _sweep(parent: Path) -> None:
    """Removes what processes of this machine left behind when they were killed."""
    for left in parent.iterdir():
        host, _, rest = left.name.partition("~")
        pid = rest.partition("~")[0]
        old = time.time() - left.stat().st_mtime > 7 * 86400
        if (host == _HOST and pid.isdecimal() and not _is_alive(int(pid))) or old:
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    if os.name == "nt":  # there, os.kill() would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _sync(folder: str) -> None:
    """Makes the names in a folder survive a crash of the machine."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
