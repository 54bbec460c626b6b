"""`tensorflow_hub.compressed_module_resolver`: models that come as archives."""

from __future__ import annotations

from tfhub.cache.manifest import key_of
from tfhub.handles import ARCHIVES
from tfhub.old_name.download import LOCK_FILE_TIMEOUT_SEC
from tfhub.old_name.resolving import resolve

from . import resolver

__all__ = [
    "LOCK_FILE_TIMEOUT_SEC",
    "GcsCompressedFileResolver",
    "HttpCompressedFileResolver",
]


def _module_dir(handle: str) -> str:
    """Where in the cache the model of a handle is or would be."""
    root = resolver.tfhub_cache_dir(use_temp=True) or ""
    return resolver.create_local_module_dir(root, key_of(handle))


class HttpCompressedFileResolver(resolver.HttpResolverBase):
    """A URL of http:// or https://, by the hosting protocol or of an archive."""

    def is_supported(self, handle: str) -> bool:
        """Such a URL, where models are to be downloaded."""
        downloads = resolver.model_load_format() != "UNCOMPRESSED"
        return downloads and self.is_http_protocol(handle)


class GcsCompressedFileResolver(resolver.Resolver):
    """An archive in Google's object store."""

    def is_supported(self, handle: str) -> bool:
        """A URL of gs:// that names an archive."""
        return handle.startswith("gs://") and handle.lower().endswith(ARCHIVES)

    def __call__(self, handle: str) -> str:
        """The folder of the model, which is downloaded if it is not there."""
        return resolve(handle)
