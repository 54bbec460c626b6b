"""The installed packages that ask for `tensorflow-hub`, and in which versions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import metadata
from typing import NamedTuple


class Pin(NamedTuple):
    """What a package asks for.

    Attributes:
      package: Its name and version.
      wants: Such as `tensorflow-hub<0.13`.
      met: Whether a version meets it; None where that cannot be told.
    """

    package: str
    wants: str
    met: bool | None


def pins(version: str, path: Sequence[str]) -> list[Pin]:
    """What the packages on a path ask for, and whether a version meets it."""
    found = set()
    for package in metadata.distributions(path=[*path]):
        name = name_of(package)
        for line in (package.requires or ()) if name else ():
            if normal(line).startswith("tensorflow-hub"):
                pin = _pin(f"{name} {package.version}", line, version)
                found |= {pin} if pin else set()
    return sorted(found)


def name_of(package: metadata.Distribution) -> str:
    """The name of a package, or `""` where its metadata cannot be read."""
    try:
        return package.metadata["Name"] or ""
    except (OSError, UnicodeError, KeyError, TypeError):
        return ""


def normal(name: str) -> str:
    """A name as packages are compared by."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pin(package: str, line: str, version: str) -> Pin | None:
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:  # it comes with TensorFlow
        return Pin(package, line, None)
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return Pin(package, line, None)
    if normal(requirement.name) != "tensorflow-hub":
        return None
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return None
    wants = f"tensorflow-hub{requirement.specifier}"
    return Pin(
        package, wants, requirement.specifier.contains(version, prereleases=True)
    )
