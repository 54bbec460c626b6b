"""What is said of models whose files are missing, cut, damaged or pointers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.cli import main
from tfhub.errors import ModelFormatError, TagsError
from tfhub.hosting.about import about
from tfhub.runtime import bridge

INDEX = "variables/variables.index"
DATA = "variables/variables.data-00000-of-00001"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"

Fault = Callable[[Path], Any]


def written(name: str, content: bytes) -> Fault:
    return lambda folder: (folder / name).write_bytes(content)


# What is done, what is said, and whether the variables are known still.
FAULTS: dict[str, tuple[Fault, str, bool]] = {
    "no variables": (
        lambda folder: shutil.rmtree(folder / "variables"),
        "has no variables/variables.index, and its graph has variables",
        False,
    ),
    "no data": (lambda folder: (folder / DATA).unlink(), f"has no {DATA}", True),
    "cut data": (written(DATA, b"a"), "is cut: it has 1 of ", True),
    "a damaged index": (written(INDEX, b"junk" * 30), "not the index of a", False),
    "an empty index": (written(INDEX, b""), "not the index of a checkpoint", False),
    "an index that is a pointer": (
        written(INDEX, POINTER),
        f"pointers of Git LFS in the place of files: {INDEX}",
        False,
    ),
    "data that are a pointer": (
        written(DATA, POINTER),
        f"pointers of Git LFS in the place of files: {DATA}",
        True,
    ),
}


@pytest.fixture(params=FAULTS)
def amiss(
    fruit: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> tuple[Path, str, bool]:
    folder = tmp_path / "model"
    shutil.copytree(fruit, folder)
    fault, said, known = FAULTS[request.param]
    fault(folder)
    return folder, said, known


def test_it_is_described_and_said(
    amiss: tuple[Path, str, bool], fruit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, said, known = amiss
    whole, model = hub.describe(fruit), hub.describe(folder)
    assert whole.problems == ()
    assert model.graphs == whole.graphs
    [problem] = model.problems
    assert said in problem
    assert model.variables == (whole.variables if known else None)
    json.dumps(model.to_dict())
    assert main.main(["info", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "Problem:" in printed
    assert ("Variables:" in printed) == known
    assert "fruit_to_pet" in printed
    page = about(str(folder))
    assert page["problem"] == ""
    assert said.removeprefix("has ") in page["amiss"][0]
    assert str(folder) not in page["amiss"][0]
    assert "fruit_to_pet" in page["contents"]
    assert ("parameters" in page["facts"]) == known
    assert bridge.describe(str(folder))["problems"] == [problem]


def test_it_is_not_packed(amiss: tuple[Path, str, bool], tmp_path: Path) -> None:
    folder, said, _ = amiss
    with pytest.raises(ModelFormatError) as caught:
        hub.pack(folder, tmp_path / "model.tar.gz")
    assert said in str(caught.value)
    assert caught.value.handle == str(folder)
    assert not (tmp_path / "model.tar.gz").exists()


def test_wrong_tags_are_said_to_be_wrong(amiss: tuple[Path, str, bool]) -> None:
    with pytest.raises(TagsError, match="none with the tags"):
        hub.load(amiss[0], tags=["train"])


def test_a_graph_that_is_a_pointer(fruit: Path, tmp_path: Path) -> None:
    shutil.copytree(fruit, tmp_path / "model")
    (tmp_path / "model" / "saved_model.pb").write_bytes(POINTER)
    for use in (hub.describe, hub.pack):
        with pytest.raises(ModelFormatError, match="pointers? of Git LFS"):
            use(tmp_path / "model")  # type: ignore[operator]
    assert "pointers of Git LFS" in about(str(tmp_path / "model"))["problem"]


def test_a_model_without_variables_is_whole(tf1_modules: Path, tmp_path: Path) -> None:
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None])
        v1.saved_model.simple_save(session, str(tmp_path / "m"), {"x": x}, {"y": x + 1})
    shutil.rmtree(tmp_path / "m" / "variables", ignore_errors=True)
    model = hub.describe(tmp_path / "m")
    assert model.problems == ()
    assert model.variables is not None
    assert model.variables.count == 0
    for folder in tf1_modules.iterdir():
        assert hub.describe(folder).problems == ()
