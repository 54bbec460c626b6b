"""A model without TensorFlow, and a server that fails on demand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tfhub.testing import archive_bytes


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like a model: some text, an empty file, 300 kB of noise."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "saved_model.pb").write_bytes(b"not parsed by resolve()" * 100)
    (folder / "assets").mkdir()
    (folder / "assets" / "empty.txt").write_bytes(b"")
    (folder / "assets" / "words.txt").write_text("apfel\nbirne\n" * 1000)
    noise = np.random.default_rng(0).bytes(300_000)
    (folder / "weights").write_bytes(noise)
    return folder


@pytest.fixture(scope="session")
def archive(model: Path) -> bytes:
    return archive_bytes(model)


def tree(folder: str | Path) -> dict[str, bytes]:
    """The content of every file of a folder."""
    folder = Path(folder)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


Answer = Callable[[BaseHTTPRequestHandler], None]


class BadServer:
    """Answers each path with a function of its own; keeps the requests' headers."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                outer.requests.append((self.path, dict(self.headers)))
                outer.answers[path](self)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def on(self, path: str, answer: Answer) -> str:
        self.answers[path] = answer
        return self.url + path

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def bad_server() -> Iterator[BadServer]:
    server = BadServer()
    yield server
    server.close()


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    status: int = 200,
    **headers: str,
) -> None:
    """Sends an answer; a header's name has underscores for hyphens."""
    handler.send_response(status)
    headers.setdefault("Content_Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def drops_after(body: bytes, *cuts: int, etag: str | None = '"1"') -> Answer:
    """Sends the body, dropping each of the first connections after so many bytes."""
    left = list(cuts)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        start = 0
        asked = handler.headers.get("Range")
        headers = {"ETag": etag} if etag else {}
        status = 200
        if asked and handler.headers.get("If-Range") == etag:
            start, status = int(asked.removeprefix("bytes=").rstrip("-")), 206
            headers["Content_Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        part = body[start:]
        cut = left.pop(0) if left else len(part)
        send(handler, part[:cut], status, Content_Length=str(len(part)), **headers)

    return answer


def fails_first(times: int, then: bytes, status: int, **headers: str) -> Answer:
    """Answers with an error so many times, then with a body."""
    left = [status] * times

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if left:
            send(handler, b"", left.pop(), **headers)
        else:
            send(handler, then)

    return answer


def stalls(body: bytes, seconds: float) -> Answer:
    """Sends half of the body, then nothing for a while."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        half = body[: len(body) // 2]
        send(handler, half, Content_Length=str(len(body)))
        handler.wfile.flush()
        time.sleep(seconds)

    return answer
