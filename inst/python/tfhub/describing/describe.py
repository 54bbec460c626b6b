"""A handle becomes a description of the model, without TensorFlow."""

from __future__ import annotations

import os
from dataclasses import replace

from ..cache.manifest import manifest_of, tree_in
from ..errors import ModelFormatError
from ..fetch.resolve import resolve
from ..formats.description import Description
from ..formats.saved_model import describe_folder
from ..shown import shown
from ..trusted.tree import tree_of_folder


def describe(handle: str | os.PathLike[str], *, digest: bool = False) -> Description:
    """Describes a model: format, tags, signatures, functions, ops, variables, size.

    The model is fetched if it is not in the cache. Its files are read; TensorFlow is
    not imported, and none of the model's code runs.

    Args:
      handle: As for `resolve()`.
      digest: Whether to compute the tree digest, which takes reading every file.
        Otherwise it is the one recorded when the model came into the cache, if any.

    Returns:
      A `Description`. `str(tensor)` of an input or output reads `float32[?, 3]`. Its
      `problems` say what is wrong with the files that loading needs.

    Raises:
      HubError: As for `resolve()`.
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The file of the model is damaged, in a newer format, or a Git
        LFS pointer; or the model holds a link, and has no digest.
    """
    path = resolve(handle)
    model = describe_folder(path, handle=shown(os.fspath(handle)))
    if digest:
        if "://" in path:
            msg = f"The model in {shown(path)} has no digest, as it is not here."
            hint = "Unset TFHUB_MODEL_LOAD_FORMAT, so that it is downloaded."
            raise ModelFormatError(msg, handle=os.fspath(handle), hint=hint)
        return replace(model, tree=tree_of_folder(path), tree_source="computed")
    tree = tree_in(manifest_of(path))
    return replace(model, tree=tree, tree_source="recorded") if tree else model
