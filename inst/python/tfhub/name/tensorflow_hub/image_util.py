"""`tensorflow_hub.image_util`."""

from __future__ import annotations

from typing import Any

from tfhub.formats.protos import ImageModuleInfo
from tfhub.imaging.expected import get_expected_image_size, get_num_image_channels
from tfhub.runtime.unit_values import IMAGE_INFO as IMAGE_MODULE_INFO_KEY
from tfhub.tf1.images import attach_image_module_info

__all__ = [
    "IMAGE_MODULE_INFO_KEY",
    "ImageModuleInfo",
    "attach_image_module_info",
    "get_expected_image_size",
    "get_image_module_info",
    "get_num_image_channels",
]


def get_image_module_info(module_or_spec: Any, required: bool = False) -> Any:
    """The `ImageModuleInfo` that is attached to a module, or None."""
    return module_or_spec.get_attached_message(
        IMAGE_MODULE_INFO_KEY, ImageModuleInfo, required=required
    )
