"""Our messages against TensorFlow's own."""

from __future__ import annotations

from tfhub.formats import protos


def tensorflow_messages() -> dict[str, object]:
    import tensorflow  # noqa: F401, registers them
    from tensorflow.core.framework import graph_pb2, tensor_shape_pb2
    from tensorflow.core.protobuf import (
        meta_graph_pb2,
        saved_model_pb2,
        saved_object_graph_pb2,
        struct_pb2,
        tensor_bundle_pb2,
    )

    struct, objects = struct_pb2, saved_object_graph_pb2
    return {
        "SavedModel": saved_model_pb2.SavedModel,
        "MetaGraphDef": meta_graph_pb2.MetaGraphDef,
        "MetaInfoDef": meta_graph_pb2.MetaGraphDef.MetaInfoDef,
        "GraphDef": graph_pb2.GraphDef,
        "CollectionDef": meta_graph_pb2.CollectionDef,
        "SignatureDef": meta_graph_pb2.SignatureDef,
        "TensorInfo": meta_graph_pb2.TensorInfo,
        "CooSparse": meta_graph_pb2.TensorInfo.CooSparse,
        "CompositeTensor": meta_graph_pb2.TensorInfo.CompositeTensor,
        "TensorShape": tensor_shape_pb2.TensorShapeProto,
        "Dim": tensor_shape_pb2.TensorShapeProto.Dim,
        "SavedObjectGraph": objects.SavedObjectGraph,
        "SavedObject": objects.SavedObject,
        "SavedFunction": objects.SavedFunction,
        "BareConcreteFunction": objects.SavedBareConcreteFunction,
        "FunctionSpec": objects.FunctionSpec,
        "SavedConcreteFunction": objects.SavedConcreteFunction,
        "Value": struct.StructuredValue,
        "Values": struct.ListValue,
        "Dict": struct.DictValue,
        "NamedTuple": struct.NamedTupleValue,
        "TensorSpec": struct.TensorSpecProto,
        "TypeSpec": struct.TypeSpecProto,
        "BundleHeader": tensor_bundle_pb2.BundleHeaderProto,
        "BundleEntry": tensor_bundle_pb2.BundleEntryProto,
    }


def test_field_numbers_are_tensorflows() -> None:
    for name, theirs in tensorflow_messages().items():
        ours = protos._CLASSES[name].DESCRIPTOR
        fields = theirs.DESCRIPTOR.fields_by_name  # type: ignore[attr-defined]
        for field in ours.fields:
            assert field.number == fields[field.name].number, f"{name}.{field.name}"


def test_dtype_names_are_tensorflows() -> None:
    import tensorflow as tf
    from tensorflow.core.framework import types_pb2

    for name, number in types_pb2.DataType.items():
        if number in protos._DATA_TYPES and number:
            assert protos.dtype_name(number) == tf.dtypes.as_dtype(number).name
            assert protos._ENUMS["DataType"][name] == number
    assert protos.dtype_name(101) == "float32"
    assert protos.dtype_name(99) == "dtype 99"


def test_both_live_in_one_process() -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    theirs = saved_model_pb2.SavedModel()
    theirs.meta_graphs.add().meta_info_def.tags.append("serve")
    ours = protos.SavedModel.FromString(theirs.SerializeToString())
    assert list(ours.meta_graphs[0].meta_info_def.tags) == ["serve"]


def test_a_kind_is_one_of() -> None:
    value = protos._CLASSES["Value"]()
    value.string_value = "x"
    value.bool_value = False
    assert value.WhichOneof("kind") == "bool_value"


def test_type_spec_classes_are_tensorflows() -> None:
    from tensorflow.core.protobuf import struct_pb2

    theirs = dict(struct_pb2.TypeSpecProto.TypeSpecClass.items())
    for name, number in protos._ENUMS["TypeSpecClass"].items():
        assert theirs[name] == number
