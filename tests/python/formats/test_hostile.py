"""Files made to end their reader in another way than by an error, or never."""

from __future__ import annotations

import contextlib
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfhub.cache.entries import is_whole
from tfhub.cli import tables
from tfhub.errors import ModelFormatError
from tfhub.formats import protos, reading
from tfhub.formats.checkpoint import read_index
from tfhub.formats.saved_model import describe_folder

from ..conftest import bounded


def a_model() -> Any:
    model = protos.SavedModel()
    graph = model.meta_graphs.add()
    graph.meta_info_def.tags.append("serve")
    graph.object_graph_def.nodes.add()
    return model


def a_function(model: Any, name: str = "f") -> tuple[Any, Any]:
    """A function of the model's object, with one traced form."""
    objects = model.meta_graphs[0].object_graph_def
    objects.nodes[0].children.add(node_id=len(objects.nodes), local_name=name)
    node = objects.nodes.add()
    node.function.concrete_functions.append(name)
    return node.function, objects.concrete_functions.add(key=name).value


def shapes() -> bytes:
    model = a_model()
    info = model.meta_graphs[0].signature_def.add(key="s").value.inputs.add(key="x")
    for _ in range(200_000):
        info.value.tensor_shape.dim.add(size=2**62)
    return bytes(model.SerializeToString())


def no_node(number: int) -> bytes:
    model = a_model()
    children = model.meta_graphs[0].object_graph_def.nodes[0].children
    children.add(node_id=number, local_name="x")
    return bytes(model.SerializeToString())


def nested(levels: int) -> bytes:
    """A structure within a structure; a message of 2 * levels messages, and some."""
    data = b""
    for _ in range(levels):
        inner = b"\x0a" + protos_varint(len(data)) + data  # values of a list
        data = b"\x9a\x03" + protos_varint(len(inner)) + inner  # list_value
    function = b"\x22" + protos_varint(len(data)) + data
    entry = b"\x0a\x01f\x12" + protos_varint(len(function)) + function
    objects = b"\x12" + protos_varint(len(entry)) + entry
    graph = b"\x3a" + protos_varint(len(objects)) + objects
    return b"\x12" + protos_varint(len(graph)) + graph


def protos_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def functions_of_each_other() -> bytes:
    """Many functions that name the same many traced forms."""
    model = a_model()
    names = [f"{i:04}" for i in range(1000)]
    for name in names:
        function, form = a_function(model, name)
        function.concrete_functions.extend(names)
        form.output_signature.string_value = "x" * 100
    return bytes(model.SerializeToString())


def names_of_one_function() -> bytes:
    """Many names of one function, the text of which is long."""
    model = a_model()
    a_function(model)[1].output_signature.string_value = "x" * 100_000
    children = model.meta_graphs[0].object_graph_def.nodes[0].children
    for number in range(20_000):
        children.add(node_id=1, local_name=str(number))
    return bytes(model.SerializeToString())


def a_form_of_many_values() -> bytes:
    """A form that takes long to be read, and is told in few characters."""
    model = a_model()
    function, form = a_function(model)
    function.concrete_functions.extend(["f"] * 2000)
    state = form.output_signature.type_spec_value.type_state.tuple_value
    for _ in range(100_000):
        state.values.add()
    return bytes(model.SerializeToString())


def constants(kind: str, value: Any) -> Callable[[], bytes]:
    """An argument that is a list of very many constants."""

    def made() -> bytes:
        model = a_model()
        form = a_function(model)[1]
        values = form.output_signature.list_value.values
        setattr(values.add(), kind, value)
        values.MergeFrom([values[0]] * 400_000)
        return bytes(model.SerializeToString())

    return made


BINARY: dict[str, Callable[[], bytes]] = {
    "a shape of 200,000 dimensions": shapes,
    "a node that is not there": lambda: no_node(7),
    "a node below zero": lambda: no_node(-1),
    "a nested structure": lambda: nested(5000),
    "functions that name each other": functions_of_each_other,
    "names of one function": names_of_one_function,
    "a form of many values": a_form_of_many_values,
    "graphs of two bytes": lambda: b"\x12\0" * 500_000,
    "a name that is not UTF-8": lambda: b"\x12\x08\x2a\x06\x0a\x04\xff\xfe\xfd\xfc",
    "zero bytes": lambda: bytes(1000),
    "a number of a megabyte": lambda: b"\x08" + b"\xff" * (1 << 20) + b"\x01",
}


