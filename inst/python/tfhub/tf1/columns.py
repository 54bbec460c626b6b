"""Feature columns that embed text or images with a TF1 Hub module.

They go where TensorFlow's own dense columns go: `input_layer` and `linear_model` of
`tf.compat.v1.feature_column`, `DenseFeatures` of tf_keras in a graph and outside, and
the Estimators of TensorFlow 2.15.

In a graph the module's regularization losses and update ops are in the collections.
Outside, a column's layer has the module's variables, and those of a trainable column
are trained; for regularization losses take a Keras layer of the module instead.
"""

from __future__ import annotations

import functools
import os
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from .. import words
from ..asking import opened
from ..errors import HandleError, InputError, UnfitModuleError
from ..runtime.tf import tf
from ..shown import shown
from ..travelling import as_given, travelling
from . import private
from .images import channels_of_spec, size_of_spec
from .module import Module
from .pickling import Pickled
from .spec import as_module_spec

_V1DenseColumn, _DenseColumn = private.dense_columns()
_RESOURCE = "module"


def text_embedding_column(
    key: str | Any, module_spec: Any, trainable: bool = False
) -> TextEmbeddingColumn:
    """A column of whole texts, one in each example.

    Args:
      key: The feature: string [batch] or [batch, 1]. Here and below it is a name, or
        another column that makes the feature, such as a `numeric_column`.
      module_spec: A handle or `ModuleSpec`, whose default signature maps one input,
        string [batch], to float32 [batch, K].
      trainable: Whether the module is trained with the model.

    Returns:
      A dense column of shape [K].

    Raises:
      UnfitModuleError: The module is not a text embedding.
    """
    return TextEmbeddingColumn(key, module_spec, trainable)


def sparse_text_embedding_column(
    key: str | Any,
    module_spec: Any,
    combiner: str,
    default_value: str | None,
    trainable: bool = False,
) -> SparseTextEmbeddingColumn:
    """A column of tokens, any number in each example, each embedded by itself.

    Args:
      key: The feature: a SparseTensor, string [batch, tokens]; or such a tensor, where
        empty strings are no tokens.
      module_spec: As for `text_embedding_column`.
      combiner: How an example's embeddings are combined: "mean", "sum", or "sqrtn",
        their sum over the square root of their number.
      default_value: The token for an example that has none; best is one that the module
        does not know. With None such an example is all zeros.
      trainable: Whether the module is trained with the model.

    Returns:
      A dense column of shape [K].

    Raises:
      UnfitModuleError: The module is not a text embedding.
      InputError: There is no such combiner.
    """
    return SparseTextEmbeddingColumn(
        key, module_spec, combiner, default_value, trainable
    )


def image_embedding_column(
    key: str | Any, module_spec: Any, image_size: tuple[int, int] | None = None
) -> ImageEmbeddingColumn:
    """A column of images, one in each example.

    Args:
      key: The feature: float32 [batch, height, width, channels] in [0, 1].
      module_spec: A handle or `ModuleSpec`, whose default signature maps `images`,
        float32 of the shape above, to float32 [batch, K].
      image_size: Height and width for the parsing spec; None is what
        `get_expected_image_size` gives.

    Returns:
      A dense column of shape [K].

    Raises:
      UnfitModuleError: The module is not an image embedding, or its size is not known.
    """
    return ImageEmbeddingColumn(key, module_spec, image_size)


