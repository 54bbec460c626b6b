"""What is in the cache. Looking counts as no use of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..errors import HandleNotFoundError
from .cache import Entry, cache_root, is_whole, key_of
from .locks import KEY, MANIFEST

OK, DAMAGED, FOREIGN = "ok", "damaged", "foreign"
Handles = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@dataclass(frozen=True)
class CachedModel:
    """One entry of the cache.

    Attributes:
      handle: What it was fetched for; `""` where another program left no word of it.
      path: Its folder.
      state: `"ok"`, `"damaged"` (it is fetched again when it is asked for), or
        `"foreign"`: made by another program, without checksums; see `cache_adopt()`.
      size: The bytes of its files.
      files: How many they are.
      created: When it was put here.
      checked: When it was last known to be what the server has.
      used: When it was last loaded, or first resolved by a process; None where the file
        system keeps no access times. Linux keeps them to about a day (`relatime`): of
        several uses within 24 hours the first is recorded.
      url: Where it came from, or `""`.
      sha256: Of the archive that it came in, which `#sha256=` at the end of a handle
        pins, and `trust()` takes; `""` where that is not known, or it was a folder.
    """

    handle: str
    path: str
    state: str
    size: int
    files: int
    created: datetime
    checked: datetime
    used: datetime | None
    url: str
    sha256: str

    @property
    def last_use(self) -> datetime:
        """When it was used, or else put here."""
        return max(self.created, self.used or self.created)

    @property
    def entry(self) -> Entry:
        """Its place."""
        root, key = os.path.split(self.path)
        return Entry(root, self.handle, key)


def cache_dir() -> str:
    """The folder of the cache: `TFHUB_CACHE_DIR`, else one in the temporary folder."""
    return cache_root()


def cache_list(*, check: bool = False) -> list[CachedModel]:
    """Lists the models in the cache, in order of their handles.

    Args:
      check: Whether to look at every file (is it there, in its size?), as `resolve()`
        does with the one model that it is asked for. `cache_verify()` also reads them.

    Raises:
      OSError: The folder of the cache cannot be read.
    """
    root = cache_root()
    try:
        with os.scandir(root) as found:
            folders = {each.name: each.is_dir() for each in found}
    except FileNotFoundError:
        return []
    keeps = _keeps_access_times(root)
    keys = {name[:40] for name in folders if name[40:] in ("", MANIFEST)}
    models = []
    for key in filter(KEY.fullmatch, keys):
        is_there = folders.get(key, False)
        with suppress(FileNotFoundError):  # removed a moment ago
            models.append(_look(os.path.join(root, key), is_there, check, keeps))
    return sorted(models, key=lambda model: (model.handle, model.path))


def select(handles: Handles | None, *, check: bool = False) -> list[CachedModel]:
    """The entries of some handles (or keys, or folders of entries); None is all.

    Raises:
      HandleNotFoundError: One of them is not in the cache.
    """
    models = cache_list(check=check)
    if handles is None:
        return models
    if isinstance(handles, (str, os.PathLike)):
        handles = [handles]
    by_key = {os.path.basename(model.path): model for model in models}
    chosen = {}
    for handle in [os.fspath(handle) for handle in handles]:
        key = os.path.basename(os.path.normpath(handle))
        if not (key in by_key and handle in (key, by_key[key].path)):
            key = key_of(handle)
        if key not in by_key:
            from .offline import near

            close = near(handle, [model.handle for model in models])
            msg = f"{handle} is not in the cache ({cache_root()})."
            hint = f"It holds {', '.join(close)}." if close else "See: tfhub cache list"
            raise HandleNotFoundError(msg, handle=handle, hint=hint)
        chosen[key] = by_key[key]
    return list(chosen.values())


def read_manifest(path: str) -> tuple[dict[str, Any], os.stat_result]:
    """A manifest, and its status from before it was read.

    Raises:
      OSError: It cannot be read.
      ValueError: It is damaged.
    """
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOATIME", 0))
    except PermissionError:  # only its owner may hide that it was read
        fd = os.open(path, os.O_RDONLY)
    try:
        with open(fd, encoding="utf-8") as file:
            info = os.fstat(fd)
            manifest = json.load(file)
            _size_of(manifest)
            datetime.fromisoformat(manifest["time"])
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = f"{path} is no manifest."
        raise ValueError(msg) from error
    if not hasattr(os, "O_NOATIME"):
        with suppress(OSError):
            os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    return manifest, info


def walk(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What is in a folder and below but folders, each with its path in it."""
    for each in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if each.is_dir(follow_symlinks=False):
            yield from ((f"{each.name}/{name}", file) for name, file in walk(each.path))
        else:
            yield each.name, each


def _look(folder: str, is_there: bool, check: bool, keeps: bool) -> CachedModel:  # noqa: FBT001
    try:
        manifest, info = read_manifest(folder + MANIFEST)
    except FileNotFoundError:
        state = DAMAGED if check and not is_whole(folder) else FOREIGN
        return _look_without(folder, state)
    except (OSError, ValueError):
        return _look_without(folder, DAMAGED)
    origin = manifest.get("origin")
    handle = str(manifest.get("handle", ""))
    whole = is_there and os.path.basename(folder) == key_of(handle)
    if check and whole:
        whole = _has_all(folder, manifest)
    return CachedModel(
        handle=handle,
        path=folder,
        state=OK if whole else DAMAGED,
        size=_size_of(manifest),
        files=len(manifest["files"]),
        created=datetime.fromisoformat(manifest["time"]).astimezone(timezone.utc),
        checked=_time(info.st_mtime),
        used=_time(info.st_atime) if keeps else None,
        url=manifest.get("url") or (origin["path"] if origin else ""),
        sha256=str(manifest.get("sha256") or ""),
    )


def _look_without(folder: str, state: str) -> CachedModel:
    """An entry whose manifest is missing or damaged."""
    info = os.stat(folder)
    files = [each.stat(follow_symlinks=False) for _, each in walk(folder)]
    read = [each.st_atime for each in files]
    return CachedModel(
        handle=_described(folder),
        path=folder,
        state=state,
        size=sum(each.st_size for each in files),
        files=len(files),
        created=_time(info.st_mtime),
        checked=_time(info.st_mtime),
        used=_time(max(read)) if read else None,
        url="",
        sha256="",
    )


def _has_all(folder: str, manifest: dict[str, Any]) -> bool:
    with suppress(OSError):
        return all(
            os.stat(os.path.join(folder, name)).st_size == facts["size"]
            for name, facts in manifest["files"].items()
        )
    return False


def _described(folder: str) -> str:
    """The handle that the descriptor beside a folder tells, if the folder is its."""
    with suppress(OSError, ValueError):
        first = Path(f"{folder}.descriptor.txt").read_text("utf-8").partition("\n")[0]
        handle = first.removeprefix("Module: ")
        if key_of(handle) == os.path.basename(folder):
            return handle
    return ""


def _size_of(manifest: dict[str, Any]) -> int:
    return sum(int(facts["size"]) for facts in manifest["files"].values())


def _keeps_access_times(root: str) -> bool:
    with suppress(AttributeError, OSError):
        return not os.statvfs(root).f_flag & os.ST_NOATIME
    return os.name != "nt"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)
