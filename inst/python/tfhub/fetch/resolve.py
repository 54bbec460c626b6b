"""resolve(): a handle becomes a folder."""

from __future__ import annotations

import os

from .. import settings
from ..errors import OfflineError
from ..handles import LocalPath, parse
from ..net.progress import Progress
from .install import obtain, obtain_here


def resolve(
    handle: str | os.PathLike[str],
    *,
    offline: bool | None = None,
    refresh: bool = False,
    progress: Progress | None = None,
) -> str:
    """Brings a model to this machine, once, and says where it is.

    Args:
      handle: One of these; `#sha256=<hex>` at its end pins an archive.

        - A folder (also as `file://`), which is returned as it is.
        - An archive file, local or by URL: `.tar`, `.tar.gz`, `.tgz`, `.zip`.
        - The URL of a model on a server that speaks the hosting protocol
          (https://www.tensorflow.org/hub/hosting).
        - `gs://BUCKET/PATH` or `s3://BUCKET/PATH`, a folder or an archive. Buckets that
          are not public need the extra `gcs` or `s3` of this package. The variables
          `STORAGE_EMULATOR_HOST` and `AWS_ENDPOINT_URL` name other stores.
        - `kaggle://OWNER/MODEL/FRAMEWORK/VARIATION[/VERSION]`, or the URL of the
          model's page on kaggle.com, with the extra `kaggle`.
        - `hf://OWNER/REPOSITORY[@REVISION][/FOLDER]`, with the extra `hf`.
        - What a package adds: see `tfhub.fetch.protocol`.

        `TFHUB_MIRROR` has rules for other places to look first: see
        `tfhub.settings.mirrors()`.
      offline: Whether to use only what is on this machine: the cache, and mirrors that
        are folders or archives here. None asks `TFHUB_OFFLINE`.
      refresh: Whether to ask the server if what is cached is still current, and to
        fetch it again if it is not. Otherwise what is cached stays as it is.
      progress: Called with bytes done, bytes in all or None, and the URL. None draws a
        bar in a terminal, or as `TFHUB_DOWNLOAD_PROGRESS` says.

    Returns:
      The path of a folder; or, under `TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED`, of a
      `gs://` one for TensorFlow to read. A fetched model lies in the cache, which is
      `TFHUB_CACHE_DIR` or `tfhub_modules` in the system's temporary folder. The folder
      holds every file of the archive; gzip's checksum was checked.

    Raises:
      HandleError: The handle is empty or of an unknown kind.
      DependencyError: Its kind needs a package that is not installed.
      HandleNotFoundError: A local path that does not exist.
      DownloadError: The server could not be reached, or failed; `HTTPStatusError` has
        its answer.
      ArchiveError: What came is not an archive of a model, or is damaged.
      CacheError: The cache cannot be written.
      OfflineError: The model is not in the cache, and the network is not to be used.
    """
    parsed = parse(handle)
    if offline is None:
        offline = settings.offline()
    if offline and not isinstance(parsed, LocalPath):
        from .offline import cached_folder

        try:
            return cached_folder(parsed, refresh=refresh)
        except OfflineError:
            here = None if refresh else obtain_here(parsed, progress)
            if here is None:
                raise
            return here
    return obtain(parsed, progress, refresh=refresh)
