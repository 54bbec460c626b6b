"""What a model expects of images: their height, width and number of channels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from .. import words
from ..errors import InputError, SignatureNotFoundError, UnfitModuleError
from ..fetch.resolve import resolve
from ..formats.contents import TF1_HUB, read_contents
from ..formats.description import default_graph
from ..shown import brief, listed, shown
from ..tf1 import images as of_specs
from ..tf1.spec import load_module_spec, spec_of_folder

Shape = tuple[int | None, ...] | None
_INPUT = "images"


def get_expected_image_size(
    module_or_spec: Any, signature: str | None = None, input_name: str | None = None
) -> list[int]:
    """The size of the images that a module expects.

    Args:
      module_or_spec: A handle, a model of `load()`, a `KerasLayer`, a `Module`, in a
        graph or outside, or a `ModuleSpec`.
      signature: The signature to look at. None is the model's own call, or else its
        default signature; of a module in the TF1 Hub format, `"default"`.
      input_name: Its input that takes images. None is `"images"`, or else the only
        input that has four dimensions.

    Returns:
      `[height, width]` in pixels: from the attached `ImageModuleInfo` where that gives
      both, else from the shape of the input.

    Raises:
      UnfitModuleError: Neither tells the size, or there is no such input.
      SignatureNotFoundError: There is no such signature.
    """
    spec = _as_spec(module_or_spec)
    if spec is not None:
        return of_specs.size_of_spec(spec, signature, input_name)
    handle, shapes = _image_shapes(module_or_spec, signature, input_name)
    for shape in shapes:
        if shape is not None and len(shape) == 4:
            height, width = shape[1:3]
            if height is not None and width is not None:
                return [height, width]
    raise _unknown(handle, shapes, "height and width")


def get_num_image_channels(
    module_or_spec: Any, signature: str | None = None, input_name: str | None = None
) -> int:
    """The number of channels of the images that a module expects; 3 is RGB.

    Args:
      module_or_spec: As for `get_expected_image_size()`.
      signature: As there.
      input_name: As there.

    Raises:
      UnfitModuleError: The shape of the input does not tell, or there is no such input.
      SignatureNotFoundError: There is no such signature.
    """
    spec = _as_spec(module_or_spec)
    if spec is not None:
        return of_specs.channels_of_spec(spec, signature, input_name)
    handle, shapes = _image_shapes(module_or_spec, signature, input_name)
    for shape in shapes:
        if shape is not None and len(shape) == 4 and shape[3] is not None:
            return shape[3]
    raise _unknown(handle, shapes, "number of channels")


def _as_spec(module: Any) -> Any:
    """What can tell the attached message, or None for a model of TensorFlow 2."""
    if hasattr(module, "get_attached_message"):
        return module
    if isinstance(module, (str, os.PathLike)):
        return load_module_spec(module) if _is_tf1_hub(resolve(module)) else None
    model = getattr(module, "resolved_object", module)
    source = getattr(model, "_hub", None)
    if source is not None and "://" not in source.path and _is_tf1_hub(source.path):
        return spec_of_folder(source.path, source.handle)
    return None


def _is_tf1_hub(path: str) -> bool:
    return "://" not in path and read_contents(path).format == TF1_HUB


def _image_shapes(
    module: Any, signature: str | None, name: str | None
) -> tuple[str, list[Shape]]:
    """The handle, and the shapes that the input for images has in each form."""
    if isinstance(module, (str, os.PathLike)):
        handle = shown(os.fspath(module))
        forms = list(_forms_in_files(handle, resolve(module), signature))
    else:
        model = getattr(module, "resolved_object", module)
        if not hasattr(model, "_hub"):
            msg = (
                "What images are expected is known of modules, not of the type "
                f"{type(module).__name__}."
            )
            hint = "Give a handle, a loaded model, or the specification of a module."
            raise InputError(msg, hint=hint)
        handle = model._hub.handle
        forms = list(_forms_of_model(handle, model, signature))
    for wanted in [name] if name else [_INPUT, None]:
        found = [shape for form in forms for shape in _chosen(form, wanted)]
        if found:
            return handle, found
    what = f"is called {name!r}" if name else "can be an image, with four dimensions"
    msg = f"No input of {handle} {what}."
    names = sorted({name for form in forms for name in form})
    hint = (
        f"Its inputs are: {listed(names)}. Choose with {words.argument('signature')} "
        f"and {words.argument('input_name')}."
    )
    raise UnfitModuleError(msg, handle=handle, hint=hint)


def _chosen(form: dict[str, Shape], name: str | None) -> list[Shape]:
    if name:
        return [form[name]] if name in form else []
    images: list[Shape] = [shape for shape in form.values() if _is_image(shape)]
    return images if len(images) == 1 else []


def _is_image(shape: Shape) -> bool:
    return shape is not None and len(shape) == 4


def _forms_in_files(
    handle: str, path: str, signature: str | None
) -> Iterator[dict[str, Shape]]:
    graph = default_graph(read_contents(path, handle=handle).graphs)
    if signature is None:
        for call in graph.functions.get("__call__", ()):
            yield {name: tensor.shape for name, tensor in call.inputs.items()}
        signature = graph.default_signature
        if signature is None:
            return
    elif signature not in graph.signatures:
        raise _no_signature(handle, signature, graph.signatures)
    inputs = graph.signatures[signature].inputs
    yield {name: tensor.shape for name, tensor in inputs.items()}


def _forms_of_model(
    handle: str, model: Any, signature: str | None
) -> Iterator[dict[str, Shape]]:
    signatures = dict(getattr(model, "signatures", {}))
    if signature is None:
        own = vars(model).get("__call__")
        for form in getattr(own, "concrete_functions", ()):
            positional, keyword = form.structured_input_signature
            named = {getattr(spec, "name", None): spec for spec in positional}
            yield {
                str(name): _shape_of(spec)
                for name, spec in (named | keyword).items()
                if name and hasattr(spec, "shape")
            }
        names = [n for n in ("default", "serving_default") if n in signatures]
        if not names and len(signatures) != 1:
            return
        signature = names[0] if names else next(iter(signatures))
    elif signature not in signatures:
        raise _no_signature(handle, signature, signatures)
    specs = signatures[signature].structured_input_signature[1]
    yield {name: _shape_of(spec) for name, spec in specs.items()}


def _shape_of(spec: Any) -> Shape:
    return None if spec.shape.rank is None else tuple(spec.shape.as_list())


def _no_signature(handle: str, name: str, there: Any) -> SignatureNotFoundError:
    msg = f"{handle} has no signature {name!r}. Signatures: {listed(sorted(there))}."
    hint = "Give one of these names, or none for the model's own call."
    return SignatureNotFoundError(msg, handle=handle, hint=hint)


def _unknown(handle: str, shapes: list[Shape], missing: str) -> UnfitModuleError:
    dims = shapes[0] or ()
    text = ", ".join("?" if dim is None else str(dim) for dim in dims)
    msg = (
        f"The input of {handle} has the shape [{brief(text)}], and not "
        f"[batch, height, width, channels] with a known {missing}."
    )
    hint = (
        "The model's documentation may say more, or choose another input with "
        f"{words.argument('input_name')}."
    )
    return UnfitModuleError(msg, handle=handle, hint=hint)
