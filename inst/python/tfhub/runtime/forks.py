"""What becomes of TensorFlow in a fork: nothing, instead of waiting for ever.

A fork is a copy of a process with one of its threads. TensorFlow computes on threads of
its own, so that in a fork of a process in which it has computed, it waits for threads
that are not there. Neither a fork's own code nor the end of an object that it got from
its parent may come to that.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
from typing import Any

from .. import words
from ..errors import ForkedError

_ANEW = words.code('multiprocessing.get_context("spawn")', "parallel::makeCluster()")
# The process in which TensorFlow was first used through this library; None before. A
# process that only imported it can be forked: nothing runs yet.
_home: int | None = None


def require_home(handle: str | None = None) -> None:
    """Comes before TensorFlow is used: in a fork it is refused.

    Raises:
      ForkedError: The process from which this one was forked has used it.
    """
    global _home
    here = os.getpid()
    if _home is None:
        _home = here
    elif _home != here:
        msg = (
            "This process is a fork of one that has used TensorFlow, whose threads it "
            "has not: it would wait for them for ever."
        )
        hint = (
            f"Start it anew, as {_ANEW} does, and load the model there; or use no "
            "model before the fork."
        )
        raise ForkedError(msg, handle=handle, hint=hint)


def is_fork() -> bool:
    """Whether TensorFlow was used in the process from which this one was forked."""
    return _home is not None and _home != os.getpid()


# What TensorFlow does at the end of a Python object: a table runs the function of its
# model that destroys it, a function leaves the runtime, an executor and a session wait
# for what they still do. These classes are private but for the session, and none has a
# switch. A process that ends with `os._exit()`, as forks do, leaves no more behind
# without it. R forks without telling Python, so this looks at the process, and no
# function of `os.register_at_fork()` is called.
FINALIZERS = (
    ("tensorflow.python.trackable.resource", "CapturableResource"),
    ("tensorflow.python.ops.resource_variable_ops", "EagerResourceDeleter"),
    ("tensorflow.python.eager.polymorphic_function.atomic_function", "AtomicFunction"),
    ("tensorflow.python.eager.executor", "Executor"),
    ("tensorflow.python.client.session", "BaseSession"),
)
# An iterator over a dataset has no such method: its threads are joined when the last
# reference to its resource goes.
ITERATOR = ("tensorflow.python.data.ops.iterator_ops", "OwnedIterator")
_RESOURCE = "_iterator_resource"
# The threads of TensorFlow are joined when its context goes, with the last reference to
# this capsule: at the end of a fork that leaves by `sys.exit()`.
CONTEXT = ("tensorflow.python.eager.context", "_context")
_HANDLE = "_context_handle"
_kept: list[Any] = []


def guard_finalizers() -> None:
    """Lets objects of TensorFlow end without it in forks. For `tf.py`, once."""
    for where in FINALIZERS:
        owner = _class(*where)
        if hasattr(owner, "__del__"):
            owner.__del__ = _unless_forked(owner.__del__)
    iterator = _class(*ITERATOR)
    if iterator is not None and not hasattr(iterator, "__del__"):
        iterator.__del__ = _keep_resource
    atexit.register(_keep_context)


def _class(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)


def _unless_forked(finalize: Any) -> Any:
    def __del__(
        self: Any, is_fork: Any = is_fork, is_finalizing: Any = sys.is_finalizing
    ) -> None:
        if is_fork():
            return
        try:
            finalize(self)
        except Exception:
            # At the end of Python TensorFlow's own may find its modules gone.
            if not is_finalizing():
                raise

    __del__.guards = finalize  # type: ignore[attr-defined]
    return __del__


def _keep_resource(self: Any, is_fork: Any = is_fork) -> None:
    if is_fork():
        _kept.append(getattr(self, _RESOURCE, None))


def _keep_context() -> None:
    if is_fork():
        handle = getattr(_class(*CONTEXT), _HANDLE, None)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(handle))
