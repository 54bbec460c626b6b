from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow

import tfhub as hub
from tfhub.errors import HubError, SignatureNotFoundError, TagsError

tf: Any = tensorflow
v1 = tf.compat.v1
DATA = Path(__file__).parents[1] / "data" / "tf1"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_the_outputs_are_the_old_ones(
    tf1_modules: Path, tmp_path: Path, name: str
) -> None:
    hub.upgrade(tf1_modules / name, tmp_path / "new")
    old, new = hub.load(tf1_modules / name), hub.load(tmp_path / "new")
    assert sorted(new.signatures) == sorted(old.signatures)
    for case in json.loads((DATA / f"{name}.json").read_text())["cases"]:
        if case["tags"]:
            continue
        inputs = case["inputs"]
        if name == "sparse_input":
            inputs = {"x": tf.SparseTensor(*inputs["x"]["sparse"])}
        signature = case["signature"] or "default"
        wanted = old(inputs, signature=signature, as_dict=True)
        got = new(inputs, signature=signature, as_dict=True)
        assert sorted(got) == sorted(wanted)
        for key, want in wanted.items():
            flat = [
                tf.nest.flatten(x, expand_composites=True) for x in (got[key], want)
            ]
            for one, other in zip(*flat, strict=True):
                np.testing.assert_array_equal(one, other)


# What a user of plain TensorFlow does, in a new process.
TRAIN = """
import json, sys
import numpy as np, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
x = np.linspace(-1, 2, 24).reshape(4, 6).astype("float32")
losses = []
for _ in range(5):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x, training=True) ** 2)
        loss += tf.add_n([f() for f in model.regularization_losses])
    gradients = tape.gradient(loss, model.trainable_variables)
    for variable, gradient in zip(model.trainable_variables, gradients):
        variable.assign_sub(0.1 * gradient)
    losses.append(float(loss))
values = {v.name: v.numpy().tolist() for v in model.variables}
print(json.dumps([losses, values, model(x).numpy().tolist()]))
"""


def in_a_new_process(code: str, path: Path) -> Any:
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_it_trains_after_a_reload_as_the_module_does(
    tf1_modules: Path, tmp_path: Path
) -> None:
    path = tf1_modules / "batch_norm_variants"
    new = hub.upgrade(path, tmp_path / "new")
    losses, values, output = in_a_new_process(TRAIN, Path(new))

    module = hub.Module(path, trainable=True)
    x = np.linspace(-1, 2, 24).reshape(4, 6).astype("float32")
    for got in losses:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(module(x, training=True) ** 2)
            loss += tf.add_n([f() for f in module.regularization_losses])
        gradients = tape.gradient(loss, module.trainable_variables)
        for variable, gradient in zip(
            module.trainable_variables, gradients, strict=True
        ):
            variable.assign_sub(0.1 * gradient)
        np.testing.assert_allclose(got, loss, rtol=1e-6)
    assert sorted(values) == [v.name.removeprefix("module/") for v in module.variables]
    for variable in module.variables:
        name = variable.name.removeprefix("module/")
        np.testing.assert_allclose(values[name], variable, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(output, module(x), rtol=1e-5, atol=1e-6)


GRADIENT = """
import json, sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
x = tf.constant(2.0)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = model(x)
gradients = tape.gradient(y, [x, *model.trainable_variables])
print(json.dumps([float(y), *map(float, gradients)]))
"""


def test_the_gradient_of_an_old_loop_survives(tmp_path: Path) -> None:
    def module_fn() -> None:
        x = v1.placeholder(tf.float32, [])
        w = v1.get_variable("w", initializer=1.5)
        y = v1.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, a * w), [0, x])[1]
        hub.add_signature(inputs=x, outputs=y)

    v1.disable_control_flow_v2()
    try:
        spec = hub.create_module_spec(module_fn)
    finally:
        v1.enable_control_flow_v2()
    hub.upgrade(spec, tmp_path / "new")
    got = in_a_new_process(GRADIENT, tmp_path / "new")
    assert got == pytest.approx([2 * 1.5**3, 1.5**3, 2 * 3 * 1.5**2])


