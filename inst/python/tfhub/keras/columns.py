"""A feature column that embeds text with a TF2 SavedModel."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from .. import words
from ..errors import HubError, InputError, LayerError, UnfitModuleError
from ..runtime.tf import tf
from ..shown import brief, listed, shown
from ..tf1 import private
from ..travelling import travelling
from . import tf_keras, trust  # whose layer takes Keras 2, which need not be there
from .choices import DAMAGED, require_types

_DenseColumn: Any = private.dense_columns()[1]
_RESOURCE = "layer"


def text_embedding_column_v2(
    key: Any,
    module_path: str | os.PathLike[str],
    output_key: str | None = None,
    trainable: bool = False,
) -> TextEmbeddingColumnV2:
    """A column of whole texts, one in each example, for `DenseFeatures` of Keras 2.

    Args:
      key: The feature: string [batch] or [batch, 1]; or a feature column that gives
        such.
      module_path: A handle of a model that maps string [batch] to float [batch, K].
      output_key: The output to take of a model that gives several by name.
      trainable: Whether the model is trained.

    Returns:
      A dense column of shape [K].

    Raises:
      HubError: As the layer does.
      UnfitModuleError: The model does not give float [batch, K] for texts.
    """
    return TextEmbeddingColumnV2(key, os.fspath(module_path), output_key, trainable)


@dataclass(frozen=True, repr=False)
class TextEmbeddingColumnV2(_DenseColumn):  # type: ignore[misc]
    """See `text_embedding_column_v2`; the names are those of the base class."""

    key: Any
    module_path: str
    output_key: str | None = None
    trainable: bool = False
    _model: Any = field(init=False, repr=False, compare=False)
    _size: int = field(init=False, repr=False, compare=False)
    _is_v2_column: ClassVar[bool] = True

    def __post_init__(self) -> None:
        layer = tf_keras.KerasLayer(self.module_path, output_key=self.output_key)
        shape = layer.compute_output_shape((None,))
        if isinstance(shape, dict):
            msg = f"{self.module_path} gives several outputs: {listed(sorted(shape))}."
            hint = f"Choose one with {words.argument('output_key')}."
            raise UnfitModuleError(msg, handle=self.module_path, hint=hint)
        if shape.rank != 2 or shape.as_list()[1] is None:
            msg = f"{self.module_path} gives {shape} for texts, and not (None, K)."
            hint = "Give a model whose output for a text is a vector of known length."
            raise UnfitModuleError(msg, handle=self.module_path, hint=hint)
        object.__setattr__(self, "_model", layer.resolved_object)
        object.__setattr__(self, "_size", int(shape[1]))

    @property
    def name(self) -> str:
        """The name of the column."""
        return f"{getattr(self.key, 'name', self.key)}_hub_module_embedding"

    @property
    def parents(self) -> list[Any]:
        """What the column reads."""
        return [self.key]

    @property
    def variable_shape(self) -> Any:
        """The shape of the values without the batch, [K]."""
        return tf.TensorShape([self._size])

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """For `tf.io.parse_example`."""
        if hasattr(self.key, "parse_example_spec"):
            return dict(self.key.parse_example_spec)
        return {self.key: tf.io.FixedLenFeature([1], tf.string)}

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature as it is."""
        return transformation_cache.get(self.key, state_manager)

    def create_state(self, state_manager: Any) -> None:
        """Makes the layer of the model, which all that use the column share."""
        trainable = self.trainable and private.trains(state_manager)
        layer = tf_keras.KerasLayer(
            self._model, trainable=trainable, output_key=self.output_key
        )
        state_manager.add_resource(self, _RESOURCE, layer)

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The embedding, float [batch, K], within a Keras layer."""
        text = transformation_cache.get(self, state_manager)
        if text.shape[1:].num_elements() not in (None, 1):
            msg = (
                f"The feature {self.key!r} has more than one text to an example: "
                f"expected string [batch] or [batch, 1], got {text}."
            )
            raise InputError(msg, hint="Join the texts.")
        layer = state_manager.get_resource(self, _RESOURCE)
        return layer(tf.reshape(text, [-1]))

    def __repr__(self) -> str:
        values = {
            each.name: getattr(self, each.name) for each in fields(self) if each.repr
        }
        return shown(f"{type(self).__name__}({values})")

    def get_config(self) -> dict[str, Any]:
        """What makes the same column again."""
        key = self.key
        if not isinstance(key, str):
            key = tf.__internal__.feature_column.serialize_feature_column(key)
        return {
            "key": key,
            "module_path": travelling(self.module_path, "The config of a column"),
            "output_key": self.output_key,
            "trainable": self.trainable,
        }

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Any = None,
        columns_by_name: Any = None,
    ) -> Any:
        """The column of a config.

        Raises:
          TrustError: Nobody said that the model is trusted; see `trust()`.
        """
        config = dict(config)
        if not isinstance(config.get("key"), str):
            try:
                config["key"] = (
                    tf.__internal__.feature_column.deserialize_feature_column(
                        config["key"], custom_objects, columns_by_name
                    )
                )
            except HubError:
                raise
            except Exception as error:  # TensorFlow raises of all kinds
                reason = brief(error, 200)
                msg = f"The config of a column has a key that is none: {reason}"
                raise LayerError(msg, hint=DAMAGED) from None
        layer = {"handle": config.get("module_path")}
        require_types(layer)
        with trust.asked(tf_keras.KerasLayer, layer, registered=True):
            return cls(**{**config, "module_path": layer["handle"]})
