"""hf://, against a stub of the Hugging Face Hub on loopback."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import traceback
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest

import tfhub
from tfhub.errors import (
    BrokenDownloadError,
    DependencyError,
    DownloadError,
    HandleError,
    HandleNotFoundError,
    HTTPStatusError,
    HubError,
    ModelNotFoundError,
)
from tfhub.testing import FaultServer as BadServer
from tfhub.testing.faults import send

from ...conftest import tree

FIRST, SECOND = "1" * 40, "2" * 40


class Hub:
    """The repository o/r: its revisions, and the files of each commit."""

    def __init__(self, server: BadServer, storage: BadServer) -> None:
        self.server = server
        self.storage = storage  # where large files are, as with the real one
        self.logins: list[str | None] = []

    def commit(
        self, sha: str, files: dict[str, bytes], *revisions: str, at: str = "models/o/r"
    ) -> None:
        siblings = []
        for name, content in files.items():
            entry = {
                "rfilename": name,
                "size": len(content),
                "blobId": git_hash(content),
            }
            where = f"/o/r/resolve/{sha}/{quote(name)}"
            if len(content) > 10_000:
                digest = hashlib.sha256(content).hexdigest()
                size = len(content)
                entry["lfs"] = {"sha256": digest, "size": size, "pointerSize": 130}
                url = self._serve(self.storage, f"/{digest}", content)
                self.server.on(where, self._leads_to(url))
            else:
                self._serve(self.server, where, content)
            siblings.append(entry)
        info = json.dumps({"id": "o/r", "sha": sha, "siblings": siblings}).encode()
        for revision in (sha, *revisions):
            path = f"/api/{at}/revision/{quote(revision, safe='')}"
            self._serve(self.server, path, info, "application/json")
        if "main" in revisions:
            self._serve(self.server, f"/api/{at}", info, "application/json")

    def _serve(
        self, server: BadServer, path: str, body: bytes, kind: str = "text/plain"
    ) -> str:
        def answer(handler: BaseHTTPRequestHandler) -> None:
            self.logins.append(handler.headers["Authorization"])
            send(handler, body, Content_Type=kind)

        return server.on(path, answer)

    def _leads_to(self, url: str) -> object:
        return lambda handler: send(handler, b"", 302, Location=url)


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@pytest.fixture
def hub(
    bad_server: BadServer,
    archive: bytes,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> object:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    monkeypatch.setenv("HF_ENDPOINT", bad_server.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with BadServer(archive) as storage:
        made = Hub(bad_server, storage)
        made.commit(FIRST, tree(model), "main", "v1", "feature/x")
        yield made


def test_a_repository(hub: Hub, model: Path, cache: Path, tmp_path: Path) -> None:
    path = tfhub.resolve("hf://o/r")
    assert tree(path) == tree(model)
    assert Path(path).parent == cache
    assert not (tmp_path / "huggingface").exists()  # a model is kept once, in our cache
    assert hub.logins == [None] * len(hub.logins)


@pytest.mark.parametrize("revision", ["main", "v1", "feature%2Fx", FIRST])
def test_a_revision(hub: Hub, model: Path, revision: str) -> None:
    assert hub
    assert tree(tfhub.resolve(f"hf://o/r@{revision}")) == tree(model)


def test_a_folder(hub: Hub, model: Path) -> None:
    files = {f"saved_model/1/{name}": each for name, each in tree(model).items()}
    hub.commit(SECOND, files | {"README.md": b"#", "saved_model/10/x": b"x"}, "main")
    assert tree(tfhub.resolve("hf://o/r/saved_model/1")) == tree(model)
    assert tree(tfhub.resolve("hf://o/r@main/saved_model/1/")) == tree(model)
    with pytest.raises(ModelNotFoundError, match="in folders: saved_model/1") as caught:
        tfhub.resolve("hf://o/r")
    assert "hf://o/r/saved_model/1" in str(caught.value.hint)
    with pytest.raises(HandleNotFoundError, match="no folder 'none'") as missing:
        tfhub.resolve("hf://o/r/none")
    assert "README.md, saved_model" in str(missing.value.hint)


def test_a_branch_stays_as_cached_until_refreshed(
    hub: Hub, model: Path, bad_server: BadServer
) -> None:
    path = tfhub.resolve("hf://o/r@main")
    new = tree(model) | {"more.txt": b"more"}
    hub.commit(SECOND, new, "main")
    asked = len(bad_server.requests)
    assert tfhub.resolve("hf://o/r@main") == path
    assert len(bad_server.requests) == asked
    assert tree(tfhub.resolve("hf://o/r@main", refresh=True)) == new
    asked = len(bad_server.requests)
    tfhub.resolve("hf://o/r@main", refresh=True)
    assert len(bad_server.requests) == asked + 1  # what the branch is now, no more


def test_a_commit_needs_no_network(hub: Hub, bad_server: BadServer) -> None:
    assert hub
    path = tfhub.resolve(f"hf://o/r@{FIRST}")
    asked = len(bad_server.requests)
    assert tfhub.resolve(f"hf://o/r@{FIRST}", refresh=True) == path
    assert len(bad_server.requests) == asked


def test_a_token_is_for_the_hub_only(
    hub: Hub, bad_server: BadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    tfhub.resolve("hf://o/r")
    assert "Bearer hf_secret" in hub.logins
    assert {login for login in hub.logins if login} == {"Bearer hf_secret"}
    assert hub.storage.requests
    assert all("Authorization" not in headers for _, headers in hub.storage.requests)
    asked = [{name.lower() for name in headers} for _, headers in bad_server.requests]
    assert all("authorization" in names for names in asked)


def test_no_secret_is_shown(
    hub: Hub, bad_server: BadServer, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of a signed URL, nor of the endpoint, nor of a proxy, nor a token."""
    monkeypatch.setenv("HF_TOKEN", "S3CR3T")
    digest = hashlib.sha256(tree(model)["weights"]).hexdigest()
    signed = f"{hub.storage.url}/{digest}?X-Amz-Signature=S3CR3T"
    place = f"/o/r/resolve/{FIRST}/weights"
    errors = []

    def fails() -> None:
        with pytest.raises(HubError) as caught:
            tfhub.resolve("hf://o/r")
        errors.append(caught.value)

    bad_server.on(place, lambda h: send(h, b"", 302, Location=signed))
    hub.storage.on(f"/{digest}", lambda h: send(h, b"", 403))
    fails()
    hub.storage.on(f"/{digest}", lambda h: send(h, b"x"))
    fails()
    leads = f"{signed}\x1b"
    bad_server.on("/api/models/o/r", lambda h: send(h, b"", 302, Location=leads))
    fails()
    url = bad_server.url.replace("://", "://me:S3CR3T@")
    monkeypatch.setenv("HF_ENDPOINT", f"{url}/none")
    fails()
    monkeypatch.setenv("HF_ENDPOINT", "http://me:S3CR3T@127.0.0.1:1")
    fails()
    monkeypatch.setenv("http_proxy", "http://me:S3CR3T@127.0.0.1:1")
    monkeypatch.setenv("HF_ENDPOINT", "http://models.invalid")
    fails()
    for error in errors:
        lines = traceback.format_exception(error)
        assert "S3CR3T" not in f"{lines}{vars(error)}{error.args}"
        assert "\x1b" not in str(error)


