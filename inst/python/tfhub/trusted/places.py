"""Whether a place lies within what the user trusts: paths and URLs as they really are.

What two programs may read in two ways is not trusted: it still loads where nobody asks.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from .. import settings
from ..errors import HubError
from ..handles import Handle, HuggingFaceRepo, LocalPath, parse

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?")
_AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::0*([0-9]{0,5}))?")
_ENCODED = re.compile(r"%(?:[0-9A-Fa-f]{2}|u)", re.I)
_PIN = re.compile(r"#sha256=[0-9A-Fa-f]{64}$")
# Of a repository, whoever asks for a change makes a commit; of these there is no name.
_COMMIT = re.compile(r"[0-9A-Fa-f]{5,}")
_PORTS = {"http": 80, "https": 443}


class _Url(NamedTuple):
    """A URL, decoded once."""

    scheme: str
    host: str
    port: int | None
    segments: list[str]
    query: str


def trusted_path(path: str) -> tuple[str, str] | None:
    """Where a local path really is, and the trusted folder it is in; None if in none.

    Both are compared with all links followed. `%2e` is a name on a disk.
    """
    try:
        real = os.path.realpath(path, strict=True)
    except (OSError, ValueError):
        return None
    for prefix in map(_local, settings.trusted()):
        if prefix is not None and is_below(real, prefix):
            return real, prefix
    return None


def is_trusted(handle: Handle) -> bool:
    """Whether a handle lies within a place that the settings trust."""
    if isinstance(handle, LocalPath):
        return trusted_path(handle.path) is not None
    if isinstance(handle, HuggingFaceRepo) and not _is_named(handle.revision):
        return False
    place = _parsed(_PIN.sub("", handle.text))
    return place is not None and any(
        _covers(prefix, place) for prefix in map(_parsed, settings.trusted())
    )


def is_below(real: str, folder: str) -> bool:
    """Whether a real path is a folder, or in it."""
    real, folder = os.path.normcase(real), os.path.normcase(folder)
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)


def link_out_of(folder: str, within: str) -> str | None:
    """A link in a folder, or in what links of it lead to, that leads out of another.

    Args:
      folder: The real path of the folder.
      within: The real path of what is not to be left.
    """
    waiting, seen = [folder], {folder}
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                real = os.path.realpath(entry.path)
                if not is_below(real, within):
                    return entry.path
                if entry.is_dir() and real not in seen:
                    seen.add(real)
                    waiting.append(real)
    return None


def _local(prefix: str) -> str | None:
    try:
        parsed = parse(prefix)
        if isinstance(parsed, LocalPath):
            return os.path.realpath(parsed.path)
    except (HubError, OSError, ValueError):
        pass
    return None


def _parsed(text: str) -> _Url | None:
    """A URL; None where it is none, or may be read in two ways."""
    found = _URL.fullmatch(text)
    if found is None or not _is_plain(text):
        return None
    scheme, authority, path, query, fragment = found.groups()
    scheme = scheme.lower()
    named = _AUTHORITY.fullmatch(authority)  # so there is no user-info
    if named is None or fragment or scheme == "file":
        return None
    host, port = named[1], named[2]
    on_web = scheme in _PORTS
    parts = [_decoded(part) for part in (*path.split("/")[1:], query or "")]
    if any(part is None for part in parts):
        return None
    *segments, query = [part or "" for part in parts]
    if any(_leads_elsewhere(part) for part in segments) or ".." in query:
        return None
    return _Url(
        scheme,
        host.lower() if on_web else host,
        int(port) if port else _PORTS.get(scheme),
        segments,
        query,
    )


def _covers(prefix: _Url | None, place: _Url) -> bool:
    if prefix is None or prefix[:3] != place[:3]:
        return False
    if prefix.query:
        return prefix == place
    wanted = prefix.segments
    if wanted and not wanted[-1]:  # it ends in a slash
        wanted = wanted[:-1]
    return place.segments[: len(wanted)] == wanted


def _is_plain(text: str) -> bool:
    """Whether it has nothing that one program shows or sends otherwise than another."""
    return (
        text.isprintable()
        and not set(text) & set(" \\")
        and unicodedata.normalize("NFKC", text) == text
    )


def _decoded(part: str) -> str | None:
    """A part of a URL, decoded once; None where it still looks encoded, or is odd."""
    try:
        text = unquote(part, errors="strict")
    except UnicodeDecodeError:
        return None
    stays = part if part.startswith("?") else ""  # a query may have encoded slashes
    odd = set(text) & set("\\" if stays else "/\\")
    odd_text = not text.isprintable() or unicodedata.normalize("NFKC", text) != text
    if odd or odd_text or _ENCODED.search(text):
        return None
    return text


def _leads_elsewhere(segment: str) -> bool:
    """Whether a server may take it for `.` or `..`, as also `..;x` and `.. `."""
    name = segment.partition(";")[0]
    return bool(segment) and not name.strip(" .")


def _is_named(revision: str | None) -> bool:
    """Whether a revision is a branch or a tag, which only owners make."""
    if revision is None:
        return True
    return "/" not in revision and not _COMMIT.fullmatch(revision)
