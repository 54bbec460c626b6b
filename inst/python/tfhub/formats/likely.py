"""What in a folder may have been meant, for errors: not what else lies there."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from ..shown import listed

_LOOKED_AT = 1000
_NAMED = 8
# Files of a model, of models in other formats, and archives.
_ENDS = (
    *(".pb", ".pbtxt", ".keras", ".h5", ".hdf5", ".tflite", ".onnx"),
    *(".tar", ".tar.gz", ".tgz", ".zip"),
)


def likely(folder: Path, is_model: Callable[[Path], bool], name: str = "") -> str:
    """The models in a folder, and what may be one, by name.

    Nothing of a home or a temporary folder, where things of all kinds lie; nothing
    hidden, and of a large folder only the first entries.

    Args:
      folder: The folder.
      is_model: Whether a folder in it holds a model.
      name: What was looked for in it: names like it are given, too.

    Returns:
      Some names with commas between them, fit to be shown; "" if there are none.
    """
    entries = [] if _is_private(folder) else _entries(folder)
    close = difflib.get_close_matches(name, entries, n=3) if name else []
    others = (entry for entry in entries if entry not in close)
    found = close + [entry for entry in others if _is_likely(folder / entry, is_model)]
    more = ", ..." if len(found) > _NAMED else ""
    return listed(found[:_NAMED]) + more if found else ""


def models_in(folder: Path, is_model: Callable[[Path], bool]) -> list[str]:
    """The names of the folders in a folder that hold a model, as for `likely()`."""
    if _is_private(folder):
        return []
    return [entry for entry in _entries(folder) if is_model(folder / entry)]


def _entries(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in islice(entries, _LOOKED_AT)]
    except OSError:
        return []
    return sorted(name for name in names if not name.startswith("."))


def _is_private(folder: Path) -> bool:
    """Whether it is a home folder or one for temporary files, or holds such."""
    places = [Path("~").expanduser(), Path(tempfile.gettempdir()), Path("/tmp")]
    places += [Path(os.environ[name]) for name in _TEMPORARY if os.environ.get(name)]
    real = os.path.realpath(folder)
    return any(
        os.path.commonpath([real, os.path.realpath(place)]) == real
        for place in places
        if place.is_absolute() and place.anchor == Path(real).anchor
    )


_TEMPORARY = ("R_SESSION_TMPDIR", "TMPDIR")


def _is_likely(path: Path, is_model: Callable[[Path], bool]) -> bool:
    """A file of a model, a model, or a folder of the versions of one."""
    if path.name.lower().endswith(_ENDS) or path.name in ("variables", "assets"):
        return True
    versions = (entry for entry in _entries(path) if entry.isdecimal())
    return is_model(path) or any(is_model(path / entry) for entry in versions)