CONSTANTS: dict[str, Callable[[], bytes]] = {
    "truths": constants("bool_value", True),
    "whole numbers": constants("int64_value", 7),
    "numbers": constants("float64_value", 1.5),
    "strings": constants("string_value", "\x1b" * 20),
}


@pytest.mark.parametrize("case", CONSTANTS)
def test_constants_are_told_in_part(tmp_path: Path, case: str) -> None:
    (tmp_path / "saved_model.pb").write_bytes(CONSTANTS[case]())
    with bounded(2):
        [form] = describe_folder(tmp_path).functions["f"]
    assert form.output.endswith(", and 399,001 more]")


def test_a_string_of_megabytes_is_told_in_part(tmp_path: Path) -> None:
    model = a_model()
    form = a_function(model)[1]
    form.output_signature.string_value = "\x01" * 4_000_000
    (tmp_path / "saved_model.pb").write_bytes(model.SerializeToString())
    with bounded(2):
        [form] = describe_folder(tmp_path).functions["f"]
    assert len(form.output) < 100_000


@pytest.mark.parametrize("case", BINARY)
def test_a_hostile_model(tmp_path: Path, case: str) -> None:
    (tmp_path / "saved_model.pb").write_bytes(BINARY[case]())
    with bounded(3), pytest.raises(ModelFormatError, match="saved_model.pb") as caught:
        describe_folder(tmp_path)
    assert len(str(caught.value)) < 1000


TEXTS = {
    "nested": "meta_graphs { graph_def { library { " + "x { " * 50_000,
    "nested values": "meta_graphs { object_graph_def { concrete_functions { value { "
    "output_signature { " + "list_value { values { " * 5000,
    "digits": "meta_graphs { collection_def { key: " + "9" * 5000,
    "digits of a number": "meta_graphs { object_graph_def { nodes { children { "
    "node_id: " + "9" * 5000,
    "not UTF-8": "\udcff",
    "zero bytes": "meta_graphs {} #" + "\0" * 50_000_000,
    "a text that is long": "meta_graphs { " + "y" * 1_000_000,
    "messages of two bytes": "meta_graphs { graph_def { node [" + "{}" * 2_000_000,
    "comments": "meta_graphs { " + "#\n" * 2_000_000 + "!",
    "strings side by side": "meta_graphs { meta_info_def { tags: " + "'a'" * 1_000_000,
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_hostile_text(tmp_path: Path, case: str) -> None:
    data = TEXTS[case].encode("utf-8", "surrogateescape")
    (tmp_path / "saved_model.pbtxt").write_bytes(data)
    with bounded(3), pytest.raises(ModelFormatError, match="pbtxt") as caught:
        describe_folder(tmp_path)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "name", ["saved_model.pb", "tfhub_module.pb", "variables/variables.index"]
)
def test_a_sparse_file(fruit: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "variables").mkdir()
    (tmp_path / "saved_model.pb").write_bytes((fruit / "saved_model.pb").read_bytes())
    (tmp_path / name).unlink(missing_ok=True)
    for size in (1 << 30, 50 << 30):
        with (tmp_path / name).open("ab") as file:
            file.truncate(size)
        with bounded():
            if "index" in name:  # all else is described
                assert name in describe_folder(tmp_path).problems[0]
                continue
            with pytest.raises(ModelFormatError, match=name):
                describe_folder(tmp_path)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "saved_model.pb")
    with pytest.raises(ModelFormatError, match="is not a file"):
        reading.read(tmp_path / "saved_model.pb", "no model", bytes)
    with pytest.raises(ModelFormatError, match="cannot be read: No such file"):
        reading.read(tmp_path / "none", "no model", bytes)
    with pytest.raises(ModelFormatError, match="is not a file"):
        reading.read(Path("/dev/zero"), "no model", bytes)


