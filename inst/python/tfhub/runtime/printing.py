"""What `print()` of a loaded model says."""

from __future__ import annotations

import os
from typing import Any

from ..describing.printed import lines
from ..formats.files import require_model
from ..formats.saved_model import describe_folder
from ..shown import brief
from .bound_signature import Source

_MOST_BYTES = 64 << 20  # of the file of a graph: to read it takes half a second
_MOST_NAMES = 50


def text_of(model: Any) -> str:
    """How the model is called, read from its files once.

    Where they are gone, are others by now, or are too large to be read for this, it
    says the names of what is there.
    """
    source: Source = model._hub
    if source.text is None:
        try:
            text = _described(source)
        except Exception:
            text = _named(model)
        source.text = f"<hub model> {source.handle}\n{text}".rstrip()
    return source.text


def stamp_of(path: str) -> tuple[int, ...] | None:
    """What tells whether a model's file is the one that was loaded."""
    try:
        status = os.stat(require_model(path))
    except Exception:  # a place that TensorFlow reads
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _described(source: Source) -> str:
    if source.stamp is None or source.stamp[0] > _MOST_BYTES:
        raise ValueError
    if stamp_of(source.path) != source.stamp:
        raise ValueError
    model = describe_folder(source.path, handle=source.handle)
    graphs = {graph.tags: graph for graph in model.graphs}
    loaded = graphs.get(source.tags or (), model.default_graph)
    return "\n".join(
        lines(model, model.default_graph if source.tags is None else loaded)
    )


def _named(model: Any) -> str:
    names = [brief(name) for name in sorted(model.signatures)]
    if not names:
        return ""
    more = len(names) - _MOST_NAMES
    rest = [f"... and {more:,} more signatures"] if more > 0 else []
    return "\n  ".join(["Signatures:", *names[:_MOST_NAMES], *rest])
