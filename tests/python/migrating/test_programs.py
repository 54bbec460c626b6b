"""Old programs of many kinds: migrated, they run, and give what they gave.

What a program for TensorFlow 1 gave is what it gives with graphs and sessions.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub
from tfhub.migrating.project import Program, migrate

from .models import make
from .worker import code_of

pytest.importorskip("libcst", reason="reading Python needs the extra migrate")
HERE = Path(__file__).parent
PROGRAMS = sorted((HERE / "programs").iterdir())
NAMES = [path.name for path in PROGRAMS]
TF2 = {"sequential.py", "functional.py", "style.py", "yamnet.py"}
# What goes without sessions from then on.
EAGER = {
    *("use_similarity.py", "elmo.py", "elmo_functions.py", "bert_tokens.py"),
    *("detection.py", "compat_session.py", "text.ipynb"),
}
NEVER = {"dnn_classifier.py"}  # runs with TensorFlow 2.15 at most


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrating")
    for name in ("old", "new"):
        shutil.copytree(HERE / "programs", folder / name)
    return folder


@pytest.fixture(scope="module")
def migrated(folder: Path) -> dict[str, Program]:
    found = migrate([folder / "new"], write=True)
    return {Path(each.path).name: each for each in found}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    make(folder)
    return folder


@pytest.fixture(scope="module")
def results(folder: Path, migrated: dict[str, Program], hub: Path) -> dict[str, Any]:
    """What each program gave, by its path; a text that says why it did not run."""
    assert migrated.keys() == set(NAMES)
    modes: dict[str, list[Path]] = {"graph": [], "eager": []}
    for name in set(NAMES) - NEVER:
        modes["eager" if name in TF2 else "graph"].append(folder / "old" / name)
        mode = "eager" if name in TF2 | EAGER else "graph"
        modes[mode].append(folder / "new" / name)
    package = str(Path(tfhub.__file__).parents[1])
    env = {**os.environ, "TFHUB_MIRROR": f"https://tfhub.dev/={hub}/",
           "PYTHONPATH": package}  # fmt: skip
    running = [
        (
            folder / mode,
            subprocess.Popen(
                [sys.executable, HERE / "worker.py", folder / mode, mode, *programs],
                env=env,
                stderr=subprocess.PIPE,
                text=True,
            ),
        )
        for mode, programs in modes.items()
    ]
    found: dict[str, Any] = {}
    for out, process in running:
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
        found.update(pickle.loads(out.read_bytes()))
    return found


@pytest.mark.parametrize("name", sorted(EAGER - {"bert_tokens.py"}))
@pytest.mark.usefixtures("migrated")
def test_without_a_session_it_gives_what_it_gave(
    name: str, folder: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_MIRROR", f"https://tfhub.dev/={hub}/")
    with tf.Graph().as_default(), monkeypatch.context() as patch:
        patch.setitem(sys.modules, "tensorflow", tf.compat.v1)
        patch.setitem(sys.modules, "tensorflow_hub", tfhub)
        old = ran(folder / "old" / name)
    new = ran(folder / "new" / name)
    for one, other in zip(flat(old), flat(new), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def ran(path: Path) -> Any:
    space: dict[str, Any] = {"__name__": "program"}
    level = tf.get_logger().level  # which old programs set
    try:
        exec(compile(code_of(path), str(path), "exec"), space)
    finally:
        tf.get_logger().setLevel(level)
    return space["result"]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(NAMES) - NEVER))
def test_a_program_gives_what_it_gave(
    name: str, folder: Path, results: dict[str, Any]
) -> None:
    old, new = (results[str(folder / each / name)] for each in ("old", "new"))
    assert not isinstance(old, str), old
    assert not isinstance(new, str), new
    assert old is not None
    assert type(old) is type(new)
    for one, other in zip(flat(old), flat(new), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [part for each in value for part in flat(each)]
    return [value]


@pytest.mark.parametrize("name", NAMES)
def test_what_goes_without_sessions(name: str, migrated: dict[str, Program]) -> None:
    after = migrated[name].after.decode()
    is_old = name not in EAGER | TF2 | NEVER
    assert ("disable_" in after) == is_old
    assert ("ession" in after.replace("of 2018", "")) == is_old or name == "text.ipynb"
    assert "tensorflow_hub" not in after or name in ("text.ipynb", *TF2)


def test_once_more_changes_nothing(folder: Path, migrated: dict[str, Program]) -> None:
    assert migrated
    assert not any(each.is_changed for each in migrate([folder / "new"]))