@pytest.mark.parametrize("name", ["assets/words.txt", "weights"])
def test_a_file_that_is_not_what_was_committed(
    hub: Hub, bad_server: BadServer, model: Path, name: str
) -> None:
    size = len(tree(model)[name])
    bad_server.on(
        f"/o/r/resolve/{FIRST}/{name}", lambda handler: send(handler, b"x" * size)
    )
    with pytest.raises(BrokenDownloadError, match="and was listed with") as caught:
        tfhub.resolve("hf://o/r")
    assert name in caught.value.message
    assert hub


def test_what_the_hub_refuses(hub: Hub, bad_server: BadServer) -> None:
    assert hub
    bad_server.on("/api/models/o/none", lambda handler: send(handler, b"", 404))
    with pytest.raises(HTTPStatusError, match="answered 404") as caught:
        tfhub.resolve("hf://o/none")
    assert caught.value.code == 404
    assert "HF_TOKEN" in str(caught.value.hint)
    with pytest.raises(HandleError, match="does not name a repository"):
        tfhub.resolve("hf://o/..")


def test_no_connection(hub: Hub, bad_server: BadServer) -> None:
    assert hub
    bad_server.close()
    with pytest.raises(DownloadError, match="Asking the Hugging Face Hub") as caught:
        tfhub.resolve("hf://o/r")
    assert caught.value.handle == "hf://o/r"


def test_nothing_is_printed(hub: Hub) -> None:
    code = "import tfhub; tfhub.resolve('hf://o/r')"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert (run.stdout, run.stderr) == ("", "")
    assert hub.logins


def test_without_huggingface_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)  # as if not installed
    with pytest.raises(DependencyError, match="huggingface_hub") as caught:
        tfhub.resolve("hf://o/r")
    assert "pip install 'tfhub[hf]'" in str(caught.value.hint)
