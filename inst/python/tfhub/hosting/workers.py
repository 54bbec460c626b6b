"""Looks at models in processes of their own, and keeps what was found.

A model's files may be made to take any time and any memory. So each look at one has a
limit of both, few are under way at once, and those that take long wait for each other
and for nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from .kept import Found, Kept

_BUSY = "The server is busy: load this page again."
_LARGEST = 8 << 20  # bytes of an answer
_START = 30.0  # seconds until a process is ready
_QUICK = 0.5  # seconds, after which a look goes on among the slow ones
_SLOW = 10  # seconds that it may take there
_AT_ONCE = {"page": 2, "list": 1, "pack": 1, "slow": 2}
_IDLE = 2  # processes that wait for a job
_MOST_WAITING = 2000
_RETRY = 600.0  # seconds, after which what took too much is tried again


class TooMuchError(Exception):
    """A look took too much time or memory; the text says which."""


class Workers:
    """Does jobs of `worker.py`, each within limits of time and memory.

    What was found is kept until the state of the files is another one, failures too.
    """

    def __init__(self) -> None:
        self._lanes = {name: _Lane(number) for name, number in _AT_ONCE.items()}
        self._idle: list[_Worker] = []
        self._kept = Kept()
        self._looking: dict[Hashable, asyncio.Task[Found]] = {}
        self._refilling: asyncio.Task[None] | None = None
        self._known_slow: OrderedDict[Hashable, None] = OrderedDict()

    async def start(self) -> None:
        """Readies one process, so that the first page does not wait for it."""
        worker = _Worker()
        await worker.start()
        self._idle.append(worker)

    def look(
        self,
        name: str,
        folder: Path,
        state: Hashable,
        failed: Callable[[str], Found],
        *,
        lane: str = "page",
    ) -> asyncio.Future[Found] | Found:
        """What a job finds in a folder: at once where it is kept, else awaited.

        Whoever asks for the same meanwhile waits for the same answer.

        Args:
          name: The job.
          folder: The real path of the model.
          state: Of its files; another one when they have changed.
          failed: Makes the answer of the reason why there is none.
          lane: Who asks, a `page`, a `list` or a `pack`; none waits for another.
        """
        key = name, folder
        kept = self._kept.get(key, state)
        if kept is not None:
            return kept
        looking = key, state, lane
        if looking not in self._looking:
            if len(self._looking) >= _MOST_WAITING:
                return failed(_BUSY)
            task = asyncio.create_task(self._found(key, state, failed, lane))
            self._looking[looking] = task
            task.add_done_callback(lambda _: self._looking.pop(looking))
        return asyncio.shield(self._looking[looking])

    def is_slow(self, name: str, folder: Path) -> bool:
        """Whether a job has taken long in a folder, the last time that it was done."""
        return (name, folder) in self._known_slow

    async def close(self) -> None:
        """Ends all processes."""
        tasks: list[asyncio.Task[Any]] = list(self._looking.values())
        tasks += [self._refilling] if self._refilling else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in self._idle:
            await worker.stop()

    async def _found(
        self,
        key: tuple[str, Path],
        state: Hashable,
        failed: Callable[[str], Found],
        lane: str,
    ) -> Found:
        try:
            found = await self._looked(*key, lane)
        except TooMuchError as error:
            found = failed(str(error))
            self._kept.put(key, state, found, _RETRY)
        except OSError:  # no process can be started
            found = failed(_BUSY)
        else:
            self._kept.put(key, state, found)
        return found

    async def _looked(self, name: str, folder: Path, lane: str) -> Found:
        if (name, folder) not in self._known_slow:
            async with self._lanes[lane]:
                with contextlib.suppress(asyncio.TimeoutError):
                    return await self._job(name, folder, _QUICK)
        self._known_slow[name, folder] = None
        while len(self._known_slow) > _MOST_WAITING:
            self._known_slow.popitem(last=False)
        async with self._lanes["slow"]:
            start = time.monotonic()
            try:
                found = await self._job(name, folder, _SLOW)
            except asyncio.TimeoutError:
                msg = f"Its files take more than {_SLOW} seconds to be read."
                raise TooMuchError(msg) from None
            if time.monotonic() - start < _QUICK:
                self._known_slow.pop((name, folder), None)
            return found

    def _refill(self) -> None:
        """Readies a process in place of one that was killed, for whoever is next."""
        if not self._idle and self._refilling is None:
            self._refilling = asyncio.create_task(self.start())
            self._refilling.add_done_callback(self._refilled)

    def _refilled(self, task: asyncio.Task[None]) -> None:
        self._refilling = None
        with contextlib.suppress(asyncio.CancelledError):
            task.exception()

    async def _job(self, name: str, folder: Path, seconds: float) -> Found:
        worker = self._idle.pop() if self._idle else _Worker()
        try:
            await worker.start()
            job = {"name": name, "folder": os.fspath(folder), "seconds": _SLOW}
            found = await asyncio.wait_for(worker.ask(job), seconds)
        except BaseException:
            await worker.stop()
            self._refill()
            raise
        if found.pop("last", False) or len(self._idle) >= _IDLE:
            await worker.stop()
        else:
            self._idle.append(worker)
        return found


class _Lane:
    """How many jobs are done at once. Of those that wait, the last is the next.

    So whoever asks does not wait for all that were asked for before, which may be slow.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._waiting: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:
                await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        if self._waiting:
            self._waiting.pop().set_result(None)
        else:
            self._free += 1


class _Worker:
    """A process of `worker.py`."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it, if it does not run, and waits until it is ready."""
        if self._process is not None:
            return
        folder, environment = child_process()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tfhub.hosting.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LARGEST,
            cwd=folder,
            env=environment,
        )  # fmt: skip
        await asyncio.wait_for(self._line(), _START)

    async def ask(self, job: dict[str, Any]) -> Found:
        """The answer to a job."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(job)}\n".encode())
        found = json.loads(await self._line())
        if "error" in found:
            msg = f"Its files cannot be read: {found['error']}."
            raise TooMuchError(msg)
        return dict(found)

    async def stop(self) -> None:
        """Kills it."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
        except ValueError:
            msg = "More would have to be said of it than a page has room for."
            raise TooMuchError(msg) from None
        if not line.endswith(b"\n"):
            msg = "Its files take too much memory or time to be read."
            raise TooMuchError(msg)
        return line


def child_process() -> tuple[str, dict[str, str]]:
    """A working folder and an environment for `python -m tfhub...`.

    Python looks for modules in the working folder first: the current one may be the
    folder that is served, where anybody may have put a file such as `json.py`.
    """
    package = str(Path(__file__).parents[2])
    paths = [package, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    path = os.pathsep.join(os.path.abspath(each) for each in paths if each)
    return package, {**os.environ, "PYTHONPATH": path}
