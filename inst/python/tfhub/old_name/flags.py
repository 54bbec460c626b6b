"""The command-line flags that programs have by importing `tensorflow_hub`."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import settings

_FLAGS = {
    "tfhub_cache_dir": (
        "TFHUB_CACHE_DIR",
        "The folder of downloaded models; the variable TFHUB_CACHE_DIR goes first.",
    ),
    "tfhub_model_load_format": (
        "TFHUB_MODEL_LOAD_FORMAT",
        "How models come; the variable TFHUB_MODEL_LOAD_FORMAT goes first.",
    ),
}


def define() -> Any:
    """Defines them, once, where absl is installed; returns its `FLAGS`, or None."""
    try:
        from absl import flags
    except ImportError:  # it comes with TensorFlow
        return None
    for name, (variable, text) in _FLAGS.items():
        if name in flags.FLAGS:
            continue
        if name == "tfhub_cache_dir":
            flags.DEFINE_string(name, None, text, module_name="tensorflow_hub.resolver")
        else:
            formats = ["COMPRESSED", "UNCOMPRESSED", "AUTO"]
            flags.DEFINE_enum(
                name, "AUTO", formats, text, module_name="tensorflow_hub.resolver"
            )
        settings.FLAGS[variable] = partial(_value, flags.FLAGS, name)
    return flags.FLAGS


def _value(flags: Any, name: str) -> str | None:
    """That of a flag, which is there before a program has read its command line."""
    value: str | None = flags[name].value
    return value
