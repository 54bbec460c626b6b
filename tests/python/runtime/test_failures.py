"""Models that TensorFlow cannot load, and inputs that it finds bad when it runs."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow
from tensorflow.core.protobuf import saved_model_pb2

import tfhub as hub
from tfhub.errors import (
    DependencyError,
    HubError,
    InputError,
    ModelFormatError,
    ModelLoadError,
    UnfitModuleError,
)

tf: Any = tensorflow
v1 = tf.compat.v1
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"
INDEX = "variables/variables.index"
DATA = "variables/variables.data-00000-of-00001"


class Model(tf.Module):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        (folder / "words.txt").write_text("a\nb\n")
        lines = tf.lookup.TextFileInitializer(
            str(folder / "words.txt"), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER,
        )  # fmt: skip
        self.table = tf.lookup.StaticHashTable(lines, -1)
        self.weights = tf.Variable(tf.random.normal([2, 300]))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def __call__(self, x: Any) -> Any:
        return tf.gather(self.weights, self.table.lookup(x))


def save_tf1(
    path: Path, build: Callable[[], tuple[dict[str, Any], dict[str, Any]]]
) -> Path:
    builder = v1.saved_model.Builder(str(path))
    with tf.Graph().as_default(), v1.Session() as session:
        inputs, outputs = build()
        session.run(v1.global_variables_initializer())
        infos = [
            {name: v1.saved_model.build_tensor_info(t) for name, t in tensors.items()}
            for tensors in (inputs, outputs)
        ]
        signature = v1.saved_model.build_signature_def(*infos, "m")
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"serving_default": signature}
        )
    builder.save()
    return path


def linear() -> Any:
    x = v1.placeholder(tf.float32, [None, 3], name="x")
    return {"x": x}, {"y": x @ v1.get_variable("w", [3, 300])}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("failures")
    tf.saved_model.save(Model(folder), str(folder / "tf2"))
    return {"tf2": folder / "tf2", "tf1": save_tf1(folder / "tf1", linear)}


def missing(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return change


def holds(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(data) and None


def flip(folder: Path) -> None:
    data = bytearray((folder / DATA).read_bytes())
    data[2] ^= 255
    (folder / DATA).write_bytes(data)


FAULTS = {
    "data_missing": (missing(DATA), rf"has no {DATA}"),
    "data_cut": (cut(DATA), rf"{DATA} is cut: it has [\d,]+ of [\d,]+ bytes"),
    "data_pointer": (holds(DATA, POINTER), rf"pointers of Git LFS .*{DATA}"),
    "data_damaged": (flip, "a file of it is damaged: .*[Cc]hecksum"),
    "index_missing": (missing(INDEX), rf"has no {INDEX}, and its graph has variables"),
    "index_cut": (cut(INDEX), r"variables\.index, is damaged|variables\.index is not"),
    "index_pointer": (holds(INDEX, POINTER), rf"pointers of Git LFS .*{INDEX}"),
    "no_variables": (
        lambda folder: shutil.rmtree(folder / "variables"),
        rf"has no {INDEX}, and its graph has variables",
    ),
    "graph_pointer": (
        holds("saved_model.pb", POINTER),
        r"pointers of Git LFS .*saved_model\.pb",
    ),
    "graph_page": (
        holds("saved_model.pb", b"<!DOCTYPE html><html></html>"),
        r"saved_model\.pb is not a SavedModel",
    ),
}


@pytest.mark.parametrize("kind", ["tf1", "tf2"])
@pytest.mark.parametrize("fault", FAULTS)
def test_files_that_are_not_whole(
    models: dict[str, Path], tmp_path: Path, kind: str, fault: str
) -> None:
    path = tmp_path / "model"
    shutil.copytree(models[kind], path)
    change, said = FAULTS[fault]
    change(path)
    with pytest.raises(Exception) as bare:  # noqa: PT011
        tf.saved_model.load(str(path))
    with pytest.raises(ModelFormatError, match=said) as caught:
        hub.load(path)
    error = caught.value
    assert isinstance(error, type(bare.value))  # a program may expect that
    assert error.handle == str(path)
    assert str(path) in error.message
    assert error.hint
    assert "\n" not in error.message
    assert "experimental_io_device" not in str(error)
    assert type(error.__cause__) is type(bare.value)


def test_assets_that_are_not_there(models: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "model"
    shutil.copytree(models["tf2"], path)
    (path / "assets" / "words.txt").write_bytes(POINTER)
    with pytest.raises(ModelFormatError, match=r"Git LFS .*: assets/words\.txt") as no:
        hub.load(path)
    assert "git lfs pull" in str(no.value)
    (path / "assets" / "words.txt").unlink()
    with pytest.raises(ModelFormatError, match=r"asset .*assets/words\.txt is missing"):
        hub.load(path)


def test_a_layer_says_it_too(models: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "model"
    shutil.copytree(models["tf2"], path)
    (path / DATA).unlink()
    with pytest.raises(ModelFormatError, match=f"has no {DATA}"):
        hub.KerasLayer(str(path))


def test_it_is_caught_as_before_and_travels(
    models: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "model"
    shutil.copytree(models["tf1"], path)
    (path / DATA).unlink()
    with pytest.raises(tf.errors.NotFoundError) as caught:
        hub.load(path)
    error = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(error, ModelFormatError)
    assert isinstance(error, tf.errors.NotFoundError)
    assert (str(error), error.handle) == (str(caught.value), str(path))
    assert error.error_code == tf.errors.NOT_FOUND
    assert error.op is None


OF_MODULES = FAULTS | {
    "mark_pointer": (
        holds("tfhub_module.pb", POINTER),
        r"pointers? of Git LFS|_module\.pb is a pointer",
    ),
}


@pytest.mark.parametrize("fault", OF_MODULES)
def test_a_module_says_it_too(tf1_modules: Path, tmp_path: Path, fault: str) -> None:
    path = tmp_path / "module"
    shutil.copytree(tf1_modules / "text_embedding", path)
    change, said = OF_MODULES[fault]
    change(path)
    said = said.replace(", and its", "(.|\n)*").replace("no variables/var", "no .*var")
    if fault.endswith("pointer"):
        said += r"|is a pointer of Git LFS"

    def in_graph(path: str) -> Any:
        with tf.Graph().as_default():
            return hub.Module(path)

    ways = [hub.Module, lambda p: hub.upgrade(p, f"{p}-2"), hub.KerasLayer]
    if fault != "data_damaged":  # which is seen when a session reads it
        ways.append(in_graph)
    for open_ in ways:
        with pytest.raises(HubError, match=said) as caught:
            open_(str(path))
        assert caught.value.hint


# Signatures


@pytest.mark.parametrize("names", [["class"], [""], ["a/b", "a_b"]])
def test_inputs_with_names_that_no_function_takes(
    tmp_path: Path, names: list[str]
) -> None:
    def build() -> Any:
        inputs = {name: v1.placeholder(tf.float32, [None]) for name in names}
        return inputs, {"y": tf.add_n(list(inputs.values())) * 2}

    path = save_tf1(tmp_path / "model", build)
    try:
        tf.saved_model.load(str(path))
    except (ValueError, IndexError):
        pass
    else:  # one of before 2.18
        hub.load(path)
        return
    with pytest.raises(ModelLoadError, match="has a signature whose inputs") as caught:
        hub.load(path)
    assert caught.value.handle == str(path)
    code = f"hub.create_module_spec_from_saved_model({str(path)!r}), tags=['serve'])"
    assert code in str(caught.value)
    spec = hub.create_module_spec_from_saved_model(path)
    module = hub.Module(spec, tags=["serve"])
    inputs = {key: [1.0] for key in names}
    (y,) = module(inputs, signature="serving_default", as_dict=True).values()
    assert y.numpy().tolist() == [2 * len(names)]


def test_a_variable_by_reference_as_an_input(tmp_path: Path) -> None:
    def build() -> Any:
        with v1.variable_scope("", use_resource=False):
            w = v1.get_variable("w", initializer=2.0)
        x = v1.placeholder(tf.float32, [None])
        return {"x": x, "w": w._ref()}, {"default": w._ref() * x}

    path = save_tf1(tmp_path / "model", build)
    assert hub.load(path)({"x": [1.0, 2.0], "w": 5}).numpy().tolist() == [5, 10]
    module = hub.Module(hub.create_module_spec_from_saved_model(path), tags=["serve"])
    for w in (5.0, tf.constant(5.0)):
        with pytest.raises(InputError):
            module({"x": [1.0, 2.0], "w": w}, signature="serving_default")


def test_bytes_that_are_no_example(tmp_path: Path) -> None:
    def build() -> Any:
        texts = v1.placeholder(tf.string, [None])
        feature = tf.io.FixedLenFeature([], tf.float32)
        parsed = v1.parse_example(texts, {"a": feature})
        return {"examples": texts}, {"y": 2 * parsed["a"]}

    path = save_tf1(tmp_path / "model", build)
    model = hub.load(path)
    feature = tf.train.Feature(float_list=tf.train.FloatList(value=[3.0]))
    features = tf.train.Features(feature={"a": feature})
    good = tf.train.Example(features=features).SerializeToString()
    assert model([good]).numpy().tolist() == [6]
    other = tf.train.Example().SerializeToString()
    for bad, said in (
        ("a text\x1b[31m", "Could not parse example input"),
        (other, "Feature: a .* is required but could not be found"),
    ):
        with pytest.raises(
            InputError, match=f"'serving_default' of .*: .*{said}"
        ) as no:
            model([bad])
        assert isinstance(no.value, tf.errors.InvalidArgumentError)
        assert no.value.handle == str(path)
        assert "SerializeToString" in str(no.value)
        assert "\x1b" not in str(no.value)
        assert "Graph execution error" not in str(no.value)
    with pytest.raises(InputError, match="reads its input as serialized"):
        hub.predict(model, ["a text"])


def test_bytes_that_are_no_example_in_a_call(tmp_path: Path) -> None:
    class Parse(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
        def __call__(self, text: Any) -> Any:
            feature = tf.io.FixedLenFeature([], tf.float32)
            return tf.io.parse_single_example(text, {"a": feature})

    tf.saved_model.save(Parse(), str(tmp_path / "model"))
    with pytest.raises(InputError, match="The call of .* tf.train.Example messages"):
        hub.load(tmp_path / "model")("a text")


def test_a_layer_says_it_of_what_it_is_given(tmp_path: Path) -> None:
    class Parse(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(None, tf.string)])
        def __call__(self, text: Any) -> Any:
            features = {"a": tf.io.FixedLenFeature([], tf.int64)}
            return tf.io.parse_example(text, features)["a"]

    tf.saved_model.save(Parse(), str(tmp_path / "model"))
    layer = hub.KerasLayer(str(tmp_path / "model"))
    for bad in (["a text"], [["a", "b"]]):
        with pytest.raises(InputError, match="reads its input as serialized") as no:
            layer(tf.constant(bad))
        assert "SerializeToString" in str(no.value)


def test_a_gradient_through_an_old_loop(tmp_path: Path) -> None:
    def loop() -> Any:
        x = v1.placeholder(tf.float32, [None])
        ends = lambda i, _: i < 3, lambda i, y: (i + 1, y * 2.0)
        return {"x": x}, {"y": v1.while_loop(*ends, [0, x])[1]}

    v1.disable_control_flow_v2()
    try:
        path = save_tf1(tmp_path / "model", loop)
    finally:
        v1.enable_control_flow_v2()
    model, x = hub.load(path), tf.Variable([1.0])
    assert model(x).numpy().tolist() == [8.0]
    with (
        pytest.raises(UnfitModuleError, match=r"loop(.*\n)*.*hub.upgrade"),
        tf.GradientTape() as tape,
    ):
        tape.gradient(model(x), x)
    spec = hub.create_module_spec_from_saved_model(path)
    new = hub.load(hub.upgrade(spec, tmp_path / "new", tags=["serve"]))
    with tf.GradientTape() as tape:
        y = new(x)["y"]
    assert tape.gradient(y, x).numpy().tolist() == [8.0]


def test_other_failures_of_a_call_are_as_they_were(tmp_path: Path) -> None:
    class Check(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, x: Any) -> Any:
            return tf.debugging.check_numerics(x, "of the model")

    tf.saved_model.save(Check(), str(tmp_path / "model"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="of the model") as caught:
        hub.load(tmp_path / "model")([np.nan])
    assert not isinstance(caught.value, HubError)


# Types


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tfp.distributions.Normal", "pip install tensorflow-probability"),
        ("tf_agents.specs.Bounded", "pip install tf-agents"),
        ("someones.Type", "import the one that the model's page names"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # of TensorFlow, at the save
def test_a_type_that_is_not_registered(tmp_path: Path, name: str, said: str) -> None:
    class Pair(tf.experimental.ExtensionType):  # type: ignore[misc]
        __name__ = f"of_a_test.{name}"  # or it cannot be saved
        a: tf.Tensor
        b: tf.Tensor

    class Add(tf.Module):
        @tf.function(input_signature=[Pair.Spec(tf.TensorSpec([]), tf.TensorSpec([]))])
        def __call__(self, pair: Any) -> Any:
            return pair.a + pair.b

    tf.saved_model.save(Add(), str(tmp_path / "model"))
    file = tmp_path / "model" / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    functions = model.meta_graphs[0].object_graph_def.concrete_functions
    for function in functions.values():
        args = function.canonicalized_input_signature.tuple_value.values[0]
        for value in args.tuple_value.values:
            value.type_spec_value.type_spec_class = 12  # REGISTERED_TYPE_SPEC
            value.type_spec_value.type_spec_class_name = name
    file.write_bytes(model.SerializeToString())
    with pytest.raises(DependencyError, match=f"uses the type {name!r}") as caught:
        hub.load(tmp_path / "model")
    assert caught.value.hint is not None
    assert said in caught.value.hint


def test_a_type_that_tensorflow_probability_once_wrote(
    models: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "model"
    shutil.copytree(models["tf2"], path)
    file = path / "saved_model.pb"
    model = saved_model_pb2.SavedModel.FromString(file.read_bytes())
    functions = model.meta_graphs[0].object_graph_def.concrete_functions
    for function in functions.values():
        value = function.output_signature.type_spec_value
        value.type_spec_class = 275837168  # as the files have that it wrote
        value.type_spec_class_name = "_DistributionTypeSpec"
    file.write_bytes(model.SerializeToString())
    with pytest.raises(ModelLoadError, match="_DistributionTypeSpec") as caught:
        hub.load(path)
    assert "Import the tensorflow_probability of that time" in str(caught.value)


def test_values_that_are_not_of_the_graph(tmp_path: Path) -> None:
    class Other(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kernel = tf.Variable(tf.zeros([2, 2]))

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def __call__(self, x: Any) -> Any:
            return x * self.kernel

    class Larger(Other):
        def __init__(self) -> None:
            super().__init__()
            self.kernel = tf.Variable(tf.zeros([3, 2]))

    tf.saved_model.save(Other(), str(tmp_path / "model"))
    tf.saved_model.save(Larger(), str(tmp_path / "larger"))
    shutil.rmtree(tmp_path / "model" / "variables")
    shutil.copytree(tmp_path / "larger" / "variables", tmp_path / "model" / "variables")
    with pytest.raises(ModelFormatError, match="its values are not of its graph"):
        hub.load(tmp_path / "model")


def test_what_else_tensorflow_refuses(models: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "model"
    shutil.copytree(models["tf1"], path)
    model = saved_model_pb2.SavedModel.FromString(
        (path / "saved_model.pb").read_bytes()
    )
    node = next(n for n in model.meta_graphs[0].graph_def.node if n.op == "MatMul")
    node.attr["T"].type = tf.string.as_datatype_enum
    (path / "saved_model.pb").write_bytes(model.SerializeToString())
    with pytest.raises(ModelLoadError, match="cannot load .*MatMul") as caught:
        hub.load(path)
    assert isinstance(caught.value, ValueError)
    assert f"made with TensorFlow {tf.__version__}" in str(caught.value)
    assert "\n" not in caught.value.message
    assert f"hub.create_module_spec_from_saved_model({str(path)!r})" in str(
        caught.value
    )
    module = hub.Module(hub.create_module_spec_from_saved_model(path), tags=["serve"])
    with pytest.raises(ModelLoadError, match="cannot load .*MatMul"):
        module({"x": [[1.0, 2.0, 3.0]]}, signature="serving_default", as_dict=True)


def test_a_module_takes_what_tensorflow_does_not_load(tmp_path: Path) -> None:
    def twice() -> Any:
        x = v1.placeholder(tf.float32, [None], name="x")
        return {"x": x, "same": x}, {"y": 2.0 * x}

    path = save_tf1(tmp_path / "model", twice)
    with pytest.raises(ModelLoadError, match="more than once") as caught:
        hub.load(path)
    assert "Or try it as a module: hub.Module(" in str(caught.value)
    module = hub.Module(hub.create_module_spec_from_saved_model(path), tags=["serve"])
    inputs = {"x": [3.0], "same": [3.0]}
    y = module(inputs, signature="serving_default", as_dict=True)["y"]
    assert y.numpy().tolist() == [6.0]
