"""The few protocol-buffer messages that a description needs.

TensorFlow's own classes live in its wheel and register names in the global descriptor
pool. These hold only the fields read here, in a pool of their own under the package
`tfhub.formats`, so both can be loaded in one process. The field numbers are those of
saved_model.proto, meta_graph.proto, graph.proto, saved_object_graph.proto,
struct.proto, variable.proto and tensor_bundle.proto in TensorFlow, and of
module_def.proto in the reference library; fields that are not listed are skipped when
a file is read.
"""

from __future__ import annotations

from typing import Any, cast

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "tfhub.formats"

# message: "field=number type" or "field=number *type" (repeated). A map is the repeated
# message of key and value that it is on the wire.
_MESSAGES = {
    "SavedModel": "meta_graphs=2 *MetaGraphDef",
    # The same message, with each graph left as its bytes, for a reader with TensorFlow.
    "SavedModelBytes": "meta_graphs=2 *bytes",
    # The same again, with what the nodes do: their inputs, and the attributes that name
    # functions, files and addresses.
    "Programs": "meta_graphs=2 *Program",
    "Program": """meta_info_def=1 MetaInfoDef, graph_def=2 ProgramGraph,
        saver_def=3 SaverDef, collection_def=4 *CollectionEntry,
        signature_def=5 *SignatureEntry, asset_file_def=6 *AssetFileDef,
        object_graph_def=7 ProgramObjects""",
    "ProgramGraph": "node=1 *ProgramNode, library=2 ProgramLibrary",
    "ProgramNode": """name=1 string, op=2 string, input=3 *string, device=4 string,
        attr=5 *AttrEntry""",
    "AttrEntry": "key=1 string, value=2 AttrValue",
    "AttrValue": """list=1 AttrList, s=2 bytes, i=3 int64, f=4 float, b=5 bool,
        type=6 DataType, shape=7 TensorShape, tensor=8 TensorOfStrings,
        placeholder=9 string, func=10 NamedFunction""",
    "AttrList": "s=2 *bytes, func=9 *NamedFunction",
    "NamedFunction": "name=1 string",
    "TensorOfStrings": "dtype=1 DataType, tensor_content=4 bytes, string_val=8 *bytes",
    "ProgramLibrary": "function=1 *ProgramFunction, gradient=2 *GradientDef",
    "ProgramFunction": """signature=1 ProgramOpDef, node_def=3 *ProgramNode,
        ret=4 *ReturnEntry""",
    "ProgramOpDef": "name=1 string, input_arg=2 *ArgDef, output_arg=3 *ArgDef",
    "ArgDef": "name=1 string",
    "ReturnEntry": "key=1 string, value=2 string",
    "GradientDef": "function_name=1 string, gradient_func=2 string",
    "SaverDef": """filename_tensor_name=1 string, save_tensor_name=2 string,
        restore_op_name=3 string""",
    "ProgramObjects": """nodes=1 *ProgramObject,
        concrete_functions=2 *BoundEntry""",
    "ProgramObject": """children=1 *ObjectReference, user_object=4 None,
        asset=5 SavedAsset, function=6 SavedFunction, variable=7 None,
        bare_concrete_function=8 BareConcreteFunction, constant=9 None,
        resource=10 None, captured_tensor=12 None""",
    "SavedAsset": "asset_file_def_index=1 int32",
    "BoundEntry": "key=1 string, value=2 BoundFunction",
    "BoundFunction": "bound_inputs=2 *int32",
    "AssetFileDef": "tensor_info=1 TensorInfo, filename=2 string",
    "MetaGraphDef": """meta_info_def=1 MetaInfoDef, graph_def=2 GraphDef,
        collection_def=4 *CollectionEntry, signature_def=5 *SignatureEntry,
        object_graph_def=7 SavedObjectGraph""",
    "MetaInfoDef": "tags=4 *string, tensorflow_version=5 string",
    "GraphDef": "node=1 *NodeDef, library=2 FunctionDefLibrary",
    "NodeDef": "name=1 string, op=2 string",
    "FunctionDefLibrary": "function=1 *FunctionDef",
    "FunctionDef": "signature=1 OpDef, node_def=3 *NodeDef",
    "OpDef": "name=1 string",
    "CollectionEntry": "key=1 string, value=2 CollectionDef",
    "CollectionDef": "node_list=1 NodeList, bytes_list=2 BytesList, any_list=5 AnyList",
    "AnyList": "value=1 *Any",
    "Any": "value=2 bytes",
    "NodeList": "value=1 *string",
    "BytesList": "value=1 *bytes",
    "SignatureEntry": "key=1 string, value=2 SignatureDef",
    "SignatureDef": "inputs=1 *TensorEntry, outputs=2 *TensorEntry",
    "TensorEntry": "key=1 string, value=2 TensorInfo",
    "TensorInfo": """name=1 string, dtype=2 DataType, tensor_shape=3 TensorShape,
        coo_sparse=4 CooSparse, composite_tensor=5 CompositeTensor""",
    "CooSparse": "values_tensor_name=1 string",
    "CompositeTensor": "type_spec=1 TypeSpec, components=2 *TensorInfo",
    "TensorShape": "dim=2 *Dim, unknown_rank=3 bool",
    "Dim": "size=1 int64",
    "SavedObjectGraph": "nodes=1 *SavedObject, concrete_functions=2 *ConcreteEntry",
    "SavedObject": """children=1 *ObjectReference, function=6 SavedFunction,
        variable=7 SavedVariable, bare_concrete_function=8 BareConcreteFunction""",
    "SavedVariable": "trainable=3 bool, name=6 string",
    "VariableDef": "variable_name=1 string, save_slice_info_def=4 SaveSliceInfoDef",
    "SaveSliceInfoDef": "full_name=1 string",
    "ObjectReference": "node_id=1 int32, local_name=2 string",
    "SavedFunction": "concrete_functions=1 *string, function_spec=2 FunctionSpec",
    "BareConcreteFunction": "concrete_function_name=1 string",
    "FunctionSpec": "fullargspec=1 Value, is_method=2 bool",
    "ConcreteEntry": "key=1 string, value=2 SavedConcreteFunction",
    "SavedConcreteFunction": """canonicalized_input_signature=3 Value,
        output_signature=4 Value""",
    "Value": """none_value=1 None, float64_value=11 double, int64_value=12 sint64,
        string_value=13 string, bool_value=14 bool, tensor_spec_value=33 TensorSpec,
        type_spec_value=34 TypeSpec, bounded_tensor_spec_value=35 TensorSpec,
        list_value=51 Values, tuple_value=52 Values, dict_value=53 Dict,
        named_tuple_value=54 NamedTuple, tensor_shape_value=31 TensorShape,
        tensor_dtype_value=32 DataType""",
    "None": "",
    "Values": "values=1 *Value",
    "Dict": "fields=1 *Field",
    "Field": "key=1 string, value=2 Value",
    "NamedTuple": "name=1 string, values=2 *Field",
    "TensorSpec": "name=1 string, shape=2 TensorShape, dtype=3 DataType",
    "TypeSpec": "type_spec_class=1 TypeSpecClass, type_state=2 Value",
    "ModuleDef": "format=1 int32, required_features=2 *string",
    "ModuleAttachment": "key=1 string, value=2 bytes",
    "BundleHeader": "num_shards=1 int32, endianness=2 int32",
    "BundleEntry": """dtype=1 DataType, shape=2 TensorShape, shard_id=3 int32,
        offset=4 int64, size=5 int64, slices=7 *Slice""",
    "Slice": "",
}

