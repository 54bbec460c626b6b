"""What the user said is trusted, in this process and in `TFHUB_TRUSTED`."""

from __future__ import annotations

import re

from ..errors import HubError
from ..shown import shown
from .tree import PREFIX, is_tree

_digests: set[str] = set()
_SHA256 = re.compile(r"[0-9a-f]{64}")


def trust(digest: str) -> None:
    """Trusts a model, in this process, to be loaded within a saved Keras model.

    A layer that was saved by its handle, or with `embed=True`, is a SavedModel, which
    is code, and no file is to bring or name code that runs by itself: not under Keras'
    safe mode, and not in files that have no such mode. This says of one model that it
    may be loaded; get its digest from whom you trust, not from the file. What comes
    from places that `TFHUB_TRUSTED` names is trusted without.

    Args:
      digest: One of these:

        - A tree digest, `tree1:` and 64 hexadecimal digits: of all files of the model,
          wherever it comes from. `tfhub info --digest` computes it, the configuration
          of a layer has it as `tree`, and the error that asks for trust names it.
        - The sha256 of the archive that it is downloaded in. It counts where this
          user's own download of that archive made the model; else only the tree digest
          does.
        - For an embedded model, what `layer.get_config()["embed"]["sha256"]` said where
          it was saved.

    Raises:
      HubError: It is no such digest.
    """
    found = digest.strip().lower() if isinstance(digest, str) else ""
    found = found.removeprefix("sha256=").removeprefix("sha256:")
    if not (_SHA256.fullmatch(found) or is_tree(found)):
        msg = f"{shown(digest)!r} is neither a sha256 nor a tree digest."
        hint = f"Give its 64 hexadecimal digits, for a tree digest after {PREFIX}"
        raise HubError(msg, hint=hint)
    _digests.add(found)


def is_trusted(digest: object) -> bool:
    """Whether the user named this digest."""
    return isinstance(digest, str) and digest in _digests


def trusts_trees() -> bool:
    """Whether the user named any tree digest."""
    return any(map(is_tree, _digests))
