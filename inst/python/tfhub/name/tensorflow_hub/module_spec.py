"""`tensorflow_hub.module_spec`."""

from tfhub.tf1.spec import ModuleSpec

__all__ = ["ModuleSpec"]
