"""What the user chose of a layer, its checks, and its configuration."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .. import words
from ..errors import LayerConfigError, LayerError
from ..runtime.tf import tf
from ..shown import brief, shown
from ..travelling import travelling
from .embedding import Package

DAMAGED = "The file is damaged, or is none of this library."


@dataclass(frozen=True)
class Choices:
    """The arguments of a layer that are not Keras' own; see the layers."""

    handle: Any = field(repr=False)  # it may have a login
    arguments: dict[str, Any] | None = None
    tags: Any = None
    signature: str | None = None
    signature_outputs_as_dict: bool | None = None
    output_key: str | None = None
    output_shape: Any = None
    load_options: Any = None
    embed: bool | Package = False

    @property
    def options(self) -> Any:
        """The `tf.saved_model.LoadOptions`; None if nothing is said."""
        if isinstance(self.load_options, dict):
            try:
                return tf.saved_model.LoadOptions(**self.load_options)
            except (TypeError, ValueError) as error:
                msg = f"load_options are not those of TensorFlow: {error}."
                hint = (
                    "They are the arguments of "
                    + words.tensorflow("saved_model.LoadOptions")
                    + "."
                )
                raise LayerError(msg, hint=hint) from error
        return self.load_options

    def check(self) -> None:
        """Raises LayerError where they contradict each other."""
        if callable(self.handle) and (self.tags or self.load_options or self.embed):
            msg = "Passing a callable handle is mutually exclusive with setting tags, "
            msg += "load_options or embed: they are for what is loaded."
            hint = "Give the handle of the model as text, or leave them out."
            raise LayerError(msg, hint=hint)
        if self.output_key is not None and self.signature_outputs_as_dict:
            self._refuse_output("output_key and signature_outputs_as_dict are both set")

    def output(self, *, is_module: bool) -> str | None:
        """The output to give; None is whatever the model gives.

        Args:
          is_module: Whether it is a TF1 Hub module, where all is done by signature.

        Raises:
          LayerError: A signature without a choice of outputs, or the reverse.
        """
        if self.signature_outputs_as_dict:
            if self.signature is None and not is_module:
                msg = (
                    "signature_outputs_as_dict is only valid if specifying a signature."
                )
                hint = f"Set {words.argument('signature')} as well, or leave it out."
                raise LayerError(msg, hint=hint)
            return None
        if is_module:
            return self.output_key or "default"
        if self.signature is not None and self.output_key is None:
            self._refuse_output("neither of them is set")
        return self.output_key

    def _refuse_output(self, reason: str) -> None:
        msg = (
            f"For the signature {brief(repr(self.signature))}, {reason}. When using a "
            f"signature, either output_key or "
            f"{words.argument(signature_outputs_as_dict=True)} should be set."
        )
        hint = (
            f"{words.argument('output_key')} gives one output, "
            f"{words.argument(signature_outputs_as_dict=True)} a dict."
        )
        raise LayerError(msg, hint=hint)

    def config(self) -> dict[str, Any]:
        """What makes the same layer again, of types that JSON has.

        Raises:
          LayerConfigError: The handle is no text, or `arguments` are not for JSON.
        """
        if callable(self.handle):
            kind = type(self.handle).__name__
            msg = (
                "Can only generate a valid config for "
                f"{words.call('KerasLayer', ...)} that uses a string handle. "
                f"Got a {kind}."
            )
            hint = (
                f"Save the model with {words.tensorflow('saved_model.save')}(), "
                "and give the path."
            )
            raise LayerConfigError(msg, hint=hint)
        try:
            json.dumps(self.arguments)
        except TypeError as error:
            msg = (
                f"The arguments of {words.name('KerasLayer')} contain what JSON cannot "
                f"hold: {error}. Got: {words.value(self.arguments)}."
            )
            hint = (
                "Use numbers, text, "
                + words.code("lists and dicts", "and lists of them")
                + "."
            )
            raise LayerConfigError(msg, hint=hint) from error
        tags = self.tags
        if tags is not None and not isinstance(tags, str):
            tags = sorted(tags)
        found = {
            "handle": travelling(self.handle, "The configuration of a layer"),
            "arguments": self.arguments,
            "tags": tags,
            "signature": self.signature,
            "signature_outputs_as_dict": self.signature_outputs_as_dict,
            "output_key": self.output_key,
            "output_shape": _plain(self.output_shape),
            "load_options": _fields(self.options),
        }
        return {name: value for name, value in found.items() if value is not None}


