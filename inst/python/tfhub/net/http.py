"""GET with patience: retries, Retry-After, resuming, a least speed, a deadline."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3

from .. import settings
from ..errors import BrokenDownloadError, DownloadError, HTTPStatusError
from ..shown import brief, hide, shown
from .connection import Connections, proxy_of
from .pipeline import Block

_log = logging.getLogger("tfhub")
_BLOCK = 1 << 20  # the most that is read at once; half as much costs a fifth more time
_PROGRESS = 1 << 17  # bytes after which a new failure is no longer the same one
_LONGEST_WAIT = 60.0  # seconds that a server may ask for
_LONGEST_BODY = 64 << 20  # bytes of a listing
_LONGEST_NUMBER = 19  # digits
_ETAG = re.compile("[\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff]*)")
_RETRY_STATUS = (429, 500, 502, 503, 504)
_LOGIN = "Set TFHUB_AUTH for its host, or add the host to ~/.netrc."
_HINTS = {
    401: f"The server wants a login. {_LOGIN}",
    403: f"The model may have moved, or the server wants a login. {_LOGIN}",
    404: "Check the spelling and the version; open the URL in a browser.",
    407: "The proxy wants a login: USER:PASSWORD@ before its host in http_proxy.",
    410: "The model was taken down; look for another place that hosts it.",
}


class Client:
    """Asks servers for one handle: all of it within `TFHUB_TIMEOUT` seconds.

    Args:
      handle: What the user asked for, named in errors.
    """

    def __init__(self, handle: str) -> None:
        self.handle = handle
        self._connections = Connections(handle)
        self._failures = 0  # in a row
        self._attempts = settings.retries() + 1
        seconds = settings.timeout()
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def open(
        self, url: str, headers: dict[str, str], accept: tuple[int, ...] = (200,)
    ) -> tuple[Any, str]:
        """Asks until there is an answer of a status that is accepted.

        Returns:
          The response, its body unread, and the URL that it came from.

        Raises:
          HTTPStatusError: The server answered with another status, after retries.
          DownloadError: There was no answer after retries, or an unsafe redirect.
        """
        while True:
            self.check_deadline(url)
            try:
                response, final = self._connections.get(url, headers, accept)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if isinstance(error, DownloadError):
                    raise
                self.failed(error, url)
                continue
            if response.status in accept:
                return response, final
            self._refuse(response, final)

    def failed(
        self, error: Exception, url: str, so_far: str = "", after: float | None = None
    ) -> None:
        """Waits before the next attempt, or raises when there were enough."""
        self._failures += 1
        if self._failures >= self._attempts or _is_final(error):
            if isinstance(error, DownloadError):
                raise error from None
            where = f": {so_far}" if so_far else ""
            proxy = proxy_of(url)
            reason = brief(hide(_plain(error), self.handle, url, proxy), 400)
            msg = f"Downloading {self.handle} failed{where}: {reason}."
            hint = f"Is the network up? The URL is {url}"
            if proxy:
                hint += f" through the proxy {shown(proxy)}"
            # From None: a traceback would show what urllib3 has of URLs and headers.
            raise DownloadError(msg, handle=self.handle, hint=hint, url=url) from None
        pause = after if after is not None else 0.1 * 2**self._failures
        pause = min(pause, _LONGEST_WAIT) + random.uniform(0, 0.1)
        if self._deadline is not None:
            pause = min(pause, max(0.0, self._deadline - time.monotonic()))
        _log.info("%s; trying again in %.1f s", _plain(error), pause)
        time.sleep(pause)

    def succeeded(self) -> None:
        """Forgets the failures so far."""
        self._failures = 0

    def check_deadline(self, url: str) -> None:
        """Raises DownloadError when `TFHUB_TIMEOUT` is over."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            msg = f"Downloading {self.handle} took more than {settings.timeout():g} s."
            hint = f"Raise or unset TFHUB_TIMEOUT. The URL is {url}"
            raise DownloadError(msg, handle=self.handle, hint=hint, url=url)

    def close(self) -> None:
        """Closes the connections."""
        self._connections.close()

    def _refuse(self, response: Any, url: str) -> None:
        code = response.status
        reason = f" {brief(response.reason, 80)}" if response.reason else ""
        response.close()
        msg = f"The server answered {code}{reason} for {self.handle} (at {url})."
        hint = _HINTS.get(code, "Try again later, or ask who runs the server.")
        error = HTTPStatusError(msg, handle=self.handle, hint=hint, code=code, url=url)
        if code not in _RETRY_STATUS:
            raise error
        after = _retry_after(response.headers.get("Retry-After"))
        self.failed(error, url, after=after)


