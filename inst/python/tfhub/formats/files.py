"""The files that make a folder a model.

Reads no file, and imports little.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import HandleNotFoundError, ModelNotFoundError
from ..shown import shown
from .likely import likely, models_in

FILES = ("saved_model.pb", "saved_model.pbtxt")


def holds_model(folder: str | Path) -> bool:
    """Whether a folder holds the file of a SavedModel."""
    return any(os.path.isfile(os.path.join(folder, name)) for name in FILES)


_JUNK = {"Thumbs.db", "desktop.ini", "__pycache__", ".DS_Store"}


def is_packed(path: str) -> bool:
    """Whether a file or folder of a model goes into its archive, and its tree digest.

    Left out are hidden files and folders but for those below `assets/`, which a model
    may need, and what file managers and Python leave behind.

    Args:
      path: Its path in the model's folder, with slashes.
    """
    parts = path.split("/")
    if any(part in _JUNK or part.startswith("._") for part in parts):
        return False
    return parts[0] == "assets" or not any(part.startswith(".") for part in parts)


def require_model(folder: str | Path, *, handle: str | None = None) -> Path:
    """The model file of a folder.

    Raises:
      HandleNotFoundError: There is no such folder.
      ModelNotFoundError: The folder holds neither of the files of a SavedModel.
    """
    folder = Path(folder)
    for name in FILES:
        if os.path.isfile(folder / name):
            return folder / name
    named = shown(folder)
    if handle not in (None, str(folder)):
        named += f" (of {shown(handle)})"
    if not os.path.isdir(folder):
        msg = f"The folder {named} does not exist."
        hint = "Look at the spelling, and at the folder that you work in."
        raise HandleNotFoundError(msg, handle=handle or str(folder), hint=hint)
    msg = f"The folder {named} contains neither {FILES[0]} nor {FILES[1]}."
    there = likely(folder, holds_model)
    if there:
        msg += f" It contains: {there}."
    elif not any(folder.iterdir()):
        msg += " It contains: nothing."
    inner = models_in(folder, holds_model)
    if inner:
        hint = f"A model lies deeper: did you mean {shown(folder / inner[-1])}?"
    else:
        hint = "Give the folder of a SavedModel or of a TF1 Hub module."
    raise ModelNotFoundError(msg, handle=handle or str(folder), hint=hint)
