"""What a model says of itself never reaches a terminal as it is."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfhub
from tfhub.archive.unpacking import unpack
from tfhub.cli.main import main
from tfhub.errors import HubError
from tfhub.formats import protos
from tfhub.net.progress import Meter
from tfhub.runtime.tf import tf
from tfhub.testing.archives import member, tar_of, zip_of

ODD = "a\x1b]0;x\x07\x1b[2J\u202e\x85\nforged: line"


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A model with such text wherever a name can stand."""
    model = protos.SavedModel()
    for tags in ([ODD], [ODD, "serve"]):
        graph = model.meta_graphs.add()
        graph.meta_info_def.tags.extend(tags)
        graph.meta_info_def.tensorflow_version = ODD
        graph.graph_def.node.add(name=ODD, op=ODD)
        signature = graph.signature_def.add(key=ODD).value
        for side in (signature.inputs, signature.outputs):
            side.add(key=ODD).value.dtype = 1
        objects = graph.object_graph_def
        objects.nodes.add().children.add(node_id=1, local_name=ODD)
        function = objects.nodes.add().function
        function.concrete_functions.append(ODD)
        names = function.function_spec.fullargspec.named_tuple_value.values
        names.add(key="args").value.list_value.values.add().string_value = ODD
        form = objects.concrete_functions.add(key=ODD).value
        value = form.canonicalized_input_signature.tuple_value.values
        value.add().tuple_value.values.add().tensor_spec_value.dtype = 1
        field = value.add().dict_value.fields.add(key=ODD)
        field.value.string_value = ODD
        form.output_signature.dict_value.fields.add(key=ODD)
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(model.SerializeToString())
    (folder / ODD).touch()
    return folder


def is_harmless(text: str) -> bool:
    lines = text.split("\n")
    printable = all(line.isprintable() for line in lines)
    return printable and not any(line.startswith("forged") for line in lines)


@pytest.mark.parametrize("with_rich", [True, False])
def test_info(
    odd: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    with_rich: bool,
) -> None:
    from tfhub.cli import tables

    if not with_rich:
        monkeypatch.setattr(tables, "_rich_table", lambda: None)
    assert main(["info", str(odd)]) == 0
    out = capsys.readouterr().out
    assert is_harmless(out)
    assert "\\x1b]0;x\\x07" in "".join(out.split())
    assert main(["info", "--json", str(odd)]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert is_harmless(out)
    assert ODD in json.loads(out)["graphs"][0]["signatures"]


def hub_marker(folder: Path) -> Any:
    mark = protos.ModuleDef(format=3, required_features=[ODD])
    (folder / "tfhub_module.pb").write_bytes(mark.SerializeToString())
    return tfhub.describe(folder)


def no_model(folder: Path) -> Any:
    (folder / "saved_model.pb").unlink()
    return tfhub.describe(folder)


def archive(pack: Callable[[], bytes]) -> Callable[[Path], Any]:
    def run(folder: Path) -> Any:
        blocks = iter([pack()])
        return unpack(blocks, folder.parent / "out", "It", Meter(None))

    return run


def served(folder: Path) -> Any:
    file = folder.parent / "m.tar"
    file.write_bytes(tar_of(member(ODD, b"1")))
    return tfhub.resolve(file)


def linked(folder: Path) -> Any:
    (folder / ODD).unlink()
    (folder / ODD).symlink_to("elsewhere")
    return tfhub.pack(folder, folder.parent / "m.tar.gz")


ERRORS: dict[str, Callable[[Path], Any]] = {
    "load": tfhub.load,
    "load with tags": lambda folder: tfhub.load(folder, tags=["none"]),
    "a module": lambda folder: tfhub.load_module_spec(str(folder)),
    "the mark of a module": hub_marker,
    "a folder without a model": no_model,
    "a link in a tar": archive(lambda: tar_of(member(ODD, kind=b"2", link="x"))),
    "a path out of a tar": archive(lambda: tar_of(member(f"../{ODD}"))),
    "a path out of a zip": archive(lambda: zip_of({f"../{ODD}": b""})),
    "twins": archive(lambda: tar_of(member(ODD, b"1"), member(ODD.upper(), b"2"))),
    "an archive without a model": served,
    "a link in a folder to pack": linked,
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(
    odd: Path,
    case: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(odd.parent / "cache"))
    caplog.set_level(logging.DEBUG, "tfhub")
    with pytest.raises(HubError) as caught:
        ERRORS[case](odd)
    assert is_harmless(str(caught.value)), str(caught.value)
    assert is_harmless(caplog.text)


def test_signatures_and_inputs_of_a_loaded_model(tmp_path: Path) -> None:
    """TensorFlow saves a model with such names, of signatures and outputs."""
    import tensorflow as tf

    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([None, 2], tf.float32, name="x")])
    def twice(x: Any) -> Any:
        return {ODD: 2 * x, f"{ODD}2": x}

    tf.saved_model.save(module, str(tmp_path), signatures={ODD: twice})
    m = tfhub.load(tmp_path)
    calls: list[Callable[[], Any]] = [
        lambda: m([[1.0, 2.0]], signature="none"),
        lambda: m([[1.0, 2.0]], signature=ODD),
        lambda: m([[1.0]], signature=ODD, as_dict=True),
        lambda: m({ODD: 1}, signature=ODD, as_dict=True),
        lambda: tfhub.KerasLayer(str(tmp_path)),
        lambda: tfhub.KerasLayer(str(tmp_path), signature="none", output_key="x"),
        lambda: tfhub.KerasLayer(str(tmp_path), signature=ODD, output_key="x")(
            tf.zeros([1, 2])
        ),
    ]
    for call in calls:
        with pytest.raises(HubError) as caught:
            call()
        assert is_harmless(str(caught.value)), str(caught.value)


def test_a_terminal_that_knows_only_ascii(odd: Path) -> None:
    """A name that it cannot show is no traceback."""
    model = protos.SavedModel.FromString((odd / "saved_model.pb").read_bytes())
    model.meta_graphs[0].meta_info_def.tags.append("größe")
    (odd / "saved_model.pb").write_bytes(model.SerializeToString())
    run = subprocess.run(
        [sys.executable, "-m", "tfhub", "info", str(odd)],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PYTHONIOENCODING": "ascii",
            "PYTHONPATH": str(Path(tfhub.__path__[0]).parent),
        },
    )
    assert "gr\\xf6\\xdfe" in run.stdout


def test_what_tensorflow_logs_while_a_model_is_loaded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [None])
        tf.compat.v1.saved_model.simple_save(
            session, str(tmp_path / "m"), {f"a{ODD}": x}, {"y": x + 1.0}
        )
    caplog.set_level(logging.WARNING, "absl")
    logging.getLogger("absl").addHandler(caplog.handler)
    try:
        tfhub.load(tmp_path / "m")
    finally:
        logging.getLogger("absl").removeHandler(caplog.handler)
    texts = [record.getMessage() for record in caplog.records]
    said = [each for each in texts if "is not a valid tf.function parameter" in each]
    if not said:
        pytest.skip("this TensorFlow says nothing of such names")
    assert all(map(str.isprintable, said))
