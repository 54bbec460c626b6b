r"""Text that is fit to be shown, stored or logged.

Two things must not leave this process by way of a message, a log, a manifest or a
table: the secrets of a URL, and what a terminal or a reader would take for something
else than text. Whatever stores, logs, prints or raises a URL, or text out of a file,
passes it through here; `HubError` does so with all that it is given, and what is logged
passes a filter, see `logs`.

Of a URL the user-info and the values of its query become `***`, but for a few that are
harmless; so does its fragment, but for the pin `#sha256=`. Where a password holds what
ends the host (`/`, `?`, `#`), nobody can tell one from the other, and all behind the
scheme becomes `***`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

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
_OPEN_VALUE = re.compile(r"[\w.,/-]{0,64}")
_NAME = re.compile(r"[\w.\[\]$+~%-]{1,40}")
_LONG_NAME = 12  # what is longer, and has no value, may be a value in base64
_AROUND = "\"'`)]}>.,:;\\"  # what may stand behind a URL in a sentence
_BEFORE = "\"'`(<[{=,|"  # and before it
_COLON, _SLASH = "(?::|%(?:25)*3A)", "(?:/|%(?:25)*2F)"
# Where a URL begins: also one that is encoded, one with too few slashes, and one that
# has no scheme.
_START = re.compile(
    rf"(?:https?|(?<![a-z0-9])(?:gs|s3|hf|kaggle)){_COLON}(?:[/\\]|%(?:25)*2F)+"
    rf"|{_COLON}{_SLASH}{{2}}"
    r"|(?<![^\"'`(<\[{=,|])//",
    re.I,
)
# Most URLs: nothing in them is secret or obeyed, and nothing has to be looked for.
_PLAIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]+)?(?:/[A-Za-z0-9_.~+-]+)*/?")
_IS_URL = re.compile(r"[a-z][a-z0-9+.-]{0,30}://|//|https?:", re.I)
_HOST = re.compile(r"localhost|[\w-]*(?:\.[\w-]+)+\.?|\[[\w:.%]+\]", re.I)
_MACHINE = re.compile(r"localhost|\d+(?:\.\d+){3}|\[[\w:.%]+\]", re.I)
_ENCODED_AT = re.compile("%(?:25)*40")
_PIN = re.compile(r"#sha256=[0-9a-fA-F]*")
# How the value of a header begins that is a login, or cannot be sent: HTTP libraries
# quote it. Nobody can tell where it ends.
_HEADER = re.compile(
    r"(\b(?:[Bb]earer|Basic)(?:\s|\\[nrt])+(?=\S)|header value\W*(?:\bb\W)?).*", re.S
)


def shown(value: object) -> str:
    r"""A name, a path, a handle or a URL on one line, without what is secret or obeyed.

    User-info, and all values of a query but for a few that are harmless, become `***`.
    Control characters, line breaks, the controls of bidirectional text and lone
    surrogates are escaped as Python writes them: `\x1b`, `\n`, `\u202e`.
    """
    text = str(value)
    if _PLAIN.fullmatch(text):
        return text
    text = _escaped(text, keep="")
    if _IS_URL.match(text):  # the spaces in it are part of it
        return _without_secrets(text)
    return without_secrets(text)


class Unshown(str):
    """A text that shows itself by `shown()` within what other libraries quote."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(shown(str(self)))


def without_header(value: object) -> str:
    """What another library says of a request, without a login in a header of it."""
    return _HEADER.sub(rf"\1{MASK}", str(value))


def brief(value: object, most: int = 200) -> str:
    """As `shown()`, cut where it is longer: a file or a server may say megabytes."""
    text = shown(str(value)[: _FAR + most])
    return text if len(text) <= most else f"{text[: most - 3]}..."


