"""`tensorflow_hub.module`."""

from __future__ import annotations

from typing import Any

from tfhub.tf1.evaluating import eval_function_for_module
from tfhub.tf1.module import Module
from tfhub.tf1.spec import ModuleSpec, as_module_spec, load_module_spec

__all__ = [
    "Module",
    "as_module_spec",
    "eval_function_for_module",
    "export_module_spec",
    "load_module_spec",
]


def export_module_spec(
    spec: ModuleSpec, path: str, checkpoint_path: str, name_transform_fn: Any
) -> None:
    """Exports a module with the values of a checkpoint; as `ModuleSpec.export()`."""
    spec.export(path, checkpoint_path, name_transform_fn)
