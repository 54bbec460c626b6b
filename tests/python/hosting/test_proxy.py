"""The server behind nginx: below a path, with https, as the manual shows it."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

import tfhub as hub
from tfhub.hosting.serving import Server

from .conftest import first_line, serving

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lines_of_the_manual() -> str:
    """The lines for nginx that "Creating and hosting modules" has."""
    article = ROOT / "vignettes" / "creating-and-hosting.Rmd"
    text = article.read_text("utf-8") if article.exists() else ""
    blocks = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    found = [block for block in blocks if "proxy_pass" in block]
    return found[0] if found else LINES


LINES = """\
limit_conn_zone $binary_remote_addr zone=clients:10m;
server {
    listen 443 ssl;
    server_name hub.example.com;
    ssl_certificate     /etc/ssl/hub.pem;
    ssl_certificate_key /etc/ssl/hub.key;

    limit_conn clients 20;
    client_header_timeout 10s;
    client_body_timeout 10s;
    client_max_body_size 1k;
    send_timeout 30s;
    keepalive_timeout 30s;

    location /models/ {
        proxy_pass http://127.0.0.1:8501/;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Connection "";
        proxy_read_timeout 1h;
    }
}
"""


FORWARDED = """
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header X-Forwarded-Prefix /models;
"""


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """`proxy(url)` starts nginx before a server; gives the URL of the models there."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed")
    started: list[subprocess.Popen[bytes]] = []

    def start(url: str) -> str:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-keyout", str(tmp_path / "hub.key"), "-out", str(tmp_path / "hub.pem"),
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            check=True, capture_output=True,
        )  # fmt: skip
        port = free_port()
        lines = lines_of_the_manual()
        for old, new in (
            ("listen 443", f"listen 127.0.0.1:{port}"),
            ("hub.example.com", "localhost"),
            ("/etc/ssl", str(tmp_path)),
            ("http://127.0.0.1:8501/;", f"{url}/; {FORWARDED}"),
        ):
            assert old in lines
            lines = lines.replace(old, new)
        (tmp_path / "temp").mkdir()
        places = "".join(
            f"{kind}_temp_path {tmp_path}/temp/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (tmp_path / "nginx.conf").write_text(
            f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
            f"events {{}}\nhttp {{ access_log off;\n{places}{lines}}}\n"
        )
        command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
        started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                assert started[0].poll() is None, (tmp_path / "error.log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                return f"https://localhost:{port}/models"

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that clients have to trust."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "hub.pem"))
    return tmp_path / "hub.pem"


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [str(dict(attrs)["href"])] if tag == "a" else []


def fetch(url: str, certificate: Path, **headers: str) -> tuple[int, Any, str]:
    place = urlsplit(url)
    context = ssl.create_default_context(cafile=str(certificate))
    client = http.client.HTTPSConnection(place.netloc, timeout=30, context=context)
    client.request("GET", f"{place.path}?{place.query}", headers=headers)
    answer = client.getresponse()
    body = answer.read()
    client.close()
    return answer.status, answer.headers, body.decode("utf-8", "replace")


def test_below_a_path_with_https(
    models: Path, proxy: Callable[[str], str], certificate: Path
) -> None:
    with Server(models, url="https://hub.example.com/models/") as server:
        public = proxy(server.url)
        waiting, seen = [f"{public}/"], set()
        while waiting:
            url = waiting.pop()
            status, headers, text = fetch(url, certificate)
            assert status == 200, url
            assert headers["X-Content-Type-Options"] == "nosniff"
            if "text/html" not in headers["Content-Type"]:
                continue
            for link in Links(text).found:
                there = urljoin(url, link).partition("#")[0]
                if link.startswith(("http", "#")) or there in seen:
                    continue
                assert there.startswith(f"{public}/"), (url, link)
                seen.add(there)
                if fetch(there, certificate)[0] == 302:
                    there = urljoin(there, fetch(there, certificate)[1]["Location"])
                waiting.append(there)
        assert f"{public}/zoo/pet/9" in seen
        page = fetch(f"{public}/zoo/pet/10", certificate)[2]
        code = "hub_load(&#34;https://hub.example.com/models/zoo/pet/10&#34;)"
        assert code in page
        missing = fetch(f"{public}/zoo/pet/11", certificate)[2]
        links = [urljoin(f"{public}/zoo/pet/11", link) for link in Links(missing).found]
        assert all(link.startswith(f"{public}/") for link in links)
        # The newest version, by a redirect.
        assert Path(hub.resolve(f"{public}/zoo/pet"), "README.md").exists()
        assert Path(hub.resolve(f"{public}/zoo/pet/1"), "saved_model.pb").exists()


@pytest.mark.parametrize("allowed", ["127.0.0.1", "10.0.0.0/8,127.0.0.0/8", "*", ""])
def test_forwarded_headers_are_believed_where_it_is_told(
    models: Path, proxy: Callable[[str], str], certificate: Path, allowed: str
) -> None:
    with serving(models, "--port", 0, "--forwarded-allow-ips", allowed) as process:
        public = proxy(first_line(process).split(" at ")[1].split()[0])
        page = fetch(f"{public}/zoo/pet/10", certificate)[2]
        shown = re.findall(r"hub_load\(&#34;(.*?)&#34;\)", page)
        base = public if allowed else "http://localhost"
        assert shown == [f"{base}/zoo/pet/10"]


def test_the_nearest_proxy_is_heard_and_in_any_case() -> None:
    pytest.importorskip("starlette")
    from starlette.requests import Request

    from tfhub.hosting.hosts import public_url

    said = [("proto", "http"), ("proto", "HTTPS"), ("host", "evil"), ("host", "a, b")]
    headers = [(f"x-forwarded-{name}".encode(), value.encode()) for name, value in said]
    scope = {"type": "http", "scheme": "http", "client": ("::1", 1), "headers": headers}
    assert public_url(Request(scope), "", lambda _: True) == "https://b"
