"""resolve(): a handle becomes a folder."""

from __future__ import annotations

import os

from ..handles import parse
from .progress import Progress
from .sources import SOURCES


def resolve(handle: str | os.PathLike[str], *, progress: Progress | None = None) -> str:
    """Brings a model to this machine, once, and says where it is.

    Args:
      handle: A folder (also as `file://`), which is given back as it is; the URL of a
        model on a server that speaks the hosting protocol
        (https://www.tensorflow.org/hub/hosting); or an archive file, local or by URL:
        `.tar`, `.tar.gz`, `.tgz`, `.zip`. `#sha256=<hex>` at its end pins the archive.
      progress: Called with bytes done, bytes in all or None, and the URL. None draws a
        bar where a terminal is watched, or as `TFHUB_DOWNLOAD_PROGRESS` says.

    Returns:
      The path of a folder. That of a fetched model lies in the cache, which is
      `TFHUB_CACHE_DIR` or `tfhub_modules` in the system's temporary folder. It holds
      every file of the archive; gzip's checksum was checked.

    Raises:
      HandleError: The handle is empty or of an unknown kind.
      HandleNotFoundError: A local path that does not exist.
      DownloadError: The server could not be reached, or failed; `HTTPStatusError` has
        its answer.
      ArchiveError: What came is no archive of a model, or is damaged.
      CacheError: The cache cannot be written.
    """
    parsed = parse(handle)
    source = next(source for source in SOURCES if source.accepts(parsed))
    return source.resolve(parsed, progress)
