"""`tensorflow_hub.resolver`: the parts of resolving a handle.

A program that only wants a model needs none of it: `hub.resolve()` and `hub.load()`.
"""

from __future__ import annotations

import enum
import os
import ssl
import urllib.request
from abc import ABC, abstractmethod
from typing import IO, Any

from tfhub import settings
from tfhub.cache.roots import cache_root
from tfhub.net.progress import Meter, shown
from tfhub.old_name import flags
from tfhub.old_name.download import atomic_download, unpack_into
from tfhub.old_name.resolving import resolve
from tfhub.settings import model_load_format as _load_format

__all__ = [
    "DownloadManager",
    "HttpResolverBase",
    "ModelLoadFormat",
    "PathResolver",
    "Resolver",
    "atomic_download",
    "create_local_module_dir",
    "get_env_setting",
    "model_load_format",
    "tfhub_cache_dir",
]

FLAGS = flags.define()
_FORMAT = "tf-hub-format"


class ModelLoadFormat(enum.Enum):
    """How models come."""

    COMPRESSED = "COMPRESSED"
    UNCOMPRESSED = "UNCOMPRESSED"
    AUTO = "AUTO"


def get_env_setting(env_var: str, flag_name: str) -> str | None:
    """A setting: by an environment variable, else by a flag of the command line."""
    return os.environ.get(env_var) or (FLAGS and FLAGS[flag_name].value)


def model_load_format() -> str:
    """The name of a `ModelLoadFormat`."""
    return _load_format()


def tfhub_cache_dir(
    default_cache_dir: str | None = None, use_temp: bool = False
) -> str | None:
    """The folder of the cache.

    Args:
      default_cache_dir: What to take where nobody has chosen one.
      use_temp: Whether it is the usual one then, mostly in the temporary folder.

    Returns:
      The folder, which need not be there; None where there is none.
    """
    chosen = settings.cache_dir() or default_cache_dir
    return cache_root() if not chosen and use_temp else chosen


def create_local_module_dir(cache_dir: str, module_name: str) -> str:
    """Makes the folder of a cache, and says where in it a model belongs."""
    os.makedirs(cache_dir, exist_ok=True)
    return os.path.join(cache_dir, module_name)


class DownloadManager:
    """Unpacks what is downloaded, and shows how far it is.

    Args:
      url: Where it comes from, to be shown.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def download_and_uncompress(self, fileobj: IO[bytes], dst_path: str) -> None:
        """Unpacks an archive while it is read.

        Args:
          fileobj: The archive, open for reading.
          dst_path: A folder, which is made if it is not there.

        Raises:
          ArchiveError: It is not an archive, is cut short, or damaged.
        """
        with shown(None) as progress:
            meter = Meter(progress)
            meter.url = self._url
            unpack_into(fileobj, dst_path, meter)


class Resolver(ABC):
    """What makes a path of a handle; to be added to `registry.resolver`."""

    @abstractmethod
    def is_supported(self, handle: str) -> bool:
        """Whether this is the one for a handle."""

    @abstractmethod
    def __call__(self, handle: str) -> str:
        """The path of the model's folder."""


class PathResolver(Resolver):
    """Takes a handle for a path."""

    def is_supported(self, handle: str) -> bool:  # noqa: ARG002
        """All are."""
        return True

    def __call__(self, handle: str) -> str:
        """The path as it is.

        Raises:
          HandleNotFoundError: It is not there.
        """
        return resolve(handle)


class HttpResolverBase(Resolver):
    """The base of those that ask a server."""

    def __init__(self) -> None:
        self._context: ssl.SSLContext | None = None
        if settings.disable_cert_validation():
            self._set_url_context(ssl._create_unverified_context())

    def is_supported(self, handle: str) -> bool:
        """A URL of http:// or https://."""
        return self.is_http_protocol(handle)

    def is_http_protocol(self, handle: str) -> bool:
        """Whether it is a URL of http:// or https://."""
        return handle.startswith(("http://", "https://"))

    def __call__(self, handle: str) -> str:
        """The folder of the model, which is downloaded if it is not there."""
        return resolve(handle)

    def _set_url_context(self, context: ssl.SSLContext | None) -> None:
        """Says what certificates `_call_urlopen()` takes; `hub.load()` has settings."""
        self._context = context

    def _append_compressed_format_query(self, handle: str) -> str:
        return self._append_format_query(handle, (_FORMAT, "compressed"))

    def _append_format_query(self, handle: str, pair: tuple[str, str]) -> str:
        return f"{handle}{'&' if '?' in handle else '?'}{pair[0]}={pair[1]}"

    def _call_urlopen(self, request: Any) -> Any:
        return urllib.request.urlopen(request, context=self._context)
