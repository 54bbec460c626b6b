"""How far predict() is: for a callback, or as a bar where somebody looks."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Protocol

_PATIENCE = 2.0  # seconds before a bar is shown
_INTERVAL = 0.05  # seconds between two calls


class RowProgress(Protocol):
    """Called by `predict()`, at most 20 times a second, and at the end."""

    def __call__(self, done: int, total: int | None) -> object:
        """Reports `done` of `total` rows; the total is None where it is not known."""


class Meter:
    """Counts rows and reports them, as a context manager.

    Args:
      progress: The callback. None draws a bar on a terminal, with rich where it is
        installed, of what takes longer than two seconds.
      total: The number of rows, if it is known.
    """

    def __init__(self, progress: RowProgress | None, total: int | None) -> None:
        self._progress = progress
        self._total = total
        self._done = 0
        self._stack = ExitStack()
        self._next = time.monotonic()
        if progress is None:
            on_terminal = sys.stderr is not None and sys.stderr.isatty()
            self._next += _PATIENCE if on_terminal else math.inf

    def add(self, rows: int) -> None:
        """Counts rows that are done."""
        self._done += rows
        if time.monotonic() >= self._next:
            if self._progress is None:
                self._progress = self._stack.enter_context(_bar())
            self._progress(self._done, self._total)
            self._next = time.monotonic() + _INTERVAL

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._progress is not None:
            self._progress(self._done, self._done)
        self._stack.close()


@contextmanager
def _bar() -> Iterator[RowProgress]:
    """Draws with rich, or not at all where that is not installed."""
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )
    except ImportError:
        yield lambda _done, _total: None
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("rows"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("Predicting", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
