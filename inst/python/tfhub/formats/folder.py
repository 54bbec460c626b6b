"""Lists what is in the folder of a model, and follows nothing out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .. import settings
from ..errors import ModelFormatError
from ..shown import brief, shown

# What a model may have, before TFHUB_MAX_ENTRIES, which is for archives, allows more.
_ENTRIES = 1_000_000


def list_files(folder: Path) -> dict[str, int]:
    """The files of a folder by their paths in it, with slashes, and their bytes.

    A link counts where it leads to a file of the folder: how large another file of
    this machine is, or whether there is one, is nobody's business.

    Raises:
      ModelFormatError: It holds too many files, lies too deep, or cannot be read.
    """
    try:
        return dict(sorted(_files(folder), key=lambda each: each[0].split("/")))
    except OSError as error:
        msg = f"The folder {shown(folder)} cannot be listed: {brief(error.strerror)}."
        hint = "Its names may be too long, or its folders too deep, for the system."
        raise ModelFormatError(msg, hint=hint) from error


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    real = os.path.realpath(folder)
    most = max(_ENTRIES, settings.max_entries())
    waiting, seen = [("", os.fspath(folder))], 0
    while waiting:
        above, place = waiting.pop()
        with os.scandir(place) as entries:
            for entry in entries:
                name = above + entry.name
                seen += 1
                if seen > most:
                    msg = f"{shown(folder)} holds more than {most:,} files and folders."
                    hint = "If you trust it, raise TFHUB_MAX_ENTRIES."
                    raise ModelFormatError(msg, hint=hint)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{name}/", entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield name, entry.stat(follow_symlinks=False).st_size
                elif _is_within(entry, real) and os.path.isfile(entry.path):
                    yield name, os.stat(entry.path).st_size


def _is_within(link: os.DirEntry[str], real: str) -> bool:
    """Whether it is a link to something within a folder whose real path is given."""
    if not link.is_symlink():
        return False
    return os.path.realpath(link.path).startswith(os.path.join(real, ""))
