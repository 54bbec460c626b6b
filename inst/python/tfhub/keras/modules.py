"""A TF1 Hub module as what a layer applies."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..errors import LayerError
from ..runtime.loading import load_folder
from ..runtime.tf import tf
from ..shown import shown
from ..tf1.eager.module import EagerModule
from ..tf1.spec import spec_of_folder
from ..tf1.upgrade import save
from .choices import Choices
from .functions import Functions, Variant
from .sources import Source, no_signature, of_call, without


def of_module(path: str, handle: str, choices: Choices) -> Source:
    """What applies a TF1 Hub module by a signature.

    Args:
      path: Its folder.
      handle: Its handle, for messages.
      choices: What to apply.

    Raises:
      LayerError: The choices do not fit together.
      SignatureNotFoundError: There is no such signature.
      TagsError: There is no such graph variant.
    """
    output = choices.output(is_module=True)
    if choices.arguments:
        msg = f"{handle} is a TF1 Hub module: its call takes no arguments."
        hint = f"Leave out: {', '.join(sorted(choices.arguments))}."
        raise LayerError(msg, handle=handle, hint=hint)
    open_one = _of_copies if tf.distribute.has_strategy() else _of_one
    source = open_one(path, handle, choices, output)
    source.losses = list(source.model.regularization_losses)
    return source


def _of_one(path: str, handle: str, choices: Choices, output: str | None) -> Source:
    module, name, only = _open(path, handle, choices)
    specs, as_dict = module.specs(name), output != "default"

    def variants(training: bool | None) -> Iterator[Variant]:
        function = module.function(name, training=bool(training), as_dict=as_dict)
        yield Variant(function.get_concrete_function(), specs, [])

    def otherwise(inputs: Any, training: bool | None) -> Any:
        outputs = module(inputs, name, as_dict, training)
        return outputs if as_dict else {"default": outputs}

    def prepare(inputs: Any) -> Any:
        return {only: inputs} if only and not isinstance(inputs, dict) else inputs

    functions = Functions(
        variants, otherwise, handle=handle, takes_training=True, prepare=prepare
    )
    trainable = module.trainable_variables
    return Source(
        module,
        functions,
        functions.outputs,
        specs[only] if only else specs,
        trainable,
        without(module.variables, trainable),
        output=output,
    )


def _of_copies(path: str, handle: str, choices: Choices, output: str | None) -> Source:
    """A TF1 Hub module whose variables have a copy on each device of a strategy.

    TensorFlow's loader makes such, and knows what to read where. So the module is
    upgraded first, in a thread of its own, where the strategy is not in force.
    """
    as_dict = output != "default"
    folder = tempfile.mkdtemp(prefix="tfhub-upgraded-")

    def write() -> str | None:
        module, name, only = _open(path, handle, choices)
        save(module, folder, name, as_dict=as_dict)
        return only

    with ThreadPoolExecutor(1) as thread:
        only = thread.submit(write).result()
    model = load_folder(folder, folder, None, choices.options)
    model._hub.handle = shown(handle)
    # Its assets are read again when the layer is saved.
    weakref.finalize(model, shutil.rmtree, folder, ignore_errors=True)

    def prepare(inputs: Any) -> Any:
        named = isinstance(inputs, dict) and list(inputs) == [only]
        return inputs[only] if named else inputs

    source = of_call(model, {}, handle, prepare)
    source.output = output if as_dict else None
    return source


def _open(
    path: str, handle: str, choices: Choices
) -> tuple[EagerModule, str, str | None]:
    """The module, the signature to apply, and the name of its only input if it is so.

    Raises:
      SignatureNotFoundError: There is no such signature.
    """
    tags = {choices.tags} if isinstance(choices.tags, str) else choices.tags
    tags = None if tags is None else frozenset(tags)
    module = EagerModule(
        spec_of_folder(path, handle), trainable=True, name="", tags=tags
    )
    name = choices.signature or "default"
    if name not in module.signatures:
        raise no_signature(handle, name, module.signatures)
    names = list(module.specs(name))
    return module, name, names[0] if len(names) == 1 else None
