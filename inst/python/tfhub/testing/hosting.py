"""A hub on loopback."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .archives import archive_bytes


class Host:
    """A hub on loopback that speaks the hosting protocol; a context manager.

    Attributes:
      url: Where it answers, `http://127.0.0.1:<port>`, without a slash at the end.
      requests: The request lines so far, such as `GET /fruit/1?tf-hub-format=...`.
      headers: The header fields of each request.
    """

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        serve = partial(self._server.serve_forever, poll_interval=0.02)
        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()

    def add(self, path: str, model: str | Path | bytes) -> str:
        """Serves a model folder (or the bytes of an archive); returns its URL."""
        body = model if isinstance(model, bytes) else archive_bytes(model)
        return self.answer(path, body=body)

    def answer(
        self,
        path: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> str:
        """Sets the answer for one path, whatever the query; returns its URL."""
        fields = {"Content-Length": str(len(body)), **(headers or {})}
        self._answers[path] = (status, fields, body)
        return self.url + path

    def close(self) -> None:
        """Stops the server and waits until its thread has ended."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.requests.append(f"{self.command} {self.path}")
                host.headers.append(dict(self.headers))
                url = urlsplit(self.path)
                missing = (404, {"Content-Length": "0"}, b"")
                status, fields, body = host._answers.get(url.path, missing)
                page = b"<!DOCTYPE html><title>a model</title>"
                asked = parse_qs(url.query).get("tf-hub-format", [""])[0].split(",")
                archive = url.path.endswith((".tar", ".gz", ".tgz", ".zip"))
                if status == 200 and "compressed" not in asked and not archive:
                    fields, body = {"Content-Length": str(len(page))}, page
                self.send_response(status)
                for name, value in fields.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None: ...

        return Handler
