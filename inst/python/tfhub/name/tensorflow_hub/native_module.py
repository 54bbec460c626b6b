"""`tensorflow_hub.native_module`."""

from __future__ import annotations

import os
from pathlib import Path

from tfhub.formats.tf1_hub import MARKER, is_hub_module
from tfhub.old_name import gone
from tfhub.tf1.creating import add_signature, attach_message, create_module_spec
from tfhub.tf1.spec import ModuleSpec, spec_of_folder

__all__ = [
    "Loader",
    "add_signature",
    "attach_message",
    "create_module_spec",
    "get_module_proto_path",
]


def get_module_proto_path(module_dir: str) -> str:
    """Where a module in the TF1 Hub format has the file that tells its format."""
    return os.path.join(module_dir, MARKER)


class Loader:
    """Makes the specification of a module in the TF1 Hub format."""

    def is_supported(self, path: str) -> bool:
        """Whether a folder holds one."""
        return is_hub_module(Path(path))

    def __call__(self, path: str) -> ModuleSpec:
        """The specification of the module in a folder."""
        return spec_of_folder(path, path)


for _name in (
    *("check_collections_are_supported", "check_unique_tags"),
    "find_signature_input_colocation_error",
    *("find_signature_inputs_from_multivalued_ops", "find_signature_type_errors"),
    *("find_state_op_colocation_error", "fix_colocation_after_import"),
    *("get_node_map_from_tensor_map", "get_state_map", "get_unsupported_collections"),
    *("is_registered_stateful_op_without_inputs", "recover_partitioned_variable_map"),
    *("list_registered_stateful_ops_without_inputs", "register_ops_if_needed"),
    "replace_apply_state",
):
    globals()[_name] = gone.function(
        f"native_module.{_name}",
        "It was a step within hub.Module() and hub.create_module_spec(): use these.",
    )
