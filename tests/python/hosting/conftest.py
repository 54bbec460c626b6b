"""A folder of models, a server of it, and a browser."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import tfhub as hub

README = """\
---
license: apache-2.0
---
# Fruit to pet

A **small** model that turns *fruit* into pets.

## Inputs

| input | meaning |
|---|---|
| `apples` | three weights |

![A figure](https://example.com/figure.png) ![Another](figures/local.png)

<script>document.title = "attacked"</script>
[attack](javascript:alert(1))
"""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


Get = Callable[..., Answer]


def request(
    url: str, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> Answer:
    """One request as it stands, without following a redirect or cleaning the path."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
    finally:
        connection.close()


@contextmanager
def serving(*arguments: object, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """`tfhub serve` in a process of its own."""
    command = [sys.executable, "-m", "tfhub", "serve", *map(str, arguments)]
    python = str(Path(hub.__file__).parents[1])
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": python, **options.pop("env", {})},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.fixture(scope="session")
def ask() -> Get:
    """`ask(url, path, headers={}, method="GET")` of any server."""
    return request


@pytest.fixture(scope="session")
def models(fruit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four versions of one model, one without, one hidden, and a folder without."""
    root = tmp_path_factory.mktemp("served")
    for path in ("zoo/pet/1", "zoo/pet/2", "zoo/pet/9", "zoo/pet/10", "zoo/calf"):
        shutil.copytree(fruit, root / path)
    shutil.copytree(fruit, root / ".drafts" / "pet")
    (root / "zoo/pet/10/README.md").write_text(README, "utf-8")
    (root / "zoo/empty").mkdir()
    (root / "secret.txt").write_text("secret")
    return root


@pytest.fixture(scope="session")
def url(models: Path) -> Iterator[str]:
    """A server of `models`."""
    from tfhub.hosting.serving import Server

    with Server(models) as server:
        yield server.url


@pytest.fixture
def get(url: str) -> Get:
    """`get(path, headers={}, method="GET")` from that server."""
    return lambda *args, **kwargs: request(url, *args, **kwargs)


@pytest.fixture
def browse(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`browse(url, *options)` runs headless Chromium on a page."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")

    def run(url: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [
            *(chromium, "--headless", "--no-sandbox", "--disable-gpu"),
            *("--no-first-run", "--disable-background-networking", "--disable-sync"),
            *("--disable-component-update", "--enable-logging=stderr", "--v=0"),
            f"--user-data-dir={tmp_path / 'chromium'}",
        ]
        return subprocess.run(
            [*command, *options, url],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip

    return run
