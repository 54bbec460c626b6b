"""Names that are near to one that is not there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_MOST = 8
_LONGEST = 1000  # characters of a handle that is worth to be compared


def near(handle: str, others: Iterable[str]) -> list[str]:
    """The handles most like one: first those of the same model, then like names."""
    others = [o for o in others if o and o != handle and len(o) <= _LONGEST]
    model = _without_version(handle)
    same = sorted(other for other in others if _without_version(other) == model)
    rest = [other for other in others if other not in same]
    close = difflib.get_close_matches(handle, rest, n=_MOST, cutoff=0.6)
    return [*same, *close][:_MOST]


def _without_version(handle: str) -> str:
    bare = re.split(r"[#?]", handle)[0].rstrip("/")
    return re.sub(r"(/\d+|@[^/@]+)$", "", bare)
