"""Threads that hand blocks of bytes to each other, with bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

Block = bytes | memoryview


class Closed(Exception):
    """The reader has gone; the writer may stop."""


class Pipe:
    """Blocks of bytes from one thread to another.

    An error in the writing thread is raised again in the reading one; when the reader
    closes, the writer's next `put()` raises `Closed`.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._blocks: deque[Block] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None

    def put(self, block: Block) -> None:
        """Adds a block; waits while the pipe is full."""
        with self._changed:
            while len(self._blocks) >= self._capacity and not self._closed:
                self._changed.wait()
            if self._closed:
                raise Closed
            self._blocks.append(block)
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Says that no block follows, and why if that is an error."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        """Says that no block is wanted any more."""
        with self._changed:
            self._closed = True
            self._blocks.clear()
            self._changed.notify_all()

    def get(self, while_waiting: Callable[[], None] | None = None) -> Block:
        """The next block, `b""` at the end; calls back 20 times a second meanwhile."""
        with self._changed:
            while not self._blocks and not self._ended:
                # A timeout, also, so that an interrupt gets through.
                self._changed.wait(0.05)
                if while_waiting is not None:
                    while_waiting()
            if self._blocks:
                block = self._blocks.popleft()
                self._changed.notify_all()
                return block
            if self._error is not None:
                raise self._error
            return b""

    def __iter__(self) -> Iterator[Block]:
        while block := self.get():
            yield block


def in_thread(name: str, blocks: Iterable[Block], capacity: int) -> Pipe:
    """Runs an iterable of blocks in a thread of its own; returns the reading end."""
    pipe = Pipe(capacity)

    def run() -> None:
        error: BaseException | None = None
        try:
            for block in blocks:
                pipe.put(block)
        except Closed:
            pass
        except BaseException as caught:
            error = caught
        finally:
            pipe.end(error)
            close = getattr(blocks, "close", None)
            if close is not None:
                close()

    threading.Thread(target=run, name=f"tfhub-{name}", daemon=True).start()
    return pipe
