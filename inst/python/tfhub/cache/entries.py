"""The cache: a folder of models, each with a manifest, in the reference's layout.

`<root>/<sha1 of the handle>/` holds the model. Beside it lie `<sha1>.descriptor.txt`,
as the reference library writes it, and `<sha1>.manifest.json`, which is ours. A model
is prepared under `<root>/.tmp/` and comes into view by one rename, its manifest before
it, so that nobody ever sees a part of one. Finding a model that is there takes no lock
and writes nothing.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from .._version import __version__
from ..errors import CacheError, HubError
from ..formats.files import holds_model
from ..shown import shown
from .folders import everything, move, remove_tree, share, share_all
from .locks import MANIFEST, alone, has_locks
from .manifest import check_manifest, meets, pin_of, read_manifest
from .manifest import key_of as key_of
from .roots import cache_root as cache_root
from .roots import cache_roots as cache_roots
from .workshop import HOST, shared_file, sync, workshop

_log = logging.getLogger("tfhub")
_ATTEMPTS = 3
_TAKEN = (errno.ENOTEMPTY, errno.EEXIST)  # the place, by another process
_GONE = (errno.ENOENT, errno.ESTALE)  # what was made, by a cleaner
_PATIENCE = 30.0  # seconds to wait for readers of an entry that is to be replaced


class Entry:
    """The place of one handle in the cache.

    Args:
      root: The folder of the cache.
      handle: The handle, all of it; `""` when it is not known. What is stored of it is
        what `shown()` shows.
      key: The name of the entry's folder, when that is known already.
    """

    def __init__(self, root: str, handle: str, key: str | None = None) -> None:
        self.handle = handle
        self.root = root
        self.key = key or key_of(handle)
        self.pin = pin_of(handle)
        self.folder = os.path.join(root, self.key)
        self.manifest = f"{self.folder}{MANIFEST}"
        self.descriptor = f"{self.folder}.descriptor.txt"

    def is_valid(self, origin: dict[str, Any] | None = None) -> bool:
        """Whether the model is there, whole, and made from this origin.

        Of a pinned handle, also whether it is known to be the archive that was pinned.
        """
        try:
            info = os.stat(self.manifest)
        except FileNotFoundError:
            return origin is None and self.pin is None and is_whole(self.folder)
        except OSError:
            return False
        try:
            made_from, meets_pin, files = _facts_of(
                self.manifest, self.pin, info.st_mtime_ns, info.st_size, info.st_ino
            )
            if not meets_pin or (origin is not None and made_from != origin):
                return False
            prefix = self.folder + os.sep
            return all(os.stat(prefix + name).st_size == size for name, size in files)
        except (OSError, ValueError):
            return False

    def etag(self, mirror: str | None) -> str | None:
        """The ETag of what is here, if it came from this mirror (None: from none)."""
        facts = self.facts()
        etag: str | None = facts.get("etag")
        came_from = None if mirror is None else shown(mirror)
        return etag if facts.get("mirror") == came_from else None

    def facts(self) -> dict[str, Any]:
        """What the manifest says; nothing where there is none."""
        with suppress(OSError, ValueError):
            return read_manifest(self.manifest)[0]
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
            share_all(os.fspath(shop / "model"), self.root)
            for _, each, is_folder in everything(os.fspath(shop)):
                if is_folder:
                    sync(each.path)
            sync(os.fspath(shop))
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
                shop.mkdir(mode=0o700, exist_ok=True)
                if os.path.lexists(self.folder):
                    if self._stamp() != before and self.is_valid():
                        return
                    self._make_room(shop)
                elif os.path.isdir(self.manifest) or os.path.isdir(self.descriptor):
                    self._make_room(shop)  # a file does not replace a folder
                self._write_descriptor(shop / "descriptor")
                os.replace(shop / "descriptor", self.descriptor)
                fresh = shop / f"model{MANIFEST}"
                self.write_manifest(fresh, content)
                with alone(os.fspath(shop / "model")):  # readers wait for the folder
                    os.replace(fresh, self.manifest)
                    remove_tree(shop)
                    try:
                        os.rename(ready, self.folder)
                    except OSError as error:
                        if error.errno not in _TAKEN:
                            raise
                    else:
                        return
        finally:
            if os.path.lexists(ready):  # it was not needed
                with suppress(OSError):  # to be removed where nobody else can write
                    shop.mkdir(mode=0o700, exist_ok=True)
                    os.rename(ready, shop / "unused")

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
        """Writes a manifest for this entry, somewhere else.

        Raises:
          CacheError: It would be none that can be read.
        """
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        about = {"handle": shown(self.handle), "time": now, "tfhub": __version__}
        manifest = {**about, **content}
        for name in ("url", "mirror"):
            if manifest.get(name) is not None:
                manifest[name] = shown(manifest[name])
        try:
            check_manifest(manifest, self.key)
        except ValueError as error:
            msg = f"{shown(self.handle)} cannot be cached: of its manifest, {error}."
            hint = "Is the source of the model part of a package? Tell its authors."
            raise CacheError(msg, handle=self.handle, hint=hint) from error
        path.write_text(json.dumps(manifest, indent=1), "utf-8")
        share(path, self.root)

    def _write_descriptor(self, path: Path) -> None:
        text = (
            f"Module: {shown(self.handle)}\nDownload Time: {datetime.today()}\n"
            f"Downloader Hostname: {HOST} (PID:{os.getpid()})"
        )
        path.write_text(text, "utf-8")
        share(path, self.root)

    def take_out(self, shop: Path) -> None:
        """Moves the entry into a workshop; at no time does it look valid and is not.

        Raises:
          OSError: It cannot be moved, and is what it was.
        """
        old = shop / "manifest.old"
        with suppress(FileNotFoundError):
            move(self.manifest, old)
        try:
            with suppress(FileNotFoundError):
                move(self.folder, shop / "old")
        except OSError:
            with suppress(OSError):
                os.rename(old, self.manifest)
            raise
        with suppress(FileNotFoundError):
            move(self.descriptor, shop / "descriptor.old")

    def _make_room(self, shop: Path) -> None:
        try:
            self.take_out(shop)
        except PermissionError as error:
            msg = (
                f"Another user has put {shown(self.handle)} into the cache in "
                f"{self.root}, and it cannot be used or replaced by you."
            )
            hint = "Ask them to remove it, or set TFHUB_CACHE_DIR to another folder."
            raise CacheError(msg, handle=self.handle, hint=hint) from error

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
def _facts_of(
    path: str,
    pin: str | None,
    *_: int,  # time, size and inode: another file is read anew
) -> tuple[Any, bool, tuple[tuple[str, int], ...]]:
    """The origin of an entry, whether it meets a pin, and the sizes of its files."""
    manifest = read_manifest(path, counts=True)[0]
    sizes = tuple((name, facts["size"]) for name, facts in manifest["files"].items())
    return manifest.get("origin"), meets(manifest, pin), sizes


def is_whole(folder: str) -> bool:
    """Whether a folder without a manifest of ours holds a model with all its parts."""
    if not holds_model(folder):
        return False
    variables = Path(folder, "variables")
    if not os.path.isdir(variables):
        return True
    # Not at the top: it takes protocol buffers, which a cache of our own never needs.
    from ..formats.checkpoint import read_index

    index = variables / "variables.index"
    try:
        if os.path.isfile(index):  # and no pipe, which would be waited for
            wanted = read_index(index)[1].items()
            return all((variables / n).stat().st_size >= size for n, size in wanted)
        return not any(variables.iterdir())
    except (OSError, ValueError, HubError):
        return False
