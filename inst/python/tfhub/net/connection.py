"""Asking a server: proxies, certificates, redirects, a bound on waiting.

Each request, also one that follows a redirect, carries the login for its own host and
no other: see `logins`.
"""

from __future__ import annotations

import os
import re
import ssl
import string
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from .. import settings
from .._version import __version__
from ..errors import DownloadError
from ..logs import REQUESTS
from ..shown import brief, shown
from .logins import Logins, Place, basic, place_of, without_user_info

_REDIRECTS = 10
_LONGEST_PLACE = 8192  # characters of where a redirect leads
_HOST = re.compile(r"[\w.~-]+(:\d*)?|\[[0-9A-Fa-f:.]+\](:\d*)?", re.ASCII)
_CONTROLS = re.compile("[\x00-\x1f\x7f]")
_NO_HOST = re.compile(r"\s*https?:(?!//[^/])", re.I)
_PRINTABLE = "".join(set(string.printable) - set(string.whitespace) - set('\\"<>^`{|}'))
# What goes along to another host: how to answer, and nothing about who asks.
_FOR_ALL = ("accept", "if-match", "if-none-match", "if-range", "range")


class Connections:
    """Connections to any number of servers, kept until `close()`."""

    def __init__(self, handle: str) -> None:
        self._handle = handle
        self._logins = Logins(handle)
        self._pools: dict[tuple[str | None, bool], urllib3.PoolManager] = {}
        self._responses: list[Any] = []

    def get(
        self, url: str, headers: dict[str, str], accept: tuple[int, ...] = ()
    ) -> tuple[Any, str]:
        """Sends a GET and follows redirects; gives the unread response and its URL.

        A redirect whose status is to be accepted is not followed.

        Raises:
          DownloadError: A redirect to an unencrypted place or another scheme, or too
            many of them.
          TimeoutError: The head of the answer took too long as a whole.
          urllib3.exceptions.HTTPError: The connection failed.
        """
        # Nobody else needs to see the login in a URL: it becomes a header.
        try:
            url, login = without_user_info(url)
            first = _origin(url)
        except ValueError:
            msg = f"{self._handle} leads to {brief(url)}, which is not a URL."
            hint = "Look at the variables that name a server, such as AWS_ENDPOINT_URL."
            raise DownloadError(msg, handle=self._handle, hint=hint) from None
        for _ in range(_REDIRECTS):
            if _origin(url) == first:
                wanted = {**headers, **self._logins.header(url, login)}
            else:
                wanted = {k: v for k, v in headers.items() if k.lower() in _FOR_ALL}
                wanted |= self._logins.header(url, redirected=True)
            response = self._ask(url, wanted)
            self._responses = [each for each in self._responses if not each.closed]
            self._responses.append(response)
            location = response.headers.get("Location")
            redirect = response.status in (301, 302, 303, 307, 308) and location
            if response.status in accept or not redirect:
                return response, url
            response.close()
            url = self._target(url, location)
        msg = f"More than {_REDIRECTS} redirects for {self._handle}, the last to {url}."
        hint = "The server sends in circles; tell who runs it."
        raise DownloadError(msg, handle=self._handle, hint=hint, url=url)

    def close(self) -> None:
        """Closes them all, also those whose answer nobody read."""
        for response in self._responses:
            response.close()
        for pool in self._pools.values():
            pool.clear()

    def _ask(self, url: str, headers: dict[str, str]) -> Any:
        wanted = {
            "User-Agent": f"tfhub/{__version__}",
            "Accept-Encoding": "identity",
            **headers,
        }
        connect, read = settings.connect_timeout(), settings.read_timeout()
        pool = self._pool(url)
        try:
            # A read timeout begins anew with each byte, so a head that drips in needs a
            # bound of its own.
            return _within(
                connect + read,
                lambda: pool.request(
                    "GET",
                    url,
                    headers=wanted,
                    preload_content=False,
                    redirect=False,
                    retries=False,
                    timeout=urllib3.Timeout(connect=connect, read=read),
                ),
            )
        except ValueError as error:  # its text would show what was in the header
            if isinstance(error, urllib3.exceptions.HTTPError):
                raise
            what = type(error).__name__
        msg = f"{self._handle} cannot be asked for at {url}: {what} in the request."
        hint = "Are the token and the URL free of line breaks and of foreign letters?"
        raise DownloadError(msg, handle=self._handle, hint=hint, url=url)

    def _target(self, url: str, location: str) -> str:
        """Where a redirect leads, as a URL that can be asked for.

        Raises:
          DownloadError: That is no place to go.
        """
        what = ""
        # http.client gives the bytes of a header as Latin-1.
        clean = quote(location.strip(" \t"), _PRINTABLE, "latin-1", "replace")
        try:
            target = urljoin(url, clean)
            parts = urlsplit(target)
            _ = parts.port
        except ValueError:
            target, what = clean, "a malformed"
        else:
            old, new = urlsplit(url).scheme, parts.scheme
            if new not in ("http", "https"):
                what = f"a {brief(new, 20) or 'relative'}:"
            elif (old, new) == ("https", "http"):
                what = "an unencrypted"
            elif "@" in parts.netloc:
                what = "a"
            elif not _HOST.fullmatch(parts.netloc) or not parts.hostname:
                what = "a malformed"
        if (
            _CONTROLS.search(location)
            or _NO_HOST.match(location)
            or len(location) > _LONGEST_PLACE
        ):
            what = "a malformed"
        if not what:
            return target
        msg = f"{self._handle} leads from {url} to {brief(location)}, which is not "
        msg += "followed."
        hint = f"The server redirects to {what} place"
        hint += " with a login in it" if what == "a" else ""
        hint += "; tell who runs it."
        raise DownloadError(msg, handle=self._handle, hint=hint, url=brief(target))

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = proxy_of(url)
        # The machine's certificates take a while to read, and http: needs none.
        encrypted = any(
            each is not None and each.lower().startswith("https:")
            for each in (url, proxy)
        )
        key = proxy, encrypted
        if key not in self._pools:
            context = _tls_context() if encrypted else None
            if proxy is None:
                self._pools[key] = urllib3.PoolManager(ssl_context=context)
            else:
                place, login = self._proxy(proxy)
                headers = {"Proxy-Authorization": basic(login)} if login else None
                self._pools[key] = urllib3.ProxyManager(
                    place, proxy_headers=headers, ssl_context=context
                )
        return self._pools[key]

    def _proxy(self, proxy: str) -> tuple[str, str | None]:
        """Where a proxy is, and the login for it."""
        try:
            place, login = without_user_info(proxy)
            parts = urlsplit(place)
            if _HOST.fullmatch(parts.netloc) and parts.port != 0:
                return f"{parts.scheme}://{parts.netloc}", login
        except ValueError:  # whose text may have a part of the password
            pass
        msg = f"The proxy for {self._handle} is no URL: {shown(proxy)}."
        hint = "Look at http_proxy and https_proxy. In a user or password, / ? # @ and "
        hint += "spaces are written %2F %3F %23 %40 %20."
        raise DownloadError(msg, handle=self._handle, hint=hint)


