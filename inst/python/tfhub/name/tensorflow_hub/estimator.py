"""`tensorflow_hub.estimator`."""

from tfhub.tf1.estimator import LatestModuleExporter, register_module_for_export

__all__ = ["LatestModuleExporter", "register_module_for_export"]
