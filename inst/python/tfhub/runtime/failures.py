"""What TensorFlow says of a model becomes an error that says what to do."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import words
from ..errors import (
    DependencyError,
    HubError,
    InputError,
    ModelFormatError,
    ModelLoadError,
    UnfitModuleError,
    rebuild,
)
from ..formats.amiss import require_whole
from ..formats.contents import TF2, read_contents
from ..shown import brief, listed, shown
from .tf import tf

# What stands around the reason in an error of a graph.
_NOISE = re.compile(
    r"\s*(Graph execution error:|Detected at node |Node: |File \"|<stack traces"
    r"|\[\[\{\{|You may be trying to load on a different device)"
)
_OTHER_SHAPE = "Received incompatible tensor with shape"
# Types that tensorflow_probability registered under a number, until TensorFlow 2.5.
_OLD_TYPE = re.compile(r"The type '_(Distribution|TFP)TypeSpec' is not supported")
_ASSET = re.compile(r"(\S*/assets/[^\n;]+); No such file")
# Inputs that a function of TensorFlow 2 cannot have, as a graph of TensorFlow 1 can.
_NO_PARAMETER = re.compile(
    r"not a valid parameter name|duplicate parameter name|string index out of range"
)
_NO_EXAMPLE = re.compile(
    r"Could not parse example input|Invalid protocol message input, example id"
    r"|Feature: .* is required but could not be found"
    r"|Expected serialized to be a (vector|scalar)|is rank \d+ for '.*ParseExample"
)
# An op that the graph may have, and that cannot be run.
_NO_KERNEL = re.compile(
    r"No OpKernel was registered to support Op '([^']+)'"
    r"|No registered '([^']+)' OpKernel for|Could not find device for node: .* = (\w+)"
)
# What TensorFlow says where a graph calls a function of the program that made it.
_NO_PROGRAM = "Could not find callback with key="
# What TensorFlow says of a loop of the first generation, within a function.
_OLD_LOOP = "'NoneType' object has no attribute 'outer_context'"
_LONGEST = 600  # characters of a reason


def of_loading(error: Exception, path: str, handle: str) -> Exception:
    """The error for a model that TensorFlow did not load.

    Args:
      error: What TensorFlow raised.
      path: Its folder.
      handle: Its handle.

    Returns:
      A HubError that is of TensorFlow's type, too; the error itself if it is a HubError
      already, or a warning.
    """
    if isinstance(error, (HubError, Warning)):
        return error
    reason = _reason(error)
    if "://" in path:
        msg = f"TensorFlow cannot load {handle}: {reason}"
        hint = "Unset TFHUB_MODEL_LOAD_FORMAT to download the model instead."
        return typed(ModelLoadError(msg, handle=handle, hint=hint), error)
    try:
        require_whole(Path(path))
        model = read_contents(path, handle=handle)
    except ModelFormatError as amiss:
        amiss.handle = handle
        if handle not in amiss.message:
            amiss.message = f"{handle} cannot be loaded: {amiss.marked[0]}"
        return typed(amiss, error)
    hint = "Fetch or export the model again."
    missing = _ASSET.search(reason)
    if missing:
        msg = f"{handle} cannot be loaded: the asset {missing[1]} is missing."
        return typed(ModelFormatError(msg, handle=handle, hint=hint), error)
    if isinstance(error, tf.errors.DataLossError) or "Checksum does not" in reason:
        msg = f"{handle} cannot be loaded, as a file of it is damaged: {reason}"
        return typed(ModelFormatError(msg, handle=handle, hint=hint), error)
    if _OTHER_SHAPE in reason:
        msg = f"{handle} cannot be loaded, as its values are not of its graph: {reason}"
        return typed(ModelFormatError(msg, handle=handle, hint=hint), error)
    msg = f"TensorFlow {tf.__version__} cannot load {handle}: {reason}"
    hint = f"It was made with TensorFlow {model.tensorflow or '?'}: "
    hint += "try a version close to that."
    if _OLD_TYPE.search(reason):
        hint += (
            " Import the tensorflow_probability of that time before: no later version "
            "reads these types."
        )
    if model.format != TF2:
        tags = list(model.graphs[0].tags)
        module = "it as a module: " + words.call(
            "Module",
            words.Call("create_module_spec_from_saved_model", path),
            tags=tags,
        )
        if _NO_PARAMETER.search(reason):
            msg = (
                f"{handle} has a signature whose inputs a function of TensorFlow 2 "
                f"cannot take: {reason}"
            )
            hint = f"Use {module}."
        else:
            hint += f" Or try {module}."
    return typed(ModelLoadError(msg, handle=handle, hint=hint), error)


def of_call(
    error: Exception,
    what: str,
    handle: str,
    given: Mapping[str, Any] | None = None,
) -> Exception:
    """The error for inputs that a model did not take while it ran.

    Args:
      error: What TensorFlow raised.
      what: What was applied.
      handle: The model's handle.
      given: The inputs by their names, where they are known.

    Returns:
      An InputError where it is known to be the inputs, a DependencyError where it is
      TensorFlow, each of TensorFlow's type, too; else the error itself.
    """
    if isinstance(error, HubError):
        return error
    reason = _reason(error)
    missing = _NO_KERNEL.search(reason)
    if missing:
        return typed(_no_kernel(missing, str(error), what, handle), error)
    if reason == _OLD_LOOP:
        msg = (
            f"{what} of {handle} has a loop of TensorFlow 1, through which there is no "
            "gradient in what load() gives."
        )
        hint = (
            f"Make a model of TensorFlow 2 of it, with {words.function('upgrade')} and "
            "for a folder without tfhub_module.pb "
            f"{words.function('create_module_spec_from_saved_model')}."
        )
        return typed(UnfitModuleError(msg, handle=handle, hint=hint), error)
    if _NO_PROGRAM in reason:
        py, numpy = map(words.tensorflow, ("py_function", "numpy_function"))
        msg = (
            f"{what} of {handle} calls a function of the Python program that made it, "
            f"by {py} or {numpy}, and no file has that."
        )
        hint = "Take another function or signature, or a model without it."
        return typed(UnfitModuleError(msg, handle=handle, hint=hint), error)
    if not _NO_EXAMPLE.search(reason):
        rows = _rows(given or {})
        if len(set(rows.values())) < 2 or not isinstance(
            error, tf.errors.InvalidArgumentError
        ):
            return error
        msg = f"{what} of {handle} failed: {reason}"
        each = listed(
            [f"{brief(name)} {count}" for name, count in sorted(rows.items())]
        )
        hint = f"Its inputs differ in their first dimension, mostly the batch: {each}."
        return typed(InputError(msg, handle=handle, hint=hint), error)
    msg = (
        f"{what} of {handle} reads its input as serialized "
        f"{words.tensorflow('train.Example')} messages, "
        f"and cannot: {reason}"
    )
    hint = (
        "Give strings of "
        + words.code(
            "tf.train.Example(features=...).SerializeToString()",
            "tf$train$Example(features = ...)$SerializeToString()",
        )
        + "."
    )
    return typed(InputError(msg, handle=handle, hint=hint), error)


def _rows(given: Mapping[str, Any]) -> dict[str, int]:
    """The first dimension of each input that has one."""
    tensors = {n: value for n, value in given.items() if isinstance(value, tf.Tensor)}
    return {n: t.shape[0] for n, t in tensors.items() if t.shape.rank}


def _no_kernel(
    found: re.Match[str], text: str, what: str, handle: str
) -> DependencyError:
    op = next(filter(None, found.groups()))
    devices = sorted(set(re.findall(r"device='(\w+)'", text)))
    here = "on the devices that it finds here" if devices else "at all"
    msg = (
        f"{what} of {handle} needs the op {op}, which TensorFlow {tf.__version__} "
        f"cannot run {here}."
    )
    made = words.code("describe(handle).tensorflow", "hub_info(handle)$tensorflow")
    hint = f"Use a version close to that in {made}."
    if devices:
        hint = f"It runs on: {', '.join(devices)}."
    return DependencyError(msg, handle=handle, hint=hint, ops=[op])


def _reason(error: Exception) -> str:
    """What an error says, without the stack that TensorFlow puts around it."""
    text = getattr(error, "message", None) or str(error) or type(error).__name__
    lines = [line for line in text.splitlines() if not _NOISE.match(line)]
    reason = " ".join(shown(line.strip()) for line in lines if line.strip())
    return reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}..."


def typed(ours: HubError, theirs: Exception) -> HubError:
    """The error as one of the type of another, too, which becomes its cause."""
    code = getattr(theirs, "error_code", None)
    types: Any = type(ours), type(theirs), code
    made: HubError = _class(*types)(ours.marked[0], **_state(ours))
    made.__cause__ = theirs
    return made


def _state(error: HubError) -> dict[str, Any]:
    return {"handle": error.handle, "hint": error.marked[1], **error.data}


def _init_of(ours: Any) -> Any:
    """A constructor that also takes what that of TensorFlow's errors takes.

    Keras makes an error anew by it, to say more in its message.
    """

    def init(self: HubError, *args: Any, **kwargs: Any) -> None:
        ours.__init__(self, args[2] if len(args) > 1 else args[0], **kwargs)

    return init


@functools.cache
def _class(ours: Any, theirs: Any, code: int | None) -> Any:
    if issubclass(ours, theirs):
        return ours

    def reduce(self: HubError) -> Any:
        return _rebuild, (ours, theirs, code, *self.for_others())

    members: dict[str, Any] = {"__module__": ours.__module__, "__reduce__": reduce}
    if issubclass(theirs, tf.errors.OpError):
        # Properties there, of what is not set here.
        members |= {"op": None, "node_def": None, "error_code": code}
        members |= {"__init__": _init_of(ours)}
    try:
        return type(ours.__name__, (ours, theirs), members)
    except TypeError:  # two types that have other fields in memory
        return ours


def _rebuild(
    ours: Any, theirs: Any, code: int | None, message: str, state: dict[str, Any]
) -> Any:
    return rebuild(_class(ours, theirs, code), message, state)
