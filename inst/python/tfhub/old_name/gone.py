"""What the old library had and this one has not: it says so, and the way to go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ..errors import AliasError, GoneError


def refuse(name: str, instead: str) -> NoReturn:
    """Says so to who uses a part of the old library.

    Args:
      name: Such as `native_module.get_state_map`.
      instead: What to do.

    Raises:
      GoneError: Always.
    """
    raise GoneError(_message(name), hint=instead)


def refuse_module(name: str, instead: str) -> NoReturn:
    """Says so to who imports a module of the old library.

    Raises:
      AliasError: Always.
    """
    raise AliasError(_message(name), hint=instead)


def newer(name: str) -> GoneError:
    """The error for a name that only the new library has."""
    msg = f"tensorflow_hub has no {name}: that is new in tfhub."
    return GoneError(msg, hint=f"Write `import tfhub`, and tfhub.{name}.")


def _message(name: str) -> str:
    return f"tensorflow_hub.{name} is not part of tfhub, which answers to that name."


def function(name: str, instead: str) -> Callable[..., NoReturn]:
    """A function in the place of one that is gone; called, it says so.

    A program that only imports it runs on.
    """

    def missing(*_: Any, **__: Any) -> NoReturn:
        refuse(name, instead)

    missing.__name__ = missing.__qualname__ = name.rpartition(".")[2]
    missing.__doc__ = f"Gone. {instead}"
    return missing
