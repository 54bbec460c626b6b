"""A handle becomes a description of the model, without TensorFlow."""

from __future__ import annotations

import os

from .fetch.resolve import resolve
from .formats.description import Description
from .formats.saved_model import describe_folder
from .shown import shown


def describe(handle: str | os.PathLike[str]) -> Description:
    """Describes a model: format, tags, signatures, functions, ops, variables, size.

    The model is fetched if it is not in the cache; its files are read, TensorFlow is
    not imported and none of its code runs.

    Args:
      handle: As for `resolve()`.

    Returns:
      A `Description`. `str(tensor)` of an input or output reads `float32[?, 3]`.

    Raises:
      HubError: As for `resolve()`.
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: A file of the model is damaged or from the future.
    """
    return describe_folder(resolve(handle), handle=shown(os.fspath(handle)))
