"""`%load_ext tfhub` asks for the old name, `%unload_ext tfhub` gives it back."""

from __future__ import annotations

from typing import Any

from . import asking


def load_ipython_extension(_: Any) -> None:
    """Called by IPython."""
    asking.ask()


def unload_ipython_extension(_: Any) -> None:
    """Called by IPython."""
    asking.give_back()
