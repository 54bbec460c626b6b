"""`tensorflow_hub.tensor_info`."""

from __future__ import annotations

from typing import Any

from tfhub.old_name import gone
from tfhub.tf1.tensors import TensorInfo as ParsedTensorInfo
from tfhub.tf1.tensors import type_spec

__all__ = ["ParsedTensorInfo", "parse_tensor_info_map"]


def parse_tensor_info_map(protomap: Any) -> dict[str, ParsedTensorInfo]:
    """Dtype, shape and kind of each tensor of a side of a signature."""
    return {name: ParsedTensorInfo(type_spec(info)) for name, info in protomap.items()}


for _name in (
    *("build_input_map", "build_output_map", "convert_dict_to_compatible_tensor"),
    "tensor_info_proto_maps_match",
):
    globals()[_name] = gone.function(
        f"tensor_info.{_name}", "It was a step of calling a hub.Module: call one."
    )
