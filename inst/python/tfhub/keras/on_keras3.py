"""The layer of Keras 3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import words
from ..errors import LayerError
from ..runtime.tf import tf
from . import private, versions
from .choices import Choices
from .opening import open_source
from .shared import HubLayer

keras = versions.keras3()
_Layer: Any = keras.layers.Layer
_RegularizerBase: Any = keras.regularizers.Regularizer
_Variable = private.variable_class(keras.Variable)


@keras.saving.register_keras_serializable(package="tfhub")
class KerasLayer(HubLayer, _Layer):  # type: ignore[misc]
    """A model as a layer.

    ```python
    model = keras.Sequential([
        hub.KerasLayer(handle, input_shape=[], dtype=tf.string, trainable=True),
        keras.layers.Dense(1),
    ])
    ```

    It applies a TF2 SavedModel by its own call, or by a signature, and a TF1 Hub module
    by a signature. Inputs are tensors (dense, sparse or ragged), arrays, and dicts and
    lists of them, as the model wants; their dtypes are made to fit. If the model takes
    `training=`, it gets it, True only while the layer is trainable. All kinds can be
    trained, also signatures and TF1 Hub modules: for those, `training=True` runs the
    graph variant for training and the update ops. The model's regularization losses are
    in `losses` while it is trainable.

    `jit_compile=True` has no effect on a model with this layer, as XLA cannot compile
    all of TensorFlow; set `layer.supports_jit = True` where it can. (Keras 2 compiles
    when it is told to.)

    A saved Keras model holds the handle, and with `embed=True` the model itself. To
    load it again, trust the model, or switch off Keras' safe mode: see `trust()`. In a
    new process, name `hub.KerasLayer` first, so that Keras knows it.

    Args:
      handle: As for `load()`; or a callable, such as what `load()` returns.
      trainable: Whether the model's variables are trained. It can be set later, too.
      arguments: Further arguments for the call, by name.
      tags: As for `load()`.
      signature: The signature to apply. None is the model's own call, or for a TF1 Hub
        module the signature `default`.
      signature_outputs_as_dict: True gives all outputs of a signature as a dict.
      output_key: The name of the output to give, where there is a dict of them. For a
        TF1 Hub module, None is `default`.
      output_shape: The shape of the output without the batch, or a structure of shapes,
        where the model does not say.
      load_options: A `tf.saved_model.LoadOptions`, or a dict of its arguments. A saved
        Keras model keeps them.
      embed: Whether the graph and the assets of the model are saved with the layer, so
        that neither network nor cache is needed to load it.
      **kwargs: Keras' own, such as `name` and `dtype`; and `input_shape`, the shape of
        the input without the batch, for the first layer of a Sequential model.

    Raises:
      HubError: As `load()` does.
      LayerError: The arguments contradict each other.
      SignatureNotFoundError: There is no such signature, or no call of its own.
    """

    _hub_keras = keras
    _hub_name = "hub.keras3.KerasLayer"
    _hub_other = "hub.tf_keras.KerasLayer"

    def _hub_start(
        self, choices: Choices, trainable: bool, kwargs: dict[str, Any]
    ) -> None:
        source = open_source(choices)
        input_shape = kwargs.pop("input_shape", None)
        batch_shape = kwargs.pop("batch_input_shape", None)  # in what Keras 2 saved
        if input_shape is not None:
            batch_shape = (None, *input_shape)
        dtype = kwargs.pop("dtype", None)
        if isinstance(dtype, tf.DType):
            dtype = dtype.name
        if dtype is None and source.dtype:
            takes = tf.as_dtype(source.dtype)
            if not takes.is_floating and not takes.is_quantized:  # Keras lacks those
                dtype = takes.name  # Sequential makes its input of it
        if dtype == "int8":
            dtype = keras.DTypePolicy(dtype)  # the name alone is a way of quantizing
        _Layer.__init__(self, trainable=trainable, dtype=dtype, **kwargs)
        private.take_any_input(self)
        # What the model calls may be impossible to compile, and Keras compiles by
        # default all that does not say so.
        self.supports_jit = False
        if batch_shape is not None:
            self._hub_input_shape = tuple(batch_shape)
        self._hub_set(choices, source)
        if not isinstance(source.model, keras.layers.Layer):  # Keras has those of one
            self._hub_add_weights()
        self.trainable = trainable
        self.built = True

    def _hub_add_weights(self) -> None:
        source, made = self._hub_source, {}
        for variables, trainable in ((source.trainable, True), (source.fixed, False)):
            for variable in variables:
                made[id(variable)] = added = _Variable(variable, trainable)
                private.track_variable(self, added)
        for loss in source.losses:
            _regularize(loss, [made[id(v)] for v in source.trainable])

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """The shape that was given as `input_shape`, after the batch.

        Sequential builds itself when its first layer has this attribute.
        """
        return self._hub_input_shape

    def build(self, input_shape: Any = None) -> None:
        """Does nothing: all is there when the layer is made."""

    def compute_output_spec(self, inputs: Any, training: Any = None) -> Any:
        """The KerasTensors for those given; nothing is computed.

        Raises:
          SymbolicInputError: The model takes no such inputs.
        """
        outputs = self._hub_outputs(keras.tree.map_structure(_spec, inputs), training)
        if outputs is None:
            base = keras.Operation  # that of Layer asks for the shape alone
            return base.compute_output_spec(self, inputs, training=training)
        return tf.nest.map_structure(self._hub_symbolic, outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output, or a structure of shapes, for those of inputs."""
        outputs = self._hub_outputs(_shapes(input_shape))
        if outputs is None:
            return super().compute_output_shape(input_shape)
        return tf.nest.map_structure(lambda spec: tuple(spec.shape), outputs)

    def _hub_symbolic(self, spec: Any) -> Any:
        if not hasattr(spec, "shape"):
            kind = spec.value_type.__name__
            msg = (
                f"The model {self._hub_choices.handle} gives {kind}, which Keras lacks."
            )
            raise LayerError(msg, hint="Apply it outside of a Keras model.")
        if spec.shape.rank is None:
            handle = self._hub_choices.handle
            msg = f"The model {handle} does not tell the shape of its output."
            raise LayerError(
                msg, hint=f"Set {words.argument('output_shape')}, without the batch."
            )
        kind = {}
        if isinstance(spec, tf.SparseTensorSpec):
            kind["sparse"] = True
        elif isinstance(spec, tf.RaggedTensorSpec):
            kind["ragged"] = True
        return keras.KerasTensor(tuple(spec.shape), spec.dtype.name, **kind)


