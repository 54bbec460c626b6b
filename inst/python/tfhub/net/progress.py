"""How a download tells how far it is, and how a terminal shows it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from .. import settings
from ..shown import shown as fit

_INTERVAL = 0.05  # seconds between two calls


class Progress(Protocol):
    """Called from the thread of `resolve()`, at most 20 times a second."""

    def __call__(self, done: int, total: int | None, url: str) -> object:
        """Reports `done` of `total` bytes; the total is None where it is not known.

        The URL is as it may be shown: without login and signature.
        """


class Meter:
    """Counts bytes in one thread and reports them in another."""

    def __init__(self, progress: Progress | None) -> None:
        self.done = 0
        self.total: int | None = None
        self._url = ""
        self._progress = progress
        self._next = 0.0

    @property
    def url(self) -> str:
        """Where the bytes come from, fit to be shown."""
        return self._url

    @url.setter
    def url(self, value: str) -> None:
        self._url = fit(value)

    def tick(self) -> None:
        """Reports, unless that was done a moment ago."""
        if self._progress is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + _INTERVAL
            self._progress(self.done, self.total, self.url)

    def finish(self) -> None:
        """Reports the end."""
        if self._progress is not None:
            self._progress(self.done, self.done, self.url)


@contextmanager
def shown(progress: Progress | None) -> Iterator[Progress | None]:
    """The given callback; else one that draws, where somebody looks or asked for it."""
    if progress is not None:
        yield progress
        return
    wanted = settings.download_progress()
    if wanted is None:
        wanted = sys.stderr is not None and sys.stderr.isatty()
    if not wanted:
        yield None
    elif sys.stderr.isatty():
        yield from _bar()
    else:
        yield _Lines()


def _bar() -> Iterator[Progress]:
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.progress import Progress as Bar
    except ImportError:
        yield _Lines()
        return
    with Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("Downloading", total=None)

        def update(done: int, total: int | None, url: str) -> None:
            name = url.partition("?")[0]
            bar.update(task, completed=done, total=total, description=name)

        yield update


class _Lines:
    """Lines for a log: one every few seconds, and one at the end."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 5

    def __call__(self, done: int, total: int | None, url: str) -> None:
        if done != total and time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 5
        of = f" of {total / 1e6:.1f}" if total else ""
        name = url.partition("?")[0]
        print(f"{name}: {done / 1e6:.1f}{of} MB", file=sys.stderr)
