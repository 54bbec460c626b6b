"""Where models come from: one class a kind of handle."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import (
    BrokenDownloadError,
    ChecksumError,
    HandleError,
    HandleNotFoundError,
    HubError,
)
from ..handles import ARCHIVES, ArchiveUrl, Handle, HubUrl, LocalPath
from .archive import file_blocks, unpack
from .cache import Entry, cache_root
from .checks import require_model_at_root
from .pipeline import Block
from .progress import Meter, Progress, shown

if TYPE_CHECKING:
    from .http import Client


class Source(Protocol):
    """A kind of handle, and how it becomes a folder."""

    def accepts(self, handle: Handle) -> bool:
        """Whether this source is the one for a handle."""

    def resolve(self, handle: Any, progress: Progress | None) -> str:
        """The folder of the model."""


class LocalSource:
    """A folder, which is used where it is, or an archive file, which is unpacked."""

    def accepts(self, handle: Handle) -> bool:
        """Paths and `file://`."""
        return isinstance(handle, LocalPath)

    def resolve(self, handle: LocalPath, progress: Progress | None) -> str:
        """The folder itself, or that of the unpacked archive in the cache."""
        path = handle.path
        if os.path.isdir(path):
            return path
        if not os.path.exists(path):
            msg = f"{handle.text} does not exist."
            near = _nearest(Path(path))
            raise HandleNotFoundError(msg, handle=handle.text, hint=near)
        if not path.lower().endswith(ARCHIVES):
            msg = f"{handle.text} is a file, neither a folder nor an archive."
            hint = f"Archives end in {', '.join(ARCHIVES)}."
            if os.path.basename(path).startswith("saved_model.pb"):
                hint = f"Give its folder, {os.path.dirname(path) or '.'}"
            raise HandleError(msg, handle=handle.text, hint=hint)
        info = os.stat(path)
        origin = {
            "path": os.path.abspath(path),
            "size": info.st_size,
            "time_ns": info.st_mtime_ns,
        }

        def fetch(meter: Meter) -> tuple[Iterator[Block], dict[str, Any]]:
            meter.total, meter.url = info.st_size, handle.text
            return file_blocks(Path(path)), {"origin": origin}

        return _cached(handle, fetch, progress, origin)


class HttpSource:
    """A URL, by the hosting protocol or of an archive."""

    def accepts(self, handle: Handle) -> bool:
        """http:// and https://."""
        return isinstance(handle, (HubUrl, ArchiveUrl))

    def resolve(self, handle: HubUrl | ArchiveUrl, progress: Progress | None) -> str:
        """The folder of the model in the cache."""

        @cache
        def client() -> Client:  # one for all attempts: its deadline is theirs
            from .http import Client

            return Client(handle.text)

        def fetch(meter: Meter) -> tuple[Iterator[Block], dict[str, Any]]:
            from .http import Download

            download = Download(handle.download_url, client())
            meter.total, meter.url = download.size, download.url
            return download.blocks(), {"url": download.url, "etag": download.etag}

        return _cached(handle, fetch, progress)


SOURCES: list[Source] = [LocalSource(), HttpSource()]

_ATTEMPTS = 3  # from the start, at a server that does not resume

Fetch = Callable[[Meter], tuple[Iterator[Block], dict[str, Any]]]


def _cached(
    handle: Handle,
    fetch: Fetch,
    progress: Progress | None,
    origin: dict[str, Any] | None = None,
) -> str:
    entry = Entry(cache_root(), handle.text)
    if entry.is_valid(origin):
        return entry.folder
    with entry.locked():
        if not entry.is_valid(origin):  # another process may have made it meanwhile
            with shown(progress) as callback:
                _install(entry, handle, fetch, callback)
    return entry.folder


def _install(
    entry: Entry, handle: Handle, fetch: Fetch, progress: Progress | None
) -> None:
    label = f"What came for {handle.text}"

    def fill(folder: Path) -> dict[str, Any]:
        for attempt in range(_ATTEMPTS):
            meter = Meter(progress)
            blocks, facts = fetch(meter)
            try:
                unpacked = unpack(blocks, folder, label, meter)
                break
            except BrokenDownloadError:
                shutil.rmtree(folder)
                if attempt == _ATTEMPTS - 1:
                    raise
        if handle.sha256 not in (None, unpacked.sha256):
            msg = (
                f"{label} is not the archive that the handle pins: expected sha256 "
                f"{handle.sha256}, got {unpacked.sha256}."
            )
            hint = "The model has changed, or was changed on its way."
            raise ChecksumError(msg, hint=hint)
        require_model_at_root(unpacked.files, label)
        meter.finish()
        files = {
            name: {"size": size, "sha256": digest}
            for name, (size, digest) in sorted(unpacked.files.items())
        }
        return {**facts, "sha256": unpacked.sha256, "files": files}

    try:
        entry.install(fill)
    except HubError as error:
        error.handle = error.handle or handle.text
        raise


def _nearest(path: Path) -> str:
    for parent in path.absolute().parents:
        if parent.is_dir():
            found = sorted(each.name for each in parent.iterdir())[:8]
            return f"{parent} exists; it holds: {', '.join(found) or 'nothing'}."
    return ""
