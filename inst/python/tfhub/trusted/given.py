"""What the user said is trusted, in this process and in `TFHUB_TRUSTED`."""

from __future__ import annotations

import re

from ..errors import HubError
from ..shown import shown
from .tree import PREFIX, is_tree

_digests: set[str] = set()
_SHA256 = re.compile(r"[0-9a-f]{64}")


def digest_of(text: object) -> str | None:
    """The digest that a text is, as it is compared; None where it is none."""
    found = text.strip().lower() if isinstance(text, str) else ""
    found = found.removeprefix("sha256=").removeprefix("sha256:")
    return found if _SHA256.fullmatch(found) or is_tree(found) else None


def add(digest: str) -> None:
    """Trusts what has this digest, one of `digest_of()`."""
    _digests.add(digest)


def no_digest(text: object, and_no: str = "") -> HubError:
    """The error for what is no digest."""
    more = f", {and_no}" if and_no else ""
    msg = f"{shown(text)!r} is neither a sha256 nor a tree digest{more}."
    hint = f"Give its 64 hexadecimal digits, for a tree digest after {PREFIX}"
    if and_no:
        hint = f"{hint}, or the handle of a model that is on this machine."
    return HubError(msg, hint=hint)


def is_trusted(digest: object) -> bool:
    """Whether the user named this digest."""
    return isinstance(digest, str) and digest in _digests


def trusts_trees() -> bool:
    """Whether the user named any tree digest."""
    return any(map(is_tree, _digests))
