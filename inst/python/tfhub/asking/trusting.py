"""What the user trusts, by its digest or by its handle."""

from __future__ import annotations

import os

from .. import words
from ..errors import HandleNotFoundError, OfflineError
from ..fetch.resolve import resolve
from ..formats.files import require_model
from ..trusted import given
from ..trusted.tree import tree_of_folder


def trust(digest: str | os.PathLike[str]) -> str:
    """Trusts a model, in this process, to be loaded within a saved Keras model.

    A layer that was saved by its handle, or with `embed=True`, is a SavedModel, which
    is code. No file may bring or name code that runs by itself: not under Keras' safe
    mode, and not in files that have no such mode. This says of one model that it may be
    loaded. Get its digest from someone you trust, not from the file. What comes from
    places that `TFHUB_TRUSTED` names needs no such call.

    Args:
      digest: One of these:

        - A tree digest, `tree1:` and 64 hexadecimal digits: of all files of the model,
          wherever it comes from. `tfhub info --digest` computes it, the configuration
          of a layer has it as `tree`, and the error that asks for trust names it.
        - The sha256 of the archive in which it is downloaded. It counts where this
          user's own download of that archive made the model; otherwise only the tree
          digest does.
        - For an embedded model, what `layer.get_config()["embed"]["sha256"]` said where
          it was saved.
        - A handle, as for `resolve()`, of a model that is in the cache or elsewhere on
          this machine; nothing is downloaded. Its tree digest is computed from its
          files now, and is what is trusted: the handle is not, if other files come
          from it later. Look at the model first. An embedded model has only its own
          sha256, above.

    Returns:
      The digest that is trusted now.

    Raises:
      HubError: It is no such digest, and no model is there.
      OfflineError: The model that the handle names is not in the cache, or is damaged.
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The model holds a link, and has no digest.
    """
    found = given.digest_of(digest)
    if found is None:
        found = _tree_here(digest)
    given.add(found)
    return found


def _tree_here(handle: str | os.PathLike[str]) -> str:
    """The tree digest of a model on this machine, over its files as they are now."""
    text = os.fspath(handle) if isinstance(handle, os.PathLike) else handle
    if not isinstance(text, str) or not text.strip():
        raise given.no_digest(text)
    try:
        folder = resolve(text, offline=True)
    except HandleNotFoundError as error:
        if "://" in text:
            raise
        raise given.no_digest(text, and_no="and there is no such folder") from error
    except OfflineError as error:
        error.hint = (
            f"Get the model with {words.call('resolve', text)}, look at it with "
            f"{words.call('describe', text)}, then trust it."
        )
        raise
    require_model(folder, handle=text)
    return tree_of_folder(folder)
