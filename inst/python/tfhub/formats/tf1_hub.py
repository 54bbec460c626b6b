"""What marks a folder as a module in the TF1 Hub format.

`tfhub_module.pb` beside `saved_model.pb` holds a ModuleDef: a format number, 3 in every
module ever published, and a list of features that a reader must know, always empty.
"""

from __future__ import annotations

from pathlib import Path

from google.protobuf.message import DecodeError

from ..errors import ModelFormatError
from . import protos

MARKER = "tfhub_module.pb"
FORMAT = 3


def is_hub_module(folder: Path) -> bool:
    """Whether the folder is marked as a TF1 Hub module.

    Raises:
      ModelFormatError: The marker is damaged, or of a format from the future.
    """
    marker = folder / MARKER
    if not marker.is_file():
        return False
    try:
        module = protos.ModuleDef.FromString(marker.read_bytes())
    except DecodeError as error:
        msg = f"{marker} is damaged: {error}"
        raise ModelFormatError(msg, hint="Fetch or export the model again.") from error
    if module.format != FORMAT or module.required_features:
        features = ", ".join(module.required_features) or "none"
        msg = (
            f"Unsupported module def format in {marker}: expected format {FORMAT} "
            f"without required features, got format {module.format} with {features}."
        )
        raise ModelFormatError(msg, hint="A newer tfhub may be able to read it.")
    return True
