"""What the layers of both Kerases share."""

from __future__ import annotations

import difflib
import inspect
import logging
import os
from typing import Any

from .. import words
from ..errors import HubError, LayerError, OtherKerasError, original
from ..runtime import failures, symbolic
from ..runtime.tf import tf
from ..shown import Unshown, brief, listed
from . import in_use, private, trust
from .choices import DAMAGED, Choices, policy_of, require_types
from .digests import digests
from .embedding import Package
from .outputs import choose, first_batch, with_shapes
from .sources import Source


class HubLayer:
    """What both layers are: `hub.KerasLayer`, which makes the one that is wanted.

    A mixin before `keras.layers.Layer`; the docstrings are in the layers.
    """

    # What a layer says of the Kerases: its own, its name, and the name of the other.
    _hub_keras: Any
    _hub_name: str
    _hub_other: str

    trainable: bool
    _hub_chooser: type[HubLayer]
    _hub_place: str | None  # the line of the program that made it
    _hub_choices: Choices
    _hub_source: Source
    _hub_package: Package | bool | None
    _hub_idle: bool  # nothing can be trained, which was not said yet

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A layer of the Keras in use, where none is named."""
        kind: Any = in_use.kind_in_use() if cls is HubLayer else cls
        return super(HubLayer, kind).__new__(kind, *args, **kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A class that a program makes of `hub.KerasLayer` is of the Keras in use."""
        super().__init_subclass__(**kwargs)
        if cls.__module__.partition(".")[0] != __name__.partition(".")[0]:
            cls.__bases__ = tuple(
                in_use.kind_in_use() if base is HubLayer else base
                for base in cls.__bases__
            )

    def __init__(
        self,
        handle: Any,
        trainable: bool = False,
        arguments: dict[str, Any] | None = None,
        tags: Any = None,
        signature: str | None = None,
        signature_outputs_as_dict: bool | None = None,
        output_key: str | None = None,
        output_shape: Any = None,
        load_options: Any = None,
        *,
        embed: Any = False,
        **kwargs: Any,
    ) -> None:
        choices = Choices(
            str(handle) if isinstance(handle, Unshown) else handle,
            arguments,
            tags,
            signature,
            signature_outputs_as_dict,
            output_key,
            output_shape,
            load_options,
            embed,
        )
        try:
            self._hub_start(choices, bool(trainable), kwargs)
        except HubError:
            raise
        except (TypeError, ValueError) as error:
            unknown = [name for name in kwargs if f"'{name}'" in str(error)]
            if not unknown or "argument" not in str(error):
                raise
            raise _no_argument(unknown[0], error) from error

    def _hub_start(
        self, choices: Choices, trainable: bool, kwargs: dict[str, Any]
    ) -> None:
        """Opens the model, and starts what Keras has of a layer."""
        raise NotImplementedError

    def _hub_set(self, choices: Choices, source: Source) -> None:
        """Keeps what was opened, after Keras' own constructor."""
        package = choices.embed if choices.embed is not True else None
        # Past Keras' own __setattr__, which looks for weights in all it is given.
        object.__setattr__(self, "_hub_choices", choices)
        object.__setattr__(self, "_hub_source", source)
        object.__setattr__(self, "_hub_package", package)
        object.__setattr__(self, "_hub_place", in_use.place())
        # TensorFlow finds here what is to be saved with the layer.
        self._hub_model = source.model
        idle = not callable(choices.handle) and not source.trainable
        object.__setattr__(self, "_hub_idle", idle)

    @property
    def resolved_object(self) -> Any:
        """What was loaded: TensorFlow's object, or the callable that was given."""
        return self._hub_source.model

    # As programs for the old library name it.
    _func = resolved_object

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Applies the model; see `__call__`."""
        source = self._hub_source
        if self.trainable and self._hub_idle:
            self._hub_tell()
        if not tf.executing_eagerly() and private.is_compiled():
            self._hub_check_compiled(inputs)
        try:
            if not self.trainable or training is None or training is False:
                outputs = source.apply(inputs, False)
            elif training is True:
                outputs = source.apply(inputs, True)
            else:
                outputs = self._hub_decide(inputs, training)
            if source.output is not None:
                outputs = choose(outputs, source.output)
        except (HubError, TypeError, ValueError) as error:
            self._hub_check_inputs(inputs, error)
            self._hub_fail(error)
            raise
        except (tf.errors.OpError, AttributeError) as error:
            self._hub_fail(error)
            raise
        shape = self._hub_choices.output_shape
        if shape is None:
            return outputs
        return with_shapes(outputs, shape, first_batch(inputs))

    def _hub_tell(self) -> None:
        """Says once that there is nothing to train."""
        object.__setattr__(self, "_hub_idle", False)
        logging.getLogger("tfhub").error(
            "hub.KerasLayer is trainable but has zero trainable weights: %s has "
            "nothing to train. Leave trainable=True out, or take a model that is made "
            "for fine-tuning.",
            self._hub_choices.handle,
        )

    def _hub_decide(self, inputs: Any, training: Any) -> Any:
        """Applies the model where `training` is a number or a tensor."""
        apply = self._hub_source.apply
        known = tf.get_static_value(training) if tf.is_tensor(training) else training
        if known is not None:
            return apply(inputs, bool(known))
        return tf.cond(
            tf.cast(training, tf.bool),
            lambda: apply(inputs, True),
            lambda: apply(inputs, False),
        )

    def _hub_check_compiled(self, inputs: Any) -> None:
        for leaf in tf.nest.flatten(inputs):
            if getattr(leaf, "dtype", None) == tf.string:
                msg = (
                    f"{self._hub_choices.handle} takes text, and a model with text "
                    f"cannot be compiled by XLA, as {words.argument(jit_compile=True)} "
                    "asks for."
                )
                hint = "Leave jit_compile out; Keras 3 would do so by itself."
                raise LayerError(msg, hint=hint)

    def _hub_fail(self, error: Exception) -> None:
        """Raises what says more of an error of TensorFlow, if anything does."""
        handle = getattr(self._hub_choices.handle, "__name__", self._hub_choices.handle)
        better = failures.of_call(error, "The call", str(handle))
        if better is not error:
            if isinstance(better, HubError) and isinstance(better, tf.errors.OpError):
                # Keras makes it anew of the message, and the hint would be lost.
                better.message, better.hint = str(better), None
            raise better from better.__cause__

    def _hub_check_inputs(self, inputs: Any, cause: Exception) -> None:
        given = symbolic.keras_tensor(inputs)
        if given is not None:
            msg = (
                f"This {self._hub_name} was called with a KerasTensor of "
                f"{symbolic.root_of(given)}, another Keras."
            )
            hint = f"In such a model use {self._hub_other}"
            hint += f" in {self._hub_place}." if self._hub_place else "."
            raise OtherKerasError(msg, hint=hint) from cause

    def _hub_outputs(self, given: Any, training: Any = None) -> Any:
        """The TypeSpecs of the outputs, or None if only a call tells them.

        Args:
          given: TypeSpecs or TensorShapes of the inputs.
          training: As for `call()`.
        """
        source = self._hub_source
        if source.outputs is None:
            return None
        outputs = source.outputs(given, bool(training) and self.trainable)
        outputs = choose(outputs, source.output)
        shape = self._hub_choices.output_shape
        if shape is not None:
            outputs = with_shapes(outputs, shape, first_batch(given))
        return outputs

    def get_config(self) -> dict[str, Any]:
        """What makes the same layer again; see the class about what it holds."""
        config = dict(super().get_config())  # type: ignore[misc]
        config |= self._hub_choices.config()
        source = self._hub_source
        if self._hub_choices.embed:
            package = self._hub_package
            if not isinstance(package, Package):
                count = len(source.trainable) + len(source.fixed)
                package = Package.of_folder(str(source.path), count)
                object.__setattr__(self, "_hub_package", package)
                trust.packed(package)
            config["embed"] = package.config
        elif source.path is not None:
            config |= digests(source.path, source.origin or source.path)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer of a configuration.

        Raises:
          TrustError: Nobody said that the model is trusted; see `trust()`.
          LayerError: A value of the configuration is of a wrong type.
        """
        kind: Any = cls
        if cls is HubLayer:  # as given in `custom_objects=`, or called by a program
            kind = in_use.kind_loading("KerasLayer", HubLayer)
        return kind._hub_revive(config, registered=False)

    @classmethod
    def _hub_revive(cls, config: dict[str, Any], *, registered: bool) -> Any:
        """The layer of a configuration, after the question of trust.

        Args:
          config: As `get_config()` gives it, or as a file has it.
          registered: Whether Keras found the layer by its registered name.
        """
        require_types(config)
        if not hasattr(cls, "_hub_keras"):  # Keras 2 finds any class of a module
            msg = f"{cls.__name__} is what the layers share, and no layer itself."
            raise LayerError(msg, hint=f"Name {words.name('KerasLayer')}.")
        config = {**config, "handle": os.fspath(config["handle"])}
        config |= {key: policy_of(config[key]) for key in config.keys() & {"dtype"}}
        with trust.asked(cls, config, registered=registered):
            # Keras quotes all of it in its errors, which stay behind ours.
            config["handle"] = Unshown(config["handle"])
            try:
                return super().from_config(config)  # type: ignore[misc]
            except HubError:
                raise
            except Exception as error:  # Keras makes TypeErrors of most errors
                found = original(error)
                if found is not error:
                    raise found from error
                if not cls._hub_is_plain():  # with arguments of its own
                    raise
                reason = brief(error.__cause__ or error, 1000)
                msg = f"Keras does not take the configuration of a layer: {reason}"
                raise LayerError(msg, hint=DAMAGED) from error

    @classmethod
    def _hub_is_plain(cls) -> bool:
        """Whether this is the layer itself, and none that was made of it."""
        return "_hub_keras" in vars(cls)

    def __repr__(self) -> str:
        place = f" in {self._hub_place}" if getattr(self, "_hub_place", None) else ""
        name = repr(getattr(self, "name", ""))
        text = words.code(
            f"{self._hub_name} {name}; in models of the other Keras use "
            f"{self._hub_other}{place}",
            f"layer_hub {name}; to a model of the other Keras it is added by "
            "layer_hub(model, handle)",
        )
        return f"<{words.said(text, words.spoken())}>"

    def __str__(self) -> str:
        return repr(self)


def _no_argument(name: str, error: Exception) -> HubError:
    """The error for an argument that neither this layer nor Keras has."""
    ours = inspect.signature(HubLayer.__init__).parameters.values()
    known = [each.name for each in ours if each.kind is not each.VAR_KEYWORD]
    known = [*known[1:], "name", "dtype", "input_shape"]
    near = difflib.get_close_matches(name, known, 1)
    near = near or [each for each in known if each.endswith(name)]
    msg = f"A layer has no argument {brief(name)}, and Keras does not take it."
    hint = f"Did you mean {near[0]}?" if near else f"It has: {listed(known)}."
    return failures.typed(LayerError(msg, hint=hint), error)


HubLayer._hub_chooser = HubLayer
