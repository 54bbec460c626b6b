"""The cache: a folder of models, each with a manifest, in the reference's layout.

`<root>/<sha1 of the handle>/` holds the model. Beside it lie `<sha1>.descriptor.txt`,
as the reference library writes it, and `<sha1>.manifest.json`, which is ours. A model
is prepared under `<root>/.tmp/` and comes into view by one rename, its manifest before
it, so that nobody ever sees a part of one. Finding a model that is there takes no lock
and writes nothing.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from .. import settings
from .._version import __version__
from ..errors import CacheError, HubError
from ..formats.files import holds_model
from .locks import MANIFEST, alone, has_locks
from .workshop import HOST, shared_file, sync, workshop

_log = logging.getLogger("tfhub")
_ATTEMPTS = 3
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST)  # the place, by another process
_GONE = (errno.ENOENT, errno.ESTALE)  # what was made, by a cleaner
_PATIENCE = 30.0  # seconds to wait for readers of an entry that is to be replaced


def cache_root() -> str:
    """The folder of the cache: `TFHUB_CACHE_DIR`, else one in the temporary folder.

    The default is used only when this user owns it and nobody else can write to it.
    """
    chosen = settings.cache_dir()
    return chosen if chosen is not None else _default_root()


def cache_roots() -> Iterator[str]:
    """The folder of the cache; where that is read-only, also one that is the user's."""
    root = cache_root()
    yield root
    if os.path.isdir(root) and not os.access(root, os.W_OK | os.X_OK):
        import platformdirs

        yield platformdirs.user_cache_dir("tfhub")


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


def key_of(handle: str) -> str:
    """The name of a handle's folder, which is that of the reference library."""
    return hashlib.sha1(handle.encode(), usedforsecurity=False).hexdigest()


