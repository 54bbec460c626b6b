"""Asking a server: proxies, certificates, credentials, redirects, a bound on waiting.

Credentials belong to a host. Each request, also one that follows a redirect, carries
those of its own host and no others.
"""

from __future__ import annotations

import base64
import netrc
import os
import ssl
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from .. import settings
from .._version import __version__
from ..errors import DownloadError

_REDIRECTS = 10


class Connections:
    """Connections to any number of servers, kept until `close()`."""

    def __init__(self, handle: str) -> None:
        self._handle = handle
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
        for _ in range(_REDIRECTS):
            response = self._ask(url, headers)
            self._responses = [each for each in self._responses if not each.closed]
            self._responses.append(response)
            location = response.headers.get("Location")
            redirect = response.status in (301, 302, 303, 307, 308) and location
            if response.status in accept or not redirect:
                return response, url
            response.close()
            target = urljoin(url, location)
            self._check_redirect(url, target)
            if urlsplit(target).netloc != urlsplit(url).netloc:
                headers = {k: v for k, v in headers.items() if k != "Authorization"}
            url = target
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
            **credentials(url),
        }
        connect, read = settings.connect_timeout(), settings.read_timeout()
        pool = self._pool(url)
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

    def _check_redirect(self, url: str, target: str) -> None:
        old, new = urlsplit(url).scheme, urlsplit(target).scheme
        if new in ("http", "https") and not (old == "https" and new == "http"):
            return
        msg = f"{self._handle} leads from {url} to {target}, which is not followed."
        what = "an unencrypted" if new == "http" else f"a {new or 'relative'}:"
        hint = f"The server redirects to {what} place; tell who runs it."
        raise DownloadError(msg, handle=self._handle, hint=hint, url=target)

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = proxy_of(url)
        # The machine's certificates take a while to read, and http: needs none.
        encrypted = "https" in (urlsplit(url).scheme, urlsplit(proxy or "").scheme)
        key = proxy, encrypted
        if key not in self._pools:
            context = _tls_context() if encrypted else None
            if proxy is None:
                self._pools[key] = urllib3.PoolManager(ssl_context=context)
            else:
                headers = urllib3.make_headers(proxy_basic_auth=_login(urlsplit(proxy)))
                self._pools[key] = urllib3.ProxyManager(
                    proxy, proxy_headers=headers, ssl_context=context
                )
        return self._pools[key]


def proxy_of(url: str) -> str | None:
    """The proxy for a URL, from the `*_proxy` variables, less those of `no_proxy`."""
    parts = urlsplit(url)
    if proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def credentials(url: str) -> dict[str, str]:
    """The header with a login for the host of a URL, or none.

    It comes from `TFHUB_AUTH`, else from the URL itself, else from the netrc file.
    """
    parts = urlsplit(url)
    given = settings.auth()
    for host in (parts.netloc.rpartition("@")[2], parts.hostname or ""):
        if host.lower() in given:
            name, value = given[host.lower()]
            if name == "Authorization" and value.lower().startswith("basic "):
                value = f"Basic {_base64(value[6:].strip())}"
            return {name: value}
    login = _login(parts) or _netrc_login(parts.hostname or "")
    return {"Authorization": f"Basic {_base64(login)}"} if login else {}


def _login(parts: SplitResult) -> str | None:
    if not parts.username:
        return None
    return f"{unquote(parts.username)}:{unquote(parts.password or '')}"


def _netrc_login(host: str) -> str | None:
    file = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    try:
        found = netrc.netrc(file).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return f"{found[0]}:{found[2]}" if found else None


def _base64(login: str) -> str:
    return base64.b64encode(login.encode()).decode()


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

    threading.Thread(target=run, name="tfhub-request", daemon=True).start()
    if not done.wait(seconds):
        gone.set()
        if not done.is_set():
            msg = f"the server took more than {seconds:g} s to begin its answer"
            raise TimeoutError(msg)
    if error:
        raise error[0]
    return result[0]
