"""`tensorflow_hub.uncompressed_module_resolver`: models that stay where they are."""

from __future__ import annotations

from . import resolver

__all__ = ["HttpUncompressedFileResolver"]


class HttpUncompressedFileResolver(resolver.HttpResolverBase):
    """A URL whose server says where TensorFlow can read the model."""

    def is_supported(self, handle: str) -> bool:
        """Such a URL, under TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED."""
        stays = resolver.model_load_format() == "UNCOMPRESSED"
        return stays and self.is_http_protocol(handle)
