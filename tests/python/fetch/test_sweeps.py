"""Kills at any moment, races, and archives changed at any byte."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
import shutil
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

import tfhub
from tfhub.archive.unpacking import unpack
from tfhub.errors import HubError
from tfhub.net.progress import Meter
from tfhub.testing import FaultServer, archive_bytes
from tfhub.testing.archives import zip_of
from tfhub.testing.faults import drips, sends

from ..conftest import tree
from .crowd import tree_hash

CROWD = Path(__file__).parent / "crowd.py"


def crowd(*arguments: Any) -> Any:
    run = subprocess.run(
        [sys.executable, CROWD],
        input=json.dumps(arguments),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    print(run.stderr)  # of the children, shown when the test fails
    return json.loads(run.stdout)


@pytest.mark.parametrize(
    "rounds", [20, pytest.param(200, marks=pytest.mark.slow)], ids=str
)
def test_killed_at_any_moment(
    bad_server: FaultServer, archive: bytes, model: Path, cache: Path, rounds: int
) -> None:
    # Slow ones are killed in the download, fast ones while files are put in place.
    urls = [
        bad_server.on(f"/{i}", drips(archive, 0.2) if i % 3 == 0 else sends(archive))
        for i in range(rounds)
    ]
    outcomes = crowd("killed", urls, str(cache), rounds, tree_hash(str(model)))
    assert len(outcomes) == rounds
    assert sum(each["killed"] for each in outcomes) > rounds / 2
    for outcome in outcomes:
        assert outcome["right"], outcome
        assert outcome["left"] == [], outcome
        assert outcome["names"] == [
            "",
            "descriptor.txt",
            "locks",
            "manifest.json",
            "tmp",
        ]
        assert outcome["overhead"] < 1, outcome


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda s: s.name)
def test_an_end_by_a_signal(
    bad_server: FaultServer, archive: bytes, model: Path, cache: Path, how: int
) -> None:
    url = bad_server.on("/m", drips(archive, 5))
    code = f"import tfhub; tfhub.resolve({url!r})"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    while not bad_server.requests:
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(how)
    process.wait(2)
    if how == signal.SIGINT:
        assert not (cache / ".tmp").exists()
    bad_server.on("/m", sends(archive))
    assert tree(tfhub.resolve(url)) == tree(model)
    assert list((cache / ".tmp").iterdir()) == []


@pytest.mark.parametrize("number", [2, 20, pytest.param(100, marks=pytest.mark.slow)])
def test_a_race(
    bad_server: FaultServer, archive: bytes, model: Path, number: int
) -> None:
    ended = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        drips(archive, 1)(handler)
        ended.append(time.monotonic())

    url = bad_server.on("/m", answer)
    outcome = crowd("race", url, number, tree_hash(str(model)))
    assert outcome["right"] == number
    assert len(bad_server.requests) == 1
    assert outcome["last"] - ended[0] < 0.5


@pytest.mark.parametrize("number", [8, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("flock", ["lies", "fails"])
def test_a_race_without_locks(
    bad_server: FaultServer,
    archive: bytes,
    model: Path,
    cache: Path,
    flock: str,
    number: int,
) -> None:
    want = tree_hash(str(model))
    for i in range(5):
        url = bad_server.on(f"/{i}", sends(archive))
        outcome = crowd(f"race where flock {flock}", url, number, want)
        assert outcome["right"] == number
        assert list((cache / ".tmp").iterdir()) == []
    assert len(bad_server.requests) > 5


def packed(model: Path) -> dict[str, bytes]:
    """A model in each kind of archive that has a checksum."""
    tar = archive_bytes(model, mode="w")
    return {
        "tar.gz": gzip.compress(tar),
        "tar.bz2": bz2.compress(tar),
        "tar.xz": lzma.compress(tar),
        "zip": zip_of(tree(model)),
    }


@pytest.mark.parametrize(
    "times", [200, pytest.param(2000, marks=pytest.mark.slow)], ids=str
)
@pytest.mark.parametrize("kind", ["tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_a_changed_byte_never_makes_another_tree(
    model: Path, tmp_path: Path, kind: str, times: int
) -> None:
    data, want = packed(model)[kind], tree(model)
    chance = random.Random(times)
    ends = [*range(64), *range(len(data) - 400, len(data))]
    for i in range(times):
        at = chance.choice(ends) if i % 2 else chance.randrange(len(data))
        changed = bytearray(data)
        changed[at] ^= chance.randrange(1, 256)
        folder = tmp_path / str(i)
        try:
            unpack(iter([bytes(changed)]), folder, "The archive", Meter(None))
        except HubError:
            pass
        else:
            assert tree(folder) == want, f"byte {at} made another tree"
        shutil.rmtree(folder, ignore_errors=True)
