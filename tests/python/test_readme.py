"""Every chunk of the README runs, in order, against a hub on loopback.

`make demo` and `make test` are run by .ci/run, and a chunk marked `console` by nobody:
it installs. What a chunk shows behind `#>` is what a reader sees.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="serving needs the extra serve")

from tfhub.hosting.serving import Server

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
SERVED = "http://127.0.0.1:8501"


def chunks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.M | re.S)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a clone is after `make demo`."""
    pytest.importorskip("sklearn", reason="the demo's data come with scikit-learn")
    pytest.importorskip("keras", "3", reason="the demo is written for Keras 3")
    place = tmp_path_factory.mktemp("clone")
    (place / ".venv").symlink_to(sys.prefix)
    digits = ROOT / "examples" / "digits"
    shutil.copytree(digits, place / "examples" / "digits")
    if not (digits / "out" / "trained").exists():
        shutil.rmtree(place / "examples" / "digits" / "out", ignore_errors=True)
        program = place / "examples" / "digits" / "train.py"
        subprocess.run([sys.executable, program], check=True, capture_output=True)
    return place


@pytest.fixture(scope="module")
def url(place: Path) -> Iterator[str]:
    with Server(place / "examples" / "digits" / "out" / "hub") as server:
        yield server.url


def shown(chunk: str) -> list[str]:
    """What a chunk says that it prints."""
    lines = chunk.splitlines()
    marks = "#>", "# >"  # of R, and of Python as ruff formats it
    found = [line for line in lines if line.startswith(marks)]
    return [line.partition(">")[2].removeprefix(" ") for line in found]


def run(command: list[str], code: str, place: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        input=code,
        cwd=place,
        env={**os.environ, "PATH": path, "RETICULATE_PYTHON": sys.executable},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def require_r() -> None:
    if Path(sys.prefix) != ROOT / ".venv" or shutil.which("Rscript") is None:
        pytest.skip("R is set up for .venv, by make")


def test_the_first_block_of_r_can_be_pasted(tmp_path: Path) -> None:
    require_r()
    first = chunks("r")[0]
    assert len(shown(first)) >= 5
    assert "127.0.0.1" not in first
    code = f"source(textConnection({r_text(first)}), print.eval = TRUE)"
    lines = run(["Rscript", "-"], code, tmp_path).splitlines()
    assert [line.rstrip() for line in lines] == shown(first)


def test_the_first_block_of_python_can_be_pasted(tmp_path: Path) -> None:
    first = chunks("python")[0]
    assert len(shown(first)) >= 3
    assert "127.0.0.1" not in first
    out = run([sys.executable, "-"], first, tmp_path)
    assert out.splitlines() == shown(first)


def test_no_other_block_shows_what_is_not_compared() -> None:
    rest = [chunk for language in ("r", "python") for chunk in chunks(language)[1:]]
    assert [chunk for chunk in rest if shown(chunk)] == []


def r_text(code: str) -> str:
    """Code as a string of R."""
    return "'" + code.replace("\\", "\\\\").replace("'", "\\'") + "'"


def test_python(place: Path, url: str) -> None:
    out = run(
        [sys.executable, "-"], "\n".join(chunks("python")).replace(SERVED, url), place
    )
    assert "'image_feature_vector': Signature" in out


def test_r(place: Path, url: str) -> None:
    require_r()
    code = "\n".join(chunks("r")).replace(SERVED, url)
    # Standard error is part of what a user sees: the refusals are shown there.
    code = "sink(stdout(), type = 'message')\n" + code
    out = run(["Rscript", "-"], code, place)
    assert "image_feature_vector" in out
    assert re.search(r"\[1\]  ?5 64", out), "the features have 64 columns"
    assert "images  float32[?, 8, 8, 1]  float64[450, 8, 8]" in out
    assert "has no signature 'classify'" in out


def test_shell(place: Path, url: str) -> None:
    code = "\n".join(chunks("sh")).replace(SERVED, url)
    # The server runs already, and make would run this test once more.
    lines = [
        line
        for line in code.splitlines()
        if not line.startswith(("make ", "tfhub serve"))
    ]
    assert len(code.splitlines()) - len(lines) == 3
    out = run(["bash", "-e"], "\n".join([*lines, "echo $RETICULATE_PYTHON"]), place)
    assert "image_classification" in out
    assert out.rstrip().endswith(f"{sys.prefix}/bin/python")
    assert (place / "digits.tar.gz").stat().st_size > 100_000


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", TEXT)
    local = [target for target in targets if not target.startswith("http")]
    assert len(local) >= 4
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_pictures_are_small_and_told_in_words() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", TEXT)
    assert len(pictures) >= 2
    for words, picture in pictures:
        assert len(words) > 20
        assert picture.startswith("man/figures/")
        assert (ROOT / picture).stat().st_size < 150_000
