"""The version that the old name has: above all of the old ones, and ours within it."""

from __future__ import annotations

import re

from .._version import __version__ as _ours


def alias_version(ours: str = _ours) -> str:
    """Such as `0.17.0+tfhub.1.0.0`, a local version by PEP 440."""
    return "0.17.0+tfhub." + re.sub("[^a-z0-9.]+", ".", ours.lower()).strip(".")
