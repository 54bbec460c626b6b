"""A model from its source into the cache."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from ..archive.checks import require_model_at_root, require_model_in_listing
from ..archive.members import MemberWriter
from ..archive.unpacking import unpack
from ..cache.entries import Entry, cache_root, cache_roots
from ..cache.manifest import DOWNLOAD
from ..errors import (
    BrokenDownloadError,
    CacheError,
    ChecksumError,
    DownloadError,
    HandleError,
    HubError,
)
from ..handles import Handle
from ..net.pipeline import Block, in_thread
from ..net.progress import Meter, Progress, shown
from ..trusted import records
from ..trusted.private import is_private
from ..trusted.tree import tree_of
from .mirrors import local_ways, ways
from .offline import with_way_out
from .protocol import Archive, File, Files, Job
from .sources import source_of

_log = logging.getLogger("tfhub")
_ATTEMPTS = 3  # from the start, at a server that does not resume
_BLOCKS = 32  # of a file, on their way from the network to the disk

Contents = dict[str, tuple[int, str]]  # of each file: its size and sha256


def obtain(handle: Handle, progress: Progress | None, *, refresh: bool) -> str:
    """Where a model is: its folder in the cache, or the place where it stays.

    What is not in the cache is looked for at the mirrors first.
    """
    source = source_of(handle)
    origin = source.origin(handle)
    wanted = not refresh and not source.stays(handle)
    for root in cache_roots():
        entry = Entry(root, handle.text)
        if wanted and entry.is_valid(origin):
            return entry.folder
    if entry.root != cache_root():
        _log.warning("%s is read-only; new models go to %s.", cache_root(), entry.root)
    outcomes: list[tuple[str, HubError]] = []
    for way in ways(handle):
        try:
            return _follow(way, handle, entry, progress, refresh=refresh)
        except CacheError:
            raise
        except HubError as error:
            error.handle = error.handle or handle.text
            outcomes.append((way.text, error))
    if len(outcomes) == 1:
        raise with_way_out(outcomes[0][1], handle)
    listed = "".join(f"\n- {text}: {error.marked[0]}" for text, error in outcomes)
    msg = f"None of the {len(outcomes)} places of {handle.text} had it:{listed}"
    hint = "The environment variable TFHUB_MIRROR says where else to look."
    tried = [(text, error.message) for text, error in outcomes]
    last = outcomes[-1][1]
    failure = DownloadError(msg, handle=handle.text, hint=hint, tried=tried)
    raise with_way_out(failure, handle) from last


def obtain_here(handle: Handle, progress: Progress | None) -> str | None:
    """Where a mirror that is on this machine has a model; None where none has it.

    Raises:
      HubError: The last of them has it, and it cannot be used.
    """
    failure: HubError | None = None
    for way in local_ways(handle):
        if not os.path.exists(way.path):
            continue
        try:
            entry = Entry(list(cache_roots())[-1], handle.text)
            return _follow(way, handle, entry, progress, refresh=False)
        except HubError as error:
            error.handle = error.handle or handle.text
            failure = error
    if failure is not None:
        raise failure
    return None


def _follow(
    way: Handle,
    handle: Handle,
    entry: Entry,
    progress: Progress | None,
    *,
    refresh: bool,
) -> str:
    source = source_of(way)
    if source.stays(way):
        if way.sha256 is not None:
            raise _no_archive(way)
        with closing(Job(handle, Path(entry.root), None)) as job:
            return source.place(way, job)
    mirror = way.text if way != handle else None
    origin = source.origin(way) if mirror is None else None
    with entry.locked():
        valid = entry.is_valid(origin)  # another process may have made it meanwhile
        if valid and not refresh:
            return entry.folder

        def fill(folder: Path) -> dict[str, Any] | None:
            etag = entry.etag(mirror) if valid else None
            with (
                closing(Job(handle, folder.parent / "scratch", etag)) as job,
                shown(progress) as callback,
            ):
                facts = fetch(way, folder, job, callback)
            if facts is None:
                return None
            _record(facts, handle, entry.root)
            named = {} if mirror is None else {"mirror": mirror}
            return {**facts, **named, "came": DOWNLOAD}

        entry.install(fill)
    return entry.folder


def _record(facts: dict[str, Any], handle: Handle, root: str) -> None:
    """Notes what came, where others could write what the manifest says of it."""
    if not is_private(root):
        archive = facts.get("sha256")
        records.record(facts["tree"], handle=handle.text, archive=archive)


def fetch(
    way: Handle, folder: Path, job: Job, progress: Progress | None
) -> dict[str, Any] | None:
    """Writes the model into a new folder; returns what its manifest is to say."""
    left = _ATTEMPTS
    while True:
        left -= 1
        try:
            return _attempt(way, folder, job, Meter(progress))
        except BrokenDownloadError:
            shutil.rmtree(folder, ignore_errors=True)
            if not left:
                raise


def _attempt(
    way: Handle, folder: Path, job: Job, meter: Meter
) -> dict[str, Any] | None:
    model = source_of(way).open(way, job)
    if model is None:
        return None
    meter.url = model.url
    if isinstance(model, Archive):
        facts, contents = _unpack(model, way, folder, meter)
    else:
        facts, contents = {}, _write(model, way, folder, meter)
    meter.finish()
    files = {
        name: {"size": size, "sha256": digest}
        for name, (size, digest) in sorted(contents.items())
    }
    tree = tree_of(contents)
    return {"url": model.url, **model.facts, **facts, "tree": tree, "files": files}


def _unpack(
    archive: Archive, way: Handle, folder: Path, meter: Meter
) -> tuple[dict[str, Any], Contents]:
    label = f"What came for {way.text}"
    meter.total = archive.size
    unpacked = unpack(archive.blocks, folder, label, meter)
    if way.sha256 not in (None, unpacked.sha256):
        msg = (
            f"{label} is not the archive that the handle pins: expected sha256 "
            f"{way.sha256}, got {unpacked.sha256}."
        )
        hint = "The model has changed, or was changed on its way."
        raise ChecksumError(msg, hint=hint)
    require_model_at_root(unpacked.files, label)
    return {"sha256": unpacked.sha256}, unpacked.files


def _write(model: Files, way: Handle, folder: Path, meter: Meter) -> Contents:
    if way.sha256 is not None:
        raise _no_archive(way)
    require_model_in_listing([file.name for file in model.files], way.text)
    meter.total = sum(file.size for file in model.files)
    writer = MemberWriter(folder, way.text)
    for file in model.files:
        writer.add_file(file.name, file.size, _counted(file, way, meter))
    return writer.files


def _no_archive(way: Handle) -> HandleError:
    msg = f"{way.text} pins the sha256 of an archive, and names a folder."
    return HandleError(msg, hint="Leave #sha256= out, or name an archive.")


def _counted(file: File, way: Handle, meter: Meter) -> Iterator[Block]:
    pipe = in_thread("network", file.blocks(), _BLOCKS)
    came = 0
    try:
        while block := pipe.get(meter.tick):
            came += len(block)
            meter.done += len(block)
            yield block
    finally:
        pipe.close()
    if came != file.size:
        msg = (
            f"{file.name} of {way.text} came with {came:,} bytes, and was listed with "
            f"{file.size:,}."
        )
        raise BrokenDownloadError(msg, hint="Is somebody writing it? Try again later.")
