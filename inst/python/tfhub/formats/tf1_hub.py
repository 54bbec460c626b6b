"""What marks a folder as a module in the TF1 Hub format.

`tfhub_module.pb` beside `saved_model.pb` holds a ModuleDef: a format number, 3 in every
module ever published, and a list of features that a reader must know, always empty.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import ModelFormatError
from ..shown import brief, shown
from . import protos, reading

MARKER = "tfhub_module.pb"
FORMAT = 3
_LARGEST = 1 << 20  # bytes; every module ever published has 2


def is_hub_module(folder: Path) -> bool:
    """Whether the folder is marked as a TF1 Hub module.

    Raises:
      ModelFormatError: The marker is damaged, or of a format from the future.
    """
    marker = folder / MARKER
    if not os.path.isfile(marker):
        return False
    parse = protos.ModuleDef.FromString
    module = reading.read(marker, "not the mark of a module", parse, _LARGEST)
    if module.format != FORMAT or module.required_features:
        features = brief(", ".join(module.required_features) or "none")
        msg = (
            f"Unsupported module def format in {shown(marker)}: expected format "
            f"{FORMAT} without required features, got format {module.format} with "
            f"{features}."
        )
        raise ModelFormatError(msg, hint="A newer tfhub may be able to read it.")
    return True
