"""Which login goes with which request.

A login goes to a host, and a port of it, that the user named for it: in the handle, in
a rule of `TFHUB_MIRROR`, or in `TFHUB_AUTH`. Where a server redirects to another such
place, it goes along only with TLS.
"""

from __future__ import annotations

import base64
import netrc
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from .. import settings

Place = tuple[str, int]  # a host, and a port of it
_PORTS = {"http": 80, "https": 443}


class Logins:
    """The logins for what one handle leads to.

    Args:
      handle: What the user asked for.
    """

    def __init__(self, handle: str) -> None:
        self._named: dict[Place, str | None] = {}
        for url in (handle, *(place for _, place in settings.mirrors())):
            if "://" not in url:
                continue
            parts = _split(url)
            place = parts and place_of(parts)
            if parts is None or place is None:
                continue
            self._named.setdefault(place, login_of(parts))
            if parts.scheme == "http" and place[1] == _PORTS["http"]:
                # The same host with TLS, to which many lead.
                self._named.setdefault((place[0], _PORTS["https"]), login_of(parts))

    def header(
        self, url: str, login: str | None = None, *, redirected: bool = False
    ) -> dict[str, str]:
        """The header with a login for a URL, or none.

        It comes from `TFHUB_AUTH`, else from the handle or the mirror, else from the
        netrc file.

        Args:
          url: What is to be asked for.
          login: The login that its own user-info had, `user:password`.
          redirected: Whether another host led here.
        """
        parts = urlsplit(url)
        place = place_of(parts)
        if place is None or (redirected and parts.scheme != "https"):
            return {}
        given = settings.auth()
        host, port = place
        name = f"[{host}]" if ":" in host else host
        keys = [f"{name}:{port}"]
        if port == _PORTS.get(parts.scheme):
            keys.append(name)
        for key in keys:
            if key in given:
                header, value = given[key]
                if header == "Authorization" and value.lower().startswith("basic "):
                    value = basic(value[6:].strip())
                return {header: value}
        if login is None and place in self._named:
            login = self._named[place] or _netrc_login(host)
        return {} if login is None else {"Authorization": basic(login)}


def place_of(parts: SplitResult) -> Place | None:
    """The host and the port of an http or https URL."""
    port = _PORTS.get(parts.scheme)
    if port is None or not parts.hostname:
        return None
    return parts.hostname, parts.port or port


def login_of(parts: SplitResult) -> str | None:
    """The user-info of a URL as it is sent, `user:password`."""
    if not parts.username and not parts.password:
        return None
    return f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"


def without_user_info(url: str) -> tuple[str, str | None]:
    """A URL without its user-info, and the login that this is."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)), login_of(parts)


def basic(login: str) -> str:
    """The value of a header for a login."""
    return f"Basic {base64.b64encode(login.encode()).decode()}"


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _netrc_login(host: str) -> str | None:
    file = settings.netrc_file()
    try:
        # Not authenticators(), which gives the login of `default` to any host.
        found = netrc.netrc(file).hosts.get(host) if host != "default" else None
    except (OSError, UnicodeError, netrc.NetrcParseError):
        return None
    return f"{found[0]}:{found[2]}" if found else None
