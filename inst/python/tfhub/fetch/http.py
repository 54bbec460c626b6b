"""One GET of a large body: timeouts, retries, resume, redirects, proxies."""

from __future__ import annotations

import logging
import random
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from .. import settings
from .._version import __version__
from ..errors import BrokenDownloadError, DownloadError, HTTPStatusError
from .pipeline import Block

_log = logging.getLogger("tfhub")
_BLOCK = 1 << 16
_ATTEMPTS = 5  # in a row without a new byte
_REDIRECTS = 10
_LONGEST_WAIT = 60.0  # seconds that a server may ask for
_RETRY_STATUS = (429, 500, 502, 503, 504)
_HINTS = {
    401: "The server wants a login.",
    403: "The server refuses: it may want a login, or the model may have moved.",
    404: "Check the spelling and the version; open the URL in a browser.",
    410: "The model was taken down; look for another place that hosts it.",
}


class Download:
    """The body at a URL, read once from its start to its end.

    Args:
      url: An http or https URL.
      handle: What the user asked for, named in errors.

    Attributes:
      url: Where the body came from, after redirects.
      etag: The ETag that the server gave, or None.
      size: The bytes of the body, or None when the server did not say.

    Raises:
      HTTPStatusError: The server answered with an error.
      DownloadError: No answer after retries, or an unsafe redirect.
    """

    def __init__(self, url: str, *, handle: str) -> None:
        self.url = url
        self._handle = handle
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._failures = 0
        self._response = self._open(0)
        self.etag: str | None = self._response.headers.get("ETag")
        length = self._response.headers.get("Content-Length", "")
        self.size = int(length) if length.isdecimal() else None

    def blocks(self) -> Iterator[Block]:
        """The body; a dropped connection is taken up where it broke.

        Raises:
          BrokenDownloadError: It broke, and the server would not resume.
          DownloadError: It broke too often.
        """
        done = 0
        while True:
            try:
                while block := self._response.read(_BLOCK, decode_content=False):
                    done += len(block)
                    self._failures = 0
                    yield block
            except (urllib3.exceptions.HTTPError, OSError) as error:
                self._response.close()
                self._wait(error, f"{done:,} of {self._size_text()} bytes had come")
                self._response = self._open(done)
                continue
            self.close()
            return

    def close(self) -> None:
        """Closes the connection."""
        self._response.close()
        for pool in self._pools.values():
            pool.clear()

    def _size_text(self) -> str:
        return "unknown" if self.size is None else f"{self.size:,}"

    def _open(self, start: int) -> Any:
        headers = {
            "User-Agent": f"tfhub/{__version__}",
            "Accept-Encoding": "identity",
        }
        if start:
            if self.etag is None or self.etag.startswith("W/"):
                raise self._broken(start)
            headers |= {"Range": f"bytes={start}-", "If-Range": self.etag}
        while True:
            try:
                response = self._follow(self.url, headers)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if isinstance(error, DownloadError):
                    raise
                self._wait(error)
                continue
            if response.status == 200 and not start:
                return response
            response_range = response.headers.get("Content-Range", "")
            if response.status == 206 and response_range.startswith(f"bytes {start}-"):
                return response
            if response.status in (200, 206, 412, 416):
                response.close()
                raise self._broken(start)
            self._refuse_status(response)

    def _refuse_status(self, response: Any) -> None:
        code, url = response.status, self.url
        reason = f" {response.reason}" if response.reason else ""
        response.close()
        msg = f"The server answered {code}{reason} for {self._handle} (at {url})."
        hint = _HINTS.get(code, "Try again later, or ask who runs the server.")
        error = HTTPStatusError(msg, handle=self._handle, hint=hint, code=code, url=url)
        if code not in _RETRY_STATUS:
            raise error
        self._wait(error, after=_retry_after(response.headers.get("Retry-After")))

    def _follow(self, url: str, headers: dict[str, str]) -> Any:
        for _ in range(_REDIRECTS):
            response = self._pool(url).request(
                "GET",
                url,
                headers=headers,
                preload_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(
                    connect=settings.connect_timeout(), read=settings.read_timeout()
                ),
            )
            location = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                self.url = url
                return response
            response.close()
            target = urljoin(url, location)
            self._check_redirect(url, target)
            url = target
        msg = f"More than {_REDIRECTS} redirects for {self._handle}, the last to {url}."
        raise self._error(msg, url, "The server sends in circles; tell who runs it.")

    def _check_redirect(self, url: str, target: str) -> None:
        old, new = urlsplit(url).scheme, urlsplit(target).scheme
        if new not in ("http", "https") or (old == "https" and new == "http"):
            msg = f"{self._handle} leads from {url} to {target}, which is not followed."
            what = "an unencrypted" if new == "http" else f"a {new or 'relative'}:"
            hint = f"The server redirects to {what} place; tell who runs it."
            raise self._error(msg, target, hint)

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        host = parts.hostname or ""
        proxy = None if proxy_bypass(host) else getproxies().get(parts.scheme)
        if proxy not in self._pools:
            context = ssl.create_default_context()
            if settings.disable_cert_validation():  # urllib3 warns of it
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            kind = urllib3.PoolManager if proxy is None else urllib3.ProxyManager
            given = {} if proxy is None else {"proxy_url": proxy}
            self._pools[proxy] = kind(ssl_context=context, **given)  # type: ignore[arg-type]
        return self._pools[proxy]

    def _wait(
        self, error: Exception, so_far: str = "", after: float | None = None
    ) -> None:
        """Waits before the next attempt, or raises when there were enough."""
        self._failures += 1
        if self._failures >= _ATTEMPTS or _is_final(error):
            if isinstance(error, DownloadError):
                raise error
            where = f": {so_far}" if so_far else ""
            msg = f"Downloading {self._handle} failed{where}: {_plain(error)}."
            hint = f"Is the network up? The URL is {self.url}"
            proxy = getproxies().get(urlsplit(self.url).scheme)
            if proxy:
                hint += f" through the proxy {proxy}"
            raise self._error(msg, self.url, hint) from error
        pause = after if after is not None else 0.1 * 2**self._failures
        _log.info("%s; trying again in %.1f s", _plain(error), pause)
        time.sleep(min(pause, _LONGEST_WAIT) + random.uniform(0, 0.1))

    def _broken(self, done: int) -> BrokenDownloadError:
        msg = (
            f"Downloading {self._handle} broke off: {done:,} of {self._size_text()} "
            "bytes came, and the server does not resume."
        )
        hint = f"Try again later. The URL is {self.url}"
        return BrokenDownloadError(msg, handle=self._handle, hint=hint, url=self.url)

    def _error(self, msg: str, url: str, hint: str) -> DownloadError:
        return DownloadError(msg, handle=self._handle, hint=hint, url=url)


def _is_final(error: Exception) -> bool:
    # A name that does not resolve, a refused connection and a bad certificate do not
    # get better by asking again at once.
    text = repr(error)
    final = ("NameResolutionError", "Connection refused", "CERTIFICATE_VERIFY_FAILED")
    return any(each in text for each in final)


def _plain(error: Exception) -> str:
    return str(error).rpartition("): ")[2].rstrip(".") or type(error).__name__


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
