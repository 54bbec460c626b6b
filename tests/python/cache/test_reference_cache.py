"""One cache for two programs: this library and the reference library, in both orders.

`TFHUB_REFERENCE_PYTHON` names an interpreter that has tensorflow_hub 0.15 or 0.16.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.cache.entries import Entry
from tfhub.testing import Host

from ..conftest import tree

# Before the fixture that hides the user's settings from the tests.
PYTHON = os.environ.get("TFHUB_REFERENCE_PYTHON")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason="TFHUB_REFERENCE_PYTHON is not set"),
]

PROGRAM = """
import sys
import tensorflow_hub as hub
path = hub.resolve(sys.argv[1])
print(path, hub.load(sys.argv[1])([[1.0, 2.0, 3.0]]).numpy().tolist())
"""


@pytest.fixture
def reference(cache: Path) -> Callable[[str], str]:
    """Resolves and loads by the reference library; returns the path of the model."""

    def reference(handle: str) -> str:
        start = time.monotonic()
        said = subprocess.run(
            [str(PYTHON), "-c", PROGRAM, handle],
            env={**os.environ, "TFHUB_CACHE_DIR": str(cache)},
            check=True, capture_output=True, text=True, timeout=120,
        ).stdout  # fmt: skip
        assert time.monotonic() - start < 60
        path, _, value = said.strip().partition(" ")
        assert value == "[[12.0, 4.0]]"
        return path

    return reference


def test_ours_then_the_reference(
    host: Host, fruit: Path, reference: Callable[[str], str], cache: Path
) -> None:
    url = host.add("/fruit/1", fruit)
    path = hub.resolve(url)
    assert reference(url) == path
    assert len(host.requests) == 1
    assert list(cache.glob("*.lock")) == []
    assert hub.cache_verify()[0].state == "ok"
    assert hub.cache_remove(url)[0].removed
    assert reference(url) == path  # fetched anew
    assert len(host.requests) == 2


def test_the_reference_then_ours(
    host: Host, fruit: Path, reference: Callable[[str], str]
) -> None:
    url = host.add("/fruit/1", fruit)
    path = reference(url)
    assert hub.resolve(url) == path
    assert len(host.requests) == 1
    assert tree(path) == tree(fruit)
    [listed] = hub.cache_list(check=True)
    assert (listed.handle, listed.state) == (url, "foreign")
    [adopted] = hub.cache_adopt()
    assert (adopted.handle, adopted.state) == (url, "ok")
    assert hub.resolve(url) == reference(url) == path
    assert [each.state for each in hub.cache_verify()] == ["ok"]
    assert len(host.requests) == 1


def test_our_locks_do_not_stall_it(
    host: Host, fruit: Path, reference: Callable[[str], str], cache: Path
) -> None:
    url = host.add("/fruit/1", fruit)
    with Entry(str(cache), url).locked():
        path = reference(url)
    assert hub.resolve(url) == path
    assert len(host.requests) == 1
    assert [each.name for each in (cache / ".locks").iterdir()] == [
        f"{os.path.basename(path)}.lock"
    ]


def test_what_it_takes_for_whole_ours_mends(
    host: Host, fruit: Path, reference: Callable[[str], str]
) -> None:
    url = host.add("/fruit/1", fruit)
    path = reference(url)
    Path(path, "saved_model.pb").unlink()  # it would serve this for ever
    assert hub.resolve(url) == path
    assert len(host.requests) == 2
    assert reference(url) == path
    assert len(host.requests) == 2
