"""What was opened, and what may be: from the question to what loads the model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from ..errors import HubError
from ..fetch.resolve import resolve
from ..trusted.tree import Status, status_of
from .door import Asked, Place, admitted

# What was opened in this process: the real folders, by their handles. None stands by
# what the program opened by itself; by what a file brought, how its files were then.
_opened: dict[str, dict[str, Status | None]] = {}
_brought: ContextVar[bool] = ContextVar("brought", default=False)
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
        with brought():
            yield
    else:
        with asked(Asked(handle)):
            yield


def checked(handle: str) -> Place | None:
    """The place from which to load what was asked for; None where nobody asked."""
    found = _checked.get()
    return found[1] if found is not None and found[0] == handle else None


@contextmanager
def brought() -> Iterator[None]:
    """Within, a file brings a model that nobody named: its clones are of what it is."""
    token = _brought.set(True)
    try:
        yield
    finally:
        _brought.reset(token)


def note(handle: str, path: str) -> None:
    """Notes what was opened without a question, so that it may be cloned.

    Args:
      handle: Its handle.
      path: What that resolved to.
    """
    real, known = _real(path), _opened.setdefault(handle, {})
    if not _brought.get() or "://" in path:
        known[real] = None
    elif known.get(real, ()) is not None:
        with suppress(HubError):  # there is a link in it, for one
            known[real] = status_of(real)


def is_opened(handle: str) -> bool:
    """Whether this handle was opened, and it leads to what it did then."""
    if handle not in _opened:
        return False
    try:
        real = _real(resolve(handle))
        status = _opened[handle].get(real, ())
        return status is None or (status != () and status == status_of(real))
    except HubError:
        return False


def _real(path: str) -> str:
    return path if "://" in path else os.path.realpath(path)
