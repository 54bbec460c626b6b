"""The answer that is an archive."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from ..errors import HubError, ModelFormatError, UnsafeArchiveError
from ..shown import shown, shown_lines
from .archives import Archives, NoRoomError
from .packing import Archive, archive_name

FRESH = {"Cache-Control": "no-cache"}  # kept, but asked for again by its ETag
# One range, as it is in the standard. All else may be ignored, and is: many ranges in
# one request cost more than the whole file, and no client of models asks for them.
_RANGE = re.compile(rb"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-[0-9]{1,18})")


async def archive(request: Request, folder: Path) -> Response:
    """Answers with the archive of a model."""
    # It is asked only once: what receives is not to be broken off and asked again.
    leaving = asyncio.create_task(_left(request))
    answer = await _answer(request, folder, leaving)
    if not isinstance(answer, _Download):
        leaving.cancel()
    return answer


async def _answer(
    request: Request, folder: Path, leaving: asyncio.Task[None]
) -> Response:
    try:
        packed = await _packed(request, folder, leaving)
    except NoRoomError as error:
        return _failure(request, folder, error, 507)
    except (ModelFormatError, UnsafeArchiveError) as error:
        return _failure(request, folder, error, 500)
    except HubError as error:
        return _failure(request, folder, error, 503)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        msg = f"{folder} cannot be packed: {reason}."
        return _failure(request, folder, HubError(msg), 500)
    headers = {"ETag": f'"{packed.measures.sha256}"', "Accept-Ranges": "bytes"} | FRESH
    known = request.headers.get("if-none-match", "").split(",")
    if {"*", headers["ETag"]} & {tag.strip().removeprefix("W/") for tag in known}:
        return Response(status_code=304, headers=headers)
    return _Download(packed, folder, headers, leaving)


async def _packed(
    request: Request, folder: Path, leaving: asyncio.Task[None]
) -> Archive:
    """The archive, awaited for no longer than the client is there."""
    packing = asyncio.create_task(_get(request.state.archives, folder))
    both: set[asyncio.Task[Any]] = {packing, leaving}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if not packing.done():
            msg = "The client has gone."
            raise HubError(msg)
        return packing.result()
    finally:
        packing.cancel()


async def _get(archives: Archives, folder: Path) -> Archive:
    return await archives.get(folder)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _failure(
    request: Request, folder: Path, error: HubError, status: int
) -> PlainTextResponse:
    text = str(error)
    for place in (str(folder), shown(folder)):
        text = text.replace(place, request.url.path)
    headers = {"Retry-After": "2"} if status == 503 else {}
    return PlainTextResponse(f"{shown_lines(text)}\n", status, headers | FRESH)


class _Download(FileResponse):
    """A file, whole or a range of it."""

    def __init__(
        self,
        archive: Archive,
        folder: Path,
        headers: dict[str, str],
        leaving: asyncio.Task[None],
    ) -> None:
        super().__init__(
            archive.path,
            headers=headers,
            media_type="application/gzip",
            # A name that is not UTF-8 has no place in a header.
            filename=os.fsencode(archive_name(folder)).decode("utf-8", "replace"),
        )
        self._leaving = leaving

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Answers; see `_RANGE` for what is ignored."""
        ranges = [value for name, value in scope["headers"] if name == b"range"]
        if len(ranges) != 1 or not _is_range(ranges[0]):
            headers = [pair for pair in scope["headers"] if pair[0] != b"range"]
            scope = {**scope, "headers": headers}
        try:
            await super().__call__(scope, self._received, send)
        finally:
            self._leaving.cancel()

    async def _received(self) -> Message:
        await asyncio.wait([self._leaving])
        return {"type": "http.disconnect"}


def _is_range(value: bytes) -> bool:
    asked = _RANGE.fullmatch(value.strip().lower())
    return asked is not None and not (asked[2] and int(asked[1]) > int(asked[2]))
