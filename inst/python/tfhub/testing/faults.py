"""A server on loopback that misbehaves as the path of a URL says.

```python
with FaultServer(archive_bytes(folder)) as server:
    tfhub.resolve(server.url + "/reset/model")  # the connection is reset halfway
```

The first part of the path is one of `MODES`, or of `CHANGES` in `archives`, with `-`
for a space. The first request of a path may be answered otherwise than those after it.
"""

from __future__ import annotations

import gzip
import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .archives import CHANGES

Answer = Callable[[BaseHTTPRequestHandler], None]


class FaultServer:
    """The server; a context manager.

    Args:
      body: The archive to serve, a `.tar.gz`.
      certificate: A PEM file with a certificate and its key, for https.

    Attributes:
      url: Where it answers, without a slash at the end.
      requests: Path and headers of each request.
    """

    def __init__(self, body: bytes = b"", certificate: str | None = None) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._body = body
        self._answers: dict[str, Answer] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        place = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{place}"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True
            )
            self.url = f"https://{place.replace('127.0.0.1', 'localhost')}"
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()

    def on(self, path: str, answer: Answer) -> str:
        """Sets the answer for one path, whatever the query; returns its URL."""
        self._answers[path] = answer
        return self.url + path

    def close(self) -> None:
        """Stops the server and waits until its thread has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, path: str) -> Answer:
        if path not in self._answers:
            mode = path.split("/")[1]
            change = CHANGES.get(mode.replace("-", " "))
            if change is not None:
                self._answers[path] = sends(change(self._body))
            elif mode in MODES:
                self._answers[path] = MODES[mode](self._body)
            else:
                return fails(404)
        return self._answers[path]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append((self.path, dict(self.headers)))
                with suppress(OSError):  # when the client has gone
                    answer = outer._answer(self.path.partition("?")[0])
                    answer(self)

            def log_message(self, *_: object) -> None: ...

        return Handler


def send(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str
) -> None:
    """Sends an answer; a header's name has underscores for hyphens."""
    handler.send_response(status)
    headers.setdefault("Content_Length", str(len(body)))
    for name, value in headers.items():
        if value:
            handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def sends(body: bytes, **headers: str) -> Answer:
    """A good answer."""
    return lambda handler: send(handler, body, 200, **headers)


def fails(code: int, **headers: str) -> Answer:
    """An answer that is an error or a redirect."""
    return lambda handler: send(handler, b"", code, **headers)


def first(answer: Answer, then: Answer, times: int = 1) -> Answer:
    """One answer so many times, then the other."""
    answers = [answer] * times
    return lambda handler: (answers.pop() if answers else then)(handler)


def fails_first(times: int, then: bytes, code: int, **headers: str) -> Answer:
    """An error so many times, then a body."""
    return first(fails(code, **headers), sends(then), times)


def drops_after(body: bytes, *cuts: int, etag: str | None = '"1"') -> Answer:
    """The body, dropping each of the first connections after so many bytes."""
    left = list(cuts)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        start = 0
        asked = handler.headers.get("Range")
        headers = {"ETag": etag} if etag else {}
        code = 200
        if asked and handler.headers.get("If-Range") == etag:
            start, code = int(asked.removeprefix("bytes=").rstrip("-")), 206
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        part = body[start:]
        cut = left.pop(0) if left else len(part)
        send(handler, part[:cut], code, Content_Length=str(len(part)), **headers)

    return answer


def resets(body: bytes) -> Answer:
    """Half of the body, then a reset of the connection."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, body[: len(body) // 2], Content_Length=str(len(body)))
        time.sleep(0.1)  # a reset overtakes what is still on its way
        connection = handler.connection
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        os.close(connection.detach())  # close() alone would say a proper goodbye

    return answer


def stalls(body: bytes, seconds: float) -> Answer:
    """Half of the body, then nothing for a while."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, body[: len(body) // 2], Content_Length=str(len(body)))
        time.sleep(seconds)

    return answer


def drips(body: bytes, seconds: float, pieces: int = 40) -> Answer:
    """The body in small pieces, evenly over so many seconds."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, b"", Content_Length=str(len(body)))
        size = -(-len(body) // pieces)
        for start in range(0, len(body), size):
            handler.wfile.write(body[start : start + size])
            time.sleep(seconds / pieces)

    return answer


def drips_its_head(seconds: float) -> Answer:
    """A head that never ends, byte by byte."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b"X: y\r\n")
            time.sleep(0.02)

    return answer


def chunks(body: bytes, upto: int) -> Answer:
    """The start of the body as a chunk, and no other, not even the last, after it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        handler.wfile.write(b"%x\r\n%b\r\n" % (upto, body[:upto]))

    return answer


def _length(change: int) -> Callable[[bytes], Answer]:
    return lambda body: sends(body, Content_Length=str(len(body) + change))


def _redirect(target: str) -> Callable[[bytes], Answer]:
    return lambda _: fails(302, Location=target)


MODES: dict[str, Callable[[bytes], Answer]] = {
    "drop": lambda body: drops_after(body, len(body) // 2),
    "drop-without-etag": lambda body: drops_after(body, len(body) // 2, etag=None),
    "drop-always": lambda body: drops_after(body, *[0] * 99),
    "reset": lambda body: first(resets(body), sends(body)),
    "drop-without-length": lambda body: sends(
        body[: len(body) // 2], Content_Length=""
    ),
    "drop-in-chunk": lambda body: first(chunks(body, len(body) // 2), sends(body)),
    "length-too-long": _length(1),
    "length-too-short": _length(-100),
    "redirect-loop": _redirect("/redirect-loop/model"),
    "redirect-to-file": _redirect("file:///etc/hostname"),
    "redirect-to-ftp": _redirect("ftp://127.0.0.1/model"),
    "stall": lambda body: stalls(body, 30),
    "drip": lambda body: drips(body, 2),
    "head-drips": lambda _: drips_its_head(30),
    "labelled-gzip": lambda body: sends(body, Content_Encoding="gzip"),
    "encoded-again": lambda body: sends(gzip.compress(body), Content_Encoding="gzip"),
}
