"""What of a handle is written into what is given to others.

The configuration of a layer, a saved R object and a bundle go to other people. The
login in a handle stays here; where they are used, `TFHUB_AUTH` or the netrc file has
that of who uses them.
"""

from __future__ import annotations

import os
import re
import warnings

from .shown import MASK, open_query, shown

# All but the kinds in which `@` and `?` are part of a name.
_URL = re.compile(r"(?!(?:gs|s3|hf|file)://)([a-z][a-z0-9+.-]*)://", re.I)

_given: dict[str, str] = {}  # the handles of this process, by what travels of them
_warned: set[str] = set()


def without_login(handle: str | os.PathLike[str]) -> str:
    """A handle that can be given to others: without user-info and signatures.

    Of a query only the pairs stay that `shown()` shows, of a fragment only a pin.
    """
    handle = os.fspath(handle)
    scheme = _URL.match(handle)
    if scheme is None:
        clean = _of_repository(handle)
    else:
        bare, sign, pin = handle[scheme.end() :].partition("#sha256=")
        before, _, query = bare.partition("#")[0].partition("?")
        host, slash, path = before.partition("/")
        path = shown(re.sub(r";[^;/]*", "", path))  # it may have another URL in it
        query = open_query(query)
        clean = f"{scheme[0]}{host.rpartition('@')[2]}{slash}{path}"
        clean += (f"?{query}" if query else "") + sign + pin
    if clean != handle and MASK not in handle:  # nobody gave one that is masked
        _given[clean] = handle
    return clean


def _of_repository(handle: str) -> str:
    """The handle, which has a query only where somebody took it for a URL."""
    if not handle.lower().startswith("hf://"):
        return handle
    bare, sign, pin = handle.partition("#sha256=")
    return re.split("[?#]", bare)[0] + sign + pin


def as_given(handle: str) -> str:
    """The handle as it was given in this process, where this is what travels of it.

    So a copy that is made within the process needs no login of its own.
    """
    return _given.get(handle, handle)


def travelling(handle: str | os.PathLike[str], what: str) -> str:
    """As `without_login()`; warns, once for each handle, where something is left out.

    Args:
      handle: The handle.
      what: What it is written into, for the warning.
    """
    clean = without_login(handle)
    if clean != os.fspath(handle) and clean not in _warned:
        _warned.add(clean)
        warnings.warn(
            f"{what} has the handle {clean}, without the login or signature that it "
            "was given with. Where it is loaded, set TFHUB_AUTH, or add the host to "
            "~/.netrc.",
            stacklevel=4,
        )
    return clean
