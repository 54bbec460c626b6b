"""Other places for a model, as the user's rules in `TFHUB_MIRROR` say."""

from __future__ import annotations

from .. import settings
from ..handles import Handle, LocalPath, parse


def ways(handle: Handle) -> list[Handle]:
    """The places to look for a model, in order; the handle itself is the last.

    Raises:
      HandleError: A rule makes something of it that is no handle.
    """
    found = [handle]
    if not isinstance(handle, LocalPath):
        for prefix, replacement in reversed(settings.mirrors()):
            if handle.text.startswith(prefix):
                found.insert(0, _rewritten(handle, prefix, replacement))
    return found


def _rewritten(handle: Handle, prefix: str, replacement: str) -> Handle:
    rest, mark, pin = handle.text.removeprefix(prefix).partition("#")
    if "://" not in replacement or "*" in replacement:  # the name of a file
        rest = rest.partition("?")[0]
    if "*" in replacement:
        rest = rest.rstrip("/")
        text = replacement.replace("*", rest)
    else:
        text = replacement + rest
    return parse(text + mark + pin)
