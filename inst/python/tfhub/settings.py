"""Every `TFHUB_*` environment variable, read when asked and never before.

| variable | meaning | default |
|---|---|---|
| `TFHUB_CACHE_DIR` | folder of the cache | `<temporary folder>/tfhub_modules` |
| `TFHUB_MODEL_LOAD_FORMAT` | `AUTO`, `COMPRESSED` or `UNCOMPRESSED` | `AUTO` |
| `TFHUB_MIRROR` | other places for models, see `mirrors()` | none |
| `TFHUB_OFFLINE` | use only what is on this machine: any but `0`, `false` | `0` |
| `TFHUB_DOWNLOAD_PROGRESS` | show progress: any value but `0` | a terminal decides |
| `TFHUB_DISABLE_CERT_VALIDATION` | `true` accepts any TLS certificate | `false` |
| `TFHUB_CONNECT_TIMEOUT` | seconds to wait for a connection | 30 |
| `TFHUB_READ_TIMEOUT` | seconds to wait for the next bytes | 30 |
| `TFHUB_TIMEOUT` | seconds for a whole download | no limit |
| `TFHUB_MIN_SPEED` | least bytes a second, over `TFHUB_READ_TIMEOUT` | 1000 |
| `TFHUB_RETRIES` | how often a failed request is sent again | 4 |
| `TFHUB_AUTH` | logins by host, see `auth()` | the netrc file |
| `TFHUB_MAX_RATIO` | inflated to packed bytes, beyond the first 64 MB | 200 |
| `TFHUB_MAX_ENTRIES` | files and folders in one archive | 20000 |
| `TFHUB_MIN_FREE` | bytes that stay free on the disk of the cache | 0 |
| `TFHUB_TRUSTED` | what handles begin with that Keras files may load | none |
| `TFHUB_OLD_FILES` | `load` or `refuse` the layers of the old library | `load` |
| `TFHUB_POLICY` | `allow`, `warn` of or `refuse` models, see `policy()` | `allow` |

A `~` at the beginning of a path is the home folder, also in `NETRC` and in a URL of
`file://`.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from functools import lru_cache

from .errors import HubError
from .shown import shown

# The name and the value of a header.
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]+")

# Where else a program says it, by the name of the variable: in flags of its own.
FLAGS: dict[str, Callable[[], str | None]] = {}


def cache_dir() -> str | None:
    """The folder that the user chose for the cache, or None. Empty counts as unset.

    It may be written as a URL of `file://`, too.
    """
    chosen = _home(_given("TFHUB_CACHE_DIR"))
    if not chosen:
        return None
    if not chosen.lower().startswith("file://"):
        return os.path.abspath(chosen)  # what lies there is used from elsewhere, too
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(chosen)
    if parts.netloc not in ("", "localhost"):
        msg = f"TFHUB_CACHE_DIR is {shown(chosen)!r}, which is on another machine."
        raise HubError(msg, hint="Give a folder, or file:///FOLDER.")
    return unquote(parts.path)


_LOAD_FORMATS = ("AUTO", "COMPRESSED", "UNCOMPRESSED")


def model_load_format() -> str:
    """How models come: `AUTO`, `COMPRESSED` or `UNCOMPRESSED`.

    `AUTO` is `COMPRESSED`, which downloads them; `UNCOMPRESSED` leaves them in Google's
    object store, for TensorFlow to read there.
    """
    value = _given("TFHUB_MODEL_LOAD_FORMAT") or "AUTO"
    if value not in _LOAD_FORMATS:
        listed = ", ".join(_LOAD_FORMATS)
        msg = f"TFHUB_MODEL_LOAD_FORMAT is {shown(value)!r}, none of {listed}."
        raise HubError(msg, hint="Unset it for the default, AUTO.")
    return value


def mirrors() -> list[tuple[str, str]]:
    """The rules for where else to look for a model: a prefix and its replacement.

    `TFHUB_MIRROR` holds `PREFIX=REPLACEMENT` pairs, separated by spaces. In a handle
    that begins with a prefix, the replacement takes its place. The pairs are tried in
    order, and the handle itself comes last:
    `https://tfhub.dev/=/models/ https://tfhub.dev/=https://hub.example.com/`.
    A prefix counts for all spellings of a handle: `http://` and `https://`, tfhub.dev
    with and without `www.`, `kaggle://` and the URLs of a model's page on kaggle.com.
    The replacement can be a folder, or of any kind of handle. A `*` in it stands for
    the rest of the handle: `https://tfhub.dev/=gs://models/*.tar.gz`.

    A login in a replacement, `https://user:password@hub.example.com/`, and that of the
    netrc file for its host, go to this host and port only, as `auth()` says.
    """
    rules = []
    text = os.environ.get("TFHUB_MIRROR", "")
    for pair in text.split():
        prefix, equals, replacement = pair.partition("=")
        if not (prefix and equals and replacement):
            # With spaces in a password or a signature, a pair can be a part of that.
            named = "a part" if re.search("[@?%]", text) else repr(shown(pair))
            msg = f"TFHUB_MIRROR holds {named}, which is not PREFIX=REPLACEMENT."
            hint = "For example: https://tfhub.dev/=https://hub.example.com/. In a "
            hint += "password a space is written %20."
            raise HubError(msg, hint=hint)
        rules.append((prefix, _home(replacement)))
    return rules


def offline() -> bool:
    """Whether the network is not to be used."""
    return os.environ.get("TFHUB_OFFLINE", "").lower() not in ("", "0", "false", "no")


def download_progress() -> bool | None:
    """True or False when the user said so, else None."""
    value = os.environ.get("TFHUB_DOWNLOAD_PROGRESS")
    return None if not value else value != "0"


def disable_cert_validation() -> bool:
    """Whether TLS certificates go unchecked: `true`, to the letter."""
    return os.environ.get("TFHUB_DISABLE_CERT_VALIDATION") == "true"


def connect_timeout() -> float:
    """Seconds to wait for a connection to a server."""
    return _number("TFHUB_CONNECT_TIMEOUT", 30.0)


def read_timeout() -> float:
    """Seconds to wait for the next bytes of a download."""
    return _number("TFHUB_READ_TIMEOUT", 30.0)


def timeout() -> float | None:
    """Seconds that a whole download may take, or None."""
    return _number("TFHUB_TIMEOUT", 0.0) or None


def min_speed() -> float:
    """Bytes a second below which a download counts as stalled."""
    return _number("TFHUB_MIN_SPEED", 1000.0, least=0.0)


def retries() -> int:
    """How often a request that failed is sent again."""
    return int(_number("TFHUB_RETRIES", 4.0, least=0.0))


def auth() -> dict[str, tuple[str, str]]:
    """The header that each host gets: its name and its value.

    `TFHUB_AUTH` holds `host=value` pairs, separated by semicolons:
    `hub.example.com=Bearer abc; other.org:8443=Basic user:password;
    third.org=X-Api-Key: 123`. A value that names no header is for `Authorization`. A
    host without a port stands for ports 443 (https) and 80 (http); name any other port.

    A login goes to a host and port that the user named for it and to no other: here, in
    the handle, or in `TFHUB_MIRROR`. The netrc file (`~/.netrc`, or what `NETRC` names)
    counts for the hosts of the handle and of the mirrors that it has a `machine` for.
    Where a server redirects to another such host, the login of that host goes along
    only with TLS; all other hosts get none.
    """
    given = {}
    for number, pair in enumerate(os.environ.get("TFHUB_AUTH", "").split(";"), 1):
        if not pair.strip():
            continue
        host, equals, value = (part.strip() for part in pair.partition("="))
        if not (host and equals and value) or " " in host:
            msg = "TFHUB_AUTH is not a list of host=value pairs with ; between them."
            raise HubError(msg, hint="For example: hub.example.com=Bearer TOKEN")
        name, colon, rest = value.partition(": ")
        header = (name, rest.strip()) if colon and " " not in name else None
        header = header or ("Authorization", value)
        basic = (
            header[1].lower().startswith("basic ")
        )  # it is encoded before it is sent
        if not (_TOKEN.fullmatch(header[0]) and (basic or _VALUE.fullmatch(header[1]))):
            # Not the host: where a login has a ; in it, that is a part of the login.
            msg = f"Part {number} of TFHUB_AUTH has what no header can hold."
            hint = (
                "Look for line breaks, letters that are not ASCII, and a ; in a login."
            )
            raise HubError(msg, hint=hint)
        given[host.lower()] = header
    return given


def max_ratio() -> float:
    """How many bytes one byte of an archive may become, beyond the first 64 MB."""
    return _number("TFHUB_MAX_RATIO", 200.0)


def max_entries() -> int:
    """How many files and folders one archive may hold."""
    return int(_number("TFHUB_MAX_ENTRIES", 20000.0))


def min_free() -> int:
    """How many bytes must stay free on the disk of the cache."""
    return int(_number("TFHUB_MIN_FREE", 0.0, least=0.0))


def trusted() -> list[str]:
    """What handles begin with that may be loaded where a Keras file names them.

    `TFHUB_TRUSTED` holds them separated by spaces, each ending in a slash:
    `https://hub.example.com/models/ /srv/models/`.
    """
    return [_home(place) for place in os.environ.get("TFHUB_TRUSTED", "").split()]


_OLD_FILES = ("load", "refuse")


def loads_old_files() -> bool:
    """Whether an `.h5` file or JSON of the old library loads what nobody trusts.

    In such a file a layer has the plain name `KerasLayer`, which the program names in
    `custom_objects=`, and the handle is a URL or a folder elsewhere. With
    `TFHUB_OLD_FILES=refuse` they ask for trust like all others.
    """
    value = os.environ.get("TFHUB_OLD_FILES") or "load"
    if value not in _OLD_FILES:
        msg = f"TFHUB_OLD_FILES is {shown(value)!r}, neither load nor refuse."
        raise HubError(msg, hint="Unset it for the default, load.")
    return value == "load"


_POLICIES = ("allow", "warn", "refuse")


def policy(chosen: str | None = None) -> str:
    """What is done with a model that reaches out of itself, see `scan()`.

    `TFHUB_POLICY` says it: `allow` loads it, `warn` too, with a warning, and `refuse`
    does not.

    Args:
      chosen: What the program says instead, or None.
    """
    value = os.environ.get("TFHUB_POLICY") or "allow" if chosen is None else chosen
    if value not in _POLICIES:
        name = "TFHUB_POLICY" if chosen is None else "The policy"
        msg = f"{name} is {shown(value)!r}, and not one of {', '.join(_POLICIES)}."
        raise HubError(msg, hint="Leave it out for the default, allow.")
    return value


def netrc_file() -> str:
    """The file with logins by host, as other programs have it, too."""
    return _home(os.environ.get("NETRC") or "~/.netrc")


def _given(name: str) -> str:
    """The value of a variable, or of the flag that stands for it; empty is unset."""
    return os.environ.get(name) or (name in FLAGS and FLAGS[name]()) or ""


def _home(path: str) -> str:
    """A path whose `~` is the home folder, as a shell has it; all else as it is."""
    scheme, rest = path[:7], path[7:]
    if scheme.lower() == "file://" and rest.startswith("~"):
        from urllib.parse import quote

        name, slash, end = rest.partition("/")
        home = os.path.expanduser(name)
        return path if home == name else f"{scheme}{quote(home)}{slash}{end}"
    if not path.startswith("~"):
        return path
    whole = os.path.expanduser(path)
    if whole != path and os.path.isdir(path):
        _point_out(path, os.path.abspath(path), whole)
    return whole


@lru_cache(maxsize=8)  # once
def _point_out(path: str, old: str, whole: str) -> None:
    log = logging.getLogger("tfhub")
    log.warning(
        "%s is %s. The folder %s is of an earlier version, which took ~ for a name: "
        "move what is in it, or remove it.",
        *(path, whole, old),
    )


def _number(name: str, default: float, *, least: float | None = None) -> float:
    text = os.environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not (value > 0 if least is None else value >= least):
        bound = "above 0" if least is None else f"of {least:g} or more"
        msg = f"The environment variable {name} is {shown(text)!r}, not a number "
        msg += f"{bound}."
        raise HubError(msg, hint=f"Unset it for the default, {default:g}.")
    return value