# DataType of types.proto
_DATA_TYPE_NAMES = """
INVALID FLOAT DOUBLE INT32 UINT8 INT16 INT8 STRING COMPLEX64 INT64 BOOL QINT8 QUINT8
QINT32 BFLOAT16 QINT16 QUINT16 UINT16 COMPLEX128 HALF RESOURCE VARIANT UINT32 UINT64
FLOAT8_E5M2 FLOAT8_E4M3FN
"""
_DATA_TYPES = dict(enumerate(_DATA_TYPE_NAMES.split())) | {29: "INT4", 30: "UINT4"}

# The names matter in saved_model.pbtxt only.
_ENUMS = {
    "DataType": {
        f"DT_{name}{end}": number + offset
        for end, offset in (("", 0), ("_REF", 100))
        for number, name in _DATA_TYPES.items()
        if number + offset != 100
    },
    "TypeSpecClass": {
        "UNKNOWN": 0,
        "SPARSE_TENSOR_SPEC": 1,
        "INDEXED_SLICES_SPEC": 2,
        "RAGGED_TENSOR_SPEC": 3,
        "TENSOR_ARRAY_SPEC": 4,
        "DATA_DATASET_SPEC": 5,
        "DATA_ITERATOR_SPEC": 6,
        "OPTIONAL_SPEC": 7,
        "PER_REPLICA_SPEC": 8,
        "VARIABLE_SPEC": 9,
        "ROW_PARTITION_SPEC": 10,
        "REGISTERED_TYPE_SPEC": 12,
        "EXTENSION_TYPE_SPEC": 13,
    },
}

