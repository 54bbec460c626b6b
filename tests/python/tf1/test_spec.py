from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub import errors
from tfhub.tf1.spec import as_module_spec

tf: Any = tensorflow
v1 = tf.compat.v1
X = np.array([[1.0, -2.0]], np.float32)


def module_fn(note: str = "") -> None:
    x = v1.placeholder(tf.float32, [None, 2])
    start = v1.constant_initializer([[2.0, 0.0], [1.0, -1.0]])
    w = v1.get_variable("w", [2, 2], initializer=start)
    hub.add_signature(inputs=x, outputs=tf.matmul(x, w))
    hub.add_signature("two", {"a": x, "b": 2 * x}, {"sum": x + tf.matmul(x, w)})
    if note:
        hub.attach_message("note", v1.NodeDef(name=note))


@pytest.fixture(scope="module")
def spec() -> Any:
    variants = [({"b", "a"}, {"note": "both"}), (set(), {}), ("train", {"note": "t"})]
    return hub.create_module_spec(module_fn, variants)


def test_what_a_spec_tells(spec: Any) -> None:
    assert spec.get_tags() == [frozenset(), frozenset({"a", "b"}), frozenset({"train"})]
    assert spec.get_signature_names() == ["default", "two"]
    assert spec.get_signature_names({"train"}) == ["default", "two"]
    assert list(spec.get_input_info_dict()) == ["default"]
    infos = spec.get_input_info_dict("two", tags=["a", "b"])
    assert list(map(str, infos.values())) == ["float32[?, 2]"] * 2
    assert list(spec.get_output_info_dict(signature="two")) == ["sum"]


def test_attached_messages(spec: Any) -> None:
    assert spec.get_attached_message("note", v1.NodeDef) is None
    for tags, name in (({"train"}, "t"), ({"a", "b"}, "both")):
        message = spec.get_attached_message("note", v1.NodeDef, tags, required=True)
        assert message.name == name
    with pytest.raises(KeyError, match="'note'; it has: none") as caught:
        spec.get_attached_message("note", v1.NodeDef, required=True)
    assert isinstance(caught.value, errors.MessageNotFoundError)


def test_messages_that_are_not_there(spec: Any) -> None:
    with pytest.raises(ValueError, match="'nope'.*default, two") as caught:
        spec.get_input_info_dict("nope")
    assert isinstance(caught.value, errors.SignatureNotFoundError)
    calls: list[Callable[[], Any]] = [
        lambda: spec.get_signature_names({"q"}),
        lambda: spec.get_output_info_dict(tags={"q"}),
        lambda: spec.get_attached_message("note", v1.NodeDef, {"q"}),
    ]
    for call in calls:
        with pytest.raises(KeyError) as unknown:
            call()
        assert isinstance(unknown.value, errors.TagsError)
        assert '{"q"}, only {}, {"a", "b"}, {"train"}' in str(unknown.value)


def test_a_module_of_unknown_tags(spec: Any) -> None:
    with pytest.raises(ValueError, match="No such graph variant"):
        hub.Module(spec, tags={"q"})
    with tf.Graph().as_default(), pytest.raises(errors.TagsError, match='{"q"}'):
        hub.Module(spec, tags={"q"})


def test_what_is_a_spec(spec: Any, tf1_modules: Path) -> None:
    assert as_module_spec(spec) is spec
    path = tf1_modules / "sparse_input"
    assert as_module_spec(path).get_tags() == [frozenset()]
    assert as_module_spec(str(path)).name == str(path)
    with pytest.raises(ValueError, match="Unknown module spec type: int"):
        hub.Module(3)  # type: ignore[arg-type]


def test_no_module(tmp_path: Path, fruit: Path) -> None:
    with pytest.raises(FileNotFoundError):
        hub.load_module_spec(tmp_path / "nowhere")
    with pytest.raises(errors.ModelNotFoundError):
        hub.load_module_spec(tmp_path)
    with pytest.raises(errors.UnfitModuleError, match=r"tfhub_module\.pb") as caught:
        hub.load_module_spec(fruit)
    assert "Use hub.load()." in str(caught.value)  # it is of TensorFlow 2
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None])
        v1.saved_model.simple_save(session, str(tmp_path / "m"), {"x": x}, {"y": 2 * x})
    with pytest.raises(errors.UnfitModuleError, match="spec_from_saved_model"):
        hub.load_module_spec(tmp_path / "m")


