"""What to say when a model is not here and the network is not to be used."""

from __future__ import annotations

import os

from .. import words
from ..cache.entries import Entry, cache_root, cache_roots
from ..cache.listing import cache_list
from ..cache.manifest import meets
from ..cache.near import near
from ..catalog.telling import told
from ..errors import DownloadError, HubError, OfflineError
from ..handles import Handle
from ..shown import listed, shown

_GONE = (404, 410)


def cached_folder(handle: Handle, *, refresh: bool) -> str:
    """The folder of a cached model, without the network.

    Raises:
      OfflineError: It is not in the cache, or is damaged, or was to be refreshed; or
        its handle pins an archive, and nothing shows that it is this one.
    """
    text = handle.text
    name = shown(text)
    for root in cache_roots():
        entry = Entry(root, text)
        if entry.is_valid() and not refresh:
            return entry.folder
    if refresh:
        msg = f"{name} cannot be refreshed offline."
        raise OfflineError(msg, handle=text, hint=_ONLINE, cached=[])
    models = cache_list()
    close = []
    if any(os.path.basename(model.path) == entry.key for model in models):
        msg = f"{name} is in the cache, but "
        msg += (
            _unproven(entry)
            or f"damaged: see {words.command('cache verify', 'cache_verify')}."
        )
    else:
        msg = f"{name} is not in the cache, {cache_root()}."
        close = near(name, [model.handle for model in models])
        if close:
            msg += f" It holds {listed(close)}."
    hint = (
        f"{_ONLINE} Or bring it from a machine that has it: there "
        f"{_export(text)}, here {_import(handle)}."
    )
    raise OfflineError(msg, handle=text, hint=hint, cached=close)


def _unproven(entry: Entry) -> str:
    """Why an entry that is there does not meet the pin of its handle."""
    facts = entry.facts()
    if entry.pin is None or (facts and meets(facts, entry.pin)):
        return ""
    if not os.path.exists(entry.manifest):
        return "without a manifest, so it may be another archive than the pinned one."
    found = facts.get("sha256")
    if found not in (None, entry.pin):
        return f"it is another archive than the pinned one: its sha256 is {found}."
    return "nothing shows that it is the pinned archive: it was imported or damaged."


def _import(handle: Handle) -> str:
    """The command that brings a bundle in."""
    if handle.sha256 is None:
        return words.command("cache import models.tar", "cache_import", "models.tar")
    line = "cache import --sha256 SHA256 models.tar"
    return words.command(line, "cache_import", "models.tar", sha256="SHA256")


def _export(handle: str) -> str:
    """The command that makes a bundle of one model."""
    line = f"cache export models.tar {words.in_shell(handle)}"
    return words.command(line, "cache_export", "models.tar", _said_as(handle))


def _said_as(handle: str) -> str:
    return handle if shown(handle) == handle else "HANDLE"


def with_way_out(error: HubError, handle: Handle) -> HubError:
    """Adds to the error of a download how to do without one, and what is known."""
    said, where = told(handle.text)
    if isinstance(error, DownloadError) and (said or where):
        error.message = " ".join(filter(None, [error.marked[0], said]))
        error.hint = "\n".join(filter(None, [where, error.marked[1]])) or None
    if not isinstance(error, DownloadError) or getattr(error, "code", 0) in _GONE:
        return error
    name = handle.text
    url = getattr(handle, "download_url", None)
    if url is not None:
        way = f"Or get {url} by other means, and install the file:\n" + words.command(
            f"cache import --handle {words.in_shell(name)} FILE",
            "cache_import",
            "FILE",
            handle=_said_as(name),
        )
    else:
        way = (
            f"Or bring it from a machine that has it:\n"
            f"{_export(name)}  # there\n"
            f"{_import(handle)}  # here"
        )
    error.hint = f"{error.marked[1]}\n{way}" if error.hint else way
    return error


_ONLINE = "To use the network, unset TFHUB_OFFLINE, and do not ask for offline."
