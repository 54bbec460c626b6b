"""A handle becomes a list of what the model does beyond computing."""

from __future__ import annotations

import os

from ..errors import ModelFormatError
from ..fetch.resolve import resolve
from ..formats.scanning import Scan, scan_folder
from ..shown import shown


def scan(handle: str | os.PathLike[str]) -> Scan:
    """Lists what a model does that reaches out of it: files, code, the network.

    The model is fetched if it is not in the cache. All of its graphs and all of their
    functions are read; TensorFlow is not imported, and none of the model's code runs.
    What loading a model does by itself is not listed: reading its own variables and
    filling tables from its own assets.

    A scan tells what the ops of TensorFlow are made to do. It does not find a fault of
    TensorFlow's own code that a model makes use of, what a model computes, or how long
    that takes. See the page on trust and security.

    Args:
      handle: As for `resolve()`.

    Returns:
      A `Scan`. Its `findings` name the op, what it does, the path or address where the
      model says one, the function that holds it, and from where that is reached. An op
      that TensorFlow 2.15 to 2.22 does not have is an `unknown op`.

    Raises:
      HubError: As for `resolve()`.
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The file of the model is damaged, in a newer format, or a Git
        LFS pointer.
    """
    path = resolve(handle)
    if "://" in path:
        msg = f"The model in {shown(path)} cannot be scanned, as it is not here."
        hint = "Unset TFHUB_MODEL_LOAD_FORMAT, so that it is downloaded."
        raise ModelFormatError(msg, handle=os.fspath(handle), hint=hint)
    return scan_folder(path, handle=shown(os.fspath(handle)))
