from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import tfhub
from tfhub.errors import DownloadError, HTTPStatusError, HubError
from tfhub.net.connection import Connections
from tfhub.net.logins import Logins
from tfhub.testing import FaultServer as BadServer
from tfhub.testing import Host
from tfhub.testing.faults import fails_first, send

from ..conftest import tree

LOGIN = "Basic " + base64.b64encode(b"me:se:cret").decode()


def credentials(url: str, **kwargs: bool) -> dict[str, str]:
    """The login for what the user gives as handle."""
    return Logins(url).header(url, **kwargs)


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ("hub.org=Bearer abc", ("Authorization", "Bearer abc")),
        ("HUB.org = Bearer abc ; other.org=Bearer no", ("Authorization", "Bearer abc")),
        ("hub.org=Basic me:se:cret", ("Authorization", LOGIN)),
        ("hub.org=X-Api-Key: 12=3", ("X-Api-Key", "12=3")),
        ("hub.org:8443=Bearer abc", None),
        ("other.org=Bearer abc", None),
        ("", None),
    ],
)
def test_logins_by_host(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    given: str,
    header: tuple[str, str] | None,
) -> None:
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setenv("TFHUB_AUTH", given)
    assert credentials("https://hub.org/m/1") == (dict([header]) if header else {})
    if given.startswith("hub.org:"):
        assert credentials("https://hub.org:8443/m/1")


@pytest.mark.parametrize("given", ["Bearer abc", "hub.org", "=Bearer", "a b=c"])
def test_logins_that_are_none(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("TFHUB_AUTH", given)
    with pytest.raises(HubError, match="host=value pairs"):
        credentials("https://hub.org/m/1")


def test_logins_of_netrc_and_of_the_url(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine hub.org login me password se:cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert credentials("https://hub.org/m/1") == {"Authorization": LOGIN}
    assert credentials("https://me:se%3Acret@x.org/m") == {"Authorization": LOGIN}
    assert credentials("https://other.org/m/1") == {}
    (tmp_path / "netrc").write_text("machine hub.org nonsense")
    assert credentials("https://hub.org/m/1") == {}


def wants_login(archive: bytes) -> object:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Authorization") == "Bearer abc":
            send(handler, archive)
        else:
            send(handler, b"", 401)

    return answer


def test_a_private_host(
    bad_server: BadServer,
    model: Path,
    archive: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = bad_server.on("/m", wants_login(archive))  # type: ignore[arg-type]
    with pytest.raises(HTTPStatusError, match="answered 401") as caught:
        tfhub.resolve(url)
    assert "TFHUB_AUTH" in str(caught.value.hint)
    host = url.removeprefix("http://").partition("/")[0]
    monkeypatch.setenv("TFHUB_AUTH", f"{host}=Bearer abc")
    assert tree(tfhub.resolve(url)) == tree(model)


def test_a_login_stays_with_its_host(
    bad_server: BadServer, host: Host, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redirect to another host carries no login; one back to the first does."""
    target = host.add("/m", model) + "?tf-hub-format=compressed"
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("Authorization"))
        send(handler, b"", 302, Location="/again" if len(seen) == 1 else target)

    url = bad_server.on("/old", answer)
    bad_server.on("/again", answer)
    port = url.rpartition(":")[2].partition("/")[0]
    monkeypatch.setenv("TFHUB_AUTH", f"127.0.0.1:{port}=Bearer abc")
    tfhub.resolve(url)
    assert seen == ["Bearer abc", "Bearer abc"]
    assert "Authorization" not in host.headers[-1]


class Proxy:
    """A forwarding proxy on loopback that wants a login."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                import urllib.request

                outer.requests.append(self.path)
                if self.headers.get("Proxy-Authorization") != LOGIN:
                    send(self, b"", 407)
                    return
                direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                path = self.path.replace("http://models.invalid", outer.target)
                with direct.open(path) as response:
                    send(self, response.read())

            def log_message(self, *_: object) -> None: ...

        self.target = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.place = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    running = Proxy()
    yield running
    running.close()


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_through_a_proxy(
    proxy: Proxy,
    host: Host,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    host.add("/m", model)
    proxy.target = host.url
    monkeypatch.setenv(variable, f"http://me:se%3Acret@{proxy.place}")
    assert tree(tfhub.resolve("http://models.invalid/m")) == tree(model)
    assert proxy.requests == ["http://models.invalid/m?tf-hub-format=compressed"]


def test_a_proxy_that_refuses(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy.place)
    with pytest.raises(HTTPStatusError, match="answered 407") as caught:
        tfhub.resolve("http://models.invalid/m")
    assert "The proxy wants a login" in str(caught.value.hint)


def test_no_proxy(
    proxy: Proxy, host: Host, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{proxy.place}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    tfhub.resolve(host.add("/m", model))
    assert proxy.requests == []


def drips(body: bytes, pause: float, *, head: bool = False) -> object:
    """Sends the body, or even the head of the answer, a byte at a time."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        start = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        if not head:
            handler.wfile.write(start)
            start = b""
        try:
            for byte in start + body:
                handler.wfile.write(bytes([byte]))
                handler.wfile.flush()
                time.sleep(pause)
        except OSError:
            pass

    return answer


def test_a_head_that_drips_in(
    bad_server: BadServer, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_CONNECT_TIMEOUT", "0.2")
    monkeypatch.setenv("TFHUB_READ_TIMEOUT", "0.2")
    monkeypatch.setenv("TFHUB_RETRIES", "1")
    url = bad_server.on("/m", drips(archive, 0.05, head=True))  # type: ignore[arg-type]
    start = time.monotonic()
    with pytest.raises(DownloadError, match=r"more than 0.4 s to begin its answer"):
        tfhub.resolve(url)
    assert time.monotonic() - start < 5
    assert len(bad_server.requests) <= 2


def test_a_body_that_drips_in(
    bad_server: BadServer, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_READ_TIMEOUT", "0.3")
    monkeypatch.setenv("TFHUB_RETRIES", "0")
    url = bad_server.on("/m", drips(archive, 0.02))  # type: ignore[arg-type]
    with pytest.raises(DownloadError, match="bytes a second came, less than 1000"):
        tfhub.resolve(url)
    monkeypatch.setenv("TFHUB_MIN_SPEED", "0")
    monkeypatch.setenv("TFHUB_TIMEOUT", "1")
    start = time.monotonic()
    with pytest.raises(DownloadError, match="took more than 1 s") as caught:
        tfhub.resolve(url)
    assert "TFHUB_TIMEOUT" in str(caught.value.hint)
    assert time.monotonic() - start < 4


def test_the_deadline_counts_waiting_between_attempts(
    bad_server: BadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_TIMEOUT", "1")
    url = bad_server.on("/m", lambda h: send(h, b"", 503, Retry_After="30"))
    start = time.monotonic()
    with pytest.raises(DownloadError, match="took more than 1 s"):
        tfhub.resolve(url)
    assert time.monotonic() - start < 4


def test_as_many_retries_as_asked(
    bad_server: BadServer, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_RETRIES", "0")
    url = bad_server.on("/m", fails_first(1, archive, 503))
    with pytest.raises(HTTPStatusError):
        tfhub.resolve(url)
    assert len(bad_server.requests) == 1


def test_an_answer_that_nobody_reads_is_closed(host: Host, model: Path) -> None:
    """As when the disk fails between the head of an answer and its body."""
    url = host.add("/m/1", model)
    connections = Connections(url)
    response, _ = connections.get(f"{url}?tf-hub-format=compressed", {})
    assert not response.closed
    connections.close()
    assert response.closed
