from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

import tfhub
from tfhub._version import __version__
from tfhub.cli import doctor
from tfhub.cli.main import main


def examined(path: Path, **environment: str) -> str:
    """What `tfhub doctor` prints in a process that finds packages in `path` first."""
    search = os.pathsep.join([str(path), str(Path(doctor.__file__).parents[1])])
    run = subprocess.run(
        [sys.executable, "-m", "tfhub", "doctor"],
        env={**os.environ, "PYTHONPATH": search, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    return run.stdout


@pytest.fixture
def no_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_sound_python_has_no_problem(no_problem: Path) -> None:
    found = doctor.examine()
    assert found["problems"] == []
    assert found["python"] == sys.executable
    assert found["tfhub_path"] == os.path.dirname(tfhub.__file__)
    assert found["tensorflow"] == tf.__version__
    assert found["tfhub"] == __version__
    assert found["cache"] == str(no_problem)
    assert found["models"] == 0
    assert found["keras"]
    assert found["numpy"]


@pytest.mark.usefixtures("no_problem")
def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"TensorFlow:     {tf.__version__}" in lines
    assert lines[-1] == "No problem was found."


@pytest.mark.usefixtures("no_problem")
def test_settings_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TFHUB_RETRIES", "many")
    monkeypatch.setenv("TFHUB_MIRROR", "nowhere")
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "Problem: The environment variable TFHUB_RETRIES is 'many'" in out
    assert "Problem: TFHUB_MIRROR holds 'nowhere'" in out
    doctor.print_rows()
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert ["tfhub", "tensorflow", tf.__version__] in rows
    [hint] = [row[3] for row in rows if row[1] == "problem" and "RETRIES" in row[2]]
    assert hint == "Unset it for the default, 4."


def test_a_cache_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for folder in (file, file / "below"):
        monkeypatch.setenv("TFHUB_CACHE_DIR", str(folder))
        [(what, remedy, of)] = doctor.examine()["problems"]
        assert of == "cache"
        assert str(file) in what
        assert "TFHUB_CACHE_DIR" in remedy


def test_another_tfhub(tmp_path: Path) -> None:
    folder = tmp_path / "tfhub-0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: tfhub\nVersion: 0.1\n")
    out = examined(tmp_path)
    assert f"Problem: tfhub 0.1 is installed beside this one, {__version__}." in out
    assert f"Run: {sys.executable} -m pip uninstall tfhub" in out


def test_packages_that_do_not_import(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("raise OSError('bad library')")
    (tmp_path / "filelock.py").write_text("raise ImportError(name='filelock')")
    out = examined(tmp_path)
    assert "Problem: TensorFlow cannot be imported: OSError: bad library" in out
    assert f"Run: {sys.executable} -m pip install --force-reinstall tensorflow" in out
    (tmp_path / "tensorflow.py").write_text(
        "raise ImportError('gone', name='tensorflow')"
    )
    assert "pip install 'tfhub[tensorflow]'" in examined(tmp_path)


@pytest.mark.skipif(
    getattr(tf.keras, "__version__", "2") < "3", reason="Keras 2 knows TensorFlow only"
)
def test_a_keras_that_computes_with_something_else(tmp_path: Path) -> None:
    out = examined(tmp_path, KERAS_BACKEND="torch", TF_USE_LEGACY_KERAS="0")
    assert "Set KERAS_BACKEND=tensorflow" in out


def test_packages_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doctor._NEEDED, "no_such.module", "no-such-package")
    [(what, remedy, of)] = doctor._packages()
    assert of == "packages"
    assert "no-such-package" in what
    assert remedy == f"Run: {sys.executable} -m pip install no-such-package"