class _Column(Pickled, _V1DenseColumn, _DenseColumn):  # type: ignore[misc, valid-type]
    """What the columns share. The names are those of TensorFlow's base classes."""

    key: Any
    module_spec_path: Any
    trainable: bool
    _spec: Any
    _is_v2_column: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if isinstance(self.module_spec_path, os.PathLike):
            object.__setattr__(
                self, "module_spec_path", os.fspath(self.module_spec_path)
            )
        object.__setattr__(self, "_spec", as_module_spec(self.module_spec_path))
        self._check()

    @abstractmethod
    def _check(self) -> None:
        """Raises UnfitModuleError if the module is not of the right kind."""

    @abstractmethod
    def _embed(self, value: Any, module: Any) -> Any:
        """The embedding, float32 [batch, K], of the feature."""

    @abstractmethod
    def _example_feature(self) -> Any:
        """For `tf.io.parse_example`, of the feature."""

    @property
    def module_spec(self) -> Any:
        """The `ModuleSpec`, also where a handle was given."""
        return self._spec

    @property
    def name(self) -> str:
        """The name of the column, and of its variable scope."""
        return f"{getattr(self.key, 'name', self.key)}_hub_module_embedding"

    @property
    def parents(self) -> list[Any]:
        """The features or columns that the column reads."""
        return [self.key]

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """For `tf.io.parse_example`."""
        if isinstance(self.key, str):
            return {self.key: self._example_feature()}
        return dict(self.key.parse_example_spec)

    @property
    def variable_shape(self) -> Any:
        """The shape of the values without the batch, [K]."""
        return self._spec.get_output_info_dict()["default"].get_shape()[1:]

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """The feature as it is."""
        return transformation_cache.get(self.key, state_manager)

    def create_state(self, state_manager: Any) -> None:
        """Makes the module for a Keras layer."""
        trainable = self.trainable and private.trains(state_manager)
        module = Module(self._spec, trainable=trainable)
        state_manager.add_resource(self, _RESOURCE, module)

    def get_dense_tensor(
        self, transformation_cache: Any, state_manager: Any, training: Any = None
    ) -> Any:
        """The embedding, float32 [batch, K], within a Keras layer."""
        module = state_manager.get_resource(self, _RESOURCE)
        if tf.compat.v1.executing_eagerly_outside_functions():
            # Keras gives a tensor where a model is defined, and not yet called.
            known = None if training is None else tf.get_static_value(training)
            module = functools.partial(module, training=bool(known))
        return self._embed(transformation_cache.get(self, state_manager), module)

    def __repr__(self) -> str:
        values = {
            each.name: getattr(self, each.name) for each in fields(self) if each.repr
        }
        return shown(f"{type(self).__name__}({values})")

    def get_config(self) -> dict[str, Any]:
        """What makes the same column again.

        Raises:
          NotImplementedError: The module was given as a `ModuleSpec`.
        """
        if not isinstance(self.module_spec_path, str):
            msg = (
                f"The config of the column {self.name!r} cannot be written: its module "
                f"was given as a {type(self.module_spec_path).__name__}, not as a "
                "handle. Export the module, and give its path."
            )
            raise NotImplementedError(msg)
        config = {
            each.name: getattr(self, each.name) for each in fields(self) if each.init
        }
        handle = travelling(self.module_spec_path, "The config of a column")
        return {**config, "module_spec_path": handle}

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Any = None,  # noqa: ARG003
        columns_by_name: Any = None,  # noqa: ARG003
    ) -> Any:
        """The column of a config.

        Raises:
          TrustError: Nobody said that the module is trusted; see `trust()`.
        """
        handle = config.get("module_spec_path")
        if not isinstance(handle, str):
            msg = f"The config of a column has the handle {handle!r}, which is no text."
            raise HandleError(msg, hint="The file is damaged, or was forged.")
        handle = as_given(handle)
        with opened.asked_in_program(handle):
            return cls(**{**config, "module_spec_path": handle})

    # TF1's base class has other names for the same.
    @property
    def _parse_example_spec(self) -> Any:
        return self.parse_example_spec

    @property
    def _variable_shape(self) -> Any:
        return self.variable_shape

    def _transform_feature(self, inputs: Any) -> Any:
        return inputs.get(self.key)

    def _get_dense_tensor(
        self,
        inputs: Any,
        weight_collections: Any = None,  # noqa: ARG002
        trainable: Any = True,
    ) -> Any:
        module = Module(self._spec, trainable=self.trainable and bool(trainable))
        return self._embed(inputs.get(self), module)

    def _complain(self, kind: str, expected: str) -> None:
        infos = self._spec.get_input_info_dict(), self._spec.get_output_info_dict()
        came = " to ".join(
            ", ".join(
                f"{name!r}: {info.dtype.name} {info.get_shape()}"
                for name, info in sorted(each.items())
            )
            or "nothing"
            for each in infos
        )
        msg = (
            f"Module is not {kind}: {self._spec.name}\n"
            f"Its default signature must map {expected}.\nIt maps {came}."
        )
        others = f"{words.function('Module')} or {words.function('load')}"
        hint = f"Apply such a module with {others} instead."
        raise UnfitModuleError(msg, hint=hint)

    def _has_embedding(self) -> bool:
        outputs = self._spec.get_output_info_dict()
        if "default" not in outputs or _is_composite(outputs["default"]):
            return False
        shape = outputs["default"].get_shape()
        is_matrix = shape.rank == 2 and shape.as_list()[1] is not None
        return is_matrix and outputs["default"].dtype == tf.float32


