"""A note where an image module takes values from 0 to 1, and is given 0 to 255.

It takes them without an error, and what it gives is of no use. A module says that it
follows the common signatures for images, whose values are in [0, 1], by the message
that is attached to it under `image_module_info`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import words
from ..formats import protos, reading
from ..formats.contents import TF1_HUB, read_contents
from ..shown import brief
from .tf import tf

IMAGE_INFO = "image_module_info"
_ATTACHMENTS = "hub_module_attachments"
_noted = set[str]()


def image_inputs(specs: Mapping[str, Any]) -> list[str]:
    """The inputs that may be images: floats, of four dimensions."""
    return [
        name
        for name, spec in specs.items()
        if isinstance(spec, tf.TensorSpec)
        and spec.shape.rank == 4
        and spec.dtype.is_floating
        and spec.shape[3] in (None, 1, 3, 4)
    ]


def note(handle: str, tensors: Iterable[Any], says: Callable[[], bool]) -> None:
    """Logs it, once for each module.

    Args:
      handle: That of the module.
      tensors: Batches of images.
      says: Whether the module says that it takes values from 0 to 1. It is asked where
        there are others.
    """
    if handle in _noted or not any(map(_is_of_bytes, tensors)):
        return
    _noted.add(handle)
    if says():
        logging.getLogger("tfhub").warning(
            "%s takes images with values from 0 to 1, and was given values up to 255. "
            "Divide them, x / 255, or read the files by "
            f"{words.function('read_images')}, which does.",
            brief(handle),
        )


def _is_of_bytes(images: Any) -> bool:
    if not hasattr(images, "numpy") or not images.shape.num_elements():
        return False  # of a graph, or empty
    first = images[0].numpy()  # the others are like it
    return bool(first.min() >= 0 and 2 < first.max() <= 255)


def says_in_files(path: str) -> bool:
    """Whether the module in a folder has the message, in any of its graphs."""
    if "://" in path:
        return False
    contents = read_contents(path)
    if contents.format != TF1_HUB:
        return False
    with reading.guarded(Path(path), "not a module"):
        return any(
            protos.ModuleAttachment.FromString(data).key == IMAGE_INFO
            for graph in contents.meta_graphs
            for entry in graph.collection_def
            if entry.key == _ATTACHMENTS
            for data in entry.value.bytes_list.value
        )