@keras.saving.register_keras_serializable(package="tfhub", name="KerasLayer")
class _Loader(KerasLayer):
    """What Keras finds under the registered name, so that this name is known of."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer of a configuration."""
        return KerasLayer._hub_revive(config, registered=True)


class _Regularizer(_RegularizerBase):  # type: ignore[misc]
    """The model's losses that are about a variable, as Keras has them."""

    def __init__(self) -> None:
        self.losses: list[Callable[[], Any]] = []

    def __call__(self, variable: Any) -> Any:  # noqa: ARG002
        """Computes them; the model knows its variables."""
        return tf.add_n([loss() for loss in self.losses])


def _regularize(loss: Callable[[], Any], variables: list[Any]) -> None:
    """Has Keras count a loss once, while its variable is trained."""
    used = {
        id(variable)
        for function in getattr(loss, "concrete_functions", ())
        for variable in function.variables
    }
    for variable in [v for v in variables if id(v.value) in used] or variables[:1]:
        if variable.regularizer is None:
            variable.regularizer = _Regularizer()
        variable.regularizer.losses.append(loss)
        return


def _spec(tensor: Any) -> Any:
    shape = tf.TensorShape(tensor.shape)
    dtype = tf.as_dtype(keras.backend.standardize_dtype(tensor.dtype))
    if getattr(tensor, "sparse", False):
        return tf.SparseTensorSpec(shape, dtype)
    if getattr(tensor, "ragged", False):
        rank = getattr(tensor, "ragged_rank", None) or 1
        return tf.RaggedTensorSpec(shape, dtype, rank)
    return tf.TensorSpec(shape, dtype)


def _shapes(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {name: _shapes(item) for name, item in shape.items()}
    if any(isinstance(item, (list, tuple)) for item in shape):
        return [_shapes(item) for item in shape]
    return tf.TensorShape(shape)
