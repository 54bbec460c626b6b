"""The end of a server whose owner has gone: the process that started it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

_EACH = 0.5  # seconds


def end_with(owner: int) -> None:
    """Stops this process, as SIGTERM does, when its owner has gone.

    That is when its standard input ends, or when there is no such process any more:
    where the owner has forked, the fork holds the other end of the input, too.

    Args:
      owner: The process that started this one.
    """
    for watch in (_until_eof, _until_gone):
        threading.Thread(target=watch, args=(owner,), daemon=True).start()


def _until_eof(_: int) -> None:
    sys.stdin.buffer.read()
    _stop()


def _until_gone(owner: int) -> None:
    if not hasattr(os, "getuid"):  # Windows, where processes are not forked
        return
    parent = os.getppid()
    while os.getppid() == parent and _is_there(owner):
        time.sleep(_EACH)
    _stop()


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
