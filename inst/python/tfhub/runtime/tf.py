"""The one import of TensorFlow, with advice when it is missing or too old."""

from __future__ import annotations

from typing import Any

from .. import words
from ..errors import DependencyError
from . import forks, noise

OLDEST = (2, 15)

try:
    with noise.without_notes():
        import tensorflow
except ImportError as error:
    if error.name and error.name.partition(".")[0] != "tensorflow":
        raise
    msg = "TensorFlow is not installed, and loading a model needs it."
    packages = ("[tensorflow]",)
    raise DependencyError(
        msg, hint="Install it with: " + words.install(*packages), packages=packages
    ) from error

_version = tuple(int(part) for part in tensorflow.__version__.split(".")[:2])
if _version < OLDEST:
    msg = f"TensorFlow {tensorflow.__version__} is too old: tfhub needs 2.15 or later."
    packages = ("[tensorflow]",)
    hint = "Upgrade it with: " + words.install(*packages, upgrade=True)
    raise DependencyError(msg, hint=hint, packages=packages, upgrade=True)

tf: Any = tensorflow
forks.guard_finalizers()

# numpy comes with TensorFlow, and is taken from here, so that it is TensorFlow that is
# missed where both are not installed.
import numpy as np  # noqa: E402

__all__ = ["np", "tensorflow", "tf"]
