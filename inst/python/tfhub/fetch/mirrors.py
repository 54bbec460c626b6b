"""Other places for a model, as the user's rules in `TFHUB_MIRROR` say."""

from __future__ import annotations

from .. import settings
from ..errors import HandleError
from ..handles import Handle, LocalPath, parse
from ..shown import shown
from .spellings import spellings


def ways(handle: Handle) -> list[Handle]:
    """The places to look for a model, in order; the handle itself is the last.

    Raises:
      HandleError: A rule makes something of it that is no handle.
    """
    found = [handle]
    if not isinstance(handle, LocalPath):
        for prefix, replacement in reversed(settings.mirrors()):
            named = [each for each in spellings(handle) if each.startswith(prefix)]
            if named:  # the first is as it was given, if that one begins so
                pin = handle.text.partition("#")[1:]
                text = named[0] + "".join(pin)
                found.insert(0, _rewritten(handle, text, prefix, replacement))
    return found


def local_ways(handle: Handle) -> list[LocalPath]:
    """The places to look for a model that are on this machine, in order."""
    return [way for way in ways(handle) if isinstance(way, LocalPath)]


def _rewritten(handle: Handle, text: str, prefix: str, replacement: str) -> Handle:
    rest, mark, pin = text.removeprefix(prefix).partition("#")
    if "://" not in replacement or "*" in replacement:  # the name of a file
        rest = rest.partition("?")[0]
    if "*" in replacement:
        rest = rest.rstrip("/")
        text = replacement.replace("*", rest)
    else:
        text = replacement + rest
    _require_within(replacement, text, handle)
    return parse(text + mark + pin)


def _require_within(replacement: str, text: str, handle: Handle) -> None:
    """Raises HandleError where a handle leads out of the host or folder of a rule.

    A rule may have a login, and a handle may come from a stranger's file.
    """
    if "://" in replacement:
        wanted, found = map(_host, (replacement, text))
        leads_out = wanted != found and ("*" not in wanted or "@" in wanted)
    else:
        leads_out = ".." in text.replace("\\", "/").split("/")[replacement.count("/") :]
    if leads_out:
        msg = (
            f"{handle.text} leads out of {shown(replacement)}, as TFHUB_MIRROR has it."
        )
        hint = "Let the prefix and its replacement end in a slash, both."
        raise HandleError(msg, handle=handle.text, hint=hint)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]
