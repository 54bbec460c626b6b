"""What of a request is believed: its host, and what a proxy says in its place."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import HubError
from ..shown import hide, shown

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~%-]+)*/?")
_URL = re.compile(r"(?i:https?)://[^/?#\s\"'<>\\@]+(/[^?#\s\"'<>\\]*)?")

Trusts = Callable[[str], bool]


class Guard:
    """Refuses requests whose host is in doubt, and puts headers on all answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or lets the application answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                more = (
                    (name.lower().encode(), value.encode())
                    for name, value in HEADERS.items()
                )
                new = [pair for pair in more if pair[0] not in known]
                message = {**message, "headers": [*message["headers"], *new]}
            await send(message)

        hosts = Headers(scope=scope).getlist("host")
        needed = scope["http_version"] not in ("1", "1.0")
        if hosts == [""] and not needed:
            hosts = []
        if len(hosts) > 1 or (needed and not hosts) or not all(map(_is_host, hosts)):
            text = "A request names one host, in its header Host.\n"
            await PlainTextResponse(text, 400)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def public_url(request: Request, given: str, trusts: Trusts) -> str:
    """The URL of the server as its clients know it, without a slash at the end.

    Args:
      request: What is to be answered.
      given: What the user says it is, or "".
      trusts: Whether an address is one whose X-Forwarded headers are believed.
    """
    if given:
        return given
    scheme, host = request.scope["scheme"], request.headers.get("host") or "localhost"
    prefix = ""
    if request.client is not None and trusts(request.client.host):
        said = {
            name: _last(request.headers.getlist(f"x-forwarded-{name}"))
            for name in ("proto", "host", "prefix")
        }
        proto = said["proto"].lower()
        scheme = proto if proto in ("http", "https") else scheme
        host = said["host"] if _is_host(said["host"]) else host
        prefix = said["prefix"] if _PREFIX.fullmatch(said["prefix"]) else ""
    return f"{scheme}://{host}{prefix}".removesuffix("/")


def checked_url(url: str | None) -> str:
    """A URL that the user gives for a server, without a slash at the end.

    Raises:
      HubError: It is none, or has a query, a fragment or a login.
    """
    if url is None:
        return ""
    if not _URL.fullmatch(url) or not url.isascii():
        msg = f"{shown(url)!r} is not the URL of a server."
        hint = "Give it as https://hub.example.com/models: no login, query or fragment."
        raise HubError(msg, hint=hint)
    return url.rstrip("/")


def trusting(addresses: str | Iterable[str]) -> Trusts:
    """Whether an address is one of these: addresses, networks, or `*` for all.

    Args:
      addresses: They, or a text of them with commas between them.

    Raises:
      HubError: One is neither.
    """
    if isinstance(addresses, str):
        addresses = addresses.split(",")
    some = [address.strip() for address in addresses if address.strip()]
    if "*" in some:
        return lambda _: True
    try:
        networks = [ipaddress.ip_network(address) for address in some]
    except ValueError as error:  # whose text has the URL that it may be
        reason = hide(str(error), *some)
        msg = f"{reason}: it is no address from which X-Forwarded headers can come."
        hint = "Give the address of the proxy, such as 127.0.0.1, or its network."
        raise HubError(msg, hint=hint) from None

    def trusts(host: str) -> bool:
        try:
            address: Any = ipaddress.ip_address(host)
        except ValueError:
            return False
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in networks)

    return trusts


def _last(values: list[str]) -> str:
    """What the nearest proxy said, behind what the client may have said."""
    return ",".join(values).rpartition(",")[2].strip()


def _is_host(text: str) -> bool:
    return _HOST.fullmatch(text) is not None