def several_inputs() -> None:
    a, b = v1.placeholder(tf.float32, [None]), v1.placeholder(tf.float32, [None])
    hub.add_signature(inputs={"a": a, "b": b}, outputs={"sum": a + b, "less": a - b})


def test_a_call_with_several_inputs_and_no_default_output(tmp_path: Path) -> None:
    hub.upgrade(hub.create_module_spec(several_inputs), tmp_path / "new")
    model = tf.saved_model.load(str(tmp_path / "new"))
    outputs = model({"a": tf.constant([3.0]), "b": tf.constant([1.0])})
    assert {name: float(value[0]) for name, value in outputs.items()} == {
        "sum": 4,
        "less": 2,
    }


def test_what_the_call_applies(tmp_path: Path) -> None:
    def module_fn(names: list[str]) -> None:
        x = v1.placeholder(tf.float32, [None])
        for i, name in enumerate(names):
            hub.add_signature(name, x, x * float(i))

    def upgraded(*names: str) -> Any:
        spec = hub.create_module_spec(module_fn, [(set(), {"names": names})])
        return hub.load(hub.upgrade(spec, tmp_path / "_".join(names)))

    assert upgraded("a", "default")([2.0]).numpy() == [2]
    assert upgraded("a")([2.0]).numpy() == [0]
    model = upgraded("a", "b")
    assert model([2.0], signature="b").numpy() == [2]
    with pytest.raises(SignatureNotFoundError, match="Signatures: a, b"):
        model([2.0])


def test_no_inputs(tmp_path: Path) -> None:
    def module_fn() -> None:
        w = v1.get_variable("w", initializer=[1.0, 2.0])
        hub.add_signature(outputs=w.read_value())

    hub.upgrade(hub.create_module_spec(module_fn), tmp_path / "new")
    model = tf.saved_model.load(str(tmp_path / "new"))
    assert model().numpy().tolist() == [1, 2]
    assert model(training=True).numpy().tolist() == [1, 2]
    assert hub.load(tmp_path / "new")().numpy().tolist() == [1, 2]


def test_sparse_and_ragged_inputs(tmp_path: Path) -> None:
    def module_fn() -> None:
        sparse = v1.sparse_placeholder(tf.float32, [None, 3])
        ragged = v1.ragged.placeholder(tf.int64, 1, [])
        kernel = v1.get_variable("kernel", initializer=[[1.0], [2.0], [3.0]])
        double = tf.SparseTensor(sparse.indices, sparse.values * 2, sparse.dense_shape)
        product = tf.sparse.sparse_dense_matmul(sparse, kernel)
        outputs = {"default": product, "ragged": ragged * 2, "sparse": double}
        hub.add_signature(inputs={"s": sparse, "r": ragged}, outputs=outputs)

    hub.upgrade(hub.create_module_spec(module_fn), tmp_path / "new")
    model = hub.load(tmp_path / "new")
    sparse = tf.sparse.from_dense([[1.0, 0, 2.0]])
    ragged = tf.ragged.constant([[1, 2], [3]], tf.int64)
    inputs = {"s": sparse, "r": ragged}
    for outputs in (
        model(inputs, signature="default", as_dict=True),
        model(signature="default", as_dict=True, **inputs),
    ):
        assert outputs["default"].numpy().tolist() == [[7]]
        assert outputs["ragged"].to_list() == [[2, 4], [6]]
        assert outputs["sparse"].values.numpy().tolist() == [2, 4]
    with tf.GradientTape() as tape:
        y = model(inputs)
    (gradient,) = tape.gradient(y, model.trainable_variables)
    assert gradient.numpy().tolist() == [[1], [0], [2]]