def table(*blocks: bytes, index: bytes | None = None) -> bytes:
    """A table of these blocks; each is restarts and all."""
    data, handles = b"", []
    for block in blocks:
        handles.append(protos_varint(len(data)) + protos_varint(len(block)))
        data += block + bytes(5)
    if index is None:
        index = block_of(*((b"%06d" % i, where) for i, where in enumerate(handles)))
    end = protos_varint(len(data)) + protos_varint(len(index))
    footer = (b"\0\0" + end).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    return data + index + bytes(5) + footer


def block_of(*pairs: tuple[bytes, bytes], shared: int = 0) -> bytes:
    data = b""
    for key, value in pairs:
        sizes = (shared, len(key), len(value)) if data else (0, len(key), len(value))
        data += b"".join(map(protos_varint, sizes)) + key + value
    return data + struct.pack("<II", 0, 1)


def entry(**fields: Any) -> bytes:
    dims = fields.pop("dims", ())
    made = protos.BundleEntry(dtype=1, **fields)
    for size in dims:
        made.shape.dim.add(size=size)
    return bytes(made.SerializeToString())


def shared_keys() -> bytes:
    """Keys of 64 kB, each but for one byte that of the one before."""
    long = (b"a" * 65_536, entry(size=4))
    more = [(struct.pack(">I", i)[1:], b"") for i in range(1, 40_000)]
    return table(block_of(long, *more, shared=65_536))


HEADER = (b"", protos.BundleHeader(num_shards=1).SerializeToString())
INDEXES: dict[str, Callable[[], bytes]] = {
    "one block named many times": lambda: table(
        block_of(HEADER, (b"a", entry(size=4))),
        index=block_of(*((b"%06d" % i, b"\0\x16") for i in range(50_000))),
    ),
    "a number of a megabyte": lambda: table(b"\xff" * (1 << 20) + bytes(8)),
    "keys that share": shared_keys,
    "keys out of order": lambda: table(block_of((b"b", entry()), (b"a", entry()))),
    "zero bytes": lambda: table(bytes(1 << 20)),
    "too many dimensions": lambda: table(block_of((b"a", entry(dims=[2**62] * 2000)))),
    "too many elements": lambda: table(block_of((b"a", entry(dims=[2**62] * 9)))),
    "a dimension below zero": lambda: table(block_of((b"a", entry(dims=[-1])))),
    "a size below zero": lambda: table(block_of((b"a", entry(size=-1)))),
    "an offset below zero": lambda: table(block_of((b"a", entry(offset=-1)))),
    "an end beyond any file": lambda: table(
        block_of((b"a", entry(offset=2**63 - 1, size=2**63 - 1)))
    ),
    "megabytes of one tensor": lambda: table(
        block_of((b"a", b"\x12" + protos_varint(1 << 24) + b"\x12\0" * (1 << 23)))
    ),
    "restarts beyond the block": lambda: table(struct.pack("<II", 0, 2**32 - 1)),
    "a block beyond the file": lambda: table(index=block_of((b"a", b"\0\xff\xff\x7f"))),
}


@pytest.mark.parametrize("case", INDEXES)
def test_a_hostile_index(tmp_path: Path, case: str) -> None:
    index = tmp_path / "variables" / "variables.index"
    index.parent.mkdir()
    index.write_bytes(INDEXES[case]())
    with bounded(), pytest.raises(ModelFormatError, match="variables.index"):
        read_index(tmp_path / "variables/variables.index")


def test_a_table_made_here_is_one(tmp_path: Path) -> None:
    index = tmp_path / "variables" / "variables.index"
    index.parent.mkdir()
    first = block_of(HEADER, (b"a", entry(size=4, dims=[])))
    index.write_bytes(table(first, block_of((b"b", entry(size=8, dims=[2])))))
    assert list(read_index(tmp_path / "variables/variables.index")[0].tensors) == [
        "a",
        "b",
    ]


def test_a_header_that_says_two_thousand_million_files(tmp_path: Path) -> None:
    index = tmp_path / "variables" / "variables.index"
    index.parent.mkdir()
    (tmp_path / "saved_model.pb").touch()
    header = protos.BundleHeader(num_shards=2_000_000_000).SerializeToString()
    index.write_bytes(table(block_of((b"", header), (b"a", entry(size=4)))))
    with bounded():
        assert read_index(index)[1] == {"variables.data-00000-of-2000000000": 4}
        assert not is_whole(str(tmp_path))