def test_a_module_from_a_url(host: Any, tf1_modules: Path) -> None:
    url = host.add("/owner/sparse/1", tf1_modules / "sparse_input")
    assert hub.load_module_spec(url).get_signature_names() == ["default"]


# Export with a checkpoint


def checkpoint(folder: Path, **values: Any) -> str:
    with tf.Graph().as_default(), v1.Session() as session:
        for name, value in values.items():
            v1.get_variable(name, initializer=tf.constant(value))
        session.run(v1.global_variables_initializer())
        return str(v1.train.Saver().save(session, str(folder / "trained")))


def applied(path: Path) -> Any:
    with hub.eval_function_for_module(path) as f:
        return f(X)


def test_export_with_fresh_values(spec: Any, tmp_path: Path) -> None:
    assert spec.export(tmp_path / "m") == str(tmp_path / "m")
    np.testing.assert_array_equal(applied(tmp_path / "m"), [[0, 2]])
    assert hub.load_module_spec(tmp_path / "m").get_tags() == spec.get_tags()


def test_export_with_a_checkpoint(spec: Any, tmp_path: Path) -> None:
    trained = checkpoint(tmp_path, w=np.eye(2, dtype=np.float32))
    spec.export(tmp_path / "m", checkpoint_path=trained)
    np.testing.assert_array_equal(applied(tmp_path / "m"), X)


def test_export_with_other_names(spec: Any, tmp_path: Path) -> None:
    trained = checkpoint(tmp_path, other_w=3 * np.eye(2, dtype=np.float32))
    spec.export(tmp_path / "m", trained, lambda name: f"other_{name}")
    np.testing.assert_array_equal(applied(tmp_path / "m"), 3 * X)
    again = hub.load_module_spec(tmp_path / "m")
    again.export(tmp_path / "same")
    np.testing.assert_array_equal(applied(tmp_path / "same"), 3 * X)


@pytest.mark.parametrize("values", [{"v": np.eye(2)}, {"w": np.eye(3)}])
def test_export_with_another_checkpoint(
    spec: Any, tmp_path: Path, values: dict[str, Any]
) -> None:
    trained = checkpoint(tmp_path, **values)
    with pytest.raises(ValueError, match="w") as caught:
        spec.export(tmp_path / "m", trained)
    assert isinstance(caught.value, errors.CheckpointError)
    assert not (tmp_path / "m").exists()


# From SavedModels


def saved_model(folder: Path, **more: Any) -> Path:
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2])
        w = v1.get_variable("w", initializer=2 * tf.eye(2), use_resource=True)
        v1.train.create_global_step()
        v1.add_to_collection("mine", x)
        signature = v1.saved_model.predict_signature_def({"x": x}, {"y": x @ w})
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}, **more
        )
        builder.save()
    return folder


def test_from_a_saved_model(tmp_path: Path) -> None:
    path = saved_model(tmp_path / "saved")
    with pytest.raises(ValueError, match=r"Unsupported collections.*\['mine'\]") as no:
        hub.create_module_spec_from_saved_model(path)
    assert "hub.create_module_spec_from_saved_model(..., drop_coll" in str(no.value)
    spec = hub.create_module_spec_from_saved_model(path, drop_collections=["mine"])
    assert spec.get_tags() == [frozenset({"serve"})]
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(spec, tags={"serve"})
        y = module(X, signature="serving_default", as_dict=True)["y"]
        session.run(v1.global_variables_initializer())
        np.testing.assert_array_equal(session.run(y), 2 * X)
        module.export(tmp_path / "m", session)
    assert hub.load_module_spec(tmp_path / "m").get_tags() == spec.get_tags()


def test_from_a_saved_model_of_tensorflow_2(fruit: Path) -> None:
    with pytest.raises(errors.UnfitModuleError, match="TensorFlow 2"):
        hub.create_module_spec_from_saved_model(fruit)


def test_from_a_module(tf1_modules: Path) -> None:
    path = tf1_modules / "text_embedding"
    spec = hub.create_module_spec_from_saved_model(path)
    assert spec.get_signature_names() == ["default"]
