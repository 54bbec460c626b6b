"""`tfhub cache ...` and what `tfhub resolve` does with the cache."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.cli.main import main
from tfhub.testing import Host, archive_bytes


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"not parsed")
    (folder / "weights").write_bytes(bytes(5000))
    return folder


@pytest.fixture
def urls(host: Host, model: Path) -> list[str]:
    urls = [host.add("/a/1", model), host.add("/b/1", model)]
    for url in urls:
        hub.resolve(url)
    return urls


Said = pytest.CaptureFixture[str]


def test_list(urls: list[str], capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["cache", "list"]) == 0
    said = capsys.readouterr().out
    for word in [*urls, "5.0 kB", "now", "ok", "Handle", "Used"]:
        assert word in said
    assert main(["cache", "list", "--json", "--check"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [each["handle"] for each in listed] == urls
    assert listed[0]["size"] == 5010
    assert listed[0]["created"].startswith("20")
    assert listed[0].keys() == {
        "handle", "path", "state", "size", "files", "created", "checked", "used", "url",
        "sha256", "tree",
    }  # fmt: skip


def test_an_empty_cache(capsys: Said, cache: Path) -> None:
    assert main(["cache", "list"]) == 0
    assert capsys.readouterr().out == "None.\n"
    assert main(["cache", "list", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"
    assert main(["cache", "path"]) == 0
    assert capsys.readouterr().out == f"{cache}\n"


def test_path_of_a_model(urls: list[str], capsys: Said) -> None:
    assert main(["cache", "path", urls[0]]) == 0
    assert capsys.readouterr().out == f"{hub.resolve(urls[0])}\n"
    assert main(["cache", "path", urls[0][:-1] + "2"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"It holds {urls[0]}" in said.err


def test_verify(urls: list[str], capsys: Said) -> None:
    assert main(["cache", "verify"]) == 0
    Path(hub.resolve(urls[0]), "weights").write_bytes(bytes(4999) + b"x")
    Path(hub.resolve(urls[0]), "new").touch()
    assert main(["cache", "verify", urls[1]]) == 0
    capsys.readouterr()
    assert main(["cache", "verify"]) == 1
    said = capsys.readouterr().out
    assert "changed: weights; extra: new" in " ".join(said.split())
    assert main(["cache", "verify", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [each["state"] for each in found] == ["damaged", "ok"]
    assert found[0]["changed"] == ["weights"]


def test_remove_and_prune(urls: list[str], capsys: Said) -> None:
    assert main(["cache", "prune", "--size", "6kB", "--dry-run"]) == 0
    assert "kept: dry run" in capsys.readouterr().out
    assert main(["cache", "remove", urls[0]]) == 0
    assert "removed" in capsys.readouterr().out
    assert main(["cache", "remove", urls[0]]) == 1
    assert "is not in the cache" in capsys.readouterr().err
    assert main(["cache", "prune", "--days", "1", "--number", "0", "--json"]) == 0
    [removal] = json.loads(capsys.readouterr().out)
    assert removal["removed"] is True
    assert main(["cache", "prune"]) == 1
    assert "limit" in capsys.readouterr().err


def test_what_is_in_use_stays_and_fails_the_command(
    urls: list[str], capsys: Said
) -> None:
    from tfhub.cache.locks import in_use

    with in_use(hub.resolve(urls[0])):
        assert main(["cache", "remove", urls[0]]) == 1
    assert "kept: in use" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "size"), [("10", 10), ("1.5kB", 1500), ("2 GB", 2e9), ("3m", 3e6)]
)
def test_sizes(text: str, size: float) -> None:
    from tfhub.cli.cache import _bytes

    assert _bytes(text) == size


@pytest.mark.parametrize("text", ["much", "-5", "5XB", ""])
def test_no_sizes(text: str, capsys: Said) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["cache", "prune", f"--size={text}"])
    assert caught.value.code == 2
    assert "no size such as 500MB" in capsys.readouterr().err


def test_carrying(
    urls: list[str],
    model: Path,
    tmp_path: Path,
    capsys: Said,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = str(tmp_path / "models.tar")
    assert main(["cache", "export", file, *urls]) == 0
    sha256 = hashlib.sha256(Path(file).read_bytes()).hexdigest()
    assert capsys.readouterr().out == f"{file}\nsha256: {sha256}\n"
    assert main(["cache", "export", file, *urls]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["cache", "export", "--force", file, *urls]) == 0
    capsys.readouterr()
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "elsewhere"))
    assert main(["cache", "import", file, "--json"]) == 0
    imported = json.loads(capsys.readouterr().out)
    assert [each["handle"] for each in imported] == urls
    assert [each["sha256"] for each in imported] == ["", ""]
    assert main(["cache", "import", file, "--sha256", "0" * 64]) == 1
    assert "not the one that was vouched for" in capsys.readouterr().err
    assert main(["cache", "import", file, "--sha256", sha256, "--json"]) == 0
    vouched = json.loads(capsys.readouterr().out)
    assert [len(each["sha256"]) for each in vouched] == [64, 64]
    archive = tmp_path / "m.tar.gz"
    archive.write_bytes(archive_bytes(model))
    handle = "https://example.com/m/1"
    assert main(["cache", "import", "--handle", handle, str(archive)]) == 0
    (model / "weights").write_bytes(b"new")
    archive.write_bytes(archive_bytes(model))
    assert main(["cache", "import", "--handle", handle, str(archive)]) == 1
    assert "--replace" in capsys.readouterr().err
    assert main(["cache", "import", "--handle", handle, str(archive), "--replace"]) == 0
    capsys.readouterr()
    assert main(["resolve", "--offline", handle]) == 0
    assert capsys.readouterr().out == f"{hub.resolve(handle)}\n"


def test_adopt(urls: list[str], capsys: Said) -> None:
    Path(f"{hub.resolve(urls[0])}.manifest.json").unlink()
    assert main(["cache", "adopt"]) == 0
    assert "ok" in capsys.readouterr().out
    assert main(["cache", "adopt"]) == 0
    assert capsys.readouterr().out == "None.\n"


def test_resolve_refresh(urls: list[str], host: Host, capsys: Said) -> None:
    for arguments, requests in ([], 2), (["--refresh"], 3):
        assert main(["resolve", urls[0], *arguments]) == 0
        assert len(host.requests) == requests
    assert main(["resolve", urls[0], "--refresh", "--offline"]) == 1
    assert "cannot be refreshed offline" in capsys.readouterr().err
    assert main(["resolve", "--offline", f"{host.url}/c/1"]) == 1
    assert "TFHUB_OFFLINE" in capsys.readouterr().err
    assert len(host.requests) == 3
