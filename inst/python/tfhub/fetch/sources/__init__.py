"""The kinds of handle, in the order in which they are asked: one class for each."""

from __future__ import annotations

import logging
from functools import cache

from ...errors import HandleError
from ...handles import KINDS, Handle, OtherUrl
from ..protocol import Source
from .gcs import GcsSource
from .hugging_face import HuggingFaceSource
from .kaggle import KaggleSource
from .local import LocalSource
from .s3 import S3Source
from .web import HttpSource

GROUP = "tfhub.sources"  # of the entry points by which packages add kinds

SOURCES: list[Source] = [
    LocalSource(),
    HttpSource(),
    GcsSource(),
    S3Source(),
    KaggleSource(),
    HuggingFaceSource(),
]

# What a running program has added, the latest last; it is asked before all others.
REGISTERED: list[Source] = []

_log = logging.getLogger("tfhub")


def source_of(handle: Handle) -> Source:
    """The source for a handle.

    Raises:
      HandleError: Its scheme is unknown here and to all packages.
    """
    for source in (*reversed(REGISTERED), *SOURCES):
        if source.accepts(handle):
            return source
    added = _added()
    for source in added.values():
        if source.accepts(handle):
            return source
    scheme = handle.scheme if isinstance(handle, OtherUrl) else ""
    msg = f"The handle {handle.text!r} has the unknown scheme {scheme}://."
    hint = f"Give {KINDS}."
    if added:
        hint += f" Packages add {', '.join(f'{name}://' for name in sorted(added))}."
    raise HandleError(msg, handle=handle.text, hint=hint)


@cache
def _added() -> dict[str, Source]:
    """What packages add, by its name; what fails to load is logged and left out."""
    from importlib.metadata import entry_points

    found: dict[str, Source] = {}
    for point in entry_points(group=GROUP):
        try:
            loaded = point.load()
            found[point.name] = loaded if isinstance(loaded, Source) else loaded()
        except Exception:
            _log.exception("%s (%s) does not load", point.name, point.value)
    return found
