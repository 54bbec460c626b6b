"""Names of the files of a model, as archives hold them, and which of them may be.

Packing and unpacking keep the same rules, so that what is packed can be unpacked. What
only some systems cannot have (`:`, `?`) is not packed; an archive with it is unpacked
where that is possible.
"""

from __future__ import annotations

import os
import unicodedata

from ..shown import brief

LONGEST = 255  # bytes of a name, which is what file systems have room for
LONGEST_PATH = 2048  # bytes, which leaves as much again for the folder around it
DEEPEST = 100  # folders within each other

# Windows takes these for devices, whatever follows behind a dot, in any case.
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"}
_DEVICES |= {f"{port}{number}" for port in ("com", "lpt") for number in "123456789¹²³"}
_NOT_ON_WINDOWS = frozenset(':?*"<>|') | frozenset(map(chr, range(32)))


def parts_of(name: str) -> list[str]:
    """The parts of a path with slashes, without empty ones and `.`."""
    return [part for part in name.split("/") if part not in ("", ".")]


def fault_of(parts: list[str], *, everywhere: bool) -> str | None:
    """What is wrong with the path of a member, or None.

    Args:
      parts: The names in it.
      everywhere: Whether it must be possible on each system, and not only on this one.
    """
    if ".." in parts:
        return "a path that leads out of the folder"
    if any("\\" in part or "\0" in part for part in parts):
        return "a name with a backslash or a zero byte"
    sizes = [len(part.encode("utf-8", "surrogateescape")) for part in parts]
    if any(size > LONGEST for size in sizes):
        return f"a name of more than {LONGEST} bytes"
    if len(parts) > DEEPEST:
        return f"a path of more than {DEEPEST} folders"
    if sum(sizes) + len(sizes) > LONGEST_PATH:
        return f"a path of more than {LONGEST_PATH:,} bytes"
    if any(_is_device(part) or part.endswith((" ", ".")) for part in parts):
        return "a name that Windows does not have"
    if everywhere or os.name == "nt":
        if any(_NOT_ON_WINDOWS & set(part) for part in parts):
            return "a name that Windows does not have"
        if not all(_is_unicode(part) for part in parts):
            return "a name that is not in UTF-8"
    return None


class Names:
    """The names in one archive, of which no two may be one on another file system."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, bool]] = {}  # folded: name, is a file

    def clash(self, name: str, *, is_file: bool) -> str | None:
        """Notes a path; says what is wrong with it beside those before, or None."""
        known = self._known.setdefault(_folded(name), (name, is_file))
        if known[0] != name:
            return f"which some file systems take for {brief(repr(known[0]))}"
        return None if known[1] == is_file else "a file and a folder at once"


def _folded(name: str) -> str:
    """What is the same for names that a file system may take for one."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", folded))


def _is_device(part: str) -> bool:
    return part.partition(".")[0].rstrip(" ").casefold() in _DEVICES


def _is_unicode(part: str) -> bool:
    try:
        part.encode()
    except UnicodeEncodeError:
        return False
    return True
