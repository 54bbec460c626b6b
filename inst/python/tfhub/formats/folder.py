"""Lists what is in the folder of a model."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .. import settings
from ..errors import ModelFormatError
from ..shown import brief, shown

# What a model may have, before TFHUB_MAX_ENTRIES, which is for archives, allows more.
_ENTRIES = 1_000_000


def list_files(folder: Path, *, follow: bool = True) -> dict[str, int]:
    """The files of a folder by their paths in it, with slashes, and their bytes.

    A link to a file counts as the file that it leads to; one to a folder does not
    count, so that none leads in a circle.

    Args:
      folder: The folder.
      follow: Whether so does one that leads out of the folder, as all do in what
        Hugging Face's own programs download. For others than the user it must not: how
        large another file of this machine is, or whether there is one, is nobody's
        business.

    Raises:
      ModelFormatError: It holds too many files, lies too deep, or cannot be read.
    """
    try:
        files = _files(folder, follow=follow)
        return dict(sorted(files, key=lambda each: each[0].split("/")))
    except OSError as error:
        msg = f"The folder {shown(folder)} cannot be listed: {brief(error.strerror)}."
        hint = "Its names may be too long, or its folders too deep, for the system."
        raise ModelFormatError(msg, hint=hint) from error


def _files(folder: Path, *, follow: bool) -> Iterator[tuple[str, int]]:
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
                elif entry.is_symlink() and (follow or _is_within(entry.path, real)):
                    with suppress(OSError):  # a link that leads nowhere
                        status = os.stat(entry.path)
                        if stat.S_ISREG(status.st_mode):
                            yield name, status.st_size


def _is_within(link: str, real: str) -> bool:
    """Whether a link leads to something within a folder whose real path is given."""
    return os.path.realpath(link).startswith(os.path.join(real, ""))
