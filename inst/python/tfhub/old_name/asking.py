"""The name is asked for in this process, and given back."""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from importlib.machinery import PathFinder

from ..errors import AliasError
from ..shown import shown

NAME = "tensorflow_hub"
_ROOM = os.path.dirname(os.path.abspath(__file__))
NAMES = os.path.join(os.path.dirname(_ROOM), "name")
# What the package that `tfhub alias install` writes has, and no other.
MARK = "__written_by_tfhub__"

_log = logging.getLogger("tfhub")


def ask() -> None:
    """Makes `tensorflow_hub` stand for this library in this process.

    Raises:
      AliasError: The program has imported another one already.
    """
    there = sys.modules.get(NAME)
    if there is not None and not hasattr(there, MARK):
        place = getattr(there, "__file__", None)
        if is_ours(place):
            return
        version = getattr(there, "__version__", "")
        msg = f"The program has imported another tensorflow_hub already: {version} in "
        msg += f"{shown(place or 'no file')}. What has it by name would keep it."
        hint = "Put `import tfhub.as_tensorflow_hub` first, before all other imports."
        raise AliasError(msg, hint=hint)
    if NAMES not in sys.path:
        point_out(sys.path)
        # After the program's own folder, unless that has the name, too: pytest puts
        # the folder of packages there, for the tests of one.
        first = PathFinder.find_spec(NAME, sys.path[:1]) is not None
        sys.path.insert(0 if first else 1, NAMES)
    sys.modules.pop(NAME, None)
    import_module(NAME)


def give_back() -> None:
    """Undoes `ask()` for what is imported from now on."""
    while NAMES in sys.path:
        sys.path.remove(NAMES)
    for name in [*sys.modules]:
        if name.partition(".")[0] == NAME:
            del sys.modules[name]
    sys.modules.pop("tfhub.as_tensorflow_hub", None)  # an import of it asks again


def is_ours(file: str | None) -> bool:
    """Whether a file is of the package that answers here."""
    return file is not None and os.path.abspath(file).startswith(NAMES + os.sep)


def is_written(file: str | None) -> bool:
    """Whether a file is the package that `tfhub alias install` writes."""
    if file is None or not os.path.isfile(file) or os.path.islink(file):
        return False
    with open(file, encoding="utf-8", errors="replace") as lines:
        return MARK in lines.read(4096)


def point_out(path: list[str]) -> None:
    """Logs that another one is installed, which is not used now."""
    found = PathFinder.find_spec(NAME, path)
    if found and not is_written(found.origin) and not is_ours(found.origin):
        place = found.origin or ", ".join(found.submodule_search_locations or ())
        _log.warning(
            "tensorflow_hub is installed, too (%s). This program asked for tfhub's.",
            place,
        )
