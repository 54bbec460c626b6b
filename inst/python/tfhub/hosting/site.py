"""The server's answers: the archive of a model, its page, a list, or a redirect."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypedDict, TypeVar
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from ..shown import shown
from .archives import Archives
from .catalog import Catalog
from .downloads import FRESH, archive
from .facts import Facts
from .hosts import Guard, checked_url, public_url, trusting
from .page import render
from .store import store
from .usage import trusting_lines, usage
from .workers import Workers

_LONGEST = 1024  # characters of a path
_LISTED = 1000  # models of a list, a version counting as one

_Found = TypeVar("_Found")


def app(
    directory: str | os.PathLike[str],
    *,
    url: str | None = None,
    forwarded_allow_ips: str | Iterable[str] = (),
) -> Starlette:
    """The ASGI application that serves a folder of models.

    Archives are packed into a temporary folder, which goes when the application ends.

    Args:
      directory: It holds `publisher/model/version/` folders, or models at other depths.
      url: As for `serve()`.
      forwarded_allow_ips: As for `serve()`.

    Raises:
      HandleNotFoundError: There is no such folder.
      HubError: The URL or an address is none.
    """
    catalog = Catalog(directory)
    given, trusts = checked_url(url), trusting(forwarded_allow_ips)

    class State(TypedDict):
        archives: Archives
        facts: Facts
        lists: ThreadPoolExecutor

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        workers = Workers()
        await workers.start()
        with store() as folder:
            facts = Facts(workers)
            archives = Archives(folder, facts.require_whole)
            # Lists wait for each other, so that many cost those little who ask for one
            # model: what is looked through may be large.
            lists = ThreadPoolExecutor(1, "tfhub-list")
            try:
                yield {"archives": archives, "facts": facts, "lists": lists}
            finally:
                lists.shutdown(wait=False, cancel_futures=True)
                await workers.close()
                await archives.close()

    async def answer(request: Request) -> Response:
        path = request.path_params["path"].removesuffix("/")
        if len(path) > _LONGEST:
            return _text("No model has a path as long as this.", 414)
        folder = await asyncio.to_thread(catalog.model, path)
        formats = _formats(request)
        if folder is None:
            return await _no_model(request, catalog, path, formats)
        if "compressed" in formats:
            return await archive(request, folder)
        if formats:
            text = f"/{path} is not to be had in this format, only compressed: ask for "
            return _text(f"{shown(text)}?tf-hub-format=compressed.", 406)
        address = public_url(request, given, trusts)
        return await _model(request, catalog, path, folder, address)

    site = Starlette(
        routes=[Route("/{path:path}", answer)],
        exception_handlers={Exception: _failed},
        lifespan=lifespan,
        middleware=[Middleware(Guard)],
    )
    # It would lead requests without a path to what their header Host says.
    site.router.redirect_slashes = False
    return site


def _failed(request: Request, error: Exception) -> Response:
    place = shown(f"{request.method} {request.url.path}")[:_LONGEST]
    logging.getLogger("tfhub").error("%s failed", place, exc_info=error)
    return _text("The server failed to answer this; its log says why.", 500)


def _text(text: str, status: int) -> Response:
    return PlainTextResponse(f"{text}\n", status, FRESH)


def _formats(request: Request) -> set[str]:
    """The formats that a client of the hosting protocol can read."""
    lists = request.query_params.getlist("tf-hub-format")
    return {name.strip() for some in lists for name in some.split(",")} - {""}


async def _model(
    request: Request, catalog: Catalog, path: str, folder: Path, address: str
) -> Response:
    parent, _, version = path.rpartition("/")
    versions = await asyncio.to_thread(catalog.versions, parent)
    if version in versions:
        name = parent or catalog.root.name
    else:
        name, version, versions = path or folder.name, "", []
    about, readme = await request.state.facts.of_model(folder)
    recorded = request.state.archives.recorded(folder, about["state"])
    return _html(
        request,
        "model.html",
        path,
        name=name,
        version=version,
        versions=[(v, _link(request, parent, v)) for v in versions[:_LISTED]],
        usage=usage(about["calls"], f"{address}/{quote(path)}".removesuffix("/")),
        about=about,
        readme=readme,
        tree=recorded.tree if recorded else "",
        trust=trusting_lines(recorded.tree) if recorded else {},
        warning=recorded.warning if recorded else "",
    )


async def _no_model(
    request: Request, catalog: Catalog, path: str, formats: set[str]
) -> Response:
    versions = await asyncio.to_thread(catalog.versions, path)
    if versions:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(_link(request, path, versions[0]) + query, 302, FRESH)
    if not formats:
        find = partial(catalog.some_entries, path, at_most=_LISTED)
        some = await _in_turn(request, find)
        if some[0] or path == "":
            return await _list(request, catalog, path, *some)
    near = await _in_turn(request, partial(catalog.near, path))
    if formats:
        known = "".join(f"\n{name}" for name in near) or " none."
        return _text(f"There is no model at /{shown(path)} here. There is:{known}", 404)
    links = [(name, _link(request, name)) for name in near]
    return _html(request, "missing.html", path, status=404, near=links)


async def _in_turn(request: Request, find: Callable[[], _Found]) -> _Found:
    """What is looked for among all models."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(request.state.lists, find)


async def _list(
    request: Request,
    catalog: Catalog,
    path: str,
    entries: dict[str, list[str]],
    is_whole: bool,  # noqa: FBT001
) -> Response:
    """The models by publisher."""
    newest = {name: "/".join([name, *entries[name][:1]]) for name in entries}
    folders = await asyncio.to_thread(
        lambda: {name: catalog.model(place) for name, place in newest.items()}
    )
    summaries = await request.state.facts.summaries(filter(None, folders.values()))
    groups: dict[str, list[dict[str, object]]] = {}
    for name, versions in entries.items():
        publisher, _, last = name.rpartition("/")
        entry = {
            "name": last,
            "link": _link(request, name),
            "summary": summaries.get(folders[name], ""),
            "versions": versions,
        }
        groups.setdefault(publisher, []).append(entry)
    return _html(request, "list.html", path, groups=groups, is_whole=is_whole)


def _html(
    request: Request, template: str, path: str, *, status: int = 200, **context: object
) -> HTMLResponse:
    parts = path.split("/") if path else []
    crumbs = [
        (part, _link(request, "/".join(parts[: index + 1])))
        for index, part in enumerate(parts[:20])
    ]
    home = _link(request)
    text = render(template, path=path, home=home, crumbs=crumbs, **context)
    return HTMLResponse(text, status, FRESH)


def _link(request: Request, *parts: str) -> str:
    """A link from the page that was asked for to a path, as relative ones are.

    So it leads to the right place wherever a proxy puts the server.
    """
    here = request.scope.get("raw_path") or request.url.path.encode()
    up = "../" * (here.count(b"/") - 1) or "./"
    return up + quote("/".join(part for part in parts if part))
