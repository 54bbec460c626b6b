"""What pages and lists say of models: found by workers, and kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from markupsafe import Markup

from ..formats.walking import UnfitTreeError, walk
from .about import nothing
from .kept import Found
from .readme import find
from .workers import Workers

_PAGE = 15.0  # seconds that a page waits for what it says of the files
_ARCHIVE = 3.0  # and an archive
_README = 3.0  # and for the README
_LIST = 1.0  # seconds that a list waits for summaries
_NO_README = {"html": "", "summary": "", "note": ""}


class Facts:
    """What is said of models, from their files as they are now."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def of_model(self, folder: Path) -> tuple[Found, Found]:
        """What `about()` and `about_readme()` find; HTML is marked as such."""
        waited = asyncio.gather(self._about(folder), self._readme(folder))
        about, readme = await waited
        marked = {name: Markup(about[name]) for name in ("facts", "contents")}
        return {**about, **marked}, {**readme, "html": Markup(readme["html"])}

    async def amiss(self, folder: Path) -> list[str]:
        """Why a model cannot be loaded; nothing if that is not known soon."""
        about = await self._about(folder, _ARCHIVE)
        return list(about["amiss"])

    async def summaries(self, folders: Iterable[Path]) -> dict[Path, str]:
        """Those of READMEs that are known by now, or are found at once."""
        asked: dict[Path, asyncio.Future[Found]] = {}
        known: dict[Path, str] = {}
        states = await asyncio.to_thread(
            lambda: {folder: _readme_state(folder) for folder in folders}
        )
        for folder, state in states.items():
            if state is None:
                continue
            found = self._workers.look(
                "readme", folder, state, _unreadable, lane="list"
            )
            if isinstance(found, dict):
                known[folder] = found["summary"]
            elif not self._workers.is_slow("readme", folder):
                asked[folder] = found
        if asked:
            await asyncio.wait(asked.values(), timeout=_LIST)
        for folder, future in asked.items():
            if future.done():
                known[folder] = future.result()["summary"]
            else:
                future.cancel()
        return known

    async def _about(self, folder: Path, seconds: float = _PAGE) -> Found:
        try:
            state = await asyncio.to_thread(_state, folder)
        except UnfitTreeError as error:
            return nothing(f"{error}.")
        except OSError as error:
            return nothing(f"It cannot be read: {error.strerror}.")
        found = self._workers.look("about", folder, state, nothing)
        return await _awaited(found, nothing, seconds)

    async def _readme(self, folder: Path) -> Found:
        state = await asyncio.to_thread(_readme_state, folder)
        if state is None:
            return _NO_README
        found = self._workers.look("readme", folder, state, _unreadable)
        return await _awaited(found, _unreadable, _README)


async def _awaited(
    found: Found | asyncio.Future[Found],
    failed: Callable[[str], Found],
    seconds: float,
) -> Found:
    if isinstance(found, dict):
        return found
    try:
        return await asyncio.wait_for(found, seconds)
    except asyncio.TimeoutError:
        return failed("It is read still: load this page again.")


def _unreadable(reason: str) -> Found:
    return {**_NO_README, "note": f"The README of this model is not shown. {reason}"}


def _state(folder: Path) -> str:
    """A hash of all that a page says of the files of a model."""
    state = hashlib.sha256()
    for entry in walk(folder):
        facts: tuple[object, ...] = (entry.path,)
        if not entry.is_folder:
            status = entry.status
            facts += (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        state.update(ascii(facts).encode())
    return state.hexdigest()


def _readme_state(folder: Path) -> tuple[object, ...] | None:
    with suppress(OSError):
        found = find(folder)
        if found is not None:
            name, status = found
            return name, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return None