# Of these exactly one field is set, the last on the wire, as in the oneof that they
# have in TensorFlow; `children` stands beside it.
_ONE_OF = {"Value": "kind", "AttrValue": "value", "ProgramObject": "kind"}


def _build() -> dict[str, Any]:
    field_type = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="tfhub/formats.proto", package=_PACKAGE, syntax="proto3"
    )
    for enum_name, values in _ENUMS.items():
        enum = file.enum_type.add(name=enum_name)
        for value_name, value in values.items():
            enum.value.add(name=value_name, number=value)
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        if message_name in _ONE_OF:
            message.oneof_decl.add(name=_ONE_OF[message_name])
        for text in filter(None, map(str.strip, fields.split(","))):
            head, kind = text.split()
            name, number = head.split("=")
            label = "LABEL_REPEATED" if kind.startswith("*") else "LABEL_OPTIONAL"
            field = message.field.add(name=name, number=int(number))
            field.label = getattr(field_type, label)
            kind = kind.lstrip("*")
            if kind in _MESSAGES or kind in _ENUMS:
                is_message = kind in _MESSAGES
                field.type = getattr(
                    field_type, "TYPE_MESSAGE" if is_message else "TYPE_ENUM"
                )
                field.type_name = f".{_PACKAGE}.{kind}"
            else:
                field.type = getattr(field_type, f"TYPE_{kind.upper()}")
            if message_name in _ONE_OF and name != "children":
                field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(
            pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")
        )
        for name in _MESSAGES
    }


_CLASSES = _build()
SavedModel = _CLASSES["SavedModel"]
SavedModelBytes = _CLASSES["SavedModelBytes"]
Programs = _CLASSES["Programs"]
AssetFileDef = _CLASSES["AssetFileDef"]
ModuleDef = _CLASSES["ModuleDef"]
ModuleAttachment = _CLASSES["ModuleAttachment"]
BundleHeader = _CLASSES["BundleHeader"]
BundleEntry = _CLASSES["BundleEntry"]
VariableDef = _CLASSES["VariableDef"]


def _build_image_module_info() -> Any:
    """The class of a message that users make, so under its name in the reference.

    ImageModuleInfo{InputSize default_image_size = 1}, where InputSize, which lies
    within it, is {int32 height = 1, int32 width = 2} (image_module_info.proto).
    """
    package, field_type = "tensorflow_hub", descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="tfhub/image_module_info.proto", package=package, syntax="proto3"
    )
    info = file.message_type.add(name="ImageModuleInfo")
    info.field.add(
        name="default_image_size",
        number=1,
        label=field_type.LABEL_OPTIONAL,
        type=field_type.TYPE_MESSAGE,
        type_name=f".{package}.ImageModuleInfo.InputSize",
    )
    size = info.nested_type.add(name="InputSize")
    for number, name in enumerate(("height", "width"), start=1):
        size.field.add(
            name=name,
            number=number,
            label=field_type.LABEL_OPTIONAL,
            type=field_type.TYPE_INT32,
        )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made = message_factory.GetMessageClass(
        pool.FindMessageTypeByName(f"{package}.ImageModuleInfo")
    )
    for each in (made, cast(Any, made).InputSize):
        each.__module__ = __name__  # R asks for it
    return made


ImageModuleInfo = _build_image_module_info()
"""What a module says of the images that it takes, a message of a protocol buffer.

Its field `default_image_size` has `height` and `width`, in pixels.
"""

STRING = 7


_OF_FLOATS = {"FLOAT": "float32", "DOUBLE": "float64", "HALF": "float16"}
_DTYPE_NAMES = {
    number: _OF_FLOATS.get(name, name.lower()) for number, name in _DATA_TYPES.items()
}


def dtype_name(number: int) -> str:
    """The name of a DataType; those of references (number + 100) are their values'."""
    return _DTYPE_NAMES.get(number % 100) or f"dtype {number}"
