"""`tensorflow_hub.saved_model_module`."""

from tfhub.tf1.spec import create_module_spec_from_saved_model

__all__ = ["create_module_spec_from_saved_model"]
