"""What an archive must hold."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import ArchiveError
from ..formats.saved_model import FILES


def require_model_at_root(files: Iterable[str], label: str) -> None:
    """Refuses an archive without a model, or with one in a folder within it."""
    names = sorted(files)
    if any(name in FILES for name in names):
        return
    inner = {name.rpartition("/")[0] for name in names if name.endswith(FILES)}
    if inner:
        msg = f"{label} holds its model in the folder {min(inner)!r}, not at its root."
        hint = "Pack it again from within that folder: tfhub pack FOLDER"
        raise ArchiveError(msg, hint=hint)
    listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    msg = (
        f"{label} holds no model: neither {FILES[0]} nor {FILES[1]} at its root. "
        f"It holds: {listed or 'nothing'}."
    )
    raise ArchiveError(msg, hint="Pack the folder of a model: tfhub pack FOLDER")