def proxy_of(url: str) -> str | None:
    """The proxy for a URL, from the `*_proxy` variables, less those of `no_proxy`."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _origin(url: str) -> tuple[str, Place | None]:
    parts = urlsplit(url)
    return parts.scheme, place_of(parts)


def _tls_context() -> ssl.SSLContext:
    file = os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if file:
        folder = file if os.path.isdir(file) else None
        context = ssl.create_default_context(
            cafile=None if folder else file, capath=folder
        )
    else:
        context = _system_context()
    if settings.disable_cert_validation():  # urllib3 warns of it
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _system_context() -> ssl.SSLContext:
    try:
        import truststore
    except ImportError:
        return ssl.create_default_context()
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """The result of a call, or TimeoutError when it takes longer than so many seconds.

    The call then goes on in its thread, and what it gives is closed.
    """
    result: list[Any] = []
    error: list[BaseException] = []
    done = threading.Event()
    gone = threading.Event()

    def run() -> None:
        try:
            result.append(call())
        except BaseException as caught:
            error.append(caught)
        done.set()
        if gone.is_set() and result:
            result[0].close()

    threading.Thread(target=run, name=REQUESTS, daemon=True).start()
    if not done.wait(seconds):
        gone.set()
        if not done.is_set():
            msg = f"the server took more than {seconds:g} s to begin its answer"
            raise TimeoutError(msg)
    if error:
        raise error[0]
    return result[0]
