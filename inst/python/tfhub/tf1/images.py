"""What an image module says of the images that it expects.

The common signatures of images take `images`: float32 [batch, height, width, channels],
in [0, 1]. The size that a module was trained on is in a message attached to it, for
the signature may leave height and width open; else it is in the signature.
"""

from __future__ import annotations

from typing import Any

from .. import words
from ..errors import UnfitModuleError
from ..formats.protos import ImageModuleInfo
from ..runtime.unit_values import IMAGE_INFO
from .creating import attach_message

_INPUT = "images"


def attach_image_module_info(image_module_info: Any) -> None:
    """Says within a `module_fn` what images the module expects.

    Args:
      image_module_info: An `ImageModuleInfo`, whose `default_image_size` has `height`
        and `width` in pixels.
    """
    attach_message(IMAGE_INFO, image_module_info)


def size_of_spec(
    module_or_spec: Any, signature: str | None = None, input_name: str | None = None
) -> list[int]:
    """What `get_expected_image_size()` says of a `Module` or a `ModuleSpec`."""
    info = module_or_spec.get_attached_message(IMAGE_INFO, ImageModuleInfo)
    if info is not None:
        size = info.default_image_size
        if size.height and size.width:
            return [size.height, size.width]
    shape = _image_shape(module_or_spec, signature, input_name)
    if shape.rank != 4 or None in shape[1:3].as_list():
        _complain(shape, "height and width")
    return list(shape[1:3].as_list())


def channels_of_spec(
    module_or_spec: Any, signature: str | None = None, input_name: str | None = None
) -> int:
    """What `get_num_image_channels()` says of a `Module` or a `ModuleSpec`."""
    shape = _image_shape(module_or_spec, signature, input_name)
    if shape.rank != 4 or shape.as_list()[3] is None:
        _complain(shape, "number of channels")
    return int(shape[3])


def _image_shape(module_or_spec: Any, signature: str | None, name: str | None) -> Any:
    name = name or _INPUT
    infos = module_or_spec.get_input_info_dict(signature)
    if name not in infos:
        msg = (
            f"Module is missing input {name!r} in signature {signature or 'default'!r}."
        )
        names = ", ".join(map(repr, sorted(infos))) or "none"
        hint = (
            f"Its inputs are: {names}. Choose with {words.argument('signature')} and "
            f"{words.argument('input_name')}."
        )
        raise UnfitModuleError(msg, hint=hint)
    return infos[name].get_shape()


def _complain(shape: Any, missing: str) -> None:
    msg = (
        f"Shape of module input is {shape}, expected "
        f"[batch_size, height, width, num_channels] with known {missing}."
    )
    hint = (
        "The module's documentation may say more, or choose with "
        f"{words.argument('input_name')}."
    )
    raise UnfitModuleError(msg, hint=hint)
