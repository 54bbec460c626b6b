from __future__ import annotations

import ssl
import subprocess
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path

import pytest
import urllib3

import tfhub
from tfhub.errors import DownloadError, HTTPStatusError
from tfhub.testing import FaultServer as BadServer
from tfhub.testing.faults import drops_after, fails_first, send

from ..conftest import tree


def test_asks_by_the_hosting_protocol(
    bad_server: BadServer, model: Path, archive: bytes
) -> None:
    url = bad_server.on("/m/1", lambda handler: send(handler, archive))
    assert tree(tfhub.resolve(f"{url}?a=&b=c%20d")) == tree(model)
    [(path, headers)] = bad_server.requests
    assert path == "/m/1?a=&b=c%20d&tf-hub-format=compressed"
    assert headers["User-Agent"].startswith("tfhub/")


def test_resumes_where_the_connection_dropped(
    bad_server: BadServer, model: Path, archive: bytes
) -> None:
    url = bad_server.on("/m", drops_after(archive, 1000, 5000, 1))
    assert tree(tfhub.resolve(url)) == tree(model)
    ranges = [headers.get("Range") for _, headers in bad_server.requests]
    assert ranges == [None, "bytes=1000-", "bytes=6000-", "bytes=6001-"]
    assert bad_server.requests[1][1]["If-Range"] == '"1"'


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_starts_again_where_it_cannot_resume(
    bad_server: BadServer, model: Path, archive: bytes, etag: str | None
) -> None:
    url = bad_server.on("/m", drops_after(archive, 1000, 2000, etag=etag))
    assert tree(tfhub.resolve(url)) == tree(model)
    assert not any("Range" in headers for _, headers in bad_server.requests)


def test_starts_again_when_the_model_changed_meanwhile(
    bad_server: BadServer, model: Path, archive: bytes
) -> None:
    answers = [drops_after(b"\0" * 9999, 600, etag='"old"'), drops_after(archive)]
    url = bad_server.on("/m", lambda handler: answers.pop(0)(handler))
    answers.append(drops_after(archive))
    assert tree(tfhub.resolve(url)) == tree(model)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_tries_again(
    bad_server: BadServer, model: Path, archive: bytes, status: int
) -> None:
    url = bad_server.on("/m", fails_first(2, archive, status))
    assert tree(tfhub.resolve(url)) == tree(model)
    assert len(bad_server.requests) == 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_obeys_retry_after(bad_server: BadServer, archive: bytes, form: str) -> None:
    soon = datetime.now(timezone.utc) + timedelta(seconds=3)
    value = "2" if form == "seconds" else format_datetime(soon, usegmt=True)
    url = bad_server.on("/m", fails_first(1, archive, 503, Retry_After=value))
    start = time.monotonic()
    tfhub.resolve(url)
    assert time.monotonic() - start >= 1.5


@pytest.mark.parametrize(
    ("status", "hint"),
    [(404, "spelling"), (403, "may have moved"), (401, "login"), (418, "later")],
)
def test_an_error_status(bad_server: BadServer, status: int, hint: str) -> None:
    url = bad_server.on("/m", lambda handler: send(handler, b"no", status))
    with pytest.raises(HTTPStatusError, match=f"answered {status}") as caught:
        tfhub.resolve(url)
    assert caught.value.code == status
    assert caught.value.handle == url
    assert hint in str(caught.value.hint)
    assert len(bad_server.requests) == 1


def test_gives_up_on_a_server_that_stays_away(bad_server: BadServer) -> None:
    url = bad_server.on("/m", lambda handler: send(handler, b"", 503))
    with pytest.raises(HTTPStatusError, match="answered 503"):
        tfhub.resolve(url)
    assert len(bad_server.requests) == 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_follows_redirects(
    bad_server: BadServer, model: Path, archive: bytes, status: int
) -> None:
    bad_server.on("/new", lambda handler: send(handler, archive))
    url = bad_server.on("/old", lambda h: send(h, b"", status, Location="/new?sig=1"))
    assert tree(tfhub.resolve(url)) == tree(model)
    assert bad_server.requests[-1][0] == "/new?sig=1"


def test_no_connection() -> None:
    with pytest.raises(DownloadError, match="Connection refused") as caught:
        tfhub.resolve("http://127.0.0.1:1/m")
    assert "http://127.0.0.1:1/m?tf-hub-format=compressed" in str(caught.value.hint)


def test_names_a_dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(DownloadError, match=r"through the proxy http://127.0.0.1:1"):
        tfhub.resolve("http://models.invalid/m")


@pytest.fixture
def tls_server(bad_server: BadServer, tmp_path: Path) -> tuple[BadServer, str]:
    certificate = tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", certificate, "-out", tmp_path / "cert", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    key = certificate.read_bytes()
    certificate.write_bytes(key + (tmp_path / "cert").read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = bad_server._server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    bad_server.url = f"https://localhost:{server.server_address[1]}"
    return bad_server, str(tmp_path / "cert")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_certificates_are_checked(
    tls_server: tuple[BadServer, str],
    model: Path,
    archive: bytes,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    server, certificate = tls_server
    url = server.on("/m", lambda handler: send(handler, archive))
    with pytest.raises(DownloadError, match="CERTIFICATE_VERIFY_FAILED"):
        tfhub.resolve(url)
    monkeypatch.setenv(variable, certificate)
    assert tree(tfhub.resolve(url)) == tree(model)


def test_the_systems_trust_store_is_used_when_it_can_be() -> None:
    truststore = pytest.importorskip("truststore", reason="truststore is optional")
    from tfhub.net.connection import _tls_context

    assert isinstance(_tls_context(), truststore.SSLContext)


def test_certificates_go_unchecked_when_asked(
    tls_server: tuple[BadServer, str], archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = tls_server
    url = server.on("/m", lambda handler: send(handler, archive))
    monkeypatch.setenv("TFHUB_DISABLE_CERT_VALIDATION", "true")
    with pytest.warns(urllib3.exceptions.InsecureRequestWarning):
        tfhub.resolve(url)


def test_never_from_https_to_http(
    tls_server: tuple[BadServer, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, certificate = tls_server
    monkeypatch.setenv("SSL_CERT_FILE", certificate)
    url = server.on("/m", lambda h: send(h, b"", 302, Location="http://127.0.0.1/m"))
    with pytest.raises(DownloadError, match="an unencrypted place") as caught:
        tfhub.resolve(url)
    assert "is not followed" in str(caught.value)
