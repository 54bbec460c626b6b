"""What an archive must hold."""

from __future__ import annotations

from collections.abc import Iterable

from .. import words
from ..errors import ArchiveError, ModelNotFoundError
from ..formats.files import FILES
from ..shown import brief, listed


def require_model_at_root(files: Iterable[str], label: str) -> None:
    """Refuses an archive without a model, or with one in a folder within it."""
    names = sorted(files)
    if any(name in FILES for name in names):
        return
    inner = {name.rpartition("/")[0] for name in names if name.endswith(FILES)}
    if inner:
        first = brief(repr(min(inner)))
        msg = f"{label} holds its model in the folder {first}, not at its root."
        hint = "Pack it again from within that folder: " + words.command(
            "pack FOLDER", "pack", "FOLDER"
        )
        raise ArchiveError(msg, hint=hint)
    there = listed(names[:5]) + (", ..." if len(names) > 5 else "")
    msg = (
        f"{label} holds no model: neither {FILES[0]} nor {FILES[1]} at its root. "
        f"It holds: {there if names else 'nothing'}."
    )
    raise ArchiveError(
        msg,
        hint="Pack the folder of a model: "
        + words.command("pack FOLDER", "pack", "FOLDER"),
    )


def require_model_in_listing(names: Iterable[str], handle: str) -> None:
    """Refuses a remote folder without a model before any of it is fetched."""
    names = sorted(names)
    if any(name in FILES for name in names):
        return
    inner = sorted(name.rpartition("/")[0] for name in names if name.endswith(FILES))
    if inner:
        msg = f"{handle} has models in folders: {_few(inner)}."
        hint = f"Give one, such as {handle.rstrip('/')}/{brief(inner[0])}"
    else:
        msg = f"{handle} has no model: {' or '.join(FILES)} is not among {_few(names)}."
        hint = "Give the folder that holds saved_model.pb."
    raise ModelNotFoundError(msg, handle=handle, hint=hint)


def _few(names: list[str]) -> str:
    return listed(names[:8]) + (", ..." if len(names) > 8 else "")
