"""What a signature takes and gives: TensorInfo messages, and the values for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import words
from ..errors import (
    HubError,
    InputError,
    ModelFormatError,
    OutputError,
    SignatureNotFoundError,
)
from ..runtime.advice import advise
from ..runtime.bound_signature import input_error
from ..runtime.coercion import Frame, Misfit, describe_value, to_ragged, to_tensor
from ..runtime.tf import tf
from ..shown import brief, listed

_RAGGED, _SPARSE = 3, 1  # TypeSpecProto.TypeSpecClass of struct.proto


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of a signature.

    Attributes:
      type_spec: A TensorSpec, SparseTensorSpec or RaggedTensorSpec.
    """

    type_spec: Any

    @property
    def dtype(self) -> Any:
        """The `tf.DType` of its values."""
        return self.type_spec.dtype

    def get_shape(self) -> Any:
        """The `tf.TensorShape`, for a sparse or ragged one that of the dense tensor."""
        return self.type_spec.shape

    @property
    def is_sparse(self) -> bool:
        """Whether it is a SparseTensor."""
        return isinstance(self.type_spec, tf.SparseTensorSpec)

    @property
    def is_composite(self) -> bool:
        """Whether it is made of several tensors, but not a SparseTensor of TF1."""
        return not self.is_sparse and not isinstance(self.type_spec, tf.TensorSpec)

    def __str__(self) -> str:
        dims = self.get_shape()
        shape = "?" if dims.rank is None else ", ".join(map(_dim, dims.as_list()))
        kind = "sparse " if self.is_sparse else "ragged " if self.is_composite else ""
        return f"{kind}{self.dtype.name}[{shape}]"


def _dim(size: int | None) -> str:
    return "?" if size is None else str(size)


def input_infos(signatures: Any, name: str | None) -> dict[str, TensorInfo]:
    """The inputs of a signature, sorted by name.

    Args:
      signatures: A MetaGraphDef, or its `signature_def`.
      name: The signature; None is `default`.

    Raises:
      SignatureNotFoundError: There is none of that name.
    """
    return _infos(signature_of(signatures, name).inputs)


def output_infos(signatures: Any, name: str | None) -> dict[str, TensorInfo]:
    """The outputs of a signature; as `input_infos()`."""
    return _infos(signature_of(signatures, name).outputs)


def signature_of(signatures: Any, name: str | None) -> Any:
    """The SignatureDef of that name; as `input_infos()`."""
    signatures = getattr(signatures, "signature_def", signatures)
    name = name or "default"
    if name not in signatures:
        available = sorted(signatures)
        msg = (
            f"Signature {name!r} is missing from the graph of the module; it has "
            f"{listed(available)}."
        )
        hint = f"Give one of these names as {words.argument('signature')}."
        raise SignatureNotFoundError(msg, hint=hint, available=available)
    return signatures[name]


def _infos(by_name: Mapping[str, Any]) -> dict[str, TensorInfo]:
    return {name: TensorInfo(type_spec(by_name[name])) for name in sorted(by_name)}


def type_spec(info: Any) -> Any:
    """The TypeSpec that a TensorInfo message says.

    Raises:
      ModelFormatError: It says none.
    """
    try:
        return _type_spec(info)
    except (TypeError, ValueError, IndexError) as error:
        if isinstance(error, HubError):
            raise
        msg = f"A signature has a tensor that is none: {brief(error)}"
        raise ModelFormatError(msg, hint="Export the module again.") from error


def _type_spec(info: Any) -> Any:
    if info.WhichOneof("encoding") == "composite_tensor":
        return _composite_spec(info.composite_tensor.type_spec)
    shape, dtype = tf.TensorShape(info.tensor_shape), tf.as_dtype(info.dtype)
    if info.WhichOneof("encoding") == "coo_sparse":
        return tf.SparseTensorSpec(shape, dtype)
    return tf.TensorSpec(shape, dtype)


def _composite_spec(proto: Any) -> Any:
    values = proto.type_state.tuple_value.values
    shape = tf.TensorShape(values[0].tensor_shape_value)
    dtype = tf.as_dtype(values[1].tensor_dtype_value)
    if proto.type_spec_class == _SPARSE:
        return tf.SparseTensorSpec(shape, dtype)
    if proto.type_spec_class == _RAGGED:
        rank, splits = values[2].int64_value, values[3].tensor_dtype_value
        return tf.RaggedTensorSpec(shape, dtype, rank, tf.as_dtype(splits))
    kind = brief(proto.type_spec_class_name)
    msg = f"A signature has the type {kind}, which is not known."
    raise InputError(msg, hint="Tensor, SparseTensor and RaggedTensor are known.")


