"""Processes that resolve, many at once or killed on their way; see `test_sweeps.py`.

A program of its own, which loads everything once and then forks: what is timed is the
work, and not the start of so many Pythons. It prints JSON.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import filelock  # noqa: F401 (loaded before the forks)

import tfhub
from tfhub.archive import unpacking  # noqa: F401
from tfhub.fetch import install  # noqa: F401
from tfhub.net import http  # noqa: F401


def tree_hash(folder: str) -> str:
    """One hash of all names and contents."""
    digest = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_right(url: str, want: str) -> bool:
    """Whether what it resolves to is the model that is wanted."""
    return tree_hash(tfhub.resolve(url)) == want


def fork(work: Callable[[], object]) -> int:
    """Runs it in a child, whose exit status is 0 where it gives True."""
    pid = os.fork()
    if pid:
        return pid
    status = 2
    try:
        status = 0 if work() else 1
    finally:
        os._exit(status)


def ended_well(pid: int) -> bool:
    return os.waitpid(pid, 0)[1] == 0


def race(url: str, number: int, want: str) -> dict[str, object]:
    """So many at once; how many were right, and when the last one was."""
    waiting, go = os.pipe()
    times, report = os.pipe()

    def run() -> bool:
        os.close(go)
        os.read(waiting, 1)
        folder = tfhub.resolve(url)
        os.write(report, f"{time.monotonic()}\n".encode())
        return tree_hash(folder) == want

    children = [fork(run) for _ in range(number)]
    os.close(go)
    os.close(report)
    right = sum(map(ended_well, children))
    with open(times) as lines:
        return {"right": right, "last": max(map(float, lines), default=0.0)}


def killed(
    urls: list[str], cache: str, seed: int, want: str
) -> list[dict[str, object]]:
    """One killed after a random time for each URL, and then one that is not."""
    rounds = []
    chance = random.Random(seed)

    for number, url in enumerate(urls):
        resolve = partial(is_right, url, want)
        root = f"{cache}/{number}"
        os.environ["TFHUB_CACHE_DIR"] = f"{root}/undisturbed"
        start = time.monotonic()
        ended_well(fork(resolve))
        usual = time.monotonic() - start
        os.environ["TFHUB_CACHE_DIR"] = root = f"{root}/cache"
        pid = fork(resolve)
        time.sleep(chance.uniform(0, usual))
        os.kill(pid, signal.SIGKILL)
        was_killed = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) < 0
        start = time.monotonic()
        right = ended_well(fork(resolve))
        seconds = time.monotonic() - start
        names = {name.partition(".")[2] for name in os.listdir(root)}
        rounds.append(
            {
                "killed": was_killed,
                "right": right,
                "overhead": seconds - usual,
                "left": os.listdir(f"{root}/.tmp"),
                "names": sorted(names),
            }
        )
    return rounds


def without_locks(how: str) -> None:
    """Makes `flock` say yes to everybody, or that it does not exist."""
    import fcntl

    def lie(*_: object) -> None: ...

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    fcntl.flock = {"lies": lie, "fails": fail}[how]


if __name__ == "__main__":
    what, *arguments = json.load(sys.stdin)
    what, _, how = what.partition(" where flock ")
    if how:
        without_locks(how)
    print(json.dumps({"race": race, "killed": killed}[what](*arguments)))
