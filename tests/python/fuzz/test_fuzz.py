"""Mutated files: only HubErrors, each within 2 seconds of CPU and 300 MB.

A case is a target and a number, and is the same each time. What one of them says is
run again by `python -m fuzz.worker`, see there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .targets import HEAVY, TARGETS

_TESTS = Path(__file__).parents[1]
_FEW, _FEW_HEAVY = 350, 60
_MANY, _MANY_HEAVY = 13_500, 2_750  # 100,000 in all


def run_cases(corpus: Path, target: str, first: int, count: int) -> None:
    """Fails with what the worker says when one of its cases fails."""
    package = str(_TESTS.parents[1] / "inst" / "python")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([package, str(_TESTS)]),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
    }
    worker = [sys.executable, "-m", "fuzz.worker"]
    run = subprocess.run(
        [*worker, str(corpus), target, str(first), str(count)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    said = run.stdout[-6000:]
    assert run.returncode == 0, f"{said}\n{run.stderr[-3000:]}"
    assert run.stdout.endswith(f"{count} cases, 0 failed\n"), said


@pytest.mark.parametrize("target", TARGETS)
def test_only_errors_of_ours(corpus: Path, target: str) -> None:
    run_cases(corpus, target, 1, _FEW_HEAVY if target in HEAVY else _FEW)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_only_errors_of_ours_in_100_000_cases(corpus: Path, target: str) -> None:
    run_cases(corpus, target, 10_000, _MANY_HEAVY if target in HEAVY else _MANY)
