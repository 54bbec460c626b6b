"""Keeping the cache whole and small: verify, remove, prune, adopt."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..archive.unpacking import file_blocks
from ..errors import HubError
from ..shown import shown
from .entries import Entry, is_whole, key_of
from .folders import walk
from .listing import (
    DAMAGED,
    FOREIGN,
    OK,
    CachedModel,
    Handles,
    cache_list,
    described,
    of_keys,
    select,
)
from .locks import MANIFEST, alone, in_use
from .manifest import ADOPT, check_manifest, pin_of, read_manifest, tree_of_listed
from .workshop import workshop

_DAY = 86400


@dataclass(frozen=True)
class Verification:
    """What `cache_verify()` found of one entry.

    Attributes:
      handle: What it was fetched for, without passwords and signatures.
      path: Its folder.
      state: `"ok"`, `"damaged"`, or `"foreign"`: no checksums to compare with.
      missing: Files that are not there.
      changed: Files of another size or sha256, or that cannot be read.
      extra: Files that were not in the archive.

    In the names of files, what is not printable is escaped.
    """

    handle: str
    path: str
    state: str
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Removal:
    """What `cache_remove()` or `cache_prune()` did with one entry.

    Attributes:
      handle: What it was fetched for, without passwords and signatures.
      path: Its folder.
      size: The bytes of its files.
      removed: Whether it is gone.
      reason: Why it is not: `"in use"` (a process loads it), `"being fetched"`,
        `"dry run"` (it would go), why the system refuses it, or `""`.
    """

    handle: str
    path: str
    size: int
    removed: bool
    reason: str


def cache_verify(handles: Handles | None = None) -> list[Verification]:
    """Reads every file of cached models, and compares its sha256 with the manifest.

    Args:
      handles: The models to verify; None is all that are in the cache.

    Raises:
      HandleNotFoundError: One of them is not in the cache.
    """
    return [_verify(model) for model in select(handles)]


def cache_remove(handles: Handles) -> list[Removal]:
    """Removes models from the cache, but none that a process is loading or fetching.

    Args:
      handles: A handle or several.

    Raises:
      HandleNotFoundError: One of them is not in the cache; then none is removed.
      CacheError: The cache cannot be written.
    """
    return [_remove(model, dry_run=False) for model in select(handles)]


def cache_prune(
    *,
    days: float | None = None,
    size: float | None = None,
    number: int | None = None,
    dry_run: bool = False,
) -> list[Removal]:
    """Removes the models that have been unused for longest, but none that is in use.

    Args:
      days: Remove what has not been used for more than this many days.
      size: Remove models until all files together take at most this many bytes.
      number: Remove models until at most this many are left.
      dry_run: Whether only to say what would be removed.

    Returns:
      The models that were to go, those unused for longest first.

    Raises:
      HubError: None of `days`, `size` and `number` is given, or one is negative.
      CacheError: The cache cannot be written.
    """
    limits = {"days": days, "size": size, "number": number}
    given = [value for value in limits.values() if value is not None]
    if not given or not all(value >= 0 for value in given):  # NaN is no limit
        msg = "Pruning the cache needs a limit of 0 or more."
        raise HubError(msg, hint="Give at least one of days, size and number.")
    models = sorted(cache_list(), key=lambda model: model.last_use)
    taken, left = sum(model.size for model in models), len(models)
    now = datetime.now(timezone.utc)
    removals = []
    for model in models:
        if not (
            (days is not None and (now - model.last_use).total_seconds() > days * _DAY)
            or (size is not None and taken > size)
            or (number is not None and left > number)
        ):
            break  # all others were used later
        removal = _remove(model, dry_run=dry_run)
        removals.append(removal)
        if removal.removed or removal.reason == "dry run":
            taken, left = taken - model.size, left - 1
    return removals


def cache_adopt(handles: Handles | None = None) -> list[CachedModel]:
    """Gives a manifest to entries of another program, with the sha256 of their files.

    Args:
      handles: The models to adopt; None is all whose descriptor gives the handle.

    Returns:
      The entries that had no manifest, as they are now. Those still `"foreign"` have no
      descriptor that fits. Those `"damaged"` are not whole, or their handle pins an
      archive and nothing says which archive they were.

    Raises:
      HandleNotFoundError: One of the handles is not in the cache.
      CacheError: The cache cannot be written.
    """
    if isinstance(handles, (str, os.PathLike)):
        handles = [handles]
    wanted = None if handles is None else [os.fspath(handle) for handle in handles]
    names = {key_of(handle): handle for handle in wanted or ()}
    adopted = []
    for model in select(wanted, check=True):
        if not os.path.exists(model.path + MANIFEST):
            key = os.path.basename(model.path)
            handle = names.get(key) or described(model.path)
            adopted.append(_adopt(replace(model, handle=shown(handle)), handle))
    return adopted


def _verify(model: CachedModel) -> Verification:
    with in_use(model.path, counts=False):
        itself = (os.path.basename(model.path) + MANIFEST,)
        try:
            manifest = read_manifest(model.path + MANIFEST)[0]
        except FileNotFoundError:
            whole = model.state == FOREIGN and is_whole(model.path)
            return Verification(model.handle, model.path, FOREIGN if whole else DAMAGED)
        except (OSError, ValueError):
            return Verification(model.handle, model.path, DAMAGED, changed=itself)
        files: dict[str, Any] = manifest["files"]
        there = set[str]()
        with suppress(OSError):  # what cannot be read is not there
            there.update(name for name, _ in walk(model.path))
        missing = _shown(files.keys() - there)
        extra = _shown(there - files.keys())
        changed = _shown(
            name
            for name in files.keys() & there
            if not _is(Path(model.path, name), files[name])
        )
    if manifest.get("tree") not in (None, tree_of_listed(files)):
        changed = (*itself, *changed)
    wrong = missing or extra or changed or model.state != OK
    state = DAMAGED if wrong else OK
    return Verification(model.handle, model.path, state, missing, changed, extra)


def _shown(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(map(shown, names)))


def _is(path: Path, facts: dict[str, Any]) -> bool:
    """Whether a file is what a manifest says; one of another size is not read."""
    try:
        same = os.lstat(path).st_size == facts["size"]
    except (OSError, ValueError):
        return False
    return same and digest(path) == facts


def digest(path: Path) -> dict[str, Any] | None:
    """Size and sha256 of a file, as a manifest has them; None if it cannot be read."""
    total, sha256 = 0, hashlib.sha256()
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None
        for block in file_blocks(path):
            total += len(block)
            sha256.update(block)
    except (OSError, ValueError):
        return None
    return {"size": total, "sha256": sha256.hexdigest()}


def _remove(model: CachedModel, *, dry_run: bool) -> Removal:
    entry = model.entry

    def done(reason: str) -> Removal:
        return Removal(model.handle, model.path, model.size, not reason, reason)

    with ExitStack() as stack:
        if dry_run:
            free = stack.enter_context(alone(entry.folder))
            return done("dry run" if free else "in use")
        # Left last: the files are deleted when the locks are given back.
        shop = stack.enter_context(workshop(entry.root, model.handle or entry.folder))
        with entry.locked(wait=False) as mine:
            if not mine:
                return done("being fetched")
            with alone(entry.folder) as free:
                if not free:
                    return done("in use")
                try:
                    entry.take_out(shop)
                except OSError as error:  # of another user, in a sticky cache
                    return done(error.strerror or str(error))
    return done("")


def _adopt(model: CachedModel, handle: str) -> CachedModel:
    if pin_of(handle) is not None:
        return replace(model, state=DAMAGED)
    if model.state == DAMAGED or not handle:
        return model
    root, key = os.path.split(model.path)
    entry = Entry(root, handle, key)
    with entry.locked(), workshop(entry.root, model.handle) as shop:
        created = model.created.isoformat(timespec="seconds")
        content: dict[str, Any] = {"time": created, "came": ADOPT}
        try:
            files = {
                name: digest(Path(model.path, name)) for name, _ in walk(model.path)
            }
            content["files"] = files
            check_manifest({**content, "handle": model.handle}, key)
        except (OSError, ValueError):  # a link, a device, or what cannot be read
            return replace(model, state=DAMAGED)
        content["tree"] = tree_of_listed(files)
        entry.write_manifest(shop / "manifest", content)
        os.replace(shop / "manifest", entry.manifest)
    return next(iter(of_keys([entry.key])), replace(model, state=DAMAGED))
