"""What a manifest beside a model says of it: claims, until something proves them."""

from __future__ import annotations

import os
from typing import Any

from ..trusted.tree import is_tree, tree_of
from .listing import read_manifest
from .locks import KEY, MANIFEST

DOWNLOAD = "download"  # what `came` says of what this cache's users fetched themselves


def manifest_of(path: str) -> dict[str, Any]:
    """The manifest of an entry of the cache; nothing for any other folder."""
    if KEY.fullmatch(os.path.basename(path)) is None:
        return {}
    try:
        return read_manifest(path + MANIFEST)[0]
    except (OSError, ValueError):
        return {}


def tree_in(manifest: dict[str, Any]) -> str:
    """The tree digest that a manifest records; `""` where it has none.

    One of an older version has what it is made of.
    """
    recorded = manifest.get("tree")
    if isinstance(recorded, str) and is_tree(recorded):
        return recorded
    return tree_of_files(manifest)


def tree_of_files(manifest: dict[str, Any]) -> str:
    """The tree digest of the files that a manifest lists; `""` where it lists none."""
    try:
        files = manifest["files"].items()
        return tree_of({name: (fact["size"], fact["sha256"]) for name, fact in files})
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""


def sha256_in(manifest: dict[str, Any]) -> str | None:
    """The sha256 of the archive that a manifest names."""
    found = manifest.get("sha256")
    return found if isinstance(found, str) else None