class Entry:
    """The place of one handle in the cache.

    Args:
      root: The folder of the cache.
      handle: The handle; `""` when it is not known.
      key: The name of the entry's folder, when that is known already.
    """

    def __init__(self, root: str, handle: str, key: str | None = None) -> None:
        self.handle = handle
        self.root = root
        self.key = key or key_of(handle)
        self.folder = os.path.join(root, self.key)
        self.manifest = f"{self.folder}{MANIFEST}"
        self.descriptor = f"{self.folder}.descriptor.txt"

    def is_valid(self, origin: dict[str, Any] | None = None) -> bool:
        """Whether the model is there, whole, and made from this origin."""
        try:
            info = os.stat(self.manifest)
        except OSError:
            return origin is None and is_whole(self.folder)
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

    def etag(self, mirror: str | None) -> str | None:
        """The ETag of what is here, if it came from this mirror (None: from none)."""
        facts = self.facts()
        etag = facts.get("etag")
        same = facts.get("mirror") == mirror
        return etag if same and isinstance(etag, str) else None

    def facts(self) -> dict[str, Any]:
        """What the manifest says; nothing where there is none."""
        with suppress(OSError, ValueError):
            facts = json.loads(Path(self.manifest).read_text("utf-8"))
            return facts if isinstance(facts, dict) else {}
        return {}

    def install(self, fill: Callable[[Path], dict[str, Any] | None]) -> None:
        """Makes the entry: `fill` writes the model into a folder that it is given.

        Args:
          fill: Gets the path of a folder to make; returns what the manifest is to say,
            or None where the entry is current, which the manifest's time then shows.
        """
        for left in reversed(range(_ATTEMPTS)):
            try:
                self._make(fill)
            except OSError as error:
                if error.errno not in _GONE or not left:
                    raise
            else:
                if self.is_valid():
                    return
            _log.info("%s was taken away while it was made", self.folder)
        msg = f"Something removes files from {self.root} while they are written."
        hint = "Set TFHUB_CACHE_DIR to a folder that no program cleans."
        raise CacheError(msg, handle=self.handle, hint=hint)

    def _make(self, fill: Callable[[Path], dict[str, Any] | None]) -> None:
        before = self._stamp()
        with workshop(self.root, self.handle) as shop:
            content = fill(shop / "model")
            if content is None:
                with suppress(OSError):
                    used = os.stat(self.manifest).st_atime_ns
                    os.utime(self.manifest, ns=(used, time.time_ns()))
                return
            for folder, _, _ in os.walk(shop):
                sync(folder)
            with alone(self.folder, _PATIENCE) as free:
                if not free:
                    msg = f"{self.handle} is in use, and what was cached of it stays."
                    hint = "Another process is loading it: try again later."
                    raise CacheError(msg, handle=self.handle, hint=hint)
                self._put(shop, content, before)
            sync(self.root)

    def _put(self, shop: Path, content: dict[str, Any], before: object) -> None:
        """The model comes into view by the last step alone; after it nothing is left.

        Not even a lock that lies, as on some network disks, lets two processes spoil
        what the other has made: the later one uses it.
        """
        ready = shop.with_name(f"{shop.name}~ready")
        os.rename(shop / "model", ready)
        try:
            for _ in range(_ATTEMPTS):
                shop.mkdir(exist_ok=True)
                if os.path.lexists(self.folder):
                    if self._stamp() != before and self.is_valid():
                        return
                    self.take_out(shop)
                self._write_descriptor(shop / "descriptor")
                os.replace(shop / "descriptor", self.descriptor)
                fresh = shop / f"model{MANIFEST}"
                self.write_manifest(fresh, content)
                with alone(os.fspath(shop / "model")):  # readers wait for the folder
                    os.replace(fresh, self.manifest)
                    shutil.rmtree(shop)
                    try:
                        os.rename(ready, self.folder)
                    except OSError as error:
                        if error.errno not in _TAKEN:
                            raise
                    else:
                        return
        finally:
            shutil.rmtree(ready, ignore_errors=True)

    def _stamp(self) -> list[tuple[int, int] | None]:
        """What changes when another process makes this entry."""
        stamp: list[tuple[int, int] | None] = []
        for path in (self.folder, self.manifest):
            try:
                info = os.stat(path)
                stamp.append((info.st_ino, info.st_mtime_ns))
            except OSError:
                stamp.append(None)
        return stamp

    def write_manifest(self, path: Path, content: dict[str, Any]) -> None:
        """Writes a manifest for this entry, somewhere else."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        manifest = {"handle": self.handle, "time": now, "tfhub": __version__, **content}
        path.write_text(json.dumps(manifest, indent=1), "utf-8")

    def _write_descriptor(self, path: Path) -> None:
        text = (
            f"Module: {self.handle}\nDownload Time: {datetime.today()}\n"
            f"Downloader Hostname: {HOST} (PID:{os.getpid()})"
        )
        path.write_text(text, "utf-8")

    def take_out(self, shop: Path) -> None:
        """Moves the entry into a workshop; at no time does it look valid and is not."""
        for path, name in ((self.manifest, "manifest.old"), (self.folder, "old")):
            with suppress(FileNotFoundError):
                os.rename(path, shop / name)

    @contextmanager
    def locked(self, *, wait: bool = True) -> Iterator[bool]:
        """Holds the lock of this entry, among the processes that use this library.

        Gives False when another process holds it and is not to be waited for.
        """
        from filelock import FileLock, Timeout

        # Without locks, or where they are not for us, a model may be fetched twice, and
        # is still right: each process works in a folder of its own.
        lock = None
        with suppress(OSError):
            path = shared_file(self.root, ".locks", f"{self.key}.lock")
            if has_locks(path):
                lock = FileLock(path)
        try:
            if lock is not None:
                lock.acquire(-1 if wait else 0, poll_interval=0.02)
        except Timeout:
            yield False
            return
        except (OSError, NotImplementedError) as error:
            _log.info("%s is not locked: %s", self.folder, error)
            lock = None
        try:
            yield True
        finally:
            if lock is not None:
                lock.release()


@lru_cache(maxsize=1024)
def _read_manifest(
    path: str,
    *_: int,  # time, size and inode: another file is read anew
) -> tuple[Any, tuple[tuple[str, int], ...]]:
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    files = manifest["files"]
    return manifest.get("origin"), tuple((n, files[n]["size"]) for n in files)


def is_whole(folder: str) -> bool:
    """Whether a folder without a manifest of ours holds a model with all its parts."""
    if not holds_model(folder):
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
