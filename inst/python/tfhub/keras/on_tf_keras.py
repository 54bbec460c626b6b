"""The layer of Keras 2."""

from __future__ import annotations

import inspect
from typing import Any

from ..runtime.tf import tf
from . import private, versions
from .choices import Choices
from .opening import open_source
from .shared import HubLayer

keras = versions.keras2()
_Layer: Any = keras.layers.Layer


@keras.saving.register_keras_serializable(package="tfhub")
class KerasLayer(HubLayer, _Layer):  # type: ignore[misc]
    """A model as a layer of Keras 2; see `hub.keras3.KerasLayer`.

    Args:
      handle: As there.
      trainable: As there.
      arguments: As there.
      tags: As there.
      signature: As there.
      signature_outputs_as_dict: As there.
      output_key: As there.
      output_shape: As there.
      load_options: As there.
      embed: As there.
      **kwargs: Keras' own, such as `name`, `dtype` and `input_shape`.
    """

    _hub_keras = keras
    _hub_name = "hub.tf_keras.KerasLayer"
    _hub_other = "hub.keras3.KerasLayer"

    def _hub_start(
        self, choices: Choices, trainable: bool, kwargs: dict[str, Any]
    ) -> None:
        source = open_source(choices)
        kwargs.setdefault("autocast", False)  # the model says which dtype it wants
        # The next class after ours, which Keras changes for graphs of TensorFlow 1.
        super(HubLayer, self).__init__(trainable=trainable, **kwargs)
        self._hub_set(choices, source)
        if not isinstance(source.model, keras.layers.Layer):  # Keras has those of one
            private.add_weights(self, source.trainable, source.fixed)
            for loss in source.losses:
                self.add_loss(self._hub_loss(loss))

    # There is nothing to convert, and its errors would be of another type.
    call = tf.autograph.experimental.do_not_convert(HubLayer.call)
    call.__signature__ = inspect.signature(HubLayer.call)  # Keras asks for its inputs

    def _hub_loss(self, loss: Any) -> Any:
        def weighed() -> Any:
            return loss() if self.trainable else tf.zeros([])

        return weighed

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output, or a structure of shapes, for those of inputs."""
        outputs = self._hub_outputs(_shapes(input_shape))
        if outputs is None:
            return super().compute_output_shape(input_shape)
        return tf.nest.map_structure(lambda spec: spec.shape, outputs)

    @classmethod
    def _hub_revive(cls, config: dict[str, Any], *, registered: bool) -> Any:
        """As there; the options of `load_model(options=)`, if any, go first."""
        options = private.load_options(keras)
        if options is not None:
            config = {**config, "load_options": options}
        return super()._hub_revive(config, registered=registered)


@keras.saving.register_keras_serializable(package="tfhub", name="KerasLayer")
class _Loader(KerasLayer):
    """What Keras finds under the registered name, so that this name is known of."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer of a configuration."""
        return KerasLayer._hub_revive(config, registered=True)


def _shapes(shape: Any) -> Any:
    if isinstance(shape, tf.TensorShape):
        return shape
    if isinstance(shape, dict):
        return {name: _shapes(item) for name, item in shape.items()}
    if any(isinstance(item, (list, tuple, tf.TensorShape)) for item in shape):
        return [_shapes(item) for item in shape]
    return tf.TensorShape(shape)