def listed(names: Iterable[object], most: int = 50) -> str:
    """Names out of a file as a list within a sentence, or `none`."""
    names = list(names)
    more = [f"and {len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*(brief(name) for name in names[:most]), *more]) or "none"


def shown_lines(text: str) -> str:
    """As `shown()`, but for a text of several lines, which stay."""
    return without_secrets(_escaped(text, keep="\n"))


def without_secrets(text: str) -> str:
    """A text that has URLs in it, without their user-info and secret values."""
    if not _may_have_url(text):
        return text
    return "".join(map(_without_secrets, re.split("([ \n])", text)))


def hide(text: str, *values: object) -> str:
    """A text that may quote URLs or paths, each of which is replaced by `shown()`.

    Within a sentence nobody can see where a URL with spaces ends, or a name with line
    breaks; here it is known.
    """
    for value in values:
        if isinstance(value, str) and (_may_have_url(value) or not value.isprintable()):
            for form in (value, repr(value)[1:-1]):
                text = text.replace(form, shown(value))
    return text


def open_query(query: str) -> str:
    """What of a query may be told to others: its pairs without a secret value."""
    return "&".join(each for each in re.split("[&;]", query) if _is_open(each))


def _may_have_url(text: str) -> bool:
    return "@" in text or "/" in text or "%" in text


def _without_secrets(token: str) -> str:
    """One URL or word, or several that no space separates.

    Each character is looked at a few times at most, however many URLs there are.
    """
    first = _START.search(token)
    if first is None:
        before, sign, query = token.partition("?")
        if "/" in before and "=" in query:  # the path of a URL, or one without a scheme
            return _without_login(before) + _masked_tail(sign + query)
        return _without_login(token)
    ends = re.compile("[?#]").search(token, first.end())
    end = ends.start() if ends else len(token)
    last_at, parts, at, found = token.rfind("@"), [], 0, first
    while True:
        parts.append(_without_login(token[at : found.start()]))
        parts.append(found[0])
        if "%" in found[0]:
            return "".join(parts) + _masked(token[found.end() :])
        authority = _authority(token, found.end(), end, last_at)
        at = found.end() + len(authority)
        if last_at >= at and _is_doubtful(authority, is_web=_is_web(token, found)):
            return "".join(parts) + _masked(token[found.end() :])
        parts.append(_masked_authority(authority))
        following = _nested(token, at, end)
        parts.append(_masked_path(token[at : following.start() if following else end]))
        if following is None:
            return "".join(parts) + _masked_tail(token[end:])
        at, found = following.start(), following


def _nested(token: str, at: int, end: int) -> re.Match[str] | None:
    """The next URL within the path of one; its scheme stays as it is."""
    return _START.search(token, at, end)


def _authority(token: str, start: int, end: int, last_at: int) -> str:
    """What names the host, up to the path; a password may have quotes in it."""
    stop = "/?#" if last_at >= start else "/?#\"'`<>,"
    found = re.compile(f"[{re.escape(stop)}]").search(token, start, end)
    return token[start : found.start() if found else end]


def _is_web(token: str, found: re.Match[str]) -> bool:
    """Whether what follows is a host: in `hf://o/r@main` it is none."""
    scheme = token[max(0, found.start() - 3) : found.end()].lower()
    return scheme.strip("/\\:").endswith(("http", "https", "ftp")) or found[0] == "//"


def _is_doubtful(authority: str, *, is_web: bool) -> bool:
    """Whether an @ behind it could end a login that holds what ends a host."""
    if "@" in authority:
        return True
    host, colon, port = authority.rpartition(":")
    if colon and not port.isdecimal():
        return not _HOST.fullmatch(authority)
    # A name with a port could be a user with a password that begins with digits.
    known = _MACHINE.fullmatch(host) if colon else _HOST.fullmatch(authority)
    return is_web and bool(authority) and not known


def _masked_authority(authority: str) -> str:
    login, at, host = authority.rpartition("@")
    if _ENCODED_AT.search(authority):
        return _masked(authority)
    name, colon, port = host.rpartition(":")
    bare = port.rstrip(_AROUND)
    if colon and bare and not bare.isdecimal() and not host.startswith("["):
        host = f"{name}:{_masked(port)}"
    return f"{MASK}@{host}" if at and login else authority if at else host


def _masked_path(path: str) -> str:
    if "@" in path:  # a login within a path, of a place that has no scheme
        path = re.sub("/[^/:@]*:[^/@]+@", f"/{MASK}@", path)
    if ";" not in path:
        return path
    return re.sub(r";([^;/=]*)=([^;/]+)", lambda m: f";{m[1]}={_masked(m[2])}", path)


def _masked_tail(tail: str) -> str:
    """A query and a fragment."""
    query, sign, fragment = tail.partition("#")
    masked = f"?{_masked_query(query[1:])}" if query else ""
    if not sign or _PIN.fullmatch((sign + fragment).rstrip(_AROUND)):
        return masked + sign + fragment
    return masked + sign + _masked(fragment)


def _masked_query(query: str) -> str:
    parts = re.split("([&;])", query)
    return "".join(part if part in "&;" else _masked_pair(part) for part in parts)


def _masked_pair(pair: str) -> str:
    if _is_open(pair.rstrip(_AROUND)):
        return pair
    name, equals, value = pair.partition("=")
    if not equals or not _NAME.fullmatch(name):
        return _masked(pair)
    if not value.strip("=" + _AROUND) and len(name) > _LONG_NAME:
        return _masked(pair)
    return f"{name}={_masked(value)}"


def _is_open(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return name.lower() in _OPEN and bool(_OPEN_VALUE.fullmatch(value))


def _without_login(text: str) -> str:
    """`user:password@host:port`, as a proxy may be named, without the login."""
    end = text.rfind("@")
    colon = text.find(":", 0, max(end, 0))
    if colon < 1 or colon + 1 == end or not text[end + 1 : end + 2].strip(_AROUND):
        return text
    start = 1 + max(text.rfind(each, 0, colon) for each in _BEFORE)
    if colon == start + 1 and text[colon + 1] in "/\\":  # a path of Windows
        return text
    return f"{text[:start]}{MASK}{text[end:]}"


def _masked(value: str) -> str:
    """The mask, and what stands behind the value in the sentence that it ends."""
    bare = value.rstrip(_AROUND)
    return MASK + value[len(bare) :] if bare else value


def _escaped(text: str, keep: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    odd = (char for char in set(text) if not char.isprintable() and char not in keep)
    return text.translate({ord(char): _escape(char) for char in odd})


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def fit(value: Any, name: str = "") -> Any:
    """A fact of an error, which has this name, all text in it fit to be shown."""
    if isinstance(value, str):
        text = name in ("reason", "msg")
        return shown_lines(value) if text else shown(value)
    if isinstance(value, dict):
        return {fit(key): fit(item) for key, item in value.items()}
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(map(fit, value))
    return value