def test_a_vocabulary_moves_with_the_folder(tf1_modules: Path, tmp_path: Path) -> None:
    hub.upgrade(tf1_modules / "text_embedding", tmp_path / "new")
    (tmp_path / "new").rename(tmp_path / "moved")
    words = ["the cat runs", "", "unknown"]
    old, new = hub.load(tf1_modules / "text_embedding"), hub.load(tmp_path / "moved")
    np.testing.assert_array_equal(new(words), old(words))
    graph = (tmp_path / "moved" / "saved_model.pb").read_bytes()
    assert str(tf1_modules).encode() not in graph


def test_something_at_the_path_stays(tf1_modules: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "precious").touch()
    hub.upgrade(tf1_modules / "fruit_to_pet", tmp_path / "new")
    there = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert {"precious", "saved_model.pb"} < {path.name for path in there}
    with pytest.raises(HubError, match="already") as caught:
        hub.upgrade(tf1_modules / "fruit_to_pet", tmp_path / "new")
    assert caught.value.hint
    assert there == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def saved_model(path: Path, *variants: set[str]) -> Path:
    """A SavedModel of TensorFlow 1, which multiplies by 2 and then by 3."""
    builder = v1.saved_model.Builder(str(path))
    for number, tags in enumerate(variants):
        with tf.Graph().as_default(), v1.Session() as session:
            x = v1.placeholder(tf.float32, [None])
            y = x * v1.get_variable("w", initializer=2.0) * (1 + 2 * number)
            session.run(v1.global_variables_initializer())
            signature = v1.saved_model.predict_signature_def({"x": x}, {"default": y})
            if number:
                builder.add_meta_graph(sorted(tags), {"default": signature})
            else:
                builder.add_meta_graph_and_variables(
                    session, sorted(tags), {"default": signature}
                )
    builder.save()
    return path


@pytest.mark.parametrize("tags", ["serve", ["serve"], {"serve"}])
def test_a_module_without_a_variant_that_has_no_tags(tmp_path: Path, tags: Any) -> None:
    path = saved_model(tmp_path / "saved", {"serve"}, {"serve", "tpu"})
    module = hub.create_module_spec_from_saved_model(path).export(tmp_path / "module")
    with pytest.raises(TagsError, match="none with the tags") as caught:
        hub.upgrade(module, tmp_path / "new")
    assert caught.value.hint is not None
    assert 'Give the tags of one, such as {"serve", "tpu"}' in caught.value.hint
    assert not (tmp_path / "new").exists()
    new = hub.load(hub.upgrade(module, tmp_path / "new", tags=tags))
    assert new([5.0]).numpy().tolist() == [10]
    assert new([5.0], training=True).numpy().tolist() == [10]
    other = hub.load(hub.upgrade(module, tmp_path / "other", ["serve", "tpu"]))
    assert other([5.0]).numpy().tolist() == [30]


def test_tags_choose_the_variant(tf1_modules: Path, tmp_path: Path) -> None:
    path, x = tf1_modules / "batch_norm_variants", np.eye(4, 6, dtype="float32")
    new = hub.load(hub.upgrade(path, tmp_path / "new", tags={"train"}))
    both = hub.load(hub.upgrade(path, tmp_path / "both"))
    np.testing.assert_array_equal(new(x), both(x, training=True))


def test_nothing_half_written_is_left(
    tf1_modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any, path: str, *__: Any, **___: Any) -> None:
        (Path(path) / "saved_model.pb").touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tf.saved_model, "save", fail)
    with pytest.raises(OSError, match="No space left"):
        hub.upgrade(tf1_modules / "fruit_to_pet", tmp_path / "a" / "new")
    assert list((tmp_path / "a").iterdir()) == []


def test_it_has_the_variables_of_the_module_and_no_other(
    tf1_modules: Path, tmp_path: Path
) -> None:
    module = tf1_modules / "dense_two_layers"
    path = hub.upgrade(str(module), tmp_path / "new")
    assert hub.describe(path).variables.count == hub.describe(module).variables.count