class Download:
    """The body at a URL, read once from its start to its end.

    Args:
      url: An http or https URL.
      client: Asks for it.
      headers: Further headers; those with a login, or that are not known to be without,
        go to the host and port of the URL only.
      accept: The statuses that are no error.
      etag: What is here already; the status is 304 when that is still current.

    Attributes:
      url: Where the body came from, after redirects.
      status: The HTTP status of the answer.
      etag: The ETag that the server gave, or None.
      size: The bytes of the body, or None when the server did not say.

    Raises:
      HTTPStatusError: The server answered with an error.
      DownloadError: No answer after retries, or an unsafe redirect.
    """

    def __init__(
        self,
        url: str,
        client: Client,
        *,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (200,),
        etag: str | None = None,
    ) -> None:
        self._client = client
        self._asked = url
        self._headers = dict(headers or {})
        first = dict(self._headers)
        if etag is not None:
            first["If-None-Match"] = etag
            accept = (*accept, 304)
        self._response, self.url = client.open(url, first, accept)
        self.status: int = self._response.status
        self.etag = _etag(self._response.headers.get("ETag"))
        length = self._response.headers.get("Content-Length", "")
        known = length.isdecimal() and len(length) < _LONGEST_NUMBER
        self.size = int(length) if known else None

    def blocks(self) -> Iterator[Block]:
        """The body; a dropped connection is taken up where it broke.

        Raises:
          BrokenDownloadError: It broke, and the server would not resume.
          DownloadError: It broke too often, or was too slow.
        """
        try:
            yield from self._resumed()
        finally:
            self._response.close()

    def _resumed(self) -> Iterator[Block]:
        done = failed_at = 0
        while True:
            try:
                for block in self._paced():
                    done += len(block)
                    if done - failed_at >= _PROGRESS:
                        self._client.succeeded()
                    yield block
                return
            except (urllib3.exceptions.HTTPError, OSError) as error:
                if isinstance(error, DownloadError):
                    raise
                self._response.close()
                so_far = f"{done:,} of {self._size_text()} bytes had come"
                self._client.failed(error, self.url, so_far)
                failed_at = done
                self._resume(done)

    def _paced(self) -> Iterator[bytes]:
        """The blocks of one response, as long as they come fast enough."""
        window, least = settings.read_timeout(), settings.min_speed()
        since, came = time.monotonic(), 0
        # read1(), not read(): what drips in is seen, and counted, as it comes.
        while block := self._response.read1(_BLOCK, decode_content=False):
            yield block
            self._client.check_deadline(self.url)
            came += len(block)
            elapsed = time.monotonic() - since
            if elapsed >= window:
                if came < least * elapsed:
                    msg = (
                        f"{came / elapsed:.0f} bytes a second came, less than {least:g}"
                    )
                    raise TimeoutError(msg)
                since, came = time.monotonic(), 0

    def _resume(self, start: int) -> None:
        if start and (self.etag is None or self.etag.startswith("W/")):
            raise self._broken(start) from None
        headers = dict(self._headers)
        if start and self.etag is not None:
            headers |= {"Range": f"bytes={start}-", "If-Range": self.etag}
        accept = (200, 206, 412, 416)
        self._response, self.url = self._client.open(self._asked, headers, accept)
        came = self._response.headers.get("Content-Range", "")
        if self._response.status == 206 and came.startswith(f"bytes {start}-"):
            return
        if self._response.status != 200 or start:
            self._response.close()
            raise self._broken(start) from None

    def _size_text(self) -> str:
        return "unknown" if self.size is None else f"{self.size:,}"

    def _broken(self, done: int) -> BrokenDownloadError:
        handle = self._client.handle
        msg = (
            f"Downloading {handle} broke off: {done:,} of {self._size_text()} "
            "bytes came, and the server does not resume."
        )
        hint = f"Try again later. The URL is {self.url}"
        return BrokenDownloadError(msg, handle=handle, hint=hint, url=self.url)


def get_bytes(
    url: str, client: Client, *, headers: Mapping[str, str] | None = None
) -> bytes:
    """A small body, such as a listing, whole.

    Raises:
      HTTPStatusError: The server answered with an error.
      DownloadError: The connection failed.
    """
    download = Download(url, client, headers=headers)
    blocks, came = [], 0
    for block in download.blocks():
        blocks.append(bytes(block))
        came += len(block)
        if came > _LONGEST_BODY:
            msg = f"What came for {client.handle} at {url} is longer than a listing: "
            msg += f"more than {_LONGEST_BODY:,} bytes."
            hint = "Does another server answer at this place?"
            raise DownloadError(msg, handle=client.handle, hint=hint, url=url)
    return b"".join(blocks)


def _is_final(error: Exception) -> bool:
    # A name that does not resolve, a refused connection and a bad certificate do not
    # get better by asking again at once.
    text = repr(error)
    final = ("NameResolutionError", "Connection refused", "CERTIFICATE_VERIFY_FAILED")
    return any(each in text for each in final)


def _plain(error: Exception) -> str:
    return str(error).rpartition("): ")[2].rstrip(".") or type(error).__name__


def _etag(value: str | None) -> str | None:
    """An ETag that can be stored and sent back."""
    fits = value is not None and len(value) <= 512 and _ETAG.fullmatch(value)
    return value if fits else None


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, from either form of Retry-After (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        if value.strip().isdecimal():
            return float(value)
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None
