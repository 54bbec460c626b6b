"""The text of a protocol buffer, beside what protobuf's own reader makes of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import google.protobuf
import pytest
from google.protobuf import text_format
from google.protobuf.text_encoding import CUnescape

from tfhub.errors import ModelFormatError
from tfhub.formats import protos, textproto
from tfhub.formats.saved_model import describe_folder

from ..conftest import bounded


def both(text: str) -> tuple[Any, Any]:
    try:
        wanted = text_format.Parse(text, protos.SavedModel(), allow_unknown_field=True)
    except text_format.ParseError as error:
        pytest.skip(f"this protobuf cannot read it: {error}")
    return textproto.parsed(text, protos.SavedModel), wanted


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"as_utf8": True},
        {"as_one_line": True},
        {"pointy_brackets": True},
        {"use_short_repeated_primitives": True},
    ],
    ids=str,
)
def test_all_that_tensorflow_writes(fruit: Path, options: dict[str, Any]) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    data = (fruit / "saved_model.pb").read_bytes()
    model = saved_model_pb2.SavedModel.FromString(data)
    got, wanted = both(text_format.MessageToString(model, **options))
    assert got == wanted
    assert got.meta_graphs[0].object_graph_def.concrete_functions


@pytest.mark.parametrize(
    "text",
    [
        "",
        "meta_graphs {} meta_graphs < >; meta_graphs: {},",
        "# a # comment\nmeta_graphs # another\n{ # } \n } # last",
        'meta_graphs { meta_info_def { tags: "a" \'b\'\n"c" tags: ["d", \'e"\'] } }',
        r'meta_graphs { meta_info_def { tags: "\"\\" tags: "\303\251\x41\n é" } }',
        "meta_graphs: [{ meta_info_def {} }, < >]",
        "saved_model_schema_version: 1 meta_graphs { }",
        'meta_graphs { unknown { a: "}" b: \'{\' # }\n c: [1, 2] d { e: "\\"}" } } }',
        pytest.param(
            'meta_graphs { unknown { c: [1, {d: "\\"}"}] } }',
            marks=pytest.mark.skipif(
                google.protobuf.__version__ < "5", reason="it cannot read that itself"
            ),
        ),
        'meta_graphs { unknown: "a" "}" other: -inf third: [] }',
        "meta_graphs { object_graph_def { nodes { children { node_id: -1 } "
        "children { node_id: 0x1F } children { node_id: 017 } } } }",
        "meta_graphs { object_graph_def { concrete_functions { value { "
        "output_signature { float64_value: 1.5e+3f } canonicalized_input_signature {"
        "tensor_dtype_value: 9 } } } nodes { variable { trainable: t name: 'v' } } } }",
        "meta_graphs { signature_def { value { inputs { value { dtype: DT_FLOAT_REF "
        "tensor_shape { unknown_rank: 1 dim { size: -1 } } } } } } }",
        "meta_graphs { object_graph_def { concrete_functions { value { "
        "output_signature { bool_value: False } } } } }",
    ],
)  # fmt: skip
def test_all_that_may_be_written(text: str) -> None:
    got, wanted = both(text)
    assert got == wanted


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "meta_graphs {",
        "meta_graphs { ]",
        "meta_graphs { > ",
        "}",
        "meta_graphs: 1",
        "meta_graphs",
        "meta_graphs { unknown { ] }",
        "meta_graphs { unknown: 'a }",
        "meta_graphs { unknown { # }",
        "meta_graphs { meta_info_def { tags: x } }",
        "meta_graphs { meta_info_def { tags: ['a' } }",
        "meta_graphs { meta_info_def { tags: '\\377' } }",
        "meta_graphs { object_graph_def { nodes { children { node_id: 1e9 } } } }",
        "meta_graphs { object_graph_def { nodes { children { node_id: 3e9 } } } }",
        "meta_graphs { object_graph_def { nodes { children { node_id: 9876543210 }}}}",
        "meta_graphs { signature_def { value { inputs { value { dtype: NO } } } } }",
        "meta_graphs { object_graph_def { nodes { variable { trainable: 2 } } } }",
    ],
)  # fmt: skip
def test_what_is_no_text_of_a_model(text: str, tmp_path: Path) -> None:
    with pytest.raises(text_format.ParseError):
        text_format.Parse(text, protos.SavedModel(), allow_unknown_field=True)
    (tmp_path / "saved_model.pbtxt").write_text(text)
    with pytest.raises(ModelFormatError, match="is damaged"):
        describe_folder(tmp_path)


def test_changed_texts_end_in_an_error_of_its_kind(fruit: Path) -> None:
    from tensorflow.core.protobuf import saved_model_pb2

    data = (fruit / "saved_model.pb").read_bytes()
    text = text_format.MessageToString(saved_model_pb2.SavedModel.FromString(data))
    rng = random.Random(0)
    for _ in range(150):
        at = rng.randrange(len(text))
        changed = text[:at] + rng.choice("{}<>[]\"'#\\\n:- ") + text[at + 1 :]
        try:
            textproto.parsed(changed, protos.SavedModel)
        except ValueError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 1_000_000 + "!",
        "a" + "#" * 1_000_000,
        "#\n" * 500_000 + "!",
        "a: '" + "\\" * 1_000_001 + "'",
        "a: '" + "\\'" * 500_000,
        "a" + "{" * 1_000_000,
        "a: '' " + "'' " * 300_000 + "!",
        "a: 1 " * 200_000 + "!",
        "- " * 500_000,
        "meta_graphs { object_graph_def { concrete_functions { value { "
        "output_signature " + "{ list_value { values " * 100_000,
    ],
    ids=lambda text: text[:8],
)
def test_hostile_texts_take_no_time(text: str, tmp_path: Path) -> None:
    (tmp_path / "saved_model.pbtxt").write_text(text)
    with bounded(2), pytest.raises(ModelFormatError, match="is damaged"):
        describe_folder(tmp_path)


@pytest.mark.parametrize("escape", ["\\\\", "\\x1", "\\'", "\\u0041"])
def test_escapes_take_no_time(escape: str, tmp_path: Path) -> None:
    number = 600_000 // len(escape)
    text = f"meta_graphs {{ meta_info_def {{ tags: '{escape * number}' }} }}"
    (tmp_path / "saved_model.pbtxt").write_text(text)
    with bounded(2):
        [[tag]] = describe_folder(tmp_path).tags
    assert tag == CUnescape(escape).decode() * number


def test_a_text_of_4_mb_is_described_within_a_second(tmp_path: Path) -> None:
    attributes = "".join(
        f'attr {{\n  key: "a{i}"\n  value {{\n    list {{ i: {i} s: "x" }}\n  }}\n}}\n'
        for i in range(8)
    )
    contents = "\\000\\001\\377" * 20
    node = (
        f'node {{\n  name: "a/name"\n  op: "Const"\n  input: "b"\n  {attributes}'
        f'  attr {{ value {{ tensor {{ tensor_content: "{contents}" }} }} }}\n}}\n'
    )
    nodes = node * (4_000_000 // len(node))
    text = f'meta_graphs {{ meta_info_def {{ tags: "a" }} graph_def {{ {nodes} }} }}'
    assert len(text) > 3_900_000
    (tmp_path / "saved_model.pbtxt").write_text(text)
    with bounded(1):
        model = describe_folder(tmp_path)
    assert (model.tags, model.graphs[0].ops) == ((("a",),), ("Const",))
