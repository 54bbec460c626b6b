"""`tensorflow_hub.resolve()`, which knew of no files, and so gave them as they were."""

from __future__ import annotations

import os

from ..fetch.resolve import resolve as _resolve
from ..handles import ARCHIVES, LocalPath, parse


def resolve(handle: str | os.PathLike[str]) -> str:
    """As `tfhub.resolve()`; the path of a file that is no archive is returned as it is.

    Programs give it to who can read it: `keras.models.load_model(hub.resolve(path))`.
    """
    place = parse(handle)
    is_file = isinstance(place, LocalPath) and os.path.isfile(place.path)
    if is_file and not place.text.lower().endswith(ARCHIVES):
        return os.fspath(handle)
    return _resolve(handle)
