"""Which requests carry which login, at servers on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tfhub
from tfhub.errors import DownloadError, HubError
from tfhub.net.http import Client, Download
from tfhub.net.logins import Logins
from tfhub.testing import FaultServer as BadServer
from tfhub.testing.faults import fails, sends

from ..conftest import tree

SECRETS = {"Authorization", "X-Api-Key"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", folder / "key", "-out", folder / "cert", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    both = (folder / "key").read_text() + (folder / "cert").read_text()
    (folder / "both").write_text(both)
    return folder / "both"


@pytest.fixture
def tls(
    certificate: Path, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> Iterator[BadServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.parent / "cert"))
    with BadServer(archive, str(certificate)) as server:
        server.on("/m", sends(archive))
        yield server


@pytest.fixture
def plain(archive: bytes) -> Iterator[BadServer]:
    with BadServer(archive) as server:
        server.url = server.url.replace("127.0.0.1", "localhost")
        server.on("/m", sends(archive))
        yield server


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def write(text: str) -> None:
        (tmp_path / "netrc").write_text(text)
        (tmp_path / "netrc").chmod(0o600)

    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    return write


def sent(server: BadServer) -> list[str]:
    """What the requests to a server had of logins."""
    names = {name.lower() for name in SECRETS}
    return [v for _, h in server.requests for k, v in h.items() if k.lower() in names]


def place(server: BadServer) -> str:
    return server.url.partition("://")[2]


def test_a_stranger_gets_no_netrc_login_sent(
    bad_server: BadServer, plain: BadServer, tls: BadServer, netrc: Any
) -> None:
    """Neither without TLS, nor with it, nor to another port of the same host."""
    netrc("machine localhost login me password SECRET")
    for other in (plain, tls):
        url = bad_server.on("/go", fails(302, Location=f"{other.url}/m"))
        tfhub.resolve(url, refresh=True)
        assert other.requests
        assert sent(other) == []


def test_the_hosts_own_login_is_sent_where_the_user_goes(
    plain: BadServer, tls: BadServer, netrc: Any
) -> None:
    netrc("machine localhost login me password SECRET")
    for server in (plain, tls):
        tfhub.resolve(f"{server.url}/m")
        assert sent(server) == ["Basic bWU6U0VDUkVU"]


def test_another_port_is_another_host(tls: BadServer, certificate: Path, archive: bytes,
                                      netrc: Any) -> None:  # fmt: skip
    netrc("machine localhost login me password SECRET")
    with BadServer(archive, str(certificate)) as other:
        other.on("/m", sends(archive))
        url = tls.on("/go", fails(302, Location=f"{other.url}/m"))
        tfhub.resolve(url)
        assert len(sent(tls)) == 1
        assert other.requests
        assert sent(other) == []


@pytest.mark.parametrize("named", ["netrc", "mirror", "auth"])
def test_a_named_host_gets_its_login_after_a_redirect_with_tls(
    bad_server: BadServer,
    plain: BadServer,
    tls: BadServer,
    netrc: Any,
    monkeypatch: pytest.MonkeyPatch,
    named: str,
) -> None:
    netrc("machine localhost login me password SECRET")
    for other, expected in ((tls, 1), (plain, 0)):
        login = "" if named == "netrc" else "me:SECRET@"
        rule = f"https://x.org/={other.url.replace('://', f'://{login}')}/"
        if named == "auth":
            monkeypatch.setenv("TFHUB_AUTH", f"{place(other)}=Basic me:SECRET")
        else:
            monkeypatch.setenv("TFHUB_MIRROR", rule)
        url = bad_server.on("/go", fails(302, Location=f"{other.url}/m"))
        tfhub.resolve(url, refresh=True)
        assert sent(other) == ["Basic bWU6U0VDUkVU"] * expected
        assert sent(bad_server) == []


def test_the_login_of_a_handle_stays_with_its_host(
    plain: BadServer, bad_server: BadServer, archive: bytes
) -> None:
    bad_server.on("/m", sends(archive))
    plain.on("/go", fails(302, Location="/again"))
    plain.on("/again", fails(302, Location=f"{bad_server.url}/m"))
    tfhub.resolve(f"http://me:SECRET@{place(plain)}/go")
    assert sent(plain) == ["Basic bWU6U0VDUkVU"] * 2
    assert sent(bad_server) == []


def test_headers_of_a_source_stay_with_their_host(
    plain: BadServer, bad_server: BadServer, archive: bytes
) -> None:
    """Not only Authorization, and also when a stranger leads back with other words."""
    bad_server.on("/m", sends(archive))
    url = plain.on("/go", fails(302, Location=f"{bad_server.url}/m"))
    headers = {"X-Api-Key": "SECRET", "Cookie": "SECRET", "Authorization": "SECRET"}
    client = Client(url)
    download = Download(url, client, headers=headers, etag='"1"')
    assert download.status == 200
    client.close()
    assert "SECRET" in str(plain.requests)
    assert "SECRET" not in str(bad_server.requests)
    assert bad_server.requests[0][1]["If-None-Match"] == '"1"'


def test_netrcs_default_is_for_nobody(plain: BadServer, netrc: Any) -> None:
    netrc("default login me password SECRET")
    tfhub.resolve(f"{plain.url}/m")
    assert sent(plain) == []


@pytest.mark.parametrize(
    ("auth", "url", "fits"),
    [
        ("h.org=X", "https://h.org/m", True),
        ("h.org=X", "http://h.org/m", True),
        ("h.org=X", "https://h.org:443/m", True),
        ("h.org=X", "https://h.org:8443/m", False),
        ("h.org:443=X", "https://h.org/m", True),
        ("h.org:80=X", "https://h.org/m", False),
        ("h.org:8443=X", "https://h.org:8443/m", True),
        ("H.ORG=X", "https://h.Org/m", True),
        ("h.org=X", "https://h.org.evil.org/m", False),
        ("h.org=X", "https://evil.org/h.org", False),
        ("[::1]:8443=X", "https://[::1]:8443/m", True),
    ],
)
def test_a_host_of_tfhub_auth_has_a_port(
    monkeypatch: pytest.MonkeyPatch, auth: str, url: str, fits: bool
) -> None:
    monkeypatch.setenv("TFHUB_AUTH", auth)
    assert Logins(url).header(url) == ({"Authorization": "X"} if fits else {})


def test_the_same_host_with_tls_is_the_same(netrc: Any) -> None:
    """Many servers lead from http to https."""
    netrc("machine h.org login me password SECRET")
    logins = Logins("http://h.org/m")
    assert logins.header("https://h.org/m", redirected=True)
    assert not logins.header("https://h.org:8443/m", redirected=True)
    assert not Logins("https://h.org/m").header("http://h.org/m", redirected=True)


@pytest.mark.parametrize(
    "auth", ["h.org=Bearer SECRET\nX: y", "h.org=SECR\u20acET", "h.org=X Y: SECRET\0"]
)
def test_what_no_header_can_hold_is_refused_unshown(
    monkeypatch: pytest.MonkeyPatch, auth: str
) -> None:
    try:
        monkeypatch.setenv("TFHUB_AUTH", auth)
    except ValueError:
        return  # no NUL in an environment
    with pytest.raises(HubError) as caught:
        tfhub.resolve("http://h.org/m")
    assert "ET" not in str(caught.value)


ODD = [
    ("an escape", "/m\x1b]0;title\x07"),
    ("no host", "https:///m"),
    ("no host, but a port", "https://:80/m"),
    ("backslashes for slashes", "http:\\\\me:SECRET@127.0.0.1:1/m"),
    ("no slashes", "http:me:SECRET@127.0.0.1:1/m"),
    ("a login", "http://me:SECRET@127.0.0.1:1/m"),
    ("another's login", "//me:SECRET@127.0.0.1:1/m"),
    ("a port that is none", "http://127.0.0.1:SECRET/m"),
    ("a host of letters that are none", "http://h\xff\xfe.org/m"),
    ("a backslash before the host", "http://127.0.0.1:1\\@x.org/m"),
    ("brackets", "http://[::1/m"),
    ("spaces in the host", "http://a b/m"),
    ("9,000 characters", "/" + "m" * 9000),
    ("another scheme", "javascript:alert(1)//\x1b[2J"),
    ("a scheme of 5,000 letters", "a" * 5000 + "://h/"),
]


@pytest.mark.parametrize(("what", "location"), ODD, ids=[what for what, _ in ODD])
def test_where_no_redirect_leads(
    bad_server: BadServer, what: str, location: str
) -> None:
    def answer(handler: Any) -> None:
        head = f"HTTP/1.0 302 Found\r\nLocation: {location}\r\n\r\n"
        handler.wfile.write(head.encode("latin-1"))

    url = bad_server.on("/go", answer)
    with pytest.raises(DownloadError, match="not\nfollowed|not followed") as caught:
        tfhub.resolve(url)
    text = str(caught.value)
    assert text.replace("\n", "").isprintable(), what
    assert len(text) < 1000
    assert "SECRET" not in text
    assert caught.value.hint


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        ("/a b", "/a%20b"),
        ("/a\\b", "/a%5Cb"),
        ("/\xc3\xa9", "/%C3%A9"),
        ("/a%20b?c=%2F&d=e+f", "/a%20b?c=%2F&d=e+f"),
        (" /m ", "/m"),
        ("m;v=1?x=y&z='w'", "/m;v=1?x=y&z='w'"),
    ],
)
def test_a_redirect_is_encoded_where_it_has_to_be(
    bad_server: BadServer, model: Path, archive: bytes, location: str, asked: str
) -> None:
    url = bad_server.on("/go", fails(302, Location=location))
    bad_server.on(asked.partition("?")[0], sends(archive))
    assert tree(tfhub.resolve(url)) == tree(model)
    assert bad_server.requests[-1][0] == asked


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.0 403 \x1b]0;title\x07" + "no" * 1000,
        "HTTP/1.0 403 https://u:SECRET@h/?sig=SECRET",
        "HTTP/1.0 503 x\r\nRetry-After: " + "9" * 500,
        "HTTP/1.0 503 x\r\nRetry-After: Mon, 01 Jan 0001 00:00:00 -0000",
        "HTTP/1.0 200 OK\r\nContent-Length: " + "9" * 5000,
        "HTTP/1.0 200 OK\r\nContent-Length: -1",
        "HTTP/1.0 206 OK\r\nContent-Range: bytes \x1b[2J",
        "HTTP/1.0 200 OK\r\nX: " + "y" * 70000,
        "HTTP/1.0 200 OK" + "\r\nX: y" * 200,
        "HTTP/9.9 \x1b[2J",
        "\x1b]0;title\x07",
    ],
)
def test_what_a_server_says_is_bounded_and_fit(
    bad_server: BadServer, monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    monkeypatch.setenv("TFHUB_RETRIES", "0")
    url = bad_server.on(
        "/m", lambda h: h.wfile.write(f"{head}\r\n\r\n".encode("latin-1"))
    )
    with pytest.raises(HubError) as caught:
        tfhub.resolve(url)
    text = str(caught.value)
    assert text.replace("\n", "").isprintable()
    assert len(text) < 1500
    assert "SECRET" not in text


@pytest.mark.parametrize("etag", ['"a\x1b[2J"', '"' + "x" * 5000 + '"', "\xe9\x07"])
def test_an_etag_that_is_none_is_forgotten(
    bad_server: BadServer, archive: bytes, etag: str
) -> None:
    url = bad_server.on("/m", sends(archive, ETag=etag))
    tfhub.resolve(url)
    tfhub.resolve(url, refresh=True)
    assert "If-None-Match" not in bad_server.requests[-1][1]
