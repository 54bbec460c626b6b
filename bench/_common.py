"""What the programs share: medians of interleaved rounds, and a file server."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def interleaved(rounds: int, **contenders: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each contender, which take turns in every round."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            os.sync()  # nobody pays for what another one left to be written
            start = time.perf_counter()
            result = run()
            # A contender that measures itself gives its seconds back.
            spent = time.perf_counter() - start
            seconds[name].append(result if isinstance(result, float) else spent)
    return {name: statistics.median(each) for name, each in seconds.items()}


def report(what: str, value: str, limit: str) -> None:
    print(f"{what:<58} {value:>12}   limit {limit}")


def python(code: str, **environment: str) -> list[str]:
    """Runs code in a new interpreter; the lines that it printed."""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return run.stdout.splitlines()


class FileServer(BaseHTTPRequestHandler):
    """Serves the files of the current folder by sendfile, as a fast server does."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0].lstrip("/")
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            self.wfile.flush()
            sent = 0
            while sent < size:
                sent += os.sendfile(
                    self.connection.fileno(), file.fileno(), sent, size - sent
                )

    def log_message(self, *_: object) -> None: ...


def main() -> None:
    """As a program: the server, which prints its port and ends with its input."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), FileServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


class Serving:
    """A server of a folder's files, in a process of its own."""

    def __init__(self, folder: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


if __name__ == "__main__":
    main()
