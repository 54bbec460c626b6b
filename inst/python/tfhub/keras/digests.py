"""The digests of a layer's model, for its configuration: claims for who reads it."""

from __future__ import annotations

from ..cache.manifest import manifest_of
from ..errors import HubError
from ..trusted.tree import Status, status_of, tree_of_folder

_trees: dict[str, tuple[Status, str]] = {}


def digests(path: str, origin: str) -> dict[str, str]:
    """The tree digest of a model as `tree`, and that of its archive as `sha256`.

    Args:
      path: The folder that was loaded.
      origin: What the handle resolved to, beside which a manifest may lie.
    """
    found = {"sha256": manifest_of(origin).get("sha256"), "tree": _tree(path)}
    return {name: digest for name, digest in found.items() if digest}


def _tree(path: str) -> str | None:
    """Computed once, and again when a file has changed; None where there is none."""
    if "://" in path:
        return None
    try:
        status = status_of(path)
        known = _trees.get(path)
        if known is None or known[0] != status:
            known = _trees[path] = status, tree_of_folder(path)
    except (HubError, OSError):  # a link is in it, for one
        return None
    return known[1]
