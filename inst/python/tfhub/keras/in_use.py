"""Which Keras the program uses where it makes a layer.

`import tensorflow` loads a Keras by itself, and other libraries load the other one: so
what is loaded says little, and what the program imported is looked at.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from types import FrameType, FunctionType, ModuleType
from typing import Any

from ..runtime.symbolic import root_of
from ..runtime.tf import tf
from . import versions

_OWN = __name__.partition(".")[0]
_HOMES = {"keras": ".on_keras3", "tf_keras": ".on_tf_keras"}


def kind_in_use() -> Any:
    """The class of the layer for the Keras that the program uses where this is called.

    The nearest caller that has imported one of the two Kerases, and not the other,
    decides; what counts is what its function and its file have by name. If none does,
    it is the Keras that `tf.keras` is.
    """
    own = "tf_keras" if versions.is_keras2(tf.keras) else "keras"
    if "tf_keras" in sys.modules and not versions.is_keras2(sys.modules.get("keras")):
        own = next(_imported(), own)
    return kind_of(own)


def register() -> None:
    """Lets each Keras in use know of the layer, which the files that it reads name."""
    kind_in_use()
    if "tf_keras" in sys.modules:
        kind_of("tf_keras")


def kind_of(root: str) -> Any:
    """The class of the layer of a Keras, by the name of the package."""
    return import_module(_HOMES[root], __package__).KerasLayer


def kind_loading(name: str, chooser: Any) -> Any:
    """The class of the layer of the Keras that reads a file, if it is but one.

    Args:
      name: What the layer is called in `custom_objects=`.
      chooser: What stands there for it.
    """
    loading = [
        root
        for root in _HOMES
        if root in sys.modules and _registered(root, name) is chooser
    ]
    return kind_of(loading[0]) if len(loading) == 1 else kind_in_use()


def _registered(root: str, name: str) -> Any:
    saving = getattr(sys.modules[root], "saving", None)
    return saving.get_registered_object(name) if saving else None


def place() -> str | None:
    """The file and line of the program that makes a layer; None if there is none."""
    for frame in _callers():
        root = str(frame.f_globals.get("__name__")).partition(".")[0]
        if root not in _HOMES:
            return (
                f"{os.path.basename(frame.f_code.co_filename)}, line {frame.f_lineno}"
            )
    return None


def _callers() -> Iterator[FrameType]:
    """The frames of the callers, the nearest first, without those of this library."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if str(frame.f_globals.get("__name__")).partition(".")[0] != _OWN:
            yield frame
        frame = frame.f_back


def _imported() -> Iterator[str]:
    for frame in _callers():
        for names in (frame.f_locals, frame.f_globals):
            found = set(filter(None, map(_root, list(names.values()))))
            if len(found) == 1:
                yield found.pop()


def _root(value: Any) -> str | None:
    """The Keras that a value is, is a part of, or is an object of."""
    if isinstance(value, (ModuleType, FunctionType, type)):
        is_module = isinstance(value, ModuleType)
        # Not by the attribute: modules may load what they are asked for.
        name = vars(value).get("__name__") if is_module else value.__module__
        root = str(name).partition(".")[0]
        return root if root in _HOMES else None
    # A layer of ours was made for what was in use, and says nothing itself.
    ours = type(value).__module__.partition(".")[0] == _OWN
    return None if ours else root_of(value)
