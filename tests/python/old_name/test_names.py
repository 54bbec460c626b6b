"""Every public name of tensorflow_hub 0.12 to 0.16.1, as `tensorflow_hub_names.csv`."""

from __future__ import annotations

import csv
import importlib
import inspect
import pickle
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from packaging.version import Version

import tfhub
from tfhub import errors
from tfhub.old_name.versions import alias_version

pytestmark = pytest.mark.usefixtures("asked")
DATA = Path(__file__).parents[1] / "data"
with open(DATA / "tensorflow_hub_names.csv", encoding="utf-8") as file:
    NAMES = [(row["module"], row["name"]) for row in csv.DictReader(file)]
GONE = {
    *("meta_graph_lib", "module_impl", "tools.make_nearest_neighbour_index"),
}


@pytest.mark.parametrize("module", sorted({module for module, _ in NAMES}))
def test_every_name_is_there_or_says_so(module: str) -> None:
    full = f"tensorflow_hub.{module}".rstrip(".")
    if any(f"{module}.".startswith(f"{each}.") for each in GONE):
        with pytest.raises(errors.AliasError, match="is not part of tfhub") as no:
            importlib.import_module(full)
        assert no.value.hint
        return
    imported = importlib.import_module(full)
    for name in [name for each, name in NAMES if each == module]:
        assert hasattr(imported, name), name


def test_what_is_gone_says_so_when_it_is_called() -> None:
    from tensorflow_hub.native_module import get_state_map

    with pytest.raises(errors.GoneError, match=r"native_module\.get_state_map"):
        get_state_map(None, [], [], None)
    with pytest.raises(NotImplementedError, match="SavedModelHandler"):
        importlib.import_module("tensorflow_hub.saved_model_lib").SavedModelHandler()


def test_modules_are_there_without_an_import_of_them() -> None:
    import tensorflow_hub as hub

    assert hub.keras_layer.KerasLayer is hub.KerasLayer is tfhub.KerasLayer
    assert hub.module_v2.load is hub.load is tfhub.load
    assert {"KerasLayer", "resolver", "__version__"} <= set(dir(hub))
    with pytest.raises(AttributeError, match=r"new in tfhub(.|\n)*tfhub\.describe"):
        hub.describe  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        hub.nothing  # noqa: B018


def test_from_import_star() -> None:
    space: dict[str, object] = {}
    exec("from tensorflow_hub import *", space)
    public = {name for module, name in NAMES if not module}
    assert public - space.keys() == {"__version__", "tools"}


def test_the_version() -> None:
    import tensorflow_hub as hub
    from tensorflow_hub import version

    assert hub.__version__ == version.__version__ == alias_version()
    assert Version("0.17") < Version(hub.__version__) < Version("0.18")
    assert hub.__version__ >= "0.12"
    parts = [int(part) for part in hub.__version__.split(".")[:2]]
    assert parts >= [0, 12]
    assert tfhub.__version__ in hub.__version__
    for ours, local in (
        ("1.2", "1.2"),
        ("1.2rc1", "1.2rc1"),
        ("1.0+Loc-al", "1.0.loc.al"),
    ):
        assert Version(alias_version(ours)).local == f"tfhub.{local}"


def test_reload_and_source() -> None:
    import tensorflow_hub as hub
    from tensorflow_hub import keras_layer

    assert importlib.reload(hub) is hub
    assert importlib.reload(keras_layer).KerasLayer is hub.KerasLayer
    assert "as tfhub answers" in inspect.getsource(hub)
    assert "def load_module" in inspect.getsource(keras_layer)
    assert inspect.getsource(hub.load).startswith("def load")


def test_pickles_of_names() -> None:
    import tensorflow_hub as hub

    for name in hub.__all__:
        value = getattr(hub, name)
        if name != "ImageModuleInfo":  # a message, whose pool is its own
            assert pickle.loads(pickle.dumps(value)) is value
    old = b"ctensorflow_hub.keras_layer\nKerasLayer\n."
    assert pickle.loads(old) is hub.KerasLayer
    assert pickle.loads(b"ctensorflow_hub.module_v2\nload\n.") is hub.load


def test_a_patch_is_seen_and_undone(fruit: Path) -> None:
    import tensorflow_hub as hub

    whole = hub.load
    with mock.patch("tensorflow_hub.load", return_value=3) as patched:
        assert hub.load("any") == 3
        patched.assert_called_once_with("any")
    assert hub.load is whole
    with mock.patch.object(hub.keras_layer, "KerasLayer"):
        assert hub.keras_layer.KerasLayer is not hub.KerasLayer
    assert isinstance(hub.KerasLayer(str(fruit)), tfhub.KerasLayer)


def test_a_layer_and_its_old_configuration(fruit: Path) -> None:
    import keras
    from tensorflow_hub.keras_layer import KerasLayer, func_has_training_argument

    layer = KerasLayer(str(fruit), trainable=True)
    model = keras.Sequential([keras.Input((3,)), layer])
    again = keras.Sequential.from_config(
        model.get_config(), custom_objects={"KerasLayer": KerasLayer}
    )
    x = np.ones((2, 3), "float32")
    np.testing.assert_allclose(model(x), again(x))
    assert isinstance(again.layers[-1], KerasLayer)
    assert not func_has_training_argument("no function")
    assert func_has_training_argument(lambda x, training=False: (x, training))
    assert not func_has_training_argument(lambda x: x)


def test_what_a_layer_applies(fruit: Path) -> None:
    from tensorflow_hub.keras_layer import load_module

    loaded = load_module(str(fruit))
    assert load_module(loaded) is loaded
    with pytest.raises(ValueError, match="mutually exclusive"):
        load_module(loaded, tags=["serve"])


def test_the_graphs_of_a_saved_model(tf1_modules: Path) -> None:
    from tensorflow_hub import saved_model_lib, tensor_info

    folder = sorted(tf1_modules.iterdir())[0]
    handler = saved_model_lib.load(str(folder))
    tags = handler.get_tags()
    assert len(list(handler.meta_graphs)) == len(tags)
    signatures = handler.get_meta_graph(tags[0]).signature_def
    [name] = [*signatures][:1]
    infos = tensor_info.parse_tensor_info_map(signatures[name].outputs)
    assert all(info.dtype for info in infos.values())
    prefix = saved_model_lib.get_variables_path(str(folder))
    assert prefix == f"{folder}/variables/variables"


def test_messages_of_old_modules(tf1_modules: Path) -> None:
    from tensorflow_hub import image_module_info_pb2, image_util, module_def_pb2

    folder = next(path for path in tf1_modules.iterdir() if path.is_dir())
    definition = module_def_pb2.ModuleDef()
    definition.ParseFromString((folder / "tfhub_module.pb").read_bytes())
    assert definition.format == 3
    info = image_module_info_pb2.ImageModuleInfo()
    info.default_image_size.height = 3
    assert isinstance(info, image_util.ImageModuleInfo)
    assert image_module_info_pb2.DESCRIPTOR.package == "tensorflow_hub"


def test_names_of_tensorflow_1() -> None:
    from tensorflow_hub import tf_v1

    assert tf_v1.Session.__name__ == "Session"
