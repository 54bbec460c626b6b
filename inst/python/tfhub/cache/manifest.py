"""Manifests: what a cache says of a model. Whoever can write to it wrote them.

A manifest is a claim in JSON, and may be hostile. Here is the one place that reads
them: what comes out has the fields that are named, of their types, within bounds.

| field | what it is |
|---|---|
| `handle` | as `shown()` makes it; its sha1 is the key, where that changes nothing |
| `time` | when the model came, with the zone |
| `files` | of each file, by its path with slashes: `size` and `sha256` |
| `tree` | the tree digest of the files |
| `sha256` | of the archive that the model came in |
| `came` | by `"download"`, `"import"` or `"adopt"`; older ones do not say |
| `vouched` | whether the user vouched for an import, by the sha256 of what it came in |
| `url`, `mirror`, `etag` | where it came from, as `shown()` makes them |
| `origin` | of a local archive: its `path`, `size` and `time_ns` |
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import datetime
from typing import Any

from ..shown import MASK, shown
from ..trusted.tree import is_tree, tree_of
from .locks import KEY, MANIFEST
from .reading import read_file

DOWNLOAD, IMPORT, ADOPT = "download", "import", "adopt"
MOST_FILES = 200_000
MOST_BYTES = 24 << 20
_MOST_VALUES = 1_000_000  # what JSON becomes in memory is bounded by how many there are
_LONGEST = 100_000  # characters of a text
_LONGEST_PATH = 4096
_FIRST, _LAST = 1970, 9000  # the years that a time may have
_SHA256 = re.compile("[0-9a-f]{64}")
_INFINITE = 1 << 63


def key_of(handle: str) -> str:
    """The name of a handle's folder, which is that of the reference library."""
    text = handle.encode("utf-8", "surrogatepass")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()


def is_of(handle: str, key: str) -> bool:
    """Whether a handle, as a manifest has it, may be that of a key.

    That is known only where `shown()` left the handle as it was.
    """
    if key_of(handle) == key:
        return True
    return (MASK in handle or "\\" in handle) and shown(handle) == handle


def read_manifest(
    path: str, *, counts: bool = False
) -> tuple[dict[str, Any], os.stat_result]:
    """A manifest, and its status from before it was read.

    Args:
      path: The manifest.
      counts: Whether this is a use of the model, which its last use shows.

    Raises:
      OSError: It cannot be read.
      ValueError: It is none.
    """
    content, info = read_file(path, MOST_BYTES, counts=counts)
    try:
        values = content.count(b",") + content.count(b"{") + content.count(b"[")
        if values > _MOST_VALUES:
            msg = f"{path} is no manifest: it has too many values."
            raise ValueError(msg)
        manifest = _JSON.decode(content.decode())
        check_manifest(manifest, os.path.basename(path).removesuffix(MANIFEST))
    except RecursionError as error:
        msg = f"{path} is no manifest: it is nested too deep."
        raise ValueError(msg) from error
    return manifest, info


def check_manifest(manifest: Any, key: str) -> None:
    """Checks the fields of a manifest.

    Raises:
      ValueError: It is not the manifest of a model with that key.
    """
    if not isinstance(manifest, dict):
        msg = "it is no object"
        raise ValueError(msg)
    get = manifest.get
    handle, tree = get("handle"), get("tree")
    files: Any = get("files")
    checks = {
        "handle": _is_text(handle) and handle is not None and is_of(handle, key),
        "time": _is_time(get("time")),
        "files": isinstance(files, dict) and 0 < len(files) <= MOST_FILES,
        "tree": tree is None or (isinstance(tree, str) and is_tree(tree)),
        "sha256": get("sha256") is None or _is_sha256(get("sha256")),
        "came": _is_text(get("came")),
        "vouched": isinstance(get("vouched", False), bool),
        "url": _is_text(get("url")),
        "mirror": _is_text(get("mirror")),
        "etag": _is_text(get("etag")),
        "origin": _is_origin(get("origin")),
    }
    wrong = [name for name, right in checks.items() if not right]
    if not wrong:
        wrong = [
            shown(name)
            for name, facts in files.items()
            if not (_is_path(name) and _is_facts(facts))
        ]
    if wrong:
        msg = f"its {wrong[0][:200]} is not what it has to be"
        raise ValueError(msg)


def manifest_of(folder: str) -> dict[str, Any]:
    """The manifest of an entry of the cache; nothing for any other folder."""
    if KEY.fullmatch(os.path.basename(folder)) is None:
        return {}
    try:
        return read_manifest(folder + MANIFEST)[0]
    except (OSError, ValueError):
        return {}


def tree_in(manifest: dict[str, Any]) -> str:
    """The tree digest that a manifest records, or that of its files, or `""`."""
    recorded = manifest.get("tree") or tree_of_listed(manifest.get("files", {}))
    return str(recorded) if manifest else ""


def tree_of_listed(files: dict[str, Any]) -> str:
    """The tree digest of files, as a manifest lists them."""
    contents = {name: (each["size"], each["sha256"]) for name, each in files.items()}
    return tree_of(contents)


def pin_of(handle: str) -> str | None:
    """The sha256 that a handle pins."""
    _, mark, digest = handle.rpartition("#sha256=")
    return digest.lower() if mark and "#" not in digest else None


def meets(manifest: dict[str, Any], pin: str | None) -> bool:
    """Whether a model is known to be the archive that a handle pins.

    What was imported says so of itself, unless the user vouched for it.
    """
    if pin is None:
        return True
    known = manifest.get("came") in (None, DOWNLOAD) or manifest.get("vouched") is True
    return known and manifest.get("sha256") == pin


def _refuse(constant: str) -> None:
    msg = f"{constant} is no JSON"
    raise ValueError(msg)


_JSON = json.JSONDecoder(parse_constant=_refuse)


def _is_text(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, str) or len(value) > _LONGEST:
        return False
    return value.isascii() or not re.search("[\ud800-\udfff]", value)


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < _INFINITE


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return False
    return time.tzinfo is not None and _FIRST <= time.year <= _LAST


def _is_origin(value: object) -> bool:
    return value is None or (
        isinstance(value, dict)
        and value.keys() == {"path", "size", "time_ns"}
        and isinstance(value["path"], str)
        and _is_count(value["size"])
        and type(value["time_ns"]) is int
    )


def _is_path(name: str) -> bool:
    """Whether this is a path within a folder, as an archive may have it."""
    if len(name) > _LONGEST_PATH or "\\" in name or "\0" in name:
        return False
    if os.name == "nt" and ":" in name:
        return False
    if not name.isascii():
        try:
            os.fsencode(name)
        except ValueError:  # a lone surrogate that stands for no byte
            return False
    return not {"", ".", ".."} & set(name.split("/"))


def _is_facts(facts: object) -> bool:
    return (
        isinstance(facts, dict)
        and facts.keys() == {"size", "sha256"}
        and _is_count(facts["size"])
        and _is_sha256(facts["sha256"])
    )
