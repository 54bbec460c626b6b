"""The server's answers: the archive of a model, its page, a list, or a redirect."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import HubError, UnsafeArchiveError
from ..formats.saved_model import describe_folder
from . import page
from .archives import Archives
from .catalog import Catalog
from .packing import archive_name
from .readme import readme, summary

_FRESH = {"Cache-Control": "no-cache"}  # kept, but asked for again by its ETag
_PAGE_HEADERS = _FRESH | {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def app(directory: str | os.PathLike[str]) -> Starlette:
    """The ASGI application that serves a folder of models.

    Archives are packed into a temporary folder, which goes when the application ends.

    Args:
      directory: It holds `publisher/model/version/` folders, or models at other depths.

    Raises:
      HandleNotFoundError: There is no such folder.
    """
    catalog = Catalog(directory)

    class State(TypedDict):
        archives: Archives

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        with tempfile.TemporaryDirectory(prefix="tfhub-serve-") as store:
            archives = Archives(Path(store))
            try:
                yield {"archives": archives}
            finally:
                await archives.close()

    async def answer(request: Request) -> Response:
        path = request.path_params["path"].removesuffix("/")
        if _wants_archive(request):
            folder = await asyncio.to_thread(catalog.model, path)
            if folder is not None:
                return await _archive(request, folder)
        return await asyncio.to_thread(_page, request, catalog, path)

    return Starlette(
        routes=[Route("/{path:path}", answer)],
        exception_handlers={Exception: _failed},
        lifespan=lifespan,
    )


def _failed(request: Request, error: Exception) -> Response:
    logging.getLogger("tfhub").error("%s failed", request.url, exc_info=error)
    text = "The server failed to answer this; its log says why.\n"
    return PlainTextResponse(text, 500, _FRESH)


def _wants_archive(request: Request) -> bool:
    lists = request.query_params.getlist("tf-hub-format")
    return any(
        name.strip() == "compressed" for some in lists for name in some.split(",")
    )


async def _archive(request: Request, folder: Path) -> Response:
    try:
        archive = await request.state.archives.get(folder)
    except HubError as error:
        status = 500 if isinstance(error, UnsafeArchiveError) else 503
        text = str(error).replace(str(folder), request.url.path)
        headers = {"Retry-After": "2"} if status == 503 else {}
        return PlainTextResponse(text, status, headers | _FRESH)
    headers = {"ETag": f'"{archive.sha256}"', "Accept-Ranges": "bytes"} | _FRESH
    known = request.headers.get("if-none-match", "").split(",")
    if {"*", headers["ETag"]} & {tag.strip().removeprefix("W/") for tag in known}:
        return Response(status_code=304, headers=headers)
    return _Download(
        archive.path,
        headers=headers,
        media_type="application/gzip",
        filename=archive_name(folder),
    )


class _Download(FileResponse):
    """A file, whole or a range of it; a range in a unit other than bytes is ignored."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name != b"range" or value.lower().startswith(b"bytes=")
        ]
        await super().__call__({**scope, "headers": headers}, receive, send)


def _page(request: Request, catalog: Catalog, path: str) -> Response:
    folder = catalog.model(path)
    if folder is not None:
        facts = _about_model(request, catalog, path, folder)
        return _html(request, "model.html", path, **facts)
    versions = catalog.versions(path)
    if versions:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(_link(request, path, versions[0]) + query, 302)
    if _wants_archive(request):
        known = "".join(f"\n{name}" for name in catalog.near(path)) or " none."
        text = f"There is no model at /{path} here. There is:{known}\n"
        return PlainTextResponse(text, 404, _FRESH)
    entries = catalog.entries(path)
    if entries or path == "":
        groups = _groups(request, catalog, entries)
        return _html(request, "list.html", path, groups=groups)
    near = [(name, _link(request, name)) for name in catalog.near(path)]
    return _html(request, "missing.html", path, status=404, near=near)


def _about_model(
    request: Request, catalog: Catalog, path: str, folder: Path
) -> dict[str, Any]:
    parent, _, version = path.rpartition("/")
    versions = catalog.versions(parent)
    if version in versions:
        name = parent or catalog.root.name
    else:
        name, version, versions = path or folder.name, "", []
    try:
        model, problem = describe_folder(folder), ""
    except HubError as error:
        model, problem = None, error.message.replace(str(folder), f"/{path}")
    url = f"{request.url.scheme}://{request.url.netloc}{_link(request, path)}"
    url = url.removesuffix("/")
    return {
        "name": name,
        "version": version,
        "url": url,
        "model": model,
        "problem": problem,
        "readme": readme(folder),
        "usage": page.usage(model, url),
        "rows": page.tensor_rows,
        "versions": [(v, _link(request, parent, v)) for v in versions],
    }


def _groups(
    request: Request, catalog: Catalog, entries: dict[str, list[str]]
) -> dict[str, list[dict[str, Any]]]:
    """The models by publisher, as the list shows them."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, versions in entries.items():
        publisher, _, name = path.rpartition("/")
        folder = catalog.model("/".join([path, *versions[:1]]))
        entry = {
            "name": name,
            "link": _link(request, path),
            "summary": summary(folder) if folder else "",
            "versions": versions,
        }
        groups.setdefault(publisher, []).append(entry)
    return groups


def _html(
    request: Request, template: str, path: str, *, status: int = 200, **context: Any
) -> HTMLResponse:
    parts = path.split("/") if path else []
    crumbs = [
        (part, _link(request, "/".join(parts[: index + 1])))
        for index, part in enumerate(parts)
    ]
    text = page.render(
        template, path=path, home=_link(request, ""), crumbs=crumbs, **context
    )
    return HTMLResponse(text, status, _PAGE_HEADERS)


def _link(request: Request, *parts: str) -> str:
    path = "/".join(part for part in parts if part)
    return f"{request.scope.get('root_path', '')}/{quote(path)}"
