"""Protocol buffer messages that TensorFlow has no documented name for."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import descriptor_pool, message_factory

from ..runtime import tf as _tensorflow  # noqa: F401 - it registers the messages


@cache
def message_class(name: str) -> Any:
    """The class of a message of TensorFlow, such as `VariableDef`."""
    found = descriptor_pool.Default().FindMessageTypeByName(f"tensorflow.{name}")
    return message_factory.GetMessageClass(found)
