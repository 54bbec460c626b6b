from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import tensorflow

import tfhub as hub
from tfhub.errors import DependencyError
from tfhub.runtime.ops import unknown_ops

tf: Any = tensorflow


@pytest.fixture
def renamed(fruit: Path, tmp_path: Path) -> str:
    """A model with an op that nobody registers, as one of TensorFlow Text is called."""
    path = tmp_path / "renamed"
    shutil.copytree(fruit, path)
    file = path / "saved_model.pb"
    content = file.read_bytes()
    assert b"StringUpper" in content
    file.write_bytes(content.replace(b"StringUpper", b"TFText>Uppe"))
    return str(path)


def test_all_ops_of_a_good_model_are_known(fruit: Path) -> None:
    assert unknown_ops(str(fruit), "fruit") == []


def test_names_the_package_and_the_version(renamed: str) -> None:
    assert unknown_ops(renamed, renamed) == ["TFText>Uppe"]
    with pytest.raises(DependencyError, match=r"TFText>Uppe") as caught:
        hub.load(renamed)
    assert "tensorflow-text==" in str(caught.value)
    assert caught.value.data["ops"] == ["TFText>Uppe"]


def test_it_is_of_the_type_that_tensorflow_raised(renamed: str) -> None:
    with pytest.raises(DependencyError) as caught:
        hub.load(renamed)
    assert isinstance(caught.value, type(caught.value.__cause__))
    assert isinstance(caught.value, ImportError)
    assert caught.value.data["ops"] == ["TFText>Uppe"]


@pytest.mark.parametrize(
    "fails",
    [
        "import tensorflow as tf; raise tf.errors.NotFoundError(None, None, 'no fit')",
        "raise AttributeError('no fit')",
        "raise ImportError('no fit')",
    ],
)
def test_a_package_that_does_not_fit_tensorflow(
    renamed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    (tmp_path / "tensorflow_text.py").write_text(fails)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DependencyError, match="cannot be imported: no fit") as caught:
        hub.load(renamed)
    assert "tensorflow_text is installed" in str(caught.value)
    assert caught.value.hint is not None
    assert "tensorflow-text==" in caught.value.hint


def test_a_module_says_it_too(tf1_modules: Path, tmp_path: Path) -> None:
    path = tmp_path / "module"
    shutil.copytree(tf1_modules / "text_embedding", path)
    file = path / "saved_model.pb"
    file.write_bytes(file.read_bytes().replace(b"StringSplit", b"NobodysOwn1"))
    for use in (hub.Module, lambda it: hub.upgrade(it, tmp_path / "new")):
        with pytest.raises(DependencyError, match="NobodysOwn1"):
            use(str(path))
        with tf.Graph().as_default(), pytest.raises(DependencyError, match="Nobodys"):
            use(str(path))


def test_an_op_that_no_device_can_run(tmp_path: Path) -> None:
    # TensorFlow has kept the name, and dropped what runs it.
    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None])])
        def __call__(self, x: Any) -> Any:
            return tf.raw_ops.BoostedTreesBucketize(
                float_values=[x], bucket_boundaries=[[0.5]]
            )[0]

    model = Model()
    tf.saved_model.save(model, str(tmp_path), {"s": model.__call__})
    loaded, layer = hub.load(tmp_path), hub.KerasLayer(str(tmp_path))
    for call in (
        lambda: loaded(tf.constant([1.0])),
        lambda: loaded(tf.constant([1.0]), signature="s"),
        lambda: layer(tf.constant([1.0])),
    ):
        with pytest.raises(DependencyError, match="op BoostedTreesBucketize") as no:
            call()
        assert "describe(handle).tensorflow" in str(no.value)
        assert isinstance(no.value, tf.errors.OpError)


def test_an_op_of_an_unknown_package(renamed: str) -> None:
    file = Path(renamed, "saved_model.pb")
    file.write_bytes(file.read_bytes().replace(b"TFText>Uppe", b"NobodysOwn1"))
    with pytest.raises(DependencyError, match="not known here"):
        hub.load(renamed)
