"""`tensorflow_hub.module_v2`."""

from tfhub.old_name.resolving import resolve
from tfhub.runtime.loading import load

__all__ = ["load", "resolve"]
