"""What is in the cache. Looking counts as no use of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .. import words
from ..errors import CacheError, HandleNotFoundError
from ..shown import shown
from .entries import Entry, cache_root, is_whole, key_of
from .folders import walk as walk
from .locks import KEY, MANIFEST
from .manifest import is_of, meets, pin_of
from .manifest import read_manifest as read_manifest
from .near import near
from .reading import read_file

OK, DAMAGED, FOREIGN = "ok", "damaged", "foreign"
_LONGEST_DESCRIPTOR = 1 << 17
_LAST = 250_000_000_000.0  # seconds; a file may claim to be of a year that is none
Handles = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@dataclass(frozen=True)
class CachedModel:
    """One entry of the cache.

    Attributes:
      handle: What it was fetched for, without passwords and signatures (`***`); `""`
        where another program did not note it.
      path: Its folder.
      state: `"ok"`, `"damaged"` (it is fetched again when it is asked for), or
        `"foreign"`: made by another program, without checksums; see `cache_adopt()`.
        An entry whose handle pins an archive counts as damaged if nothing shows that
        it is that one.
      size: The bytes of its files.
      files: How many files there are.
      created: When it was put here.
      checked: When it was last known to match the server.
      used: When it was last loaded, or first resolved by a process; None where the file
        system keeps no access times. Linux keeps them to about a day (`relatime`): of
        several uses within 24 hours the first is recorded.
      url: Where it came from, as `handle` without secrets, or `""`.
      sha256: Of the archive that it came in, which `#sha256=` at the end of a handle
        pins, and `trust()` takes; `""` where that is not known, or it was a folder.
      tree: The tree digest of its files, `tree1:` and 64 digits, as it was recorded
        when it was put here; `""` where it was not.
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
    tree: str

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
      check: Whether to check that every file is there and has its size, as `resolve()`
        does with the model that it is asked for. `cache_verify()` also reads them.

    Raises:
      CacheError: The folder of the cache cannot be read.
    """
    root = cache_root()
    try:
        with os.scandir(root) as found:
            folders = {each.name: _is_folder(each) for each in found}
    except FileNotFoundError:
        return []
    except OSError as error:
        msg = f"The cache in {root} cannot be read: {error.strerror or error}."
        hint = "Set TFHUB_CACHE_DIR to a folder that you can read."
        raise CacheError(msg, hint=hint, errno=error.errno) from error
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
        found = [key] if key in by_key else []
        if not found and handle:  # as the list has it, without its secrets
            found = [key for key, model in by_key.items() if model.handle == handle]
        if not found:
            close = near(handle, [model.handle for model in models])
            msg = f"{shown(handle)} is not in the cache ({cache_root()})."
            hint = (
                f"It holds {', '.join(close)}."
                if close
                else "See: " + words.command("cache list", "cache_list")
            )
            raise HandleNotFoundError(msg, handle=handle, hint=hint)
        chosen.update({key: by_key[key] for key in found})
    return list(chosen.values())


def of_keys(keys: Collection[str]) -> list[CachedModel]:
    """The entries of some keys, but for those that another process has removed."""
    return [each for each in cache_list() if os.path.basename(each.path) in keys]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):  # a link that leads to itself
        return entry.is_dir()
    return False


def _look(folder: str, is_there: bool, check: bool, keeps: bool) -> CachedModel:  # noqa: FBT001
    try:
        manifest, info = read_manifest(folder + MANIFEST)
    except FileNotFoundError:
        handle = described(folder)
        right = is_there and pin_of(handle) is None
        right = right and not (check and not is_whole(folder))
        return _look_without(folder, handle, FOREIGN if right else DAMAGED)
    except (OSError, ValueError):
        return _look_without(folder, described(folder), DAMAGED)
    origin = manifest.get("origin")
    handle = manifest["handle"]
    whole = is_there and meets(manifest, pin_of(handle))
    if check and whole:
        whole = _has_all(folder, manifest)
    return CachedModel(
        handle=shown(handle),
        path=folder,
        state=OK if whole else DAMAGED,
        size=sum(facts["size"] for facts in manifest["files"].values()),
        files=len(manifest["files"]),
        created=datetime.fromisoformat(manifest["time"]).astimezone(timezone.utc),
        checked=_time(info.st_mtime),
        used=_time(info.st_atime) if keeps else None,
        url=shown(manifest.get("url") or (origin["path"] if origin else "")),
        sha256=manifest.get("sha256") or "",
        tree=manifest.get("tree") or "",
    )


def _look_without(folder: str, handle: str, state: str) -> CachedModel:
    """An entry whose manifest is missing or damaged."""
    modified = _modified(folder)
    size, files, read = 0, 0, 0.0
    try:
        for _, each in walk(folder):
            status = each.stat(follow_symlinks=False)
            size, files = size + status.st_size, files + 1
            read = max(read, status.st_atime)
    except OSError:  # no folder, or one that cannot be read
        state = DAMAGED
    return CachedModel(
        handle=shown(handle),
        path=folder,
        state=state,
        size=size,
        files=files,
        created=modified,
        checked=modified,
        used=_time(read) if files else None,
        url="",
        sha256="",
        tree="",
    )


def _modified(folder: str) -> datetime:
    for path in (folder, folder + MANIFEST):
        try:
            return _time(os.lstat(path).st_mtime)
        except FileNotFoundError:
            continue
        except OSError:  # nothing in this cache may be looked at
            break
    else:
        raise FileNotFoundError(folder)
    return _time(0)


def _has_all(folder: str, manifest: dict[str, Any]) -> bool:
    with suppress(OSError, ValueError):
        return all(
            os.stat(os.path.join(folder, name)).st_size == facts["size"]
            for name, facts in manifest["files"].items()
        )
    return False


def described(folder: str) -> str:
    """The handle that the descriptor beside a folder tells, if the folder is its."""
    with suppress(OSError, ValueError):
        content, _ = read_file(f"{folder}.descriptor.txt", _LONGEST_DESCRIPTOR)
        first = content.decode().partition("\n")[0]
        handle = first.removeprefix("Module: ")
        if is_of(handle, os.path.basename(folder)):
            return handle
    return ""


def _keeps_access_times(root: str) -> bool:
    with suppress(AttributeError, OSError):
        return not os.statvfs(root).f_flag & os.ST_NOATIME
    return os.name != "nt"


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0.0), _LAST), timezone.utc)