def require_types(config: Any) -> None:
    """Checks what a file says of a layer, before anything is done with it.

    Raises:
      LayerError: A value is of another type than `get_config()` has it.
    """
    if not isinstance(config, dict) or "handle" not in config:
        _refuse_type("handle", None, "there, as text")
    for name, (fits, wanted) in _TYPES.items():
        value = config.get(name)
        left_out = value is None and name != "handle"
        if not (left_out or fits(value)):
            _refuse_type(name, value, wanted)


def _refuse_type(name: str, value: Any, wanted: str) -> NoReturn:
    msg = (
        f"The configuration of a {words.name('KerasLayer')} has "
        f"{shown(repr(value))[:80]} as "
        f"{name}, which is to be {wanted}."
    )
    raise LayerError(msg, hint=DAMAGED)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_handle(value: Any) -> bool:
    try:
        os.fsencode(value)
    except (TypeError, UnicodeError):
        return False
    return not isinstance(value, bytes)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value))


def _is_tags(value: Any) -> bool:
    several = isinstance(value, (list, tuple, set, frozenset))
    return _is_text(value) or (several and all(map(_is_text, value)))


def _is_shape(value: Any, depth: int = 0) -> bool:
    """A shape, or a structure of shapes."""
    if isinstance(value, dict):
        value = list(value.values()) if _is_named(value) else [value]
    if not isinstance(value, (list, tuple)):
        if depth == 0:
            return isinstance(value, tf.TensorShape)
        is_size = isinstance(value, int) and not isinstance(value, bool)
        return value is None or is_size or isinstance(value, tf.TensorShape)
    return depth < _DEEPEST and all(_is_shape(item, depth + 1) for item in value)


_DEEPEST = 8  # shapes within lists and dicts
_TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "handle": (_is_handle, "text"),
    "trainable": (_is_flag, "true or false"),
    "arguments": (_is_named, "a dict by name"),
    "tags": (_is_tags, "text, or a list of texts"),
    "signature": (_is_text, "text"),
    "signature_outputs_as_dict": (_is_flag, "true or false"),
    "output_key": (_is_text, "text"),
    "output_shape": (_is_shape, "a shape, or a structure of shapes"),
    "input_shape": (_is_shape, "a shape"),
    "batch_input_shape": (_is_shape, "a shape"),
    "load_options": (
        lambda value: _is_named(value) or isinstance(value, tf.saved_model.LoadOptions),
        "a dict by name",
    ),
    "embed": (lambda value: _is_flag(value) or _is_named(value), "a dict by name"),
    "sha256": (_is_text, "text"),
    "tree": (_is_text, "text"),
}


def policy_of(dtype: Any) -> Any:
    """A dtype, or a policy by its name, where a configuration has it as a dict.

    Each Keras writes its own kind of dict, which the other one does not read.
    """
    if isinstance(dtype, dict) and dtype.get("class_name") in ("Policy", "DTypePolicy"):
        config = dtype.get("config")
        return config.get("name") if isinstance(config, dict) else None
    return dtype


def _fields(options: Any) -> dict[str, Any] | None:
    """What options say that is not said by default, which is None or False."""
    found = {}
    for name in inspect.signature(tf.saved_model.LoadOptions).parameters:
        value = getattr(options, name, None)
        value = getattr(value, "value", value)  # of an enumeration
        if value:
            found[name] = value
    return found or None


def _plain(shape: Any) -> Any:
    """Shapes as lists."""
    if isinstance(shape, tf.TensorShape):
        return shape.as_list()
    if isinstance(shape, dict):
        return {name: _plain(item) for name, item in shape.items()}
    if isinstance(shape, (list, tuple)):
        return [_plain(item) for item in shape]
    return shape
