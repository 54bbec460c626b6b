"""What to say when a model is not here and the network is not to be used."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ..errors import DownloadError, HubError, OfflineError
from ..handles import Handle
from ..shown import shown
from .cache import Entry, cache_root, cache_roots

_MOST = 8
_GONE = (404, 410)


def cached_folder(handle: str, *, refresh: bool) -> str:
    """The folder of a cached model, without the network.

    Raises:
      OfflineError: It is not in the cache, or is damaged, or was to be refreshed.
    """
    for root in cache_roots():
        entry = Entry(root, handle)
        if entry.is_valid() and not refresh:
            return entry.folder
    if refresh:
        msg = f"{handle} cannot be refreshed offline."
        raise OfflineError(msg, handle=handle, hint=_ONLINE, cached=[])
    from .listing import cache_list

    models = cache_list()
    if any(model.handle == handle for model in models):
        msg = f"{handle} is in the cache, but damaged: see tfhub cache verify."
        close = []
    else:
        msg = f"{handle} is not in the cache, {cache_root()}."
        close = near(handle, [model.handle for model in models])
        if close:
            msg += f" It holds {', '.join(close)}."
    hint = (
        f"{_ONLINE} Or bring it from a machine that has it: there "
        f"`tfhub cache export models.tar {handle}`, here "
        "`tfhub cache import models.tar`."
    )
    raise OfflineError(msg, handle=handle, hint=hint, cached=close)


def with_way_out(error: HubError, handle: Handle) -> HubError:
    """Adds to the error of a download how to do without one."""
    if not isinstance(error, DownloadError) or getattr(error, "code", 0) in _GONE:
        return error
    import shlex

    name = shlex.quote(handle.text)
    if shown(handle.text) != handle.text:  # what is masked would be another handle
        name = "HANDLE"
    url = getattr(handle, "download_url", None)
    if url is not None:
        way = (
            f"Or get {url} by other means, and install the file:\n"
            f"tfhub cache import --handle {name} FILE"
        )
    else:
        way = (
            f"Or bring it from a machine that has it:\n"
            f"tfhub cache export models.tar {name}  # there\n"
            "tfhub cache import models.tar  # here"
        )
    error.hint = f"{error.hint}\n{way}" if error.hint else way
    return error


def near(handle: str, others: Iterable[str]) -> list[str]:
    """The handles most like one: first those of the same model, then like names."""
    others = [other for other in others if other and other != handle]
    model = _without_version(handle)
    same = sorted(other for other in others if _without_version(other) == model)
    rest = [other for other in others if other not in same]
    close = difflib.get_close_matches(handle, rest, n=_MOST, cutoff=0.6)
    return [*same, *close][:_MOST]


def _without_version(handle: str) -> str:
    bare = re.split(r"[#?]", handle)[0].rstrip("/")
    return re.sub(r"(/\d+|@[^/@]+)$", "", bare)


_ONLINE = "To use the network, unset TFHUB_OFFLINE, and do not ask for offline."
