"""A server ends with the process that started it, also where that has forked."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tfhub as hub

FORKING = """
import os, sys, time, urllib.request
from tfhub.hosting.serving import Server
server = Server(sys.argv[1])
urllib.request.urlopen(server.url + "/zoo/pet/1?tf-hub-format=compressed").read()
fork = os.fork()
if fork == 0:
    time.sleep(300)
    os._exit(0)
print(server.process.pid, fork, flush=True)
time.sleep(300)
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # one that nobody waits for has ended all the same


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no /proc")
def test_a_fork_of_a_killed_owner_keeps_nothing(models: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", FORKING, str(models)],
        env={**os.environ, "TMPDIR": str(tmp_path),
             "PYTHONPATH": str(Path(hub.__file__).parents[1])},
        stdout=subprocess.PIPE, text=True,
    ) as owner:  # fmt: skip
        assert owner.stdout is not None
        server, fork = map(int, owner.stdout.readline().split())
        try:
            workers = children(server)
            assert workers
            assert list(tmp_path.glob("tfhub-serve-*/*"))
            assert is_running(server)
            owner.kill()
            owner.wait()
            deadline = time.monotonic() + 15
            while any(map(is_running, (server, *workers))):
                assert time.monotonic() < deadline, "the server outlived its owner"
                time.sleep(0.05)
            assert is_running(fork)
            assert not list(tmp_path.glob("tfhub-serve-*"))
        finally:
            os.kill(fork, 9)


def children(pid: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(place.parent.name))
    return found
