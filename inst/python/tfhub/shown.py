"""Text that is fit to be shown, stored or logged.

Two things must not leave this process by way of a message, a log, a manifest or a
table: the secrets of a URL, and what a terminal or a reader would take for something
else than text. Whatever stores, logs, prints or raises a URL, or text out of a file,
passes it through here; `HubError` does so with all that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "***"
_FAR = 4096  # characters behind a cut that are read, for the end of a user-info
# What a query may say openly. All other values may be a key or a signature.
_OPEN = {
    "alt",
    "download",
    "format",
    "lang",
    "raw",
    "revision",
    "tf-hub-format",
    "tfhub-redirect",
    "version",
}
# The user and the password stand before the last @ of the host, whatever they hold.
_USER_INFO = re.compile(r"(?<=://)[^/?#\s]*@")
_QUERY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^?#\s]*)\?([^#\s]*)")
_FRAGMENT = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^#\s]*#)(?!sha256=)([^\s]+)")
_AROUND = re.compile(r"[\"'`)\]}>.,:;]*$")  # of a URL that stands in a sentence


def shown(value: object) -> str:
    r"""A name, a path, a handle or a URL on one line, without what is secret or obeyed.

    User-info, and all values of a query but for a few that are harmless, become `***`.
    Control characters, line breaks, the controls of bidirectional text and lone
    surrogates are escaped as Python writes them: `\x1b`, `\n`, `\u202e`.
    """
    return _escaped(without_secrets(str(value)), keep="")


def brief(value: object, most: int = 200) -> str:
    """As `shown()`, cut where it is longer: a name out of a file may have megabytes."""
    text = shown(str(value)[: _FAR + most])
    return text if len(text) <= most else f"{text[: most - 3]}..."


def listed(names: Iterable[object], most: int = 50) -> str:
    """Names out of a file as a list within a sentence, or `none`."""
    names = list(names)
    more = [f"and {len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*(brief(name) for name in names[:most]), *more]) or "none"


def shown_lines(text: str) -> str:
    """As `shown()`, but for a text of several lines, which stay."""
    return _escaped(without_secrets(text), keep="\n")


def without_secrets(text: str) -> str:
    """A URL, or a text that has URLs in it, without user-info and secret values."""
    if "://" not in text:
        return text
    text = _USER_INFO.sub(f"{MASK}@", text)
    text = _QUERY.sub(lambda url: f"{url[1]}?{_masked_query(url[2])}", text)
    return _FRAGMENT.sub(lambda url: url[1] + _masked(url[2]), text)


def _masked_query(query: str) -> str:
    parts = re.split("([&;])", query)
    return "".join(part if part in "&;" else _masked_pair(part) for part in parts)


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    bare = name.lower().strip("\"'`)]}>.,:;")
    if bare in _OPEN:
        return pair
    return f"{name}={_masked(value)}" if equals else _masked(name)


def _masked(value: str) -> str:
    """The mask, and what stands behind the value in the sentence that it ends."""
    around = _AROUND.search(value)
    behind = around[0] if around else ""
    return MASK + behind if len(behind) < len(value) else value


def _escaped(text: str, keep: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep else _escape(char) for char in text
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
