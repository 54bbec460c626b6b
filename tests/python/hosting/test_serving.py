"""The server as a process: how it starts, what it prints, how it ends."""

from __future__ import annotations

import gc
import http.client
import importlib.util
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import tfhub as hub
from tfhub.hosting.serving import Server

from .conftest import first_line, serving

Get = Callable[..., Any]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_line_then_a_clean_end(
    models: Path, ask: Get, how: int, tmp_path: Path
) -> None:
    with serving(models, "--port", 0, env={"TMPDIR": str(tmp_path)}) as process:
        line = first_line(process)
        said = re.fullmatch(r"Serving (.*) at (http://127\.0\.0\.1:\d+) .*\n", line)
        assert said is not None
        assert said[1] == str(models)
        archive = ask(said[2], "/zoo/pet/1?tf-hub-format=compressed")
        assert archive.status == 200
        assert len(list(tmp_path.glob("tfhub-serve-*/[!.]*"))) == 1
        process.send_signal(how)
        assert process.communicate(timeout=10) == ("", "")
        assert process.returncode == 0
        assert not list(tmp_path.glob("tfhub-serve-*"))


def test_a_slow_client_does_not_hold_it_up(fruit: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(fruit, tmp_path / "models" / "big"))
    (model / "assets" / "noise").write_bytes(os.urandom(30_000_000))
    with Server(tmp_path / "models") as server:
        client = http.client.HTTPConnection(urlsplit(server.url).netloc)
        client.request("GET", "/big?tf-hub-format=compressed")
        answer = client.getresponse()
        answer.read(10)
        start = time.monotonic()
    assert time.monotonic() - start < 6
    client.close()
    assert server.process.returncode == 0


def test_a_port_in_use(models: Path, url: str) -> None:
    port = str(urlsplit(url).port)
    with serving(models, "--port", port) as process:
        out, error = process.communicate(timeout=10)
    assert (out, process.returncode) == ("", 1)
    assert f"127.0.0.1, port {port}: " in error
    assert "port 0 takes any free one" in error
    with pytest.raises(hub.HubError, match=rf"127\.0\.0\.1, port {port}(.|\n)*port 0"):
        Server(models, port=int(port))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--port", "99999"], "port 99999"),
        (["--host", "no.such.host.invalid"], r"no\.such\.host\.invalid"),
    ],
)
def test_no_such_address(models: Path, options: list[str], said: str) -> None:
    with serving(models, *options) as process:
        error = process.communicate(timeout=30)[1]
    assert process.returncode == 1
    assert re.search(said, error)
    assert "Traceback" not in error


def test_closing_twice_is_once(models: Path) -> None:
    with Server(models) as server:
        assert server.is_running()
        server.close()
        assert not server.is_running()
    assert server.process.returncode == 0


def test_a_server_that_nobody_has_any_more_stops(models: Path) -> None:
    server = Server(models)
    process = server.process
    del server
    gc.collect()
    assert process.returncode == 0


def test_a_fork_does_not_stop_it(models: Path, ask: Get) -> None:
    with Server(models) as server:
        child = multiprocessing.get_context("fork").Process(target=server.close)
        child.start()
        child.join(20)
        assert child.exitcode == 0
        assert ask(server.url, "/zoo/pet/1").status == 200


def test_ctrl_c_is_not_for_it(models: Path) -> None:
    with Server(models) as server:
        assert os.getpgid(server.process.pid) != os.getpgid(0)


def test_it_knows_what_it_serves(fruit: Path, tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert server.handles() == []
        shutil.copytree(fruit, tmp_path / "zoo" / "big cat" / "1")
        assert server.handles() == [f"{server.url}/zoo/big%20cat/1"]
        for path in ("zoo/big cat/10", "zoo/big cat/2", "ant"):
            shutil.copytree(fruit, tmp_path / path)
        shown = [handle.removeprefix(server.url) for handle in server.handles()]
        assert shown[:2] == ["/ant", "/zoo/big%20cat/10"]
        assert shown[2:] == ["/zoo/big%20cat/2", "/zoo/big%20cat/1"]
        assert hub.describe(server.handles()[0]).signatures
        assert server.directory == str(tmp_path.resolve())


@pytest.mark.parametrize("serve", [hub.serve, Server])
def test_no_such_folder(tmp_path: Path, serve: Callable[..., Any]) -> None:
    with pytest.raises(hub.errors.HandleNotFoundError, match="nowhere"):
        serve(tmp_path / "nowhere", port=0)


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::1"])
def test_hosts(models: Path, ask: Get, host: str) -> None:
    with serving(models, "--host", host, "--port", 0) as process:
        line = first_line(process)
        if host == "::1" and not line:
            pytest.skip("this machine has no IPv6")
        url = line.split(" at ")[1].split()[0]
        assert urlsplit(url).hostname == {"::1": "::1"}.get(host, "localhost")
        assert ask(url, "/zoo/pet/1").status == 200


def test_it_ends_with_the_process_that_started_it(models: Path) -> None:
    code = (
        "import os, sys; from tfhub.hosting.serving import Server; "
        "s = Server(sys.argv[1]); print(s.process.pid, flush=True); "
        "os.kill(os.getpid(), 9)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(models)],
        env={**os.environ, "PYTHONPATH": str(Path(hub.__file__).parents[1])},
        stdout=subprocess.PIPE, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert run.returncode == -9
    deadline = time.monotonic() + 10
    while is_running(int(run.stdout)):
        assert time.monotonic() < deadline, "the server outlived its parent"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # one that nobody waits for has ended all the same


@pytest.mark.parametrize("package", ["granian", "markdown_it"])
def test_a_server_without_the_extra(
    models: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == package else find(name),
    )
    with pytest.raises(
        hub.errors.DependencyError, match=f"no {package}(.|\n)*pip install"
    ):
        Server(models)


def test_without_the_extra(models: Path, tmp_path: Path) -> None:
    (tmp_path / "granian.py").write_text("raise ImportError('No module named granian')")
    code = "import sys, tfhub; tfhub.serve(sys.argv[1], port=0)"
    package = Path(hub.__file__).parents[1]
    run = subprocess.run(
        [sys.executable, "-c", code, str(models)],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{package}"},
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert "DependencyError" in run.stderr
    assert "pip install 'tfhub[serve]'" in run.stderr


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_ENABLE_SHARED"), reason="no shared libpython"
)
def test_started_from_r(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R sets LD_LIBRARY_PATH, and another libpython may lie there."""
    (tmp_path / str(sysconfig.get_config_var("INSTSONAME"))).write_text("not it")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    monkeypatch.setenv("R_HOME", "/usr/lib/R")
    with Server(models) as server:
        assert server.url.startswith("http://127.0.0.1:")
