"""What pages and lists say of models: found by workers, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from markupsafe import Markup

from ..errors import ModelFormatError
from ..formats.walking import UnfitTreeError, walk
from .about import nothing
from .kept import Found
from .readme import find
from .states import state_of
from .workers import Workers

_PAGE = 15.0  # seconds that a page waits for what it says of the files
_README = 3.0  # and for the README
_LIST = 1.0  # seconds that a list waits for summaries
_NO_README = {"html": "", "summary": "", "note": ""}


class Facts:
    """What is said of models, from their files as they are now."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    async def of_model(self, folder: Path) -> tuple[Found, Found]:
        """What `about()` and `about_readme()` find; HTML is marked as such.

        The `state` is that of the files, or `""` where there is none.
        """
        waited = asyncio.gather(self._about(folder), self._readme(folder))
        about, readme = await waited
        marked = {name: Markup(about[name]) for name in ("facts", "contents")}
        return {**about, **marked}, {**readme, "html": Markup(readme["html"])}

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

    async def require_whole(self, folder: Path, state: str) -> None:
        """Checks what `tfhub pack` checks, before a model in a state is packed.

        Where it takes too much time or memory to be found out, nothing is known.

        Raises:
          ModelFormatError: A file is missing, cut, damaged, or a pointer of Git LFS.
        """
        found = self._workers.look("whole", folder, state, _unknown, lane="pack")
        if not isinstance(found, dict):
            await asyncio.wait([found])
            if found.cancelled():  # the server stops
                return
            found = found.result()
        if found["problem"]:
            hint = found["hint"]
            raise ModelFormatError(found["problem"], handle=str(folder), hint=hint)

    async def _about(self, folder: Path) -> Found:
        try:
            state = (await asyncio.to_thread(state_of, walk(folder, is_real=True))).hash
        except UnfitTreeError as error:
            return {**nothing(f"{error}."), "state": ""}
        except OSError as error:
            return {**nothing(f"It cannot be read: {error.strerror}."), "state": ""}
        found = self._workers.look("about", folder, state, nothing)
        return {**await _awaited(found, nothing, _PAGE), "state": state}

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


def _unknown(_: str) -> Found:
    return {"problem": "", "hint": ""}


def _unreadable(reason: str) -> Found:
    return {**_NO_README, "note": f"The README of this model is not shown. {reason}"}


def _readme_state(folder: Path) -> tuple[object, ...] | None:
    with suppress(OSError):
        found = find(folder)
        if found is not None:
            name, status = found
            return name, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return None
