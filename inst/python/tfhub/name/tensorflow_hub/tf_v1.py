"""`tensorflow_hub.tf_v1`: the names of TensorFlow 1."""

from __future__ import annotations

from typing import Any

from tfhub.runtime.tf import tf


def __getattr__(name: str) -> Any:
    return getattr(tf.compat.v1, name)
