"""One format for two programs: this library, and the reference library 0.15.0.

`TFHUB_REFERENCE_PYTHON` names an interpreter that has it, on TensorFlow 2.15.1; see
`make test-reference`. Both run programs.py, each with its own module named `hub`.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

# Before the fixture that hides the user's settings from the tests.
PYTHON = os.environ.get("TFHUB_REFERENCE_PYTHON")
PROGRAMS = Path(__file__).with_name("programs.py")
MADE = (
    "attached", "composite", "first_control_flow", "from_saved_model", "nested",
    "partitioned", "tables", "variants",
)  # fmt: skip
CONFORMANCE = (
    "batch_norm_variants", "control_flow", "dense_two_layers", "fruit_to_pet",
    "half_precision_and_strings", "image_feature_vector", "sparse_input",
    "text_embedding",
)  # fmt: skip

needs_reference = pytest.mark.skipif(
    not PYTHON, reason="TFHUB_REFERENCE_PYTHON is not set"
)


def run(python: str, *arguments: object, **environment: str) -> None:
    done = subprocess.run(
        [python, "-W", "ignore", PROGRAMS, *map(str, arguments)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]


def ours(*arguments: object, **environment: str) -> None:
    run(sys.executable, "tfhub", *arguments, **environment)


def reference(*arguments: object) -> None:
    run(str(PYTHON), "tensorflow_hub", *arguments)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reference")


@pytest.fixture(scope="session")
def exported(folder: Path, tf1_modules: Path) -> Path:
    """What this library exports: modules of its own, and the conformance modules."""
    path = folder / "ours"
    ours("make", path)
    ours("copy", path, tf1_modules)
    return path


Probed = dict[str, dict[Any, Any]]


def probed(path: Path) -> Probed:
    result: Probed = pickle.loads(path.with_name(path.name + ".pickle").read_bytes())
    return result


def both(path: Path) -> tuple[Probed, Probed]:
    ours("probe", path)
    mine = probed(path)
    reference("probe", path)
    return mine, probed(path)


@pytest.fixture(scope="session")
def seen_of_ours(exported: Path) -> tuple[Probed, Probed]:
    return both(exported)


@pytest.fixture(scope="session")
def seen_of_its(folder: Path, tf1_modules: Path) -> tuple[Probed, Probed]:
    """What both see of the modules that the reference exports."""
    path = folder / "its"
    reference("make", path)
    reference("copy", path, tf1_modules)
    return both(path)


def assert_same(mine: Any, its: Any, where: tuple[Any, ...] = ()) -> None:
    """Numbers to float32's precision, all else exactly."""
    assert type(mine) is type(its), where
    if isinstance(mine, dict):
        assert mine.keys() == its.keys(), where
        for key in mine:
            assert_same(mine[key], its[key], (*where, key))
    elif isinstance(mine, list) and where[-1][-1] == "losses":
        np.testing.assert_allclose(mine, its, rtol=1e-5, err_msg=str(where))
    elif isinstance(mine, np.ndarray) and mine.dtype.kind == "f":
        rtol, atol = (1e-3, 1e-3) if mine.dtype == np.float16 else (1e-5, 1e-6)
        np.testing.assert_allclose(mine, its, rtol, atol, err_msg=str(where))
    elif isinstance(mine, np.ndarray):
        np.testing.assert_array_equal(mine, its, str(where))
    else:
        assert mine == its, where


@pytest.mark.slow
@needs_reference
@pytest.mark.parametrize("name", [*MADE, *CONFORMANCE])
def test_the_reference_loads_ours_with_the_same_results(
    seen_of_ours: tuple[Probed, Probed], name: str
) -> None:
    mine, its = seen_of_ours
    assert_same(mine[name], its[name])


@pytest.mark.slow
@needs_reference
@pytest.mark.parametrize("name", [*MADE, *CONFORMANCE])
def test_ours_loads_what_the_reference_exports(
    seen_of_its: tuple[Probed, Probed], name: str
) -> None:
    mine, its = seen_of_its
    assert_same(mine[name], its[name])


@pytest.mark.slow
@needs_reference
@pytest.mark.parametrize("name", [*MADE, *CONFORMANCE])
def test_both_make_the_same_module(
    seen_of_ours: tuple[Probed, Probed],
    seen_of_its: tuple[Probed, Probed],
    name: str,
) -> None:
    assert_same(seen_of_ours[1][name], seen_of_its[1][name])


def files_of(path: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(path)): each.read_bytes()
        for each in path.rglob("*")
        if each.is_file()
    }


@pytest.mark.slow
def test_exported_twice_is_the_same_bytes(
    exported: Path, folder: Path, tf1_modules: Path
) -> None:
    again = folder / "again"
    ours("make", again, PYTHONHASHSEED="7")
    ours("copy", again, tf1_modules, PYTHONHASHSEED="7")
    first, second = files_of(exported), files_of(again)
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == set()
    assert sorted({name.partition("/")[0] for name in first}) == sorted(
        [*MADE, *CONFORMANCE]
    )
