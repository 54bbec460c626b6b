"""Clients that keep connections lock nobody out."""

from __future__ import annotations

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tfhub.hosting.serving import Server

Ask = Callable[..., Any]
REQUEST = b"GET /zoo/pet/1 HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(autouse=True)
def _many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3000:
        pytest.skip("this process may open too few files")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(server: Server, send: bytes) -> socket.socket:
    place = urlsplit(server.url)
    assert place.hostname
    client = socket.create_connection((place.hostname, place.port or 0), timeout=10)
    if send:
        client.sendall(send)
    if send == REQUEST:
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    return client


@pytest.mark.parametrize(
    ("number", "send"),
    [(1000, b""), (500, REQUEST[:-2]), (500, REQUEST), (2000, b"")],
    ids=["idle", "slow heads", "kept alive", "more idle"],
)
def test_a_new_client_gets_its_page(
    models: Path, ask: Ask, number: int, send: bytes
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    with Server(models) as server, ExitStack() as clients:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000), hard))
        assert ask(server.url, "/zoo/pet/1").status == 200
        for _ in range(number):
            clients.enter_context(connect(server, send))
        times = []
        for _ in range(5):
            start = time.monotonic()
            assert ask(server.url, "/zoo/pet/1").status == 200
            times.append(time.monotonic() - start)
        assert max(times) < 0.5


def test_a_connection_without_a_request_is_closed(models: Path) -> None:
    with Server(models) as server, ExitStack() as clients:
        some = [connect(server, send) for send in (b"", REQUEST[:-2], REQUEST)]
        start = time.monotonic()
        for client in some:
            clients.enter_context(client)
            client.settimeout(15)
            while client.recv(65536):
                pass
            assert 5 < time.monotonic() - start < 15
