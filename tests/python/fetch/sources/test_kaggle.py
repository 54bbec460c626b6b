"""kaggle:// and kaggle.com, against a stub of Kaggle's API on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import tfhub
from tfhub.errors import (
    DependencyError,
    DownloadError,
    HandleError,
    HTTPStatusError,
    HubError,
)
from tfhub.testing.faults import send

from ...conftest import tree


class Kaggle:
    """The API's two calls for models, and the host that its signed URLs lead to."""

    def __init__(self, archive: bytes) -> None:
        self.archive = archive
        self.newest = 2
        self.status = self.signed_status = 200
        self.signature = "1"
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.logins: list[str | None] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                name = urlsplit(self.path).path.rpartition("/")[2]
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub.calls.append((name, asked))
                stub.logins.append(self.headers["Authorization"])
                if stub.status != 200:
                    body = {"code": stub.status, "message": "no such thing here"}
                    kind = "application/json"
                    answer = json.dumps(body).encode()
                    send(self, answer, stub.status, Content_Type=kind)
                elif name == "GetModelInstance":
                    body = {"id": 7, "versionNumber": stub.newest}
                    kind = "application/json"
                    send(self, json.dumps(body).encode(), Content_Type=kind)
                else:
                    send(
                        self,
                        b"",
                        302,
                        Location=f"{stub.url}/signed/m.tar.gz?key={stub.signature}",
                    )

            def do_GET(self) -> None:
                stub.calls.append((urlsplit(self.path).path, {}))
                stub.logins.append(self.headers["Authorization"])
                send(self, stub.archive, stub.signed_status)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def kaggle(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kaggle]:
    pytest.importorskip("kagglehub", reason="kagglehub is not installed")
    stub = Kaggle(archive)
    # What leads kagglehub elsewhere is its developers' environment, whose host is
    # localhost without a port; and so that is reached by a proxy.
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "LOCALHOST")
    monkeypatch.setenv("http_proxy", stub.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kagglehub"))
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name, raising=False)
    yield stub
    stub.close()


YAMNET = "kaggle://google/yamnet/tensorFlow2/yamnet"


def test_a_version_is_fetched_once(
    kaggle: Kaggle, model: Path, cache: Path, tmp_path: Path
) -> None:
    path = tfhub.resolve(f"{YAMNET}/1")
    assert tree(path) == tree(model)
    assert Path(path).parent == cache
    assert not (tmp_path / "kagglehub").exists()  # a model is kept once, in our cache
    # kagglehub goes to the signed URL, and we go there ourselves.
    (call, asked), *downloads = kaggle.calls
    assert call == "DownloadModelInstanceVersion"
    assert downloads == [("/signed/m.tar.gz", {})] * 2
    assert asked == {
        "ownerSlug": "google",
        "modelSlug": "yamnet",
        "framework": "MODEL_FRAMEWORK_TENSOR_FLOW_2",
        "instanceSlug": "yamnet",
        "versionNumber": 1,
    }
    kaggle.close()
    assert tfhub.resolve(f"{YAMNET}/1") == path
    # A version does not change, and so this does not ask either.
    assert tfhub.resolve(f"{YAMNET}/1", refresh=True) == path


@pytest.mark.parametrize(
    "handle",
    [
        "https://www.kaggle.com/models/google/yamnet/TensorFlow2/yamnet/1",
        "https://kaggle.com/models/google/yamnet/frameworks/tensorflow2/variations/"
        "yamnet/versions/1/",
        "https://www.kaggle.com/models/google/yamnet/TENSORFLOW2/yamnet/1?tab=x",
    ],
)
def test_pages_are_handles(kaggle: Kaggle, model: Path, handle: str) -> None:
    assert tree(tfhub.resolve(handle)) == tree(model)
    assert kaggle.calls[0][1]["framework"] == "MODEL_FRAMEWORK_TENSOR_FLOW_2"


