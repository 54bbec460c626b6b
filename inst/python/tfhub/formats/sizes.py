"""Numbers of bytes for people."""

from __future__ import annotations


def size_text(size: int) -> str:
    """A number of bytes to three figures or so: `26.8 kB`; a kB is 1000 bytes."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    number = float(size)
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if number < 999.95:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} TB"
