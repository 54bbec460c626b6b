"""What was opened, and what may be: from the question to what loads the model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ..errors import HubError
from ..fetch.resolve import resolve
from .door import Asked, Place, admitted

# What this process's program opened by itself: the real folders, by their handles.
_opened: dict[str, set[str]] = {}
_checked: ContextVar[tuple[str, Place] | None] = ContextVar("checked", default=None)


@contextmanager
def asked(claims: Asked) -> Iterator[None]:
    """Asks for a model; within, `checked()` has the place from which to load it.

    Raises:
      TrustError: Nobody said that the model is trusted.
      HubError: As for `resolve()`, of a model that may be fetched.
    """
    with admitted(claims) as place:
        token = _checked.set((claims.handle, place))
        try:
            yield
        finally:
            _checked.reset(token)


@contextmanager
def asked_in_program(handle: str) -> Iterator[None]:
    """As `asked()`, but for what the program itself has opened before."""
    if is_opened(handle):
        yield
    else:
        with asked(Asked(handle)):
            yield


def checked(handle: str) -> Place | None:
    """The place from which to load what was asked for; None where nobody asked."""
    found = _checked.get()
    return found[1] if found is not None and found[0] == handle else None


def note(handle: str, path: str) -> None:
    """Notes what the program opened by itself, so that it may clone it.

    Args:
      handle: Its handle.
      path: What that resolved to.
    """
    _opened.setdefault(handle, set()).add(_real(path))


def is_opened(handle: str) -> bool:
    """Whether the program opened this handle, and it leads where it did then."""
    if handle not in _opened:
        return False
    try:
        path = resolve(handle)
    except HubError:
        return False
    return _real(path) in _opened[handle]


def _real(path: str) -> str:
    return path if "://" in path else os.path.realpath(path)
