"""`tensorflow_hub.registry`: implementations of one's own for handles and modules.

What is added to `resolver` is asked before all kinds of handle that are known here, by
every function that takes a handle, of `tfhub`, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfhub.errors import HandleError
from tfhub.fetch import sources
from tfhub.fetch.protocol import Job, Source
from tfhub.handles import Handle
from tfhub.old_name.resolving import resolve

__all__ = ["MultiImplRegister", "loader", "resolver"]


class MultiImplRegister:
    """Implementations of one thing; the latest that supports what is given does it.

    Each has `is_supported(*args, **kwargs)` and can be called with the same.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._impls: list[Any] = []

    def add_implementation(self, impl: Any) -> None:
        """Adds one, which goes before those that are there."""
        self._impls.append(impl)

    def clear_implementations(self) -> None:
        """Removes all that were added."""
        self._impls.clear()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the latest that supports the arguments."""
        for impl in reversed(self._impls):
            if impl.is_supported(*args, **kwargs):
                return impl(*args, **kwargs)
        return self._otherwise(*args, **kwargs)

    def _otherwise(self, *args: Any, **kwargs: Any) -> Any:
        given = ", ".join(
            [*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]
        )
        tried = [type(impl).__name__ for impl in reversed(self._impls)]
        msg = f"Missing implementation that supports: {self._name}({given}). "
        msg += f"Tried {tried or 'none, as there is none'}."
        raise _MissingError(msg, hint="Add one with add_implementation().")


class _MissingError(HandleError, RuntimeError):
    """No implementation supports what was given."""


class _Own(Source):
    """Models of a program's own implementation; they are used where they are."""

    def __init__(self, impl: Any) -> None:
        self.impl = impl

    def accepts(self, handle: Handle) -> bool:
        return bool(self.impl.is_supported(handle.text))

    def open(self, handle: Handle, job: Job) -> None:
        raise NotImplementedError  # nothing that stays is opened

    def stays(self, handle: Handle) -> bool:  # noqa: ARG002
        return True

    def place(self, handle: Handle, job: Job) -> str:  # noqa: ARG002
        place: str = self.impl(handle.text)
        return place


class _Shared(MultiImplRegister):
    """One whose implementations this library asks; what they do not, it does."""

    def __init__(
        self,
        name: str,
        add: Callable[[Any], Any],
        into: Callable[[], list[Any]],
        otherwise: Callable[..., Any],
    ) -> None:
        super().__init__(name)
        self._add, self._into, self._else = add, into, otherwise

    def add_implementation(self, impl: Any) -> None:
        super().add_implementation(impl)
        self._into().append(self._add(impl))

    def clear_implementations(self) -> None:
        """Removes all that were added; what this library does by itself stays."""
        super().clear_implementations()
        self._into().clear()

    def _otherwise(self, *args: Any, **kwargs: Any) -> Any:
        return self._else(*args, **kwargs)


def _loaders() -> list[Any]:
    from tfhub.tf1 import spec

    return spec.LOADERS


def _load(path: str) -> Any:
    from tfhub.tf1.spec import spec_of_folder

    return spec_of_folder(path, path)


resolver = _Shared("resolver", _Own, lambda: sources.REGISTERED, resolve)
loader = _Shared("loader", lambda impl: impl, _loaders, _load)