def test_without_a_version_the_newest_is_fetched_and_kept(
    kaggle: Kaggle, model: Path
) -> None:
    path = tfhub.resolve(YAMNET)
    assert tree(path) == tree(model)
    assert [call for call, _ in kaggle.calls[:2]] == [
        "GetModelInstance",
        "DownloadModelInstanceVersion",
    ]
    assert kaggle.calls[1][1]["versionNumber"] == 2
    kaggle.newest = 3
    kaggle.calls.clear()
    assert tfhub.resolve(YAMNET) == path
    assert kaggle.calls == []
    tfhub.resolve(YAMNET, refresh=True)
    assert kaggle.calls[1][1]["versionNumber"] == 3
    kaggle.calls.clear()
    tfhub.resolve(YAMNET, refresh=True)
    assert [call for call, _ in kaggle.calls] == ["GetModelInstance"]


def test_a_token_is_for_kaggle_only(
    kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAGGLE_API_TOKEN", "secret")
    tfhub.resolve(f"{YAMNET}/1")
    assert kaggle.logins == ["Bearer secret", None, None]


@pytest.mark.parametrize(
    ("status", "hint"), [(403, "KAGGLE_API_TOKEN"), (404, "on the model's page")]
)
def test_what_kaggle_refuses(kaggle: Kaggle, status: int, hint: str) -> None:
    kaggle.status = status
    with pytest.raises(HTTPStatusError, match=f"answered {status}") as caught:
        tfhub.resolve(YAMNET)
    error = caught.value
    assert (error.code, error.handle) == (status, YAMNET)
    assert "no such thing here" in error.message
    assert hint in str(error.hint)


def test_no_connection(kaggle: Kaggle) -> None:
    kaggle.close()
    with pytest.raises(DownloadError, match="Asking Kaggle") as caught:
        tfhub.resolve(YAMNET)
    assert caught.value.handle == YAMNET


def test_no_secret_is_shown(kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither of a signed URL, nor of a token, nor of a proxy."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", "S3CR3T")
    kaggle.signature = "S3CR3T"
    kaggle.archive = b"no archive"
    with pytest.raises(HubError) as broken:
        tfhub.resolve(f"{YAMNET}/1")
    kaggle.signed_status = 403
    with pytest.raises(HubError) as denied:
        tfhub.resolve(f"{YAMNET}/1")
    monkeypatch.setenv("http_proxy", "http://me:S3CR3T@127.0.0.1:1")
    with pytest.raises(DownloadError) as refused:
        tfhub.resolve(f"{YAMNET}/1")
    monkeypatch.setenv("http_proxy", "http://me:x/S3CR3T@127.0.0.1:1")
    with pytest.raises(HubError) as malformed:
        tfhub.resolve(f"{YAMNET}/1")
    monkeypatch.delenv("http_proxy")
    monkeypatch.setenv("KAGGLE_API_TOKEN", "S3CR3T\n")  # as from a file
    with pytest.raises(HubError) as unsent:
        tfhub.resolve(f"{YAMNET}/1")
    for caught in (broken, denied, refused, malformed, unsent):
        lines = traceback.format_exception(caught.value)
        assert "S3CR3T" not in f"{lines}{vars(caught.value)}{caught.value.args}"


@pytest.mark.usefixtures("kaggle")
def test_an_unknown_framework() -> None:
    with pytest.raises(HandleError, match="abacus") as caught:
        tfhub.resolve("kaggle://google/yamnet/abacus/yamnet")
    assert "TensorFlow2" in str(caught.value.hint)


def test_nothing_is_printed(kaggle: Kaggle) -> None:
    code = f"import tfhub; tfhub.resolve({YAMNET!r})"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert (run.stdout, run.stderr) == ("", "")
    assert kaggle.calls


@pytest.mark.parametrize("handle", [YAMNET, "https://kaggle.com/models/o/m/f/v/1"])
def test_without_kagglehub(monkeypatch: pytest.MonkeyPatch, handle: str) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "kagglehub.config", raising=False)
    with pytest.raises(DependencyError, match="takes the package kagglehub") as caught:
        tfhub.resolve(handle)
    assert "pip install 'tfhub[kaggle]'" in str(caught.value.hint)
    assert caught.value.handle == handle
