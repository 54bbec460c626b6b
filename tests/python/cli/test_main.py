from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfhub
from tfhub.cli.main import main

PACKAGE = Path(tfhub.__file__).parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PACKAGE), **more}


@pytest.fixture
def run() -> Run:
    """`run("info", handle)` is the command, in a process of its own."""

    def run(*arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tfhub", *map(str, arguments)],
            capture_output=True, text=True, check=False, timeout=60,
            env=environment(**more),
        )  # fmt: skip

    return run


def hide(folder: Path, *modules: str) -> str:
    """A search path on which some packages cannot be imported."""
    for name in modules:
        text = f"raise ModuleNotFoundError('{name} is hidden', name='{name}')"
        (folder / f"{name}.py").write_text(text)
    return os.pathsep.join([str(folder), str(PACKAGE)])


def test_version_and_help(run: Run) -> None:
    assert run("--version").stdout == f"tfhub {tfhub.__version__}\n"
    said = run("--help").stdout
    commands = re.findall(r"^  ([a-z][a-z-]*) +\w", said, re.M)
    assert {"resolve", "info", "pack", "serve", "cache", "doctor"} <= set(commands)
    assert max(map(len, said.splitlines())) <= 80
    for command in commands:
        assert f"usage: tfhub {command}" in run(command, "--help").stdout
    assert "until-eof" not in run("serve", "--help").stdout


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["resolve"], ["resolve", "a", "b"], ["serve", ".", "--port", "x"]],
)
def test_wrong_usage(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: tfhub")


@pytest.mark.parametrize("arguments", [["--help"], ["info", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import atexit, sys; sys.path.insert(0, {str(PACKAGE)!r}); "
        "from tfhub.cli.main import main; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); main()"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, *arguments],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    heavy = {"tensorflow", "numpy", "google", "urllib3", "rich", "asyncio", "starlette"}
    assert not loaded & heavy
    assert "tfhub" in loaded


def test_resolve_prints_the_path_alone(run: Run, fruit: Path, host: Any) -> None:
    url = host.add("/fruit/1", fruit)
    first = run("resolve", url, TFHUB_DOWNLOAD_PROGRESS="1")
    assert first.returncode == 0
    assert first.stderr != ""  # where progress goes
    folder = Path(first.stdout.removesuffix("\n"))
    assert (folder / "saved_model.pb").is_file()
    second = run("resolve", url)
    assert (second.stdout, second.stderr) == (first.stdout, "")
    assert len(host.requests) == 1


def test_errors_are_a_message_and_a_hint(run: Run, fruit: Path, tmp_path: Path) -> None:
    for arguments, said in (
        (["resolve", ""], "empty"),
        (["resolve", tmp_path / "nowhere"], "nowhere"),
        (["info", fruit / "variables"], "saved_model.pbtxt"),
        (["pack", fruit, "-o", fruit / "x.tgz"], "inside the folder"),
        (["serve", tmp_path / "nowhere"], "nowhere"),
    ):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("tfhub: ")
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") >= 2  # the hint has a line of its own


def test_pack(run: Run, fruit: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.tar.gz"
    done = run("pack", fruit, "-o", out)
    before = out.read_bytes()
    sha256 = hashlib.sha256(before).hexdigest()
    tree = tfhub.describe(fruit, digest=True).tree
    assert done.stdout == f"{out}\n"  # for $(tfhub pack ...)
    assert done.stderr == f"sha256: {sha256}\nDigest: {tree}\n"
    refused = run("pack", fruit, "-o", out)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    out.write_text("old")
    assert run("pack", fruit, "-o", out, "--force").returncode == 0
    assert out.read_bytes() == before


def test_an_error_of_the_system_comes_without_a_traceback(
    run: Run, fruit: Path
) -> None:
    done = run("pack", fruit, "-o", "/proc/x.tar.gz")
    assert done.returncode == 1
    assert done.stderr.startswith("tfhub: ")
    assert "cannot be packed into /proc/x.tar.gz" in done.stderr
    assert done.stderr.count("\n") == 2  # what is wrong, and what to do


@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.parametrize("columns", ["80", "60"])
def test_info(run: Run, fruit: Path, tmp_path: Path, columns: str, rich: bool) -> None:
    path = str(PACKAGE) if rich else hide(tmp_path, "rich")
    done = run("info", fruit, COLUMNS=columns, PYTHONPATH=path)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == f"Handle:     {fruit}"
    assert max(len(line.rstrip()) for line in lines[1:]) <= int(columns)
    words = [" ".join(re.findall(r"[^\s─-]+", line)) for line in lines]
    assert "Format: TF2 SavedModel" in words
    assert "Variables: 2 with 3 parameters, 12 bytes" in words
    assert "Tags: serve" in words
    assert "fruit_to_pet in apples float32[?, 3]" in words
    assert "oranges int64[?]" in words
    assert "serving_default (default) in x float32[?, 3]" in words
    assert "embed text: string[?] float32[?, 2]" in words
    assert "\x1b" not in done.stdout  # no colours in a pipe


def test_info_of_a_tf1_module(run: Run, tf1_modules: Path) -> None:
    said = run("info", tf1_modules / "batch_norm_variants").stdout
    assert "TF1 Hub module" in said
    assert "Tags:       (none)" in said
    assert "Tags:       train" in said


def test_info_in_a_terminal_without_unicode(run: Run, fruit: Path) -> None:
    done = run("info", fruit, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "fruit_to_pet" in done.stdout


def test_info_as_json(run: Run, fruit: Path) -> None:
    said = json.loads(run("info", "--json", fruit).stdout)
    assert said == json.loads(json.dumps(tfhub.describe(fruit).to_dict()))
    assert said["variables"]["parameters"] == 3


def test_without_tensorflow(run: Run, fruit: Path, tmp_path: Path) -> None:
    path = hide(tmp_path, "tensorflow", "numpy")
    for arguments in (
        ["resolve", fruit],
        ["info", fruit],
        ["pack", fruit, "-o", tmp_path / "x.tgz"],
    ):
        done = run(*arguments, PYTHONPATH=path)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away(fruit: Path) -> None:
    command = f"{sys.executable} -m tfhub info --json {fruit}; echo $? >&2"
    done = subprocess.run(
        ["bash", "-c", f"({command}) | true"],
        env=environment(PYTHONUNBUFFERED="1"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == "141\n"


def test_interrupted(host: Any) -> None:
    url = host.answer("/slow", headers={"Content-Length": "1000000"}, body=b"\x1f\x8b")
    process = subprocess.Popen(
        [sys.executable, "-m", "tfhub", "resolve", url],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not host.requests:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=10)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in error


def test_as_a_function(fruit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resolve", str(fruit)]) == 0
    assert capsys.readouterr().out == f"{fruit}\n"
    assert main(["resolve", "no/such/folder"]) == 1
    assert capsys.readouterr().err.startswith("tfhub: ")


def test_info_tells_the_digest(run: Run, fruit: Path, tmp_path: Path) -> None:
    said = run("info", fruit).stdout
    assert "tree1:" not in said
    said = run("info", "--digest", fruit).stdout
    tree = tfhub.describe(fruit, digest=True).tree
    assert f"Digest:     {tree} (computed)" in said
    archive = tfhub.pack(fruit, tmp_path / "fruit.tar.gz")
    path = tfhub.resolve(archive)
    said = run("info", archive).stdout
    assert f"Digest:     {tree} (recorded)" in said
    (Path(path) / "saved_model.pb").touch()
    described = tfhub.describe(archive)
    assert (described.tree, described.tree_source) == (tree, "recorded")
    found = json.loads(run("info", "--json", "--digest", archive).stdout)
    assert (found["tree"], found["tree_source"]) == (tree, "computed")


@pytest.mark.skipif(os.name == "nt", reason="there are no such terminals")
def test_a_path_is_fit_for_a_terminal_and_as_it_is_for_a_program(
    fruit: Path, tmp_path: Path, run: Run
) -> None:
    import pty
    import shutil

    model = Path(shutil.copytree(fruit, tmp_path / "a\x1b]0;x\x07"))
    out = tmp_path / "out"
    out.mkdir()
    packed = run("pack", model, "-o", out).stdout
    assert packed == f"{out / model.name}.tar.gz\n"
    command = [sys.executable, "-m", "tfhub", "pack", "--force", model, "-o", out]
    ours, theirs = pty.openpty()
    subprocess.run(command, stdout=theirs, env=environment(), check=True)
    os.close(theirs)
    said = os.read(ours, 10_000)
    os.close(ours)
    assert b"\x1b" not in said
    assert rb"a\x1b]0;x\x07.tar.gz" in said
