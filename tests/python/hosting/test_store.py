from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tfhub.hosting.store import store

from .conftest import first_line, request, serving


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_it_goes_at_the_end(temporary: Path) -> None:
    with store() as folder:
        (folder / "archive").touch()
        assert folder.parent == temporary
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(temporary.iterdir()) == []


def test_that_of_a_killed_server_goes_with_the_next(
    models: Path, temporary: Path
) -> None:
    with serving(models, "--port", 0) as process:
        url = first_line(process).split(" at ")[1].split()[0]
        assert request(url, "/zoo/pet/1?tf-hub-format=compressed").status == 200
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    (left,) = temporary.iterdir()
    assert len(list(left.iterdir())) == 2
    with store():
        assert not left.exists()


def test_those_of_servers_that_run_stay(temporary: Path) -> None:
    code = (
        "from tfhub.hosting.store import store\n"
        "with store() as folder: print(folder, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        place = Path(other.stdout.readline().strip())
        with store() as mine:
            assert place.exists()
            with store():
                assert mine.exists()
        other.communicate("\n")
    assert list(temporary.iterdir()) == []


def test_what_is_not_ours_stays(temporary: Path, tmp_path: Path) -> None:
    (temporary / "tfhub-serve-new").mkdir()  # one that has no lock yet
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".lock").touch()
    (temporary / "tfhub-serve-link").symlink_to(tmp_path / "elsewhere")
    (temporary / "tfhub-serve-file").touch()
    with store():
        assert len(list(temporary.iterdir())) == 4
    assert (tmp_path / "elsewhere" / ".lock").exists()