def test_a_file_that_the_header_does_not_have(tmp_path: Path) -> None:
    index = tmp_path / "variables.index"
    index.write_bytes(table(block_of(HEADER, (b"a", entry(shard_id=5)))))
    with pytest.raises(ModelFormatError, match="speaks of number 5"):
        read_index(index)


def test_many_variables_of_one_object(tmp_path: Path) -> None:
    """The way to each was looked for among all: 20,000 took 24 seconds."""
    model = a_model()
    objects = model.meta_graphs[0].object_graph_def
    pairs = [HEADER]
    for i in range(20_000):
        objects.nodes[0].children.add(node_id=i + 1, local_name=f"{i:06}")
        objects.nodes.add().variable.name = f"v{i}"
        key = b"%06d/.ATTRIBUTES/VARIABLE_VALUE" % i
        pairs.append((key, entry(size=4)))
    (tmp_path / "saved_model.pb").write_bytes(model.SerializeToString())
    index = tmp_path / "variables" / "variables.index"
    index.parent.mkdir()
    index.write_bytes(table(block_of(*pairs)))
    with bounded(3):
        assert describe_folder(tmp_path).weights[-1].name == "v19999"


def test_many_signatures(tmp_path: Path) -> None:
    model = a_model()
    for i in range(200_000):
        signature = model.meta_graphs[0].signature_def.add(key=f"s{i}").value
        signature.inputs.add(key="x").value.dtype = 1
    (tmp_path / "saved_model.pb").write_bytes(model.SerializeToString())
    out = io.StringIO()
    with bounded(4, 1000), contextlib.redirect_stdout(out):
        tables.show(describe_folder(tmp_path))
    assert "... and 199,950 more signatures" in out.getvalue()
    assert len(out.getvalue()) < 20_000


def test_names_of_megabytes(tmp_path: Path) -> None:
    model = a_model()
    graph = model.meta_graphs[0]
    graph.meta_info_def.tensorflow_version = "v" * 3_000_000
    signature = graph.signature_def.add(key="s" * 3_000_000).value
    for i in range(2000):
        signature.inputs.add(key=f"{i:05}").value.dtype = 1
    signature.outputs.add(key="y" * 3_000_000).value.dtype = 1
    a_function(model, "f" * 3_000_000)[1].output_signature.string_value = (
        "o" * 3_000_000
    )
    (tmp_path / "saved_model.pb").write_bytes(model.SerializeToString())
    out = io.StringIO()
    with bounded(3), contextlib.redirect_stdout(out):
        tables.show(describe_folder(tmp_path))
    assert len(out.getvalue()) < 200_000


def test_a_deep_folder(fruit: Path, tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes((fruit / "saved_model.pb").read_bytes())
    here = os.open(tmp_path, os.O_RDONLY)
    folders = [here]
    for _ in range(5000):
        os.mkdir("d", dir_fd=folders[-1])
        folders.append(os.open("d", os.O_RDONLY, dir_fd=folders[-1]))
        if len(folders) > 500:
            os.close(folders.pop(0))
    try:
        with bounded(), pytest.raises(ModelFormatError, match="cannot be listed"):
            describe_folder(tmp_path)
    finally:
        for each in folders:
            os.close(each)
        os.system(f"rm -rf '{tmp_path}/d'")  # which shutil cannot


def test_what_tensorflow_takes_is_not_refused(tmp_path: Path) -> None:
    """254 dimensions, and files of a protocol buffer's 2 GB."""
    import tensorflow as tf

    assert reading.LARGEST == 2**31 - 1
    module = tf.Module()
    module.v = tf.Variable(tf.zeros([1] * 254))
    module.f = tf.function(
        lambda x: x, input_signature=[tf.TensorSpec([1] * 254, tf.float32)]
    )
    tf.saved_model.save(module, str(tmp_path), signatures=module.f)
    model = describe_folder(tmp_path)
    assert model.variables.parameters == 1
    assert len(model.signatures["serving_default"].inputs["x"].shape or ()) == 254
    with pytest.raises(tf.errors.InvalidArgumentError, match="dimensions"):
        tf.zeros([1] * 255)
