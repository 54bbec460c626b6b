"""A handle, which is a string or a path, becomes a frozen dataclass. No I/O."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from .errors import HandleError

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")

_FORMAT = "tf-hub-format"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PIN = re.compile(r"#sha256=([^#]*)$")
_KNOWN = "a folder, an archive file, or a URL of file://, http:// or https://"


@dataclass(frozen=True)
class Handle:
    """A handle of any kind.

    Attributes:
      text: The handle as the user gave it; the key of its entry in the cache.
      sha256: What the archive's sha256 must be, or None.
    """

    text: str
    sha256: str | None


@dataclass(frozen=True)
class LocalPath(Handle):
    """A folder or an archive file on this machine."""

    path: str


@dataclass(frozen=True)
class HubUrl(Handle):
    """A URL that speaks the hosting protocol."""

    url: str

    @property
    def download_url(self) -> str:
        """The URL of the archive: the query as given, and the wanted format."""
        if re.search(rf"[?&]{_FORMAT}=", self.url):
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{_FORMAT}=compressed"


@dataclass(frozen=True)
class ArchiveUrl(Handle):
    """The URL of an archive file; asked for as it is."""

    url: str

    @property
    def download_url(self) -> str:
        """The URL of the archive."""
        return self.url


def parse(handle: str | os.PathLike[str]) -> LocalPath | HubUrl | ArchiveUrl:
    """Parses a handle.

    Raises:
      HandleError: It is empty, not a string or path, or of an unknown scheme.
    """
    if isinstance(handle, os.PathLike):
        handle = os.fspath(handle)
    if not isinstance(handle, str):
        msg = f"Expected a string or a path as handle, got {type(handle).__name__}."
        raise HandleError(msg, hint=f"A handle is {_KNOWN}.")
    return _parse(handle)


@lru_cache(maxsize=1024)
def _parse(text: str) -> LocalPath | HubUrl | ArchiveUrl:
    if not text.strip():
        msg = "The handle is empty."
        raise HandleError(msg, handle=text, hint=f"Give {_KNOWN}.")
    if any(ord(char) < 32 for char in text):
        msg = f"The handle {text!r} contains a control character."
        raise HandleError(msg, handle=text, hint="Look for a line break at its end.")
    scheme = _SCHEME.match(text)
    if scheme is None:
        bare, sha256 = _pin(text)
        return LocalPath(text, sha256, bare)
    kind = scheme[1].lower()
    if kind == "file":
        bare, sha256 = _pin(text)
        return LocalPath(text, sha256, _file_path(bare))
    if kind in ("http", "https"):
        return _parse_url(text)
    msg = f"The handle {text!r} has the unknown scheme {kind}://."
    raise HandleError(msg, handle=text, hint=f"Give {_KNOWN}.")


def _parse_url(text: str) -> HubUrl | ArchiveUrl:
    bare, sha256 = _pin(text)
    bare = bare.partition("#")[0].strip()
    try:
        parts = urlsplit(bare)
        _ = parts.port  # raises where it is not a number
    except ValueError as error:
        msg = f"The handle {text!r} is not a URL: {error}."
        raise HandleError(msg, handle=text, hint="Check its spelling.") from error
    if not parts.hostname or " " in bare:
        what = "has no host" if not parts.hostname else "contains a space"
        msg = f"The handle {text!r} is not a URL: it {what}."
        raise HandleError(msg, handle=text, hint="Check its spelling.")
    is_archive = parts.path.lower().endswith(ARCHIVES)
    return (ArchiveUrl if is_archive else HubUrl)(text, sha256, bare)


def _pin(text: str) -> tuple[str, str | None]:
    match = _PIN.search(text)
    if match is None:
        return text, None
    digest = match[1].lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        msg = f"The handle {text!r} pins sha256={match[1]}, not 64 hexadecimal digits."
        raise HandleError(msg, handle=text, hint="Compute it with: sha256sum FILE")
    return text[: match.start()], digest


def _file_path(url: str) -> str:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        msg = f"The handle {url!r} names the host {parts.netloc!r}."
        hint = f"For a file on this machine write file:///{parts.netloc}{parts.path}."
        raise HandleError(msg, handle=url, hint=hint)
    path = unquote(parts.path)
    # file:///C:/models/x on Windows
    return path[1:] if re.match(r"/[A-Za-z]:", path) and os.name == "nt" else path