class _TextColumn(_Column):
    def _check(self) -> None:
        infos = list(self._spec.get_input_info_dict().values())
        if (
            len(infos) != 1
            or _is_composite(infos[0])
            or infos[0].dtype != tf.string
            or infos[0].get_shape().as_list() != [None]
            or not self._has_embedding()
        ):
            expected = "only one input, string (None,), to 'default': float32 (None, K)"
            self._complain("a text-embedding", expected)


@dataclass(frozen=True, repr=False)
class TextEmbeddingColumn(_TextColumn):
    """See `text_embedding_column`."""

    key: Any
    module_spec_path: Any
    trainable: bool = False
    _spec: Any = field(init=False, repr=False, compare=False)

    def _example_feature(self) -> Any:
        return tf.io.FixedLenFeature([1], tf.string)

    def _embed(self, value: Any, module: Any) -> Any:
        texts = value.shape[1:].num_elements()
        if isinstance(value, tf.SparseTensor) or texts not in (None, 1):
            msg = (
                f"The feature {self.key!r} has more than one text to an example: "
                f"expected string [batch] or [batch, 1], got {value}."
            )
            hint = "Join the texts, or use sparse_text_embedding_column."
            raise InputError(msg, hint=hint)
        return module(tf.reshape(value, [-1]))


@dataclass(frozen=True, repr=False)
class SparseTextEmbeddingColumn(_TextColumn):
    """See `sparse_text_embedding_column`."""

    key: Any
    module_spec_path: Any
    combiner: str
    default_value: str | None
    trainable: bool = False
    _spec: Any = field(init=False, repr=False, compare=False)

    def _check(self) -> None:
        if self.combiner not in ("mean", "sqrtn", "sum"):
            msg = f"`combiner` must be 'mean', 'sqrtn' or 'sum', not {self.combiner!r}."
            raise InputError(msg, hint="Give one of these.")
        super()._check()

    def _example_feature(self) -> Any:
        return tf.io.VarLenFeature(tf.string)

    def _embed(self, value: Any, module: Any) -> Any:
        tokens = value
        if not isinstance(value, tf.SparseTensor):
            tokens = tf.sparse.from_dense(value)
        if self.default_value is not None:
            tokens, _ = tf.sparse.fill_empty_rows(tokens, self.default_value)
        positions = tf.range(tf.size(tokens.values, tf.int64))
        combined = tf.nn.embedding_lookup_sparse(
            module(tokens.values),
            tf.SparseTensor(tokens.indices, positions, tokens.dense_shape),
            None,
            combiner=self.combiner,
        )
        # The lookup ends with the last row that has a token.
        missing = tokens.dense_shape[0] - tf.shape(combined, tf.int64)[0]
        return tf.pad(combined, [[0, missing], [0, 0]])


@dataclass(frozen=True, repr=False)
class ImageEmbeddingColumn(_Column):
    """See `image_embedding_column`."""

    key: Any
    module_spec_path: Any
    image_size: tuple[int, int] | None = None
    _spec: Any = field(init=False, repr=False, compare=False)
    trainable = False

    def _check(self) -> None:
        inputs = self._spec.get_input_info_dict()
        if (
            list(inputs) != ["images"]
            or inputs["images"].dtype != tf.float32
            or not self._has_embedding()
        ):
            expected = (
                "'images': float32 (None, height, width, channels), "
                "to 'default': float32 (None, K)"
            )
            self._complain("usable as image embedding", expected)
        if self.image_size is not None:
            height, width = self.image_size
            # A list when it comes from JSON; columns are keys of dicts.
            object.__setattr__(self, "image_size", (int(height), int(width)))
        else:
            size_of_spec(self._spec)

    def _example_feature(self) -> Any:
        height, width = self.image_size or size_of_spec(self._spec)
        try:
            channels = channels_of_spec(self._spec)
        except UnfitModuleError:
            channels = 3  # as the common signatures for images have it
        shape = [height, width, channels]
        return tf.io.FixedLenFeature(shape, tf.float32)

    def _embed(self, value: Any, module: Any) -> Any:
        return module({"images": value})


def _is_composite(info: Any) -> bool:
    return bool(info.is_sparse or info.is_composite)