def write_signature(
    signature: Any, inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    """Fills a SignatureDef message with tensors of a graph by their names."""
    for infos, values in ((signature.inputs, inputs), (signature.outputs, outputs)):
        for name, value in values.items():
            _write_info(infos[name], value)


def _write_info(info: Any, value: Any) -> None:
    if isinstance(value, tf.RaggedTensor):
        _write_ragged(info.composite_tensor, value)
        return
    if isinstance(value, tf.SparseTensor):
        info.coo_sparse.indices_tensor_name = value.indices.name
        info.coo_sparse.values_tensor_name = value.values.name
        info.coo_sparse.dense_shape_tensor_name = value.dense_shape.name
    else:
        info.name = value.name
    info.dtype = value.dtype.as_datatype_enum
    info.tensor_shape.CopyFrom(value.shape.as_proto())


def _write_ragged(composite: Any, value: Any) -> None:
    spec, kind = tf.type_spec_from_value(value), composite.type_spec
    flat = tf.nest.flatten(value, expand_composites=True)
    kind.type_spec_class = _RAGGED
    kind.type_spec_class_name = "RaggedTensorSpec"
    kind.num_flat_components = len(flat)
    fields = kind.type_state.tuple_value.values
    fields.add().tensor_shape_value.CopyFrom(spec.shape.as_proto())
    fields.add().tensor_dtype_value = spec.dtype.as_datatype_enum
    fields.add().int64_value = spec.ragged_rank
    fields.add().tensor_dtype_value = spec.row_splits_dtype.as_datatype_enum
    for part in flat:
        _write_info(composite.components.add(), part)


def parts(info: Any) -> list[str]:
    """The names of the tensors that a TensorInfo message is made of.

    In the order of `tf.nest.flatten(..., expand_composites=True)`.
    """
    kind = info.WhichOneof("encoding")
    if kind == "coo_sparse":
        sparse = info.coo_sparse
        return [
            sparse.indices_tensor_name,
            sparse.values_tensor_name,
            sparse.dense_shape_tensor_name,
        ]
    if kind == "composite_tensor":
        return [part.name for part in info.composite_tensor.components]
    return [info.name]


def bind(inputs: Any, infos: dict[str, TensorInfo]) -> dict[str, Any]:
    """The tensors for the inputs of a signature, sorted by name.

    Args:
      inputs: None where the signature takes nothing; a value where it takes one input,
        whatever its name; else a dict by name.
      infos: What `input_infos()` says.

    Returns:
      Tensors, SparseTensors and RaggedTensors of the declared dtypes. Values are
      converted as `load()` converts them.

    Raises:
      InputError: They do not fit; the message shows expected beside given.
    """
    named = by_name(inputs, infos)
    bound = {}
    for name, info in infos.items():
        try:
            bound[name] = _convert(named[name], info.type_spec)
        except (Misfit, ValueError, TypeError) as error:
            reason = f"cannot convert {name!r}" + (f": {error}" if str(error) else "")
            raise _misfit(reason, named, infos) from error
    return bound


def by_name(inputs: Any, infos: dict[str, TensorInfo]) -> dict[str, Any]:
    """The inputs by name, when they are those of the signature; as `bind()`."""
    is_matrix = isinstance(inputs, Frame) and len(infos) == 1
    if isinstance(inputs, dict) and not (is_matrix and inputs.keys() != infos.keys()):
        named = inputs
    elif inputs is None:
        named = {}
    elif len(infos) == 1:
        named = {next(iter(infos)): inputs}
    else:
        reason = "the signature expects no inputs"
        if infos:
            them = words.code("a dict of them", "a list of them, each with its name")
            reason = f"the signature expects multiple inputs, so give {them}"
        raise _misfit(reason, {"?": inputs}, infos)
    missing = sorted(infos.keys() - named.keys())
    extra = sorted(map(str, named.keys() - infos.keys()))
    if missing or extra:
        reasons = [f"missing {listed(missing)}"] if missing else []
        reasons += [f"extra {listed(extra)}"] if extra else []
        raise _misfit("; ".join(reasons), named, infos)
    return named


def _convert(value: Any, spec: Any) -> Any:
    if isinstance(spec, tf.TensorSpec):
        if isinstance(value, (tf.SparseTensor, tf.RaggedTensor)):
            msg = f"it is a {type(value).__name__}, not a Tensor"
            raise Misfit(msg)
        return to_tensor(value, spec)
    if isinstance(spec, tf.SparseTensorSpec):
        if isinstance(value, tf.compat.v1.SparseTensorValue):
            value = tf.SparseTensor.from_value(value)
        kind = tf.SparseTensor
    else:
        if isinstance(value, tf.compat.v1.ragged.RaggedTensorValue) or not (
            tf.is_tensor(value)
        ):
            value = value.to_list() if hasattr(value, "to_list") else value
            value = to_ragged(value, spec)
        kind = tf.RaggedTensor
    if not isinstance(value, kind):
        msg = f"it is a {type(value).__name__}, not a {kind.__name__}"
        raise Misfit(msg)
    if not spec.is_compatible_with(value):
        raise Misfit
    return value


def _misfit(
    reason: str, given: dict[Any, Any], infos: dict[str, TensorInfo]
) -> InputError:
    rows = [("input", "expected", "given")]
    for name in dict.fromkeys([*infos, *given]):
        expected = str(infos[name]) if name in infos else "-"
        came = _describe(given[name]) if name in given else "missing"
        rows.append((str(name), expected, came))
    specs = {name: info.type_spec for name, info in infos.items()}
    return input_error("the signature", None, rows, reason, advise([(specs, given)]))


def _describe(value: Any) -> str:
    if isinstance(value, (tf.SparseTensor, tf.RaggedTensor)):
        return str(TensorInfo(tf.type_spec_from_value(value)))
    return describe_value(value)


def choose(
    outputs: Mapping[str, Any],
    as_dict: bool | None,
    names: Iterable[str] | None = None,
) -> Any:
    """All outputs as a dict sorted by name, or that named `default`.

    Args:
      outputs: The outputs that were computed.
      as_dict: Whether all are wanted.
      names: The outputs that there are, where not all were computed.

    Raises:
      OutputError: There is no output `default`, and not all are wanted.
    """
    if as_dict:
        return {name: outputs[name] for name in sorted(outputs)}
    if "default" not in outputs:
        there = listed(sorted(outputs if names is None else names))
        msg = f"There is no output named 'default'. The outputs are: {there}."
        raise OutputError(
            msg, hint=f"Use {words.argument(as_dict=True)} to get them all."
        )
    return outputs["default"]
