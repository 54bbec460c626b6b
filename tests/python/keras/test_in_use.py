"""Which Keras `hub.KerasLayer` is of, in programs that import one of them, or both."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import OtherKerasError
from tfhub.runtime.tf import np, tf

if str(getattr(pytest.importorskip("keras"), "__version__", "2")).startswith("2"):
    pytest.skip("There is but Keras 2", allow_module_level=True)
pytest.importorskip("tf_keras")


def ran(tmp_path: Path, program: str, handle: str, **environment: str) -> list[str]:
    """What a program of its own prints, after the imports that all have."""
    file = tmp_path / "program.py"
    file.write_text(f"import tfhub as hub\nhandle = {handle!r}\n{program}")
    package = Path(hub.__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-W", "ignore", file],
        env={**os.environ, "PYTHONPATH": str(package), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


SHOW = "print(type(made).__module__.rpartition('.')[2])\n"
MAKE = "made = hub.KerasLayer(handle)\n" + SHOW


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("import tensorflow as tf\n" + MAKE, "on_keras3"),
        ("import keras\n" + MAKE, "on_keras3"),
        ("import tf_keras as keras\n" + MAKE, "on_tf_keras"),
        ("import tensorflow as tf, tf_keras\ntf.keras.utils\n" + MAKE, "on_tf_keras"),
        ("from tf_keras.layers import Dense\n" + MAKE, "on_tf_keras"),
        ("from tf_keras import layers\n" + MAKE, "on_tf_keras"),
        ("import keras, tf_keras\n" + MAKE, "on_keras3"),
        ("from tensorflow import keras\nimport tf_keras\n" + MAKE, "on_keras3"),
        ("import importlib\nimportlib.import_module('tf_keras')\n" + MAKE, "on_keras3"),
        (
            "def make():\n    import tf_keras\n    return hub.KerasLayer(handle)\n"
            "import keras\nmade = make()\n" + SHOW,
            "on_tf_keras",
        ),
        (  # a file without any Keras, called by one that has imported it
            "import tf_keras\nspace = {'hub': hub, 'handle': handle}\n"
            "exec('def make(): return hub.KerasLayer(handle)', space)\n"
            "made = space['make']()\n" + SHOW,
            "on_tf_keras",
        ),
        (
            "Layer = hub.KerasLayer\nimport tf_keras\n"
            "class Mine(Layer):\n    pass\n"
            "made = Mine(handle)\nassert isinstance(made, tf_keras.layers.Layer)\n"
            "print(Mine.__mro__[1].__module__.rpartition('.')[2])\n",
            "on_tf_keras",
        ),
    ],
)
def test_what_the_program_imported_decides(
    tmp_path: Path, models: dict[str, str], program: str, found: str
) -> None:
    assert ran(tmp_path, program, models["plain"])[-1] == found


def test_under_the_flag_it_is_keras_2_unless_keras_is_imported(
    tmp_path: Path, models: dict[str, str]
) -> None:
    flag = {"TF_USE_LEGACY_KERAS": "1"}
    for program, found in (
        ("import tensorflow as tf\n" + MAKE, "on_tf_keras"),
        ("from tensorflow import keras\n" + MAKE, "on_tf_keras"),
        ("import keras\n" + MAKE, "on_keras3"),
    ):
        assert ran(tmp_path, program, models["plain"], **flag)[-1] == found


def test_a_program_for_tf_keras_runs_unchanged(
    tmp_path: Path, models: dict[str, str]
) -> None:
    program = """
import numpy as np, tensorflow as tf
import tf_keras as keras
x, y = np.ones([4, 4], "float32"), np.ones([4, 1])
first = hub.KerasLayer(handle, input_shape=[4], trainable=True)
assert isinstance(first, hub.KerasLayer)
model = keras.Sequential([first, keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(x, y, verbose=0)
inputs = keras.Input([4])
keras.Model(inputs, hub.KerasLayer(handle)(inputs)).predict(x, verbose=0)
model.save("model.h5")
named = {"KerasLayer": hub.KerasLayer}
hub.trust(first.get_config()["tree"])
again = keras.models.load_model("model.h5", custom_objects=named)
np.testing.assert_allclose(again.predict(x, verbose=0), model.predict(x, verbose=0))
"""
    ran(tmp_path, f"import os\nos.chdir({str(tmp_path)!r})\n{program}", models["plain"])


def test_naming_it_lets_tf_keras_read_its_files(
    tmp_path: Path, models: dict[str, str]
) -> None:
    write = (
        "import tf_keras\nlayers = [tf_keras.Input([4]), hub.KerasLayer(handle)]\n"
        f"tf_keras.Sequential(layers).save({str(tmp_path / 'm.keras')!r})\n"
    )
    read = (
        "import tf_keras\nhub.KerasLayer\n"
        f"model = tf_keras.models.load_model({str(tmp_path / 'm.keras')!r})\n"
        "assert isinstance(model.layers[0], hub.KerasLayer)\n"
    )
    ran(tmp_path, write, models["plain"])
    ran(tmp_path, read, models["plain"], TFHUB_TRUSTED=str(Path(models["plain"])))


def test_is_an_instance_whichever_keras(layer: Any, models: dict[str, str]) -> None:
    assert isinstance(layer(models["plain"]), hub.KerasLayer)
    assert issubclass(layer, hub.KerasLayer)


@pytest.mark.parametrize(
    ("own", "other"), [("keras3", "tf_keras"), ("tf_keras", "keras3")]
)
def test_a_crossing_names_the_line_to_change(
    models: dict[str, str], own: str, other: str
) -> None:
    made = getattr(hub, own).KerasLayer(models["plain"])
    line = rf"use hub.{other}.KerasLayer in test_in_use.py, line \d+"
    keras = getattr(hub, other).KerasLayer._hub_keras
    with pytest.raises((TypeError, ValueError), match=line):
        keras.Sequential([made])
    with pytest.raises(OtherKerasError, match=line):
        made(keras.Input([4]))


def test_a_configuration_of_the_old_library(layer: Any, models: dict[str, str]) -> None:
    """`batch_input_shape`, and a policy as each Keras has it."""
    for kind in ("Policy", "DTypePolicy"):
        config = {
            "name": "old",
            "trainable": True,
            "dtype": {"class_name": kind, "config": {"name": "float32"}},
            "batch_input_shape": [None, 4],
            "handle": models["plain"],
        }
        layer(models["plain"])  # what the program itself has opened is known
        made = layer.from_config(config)
        keras = layer._hub_keras
        model = keras.Sequential([made, keras.layers.ReLU()])
        assert tuple(model.output_shape) == (None, 3)
        np.testing.assert_allclose(model(tf.ones([2, 4])), np.ones([2, 3]))


def test_custom_objects_are_of_the_keras_that_reads(
    layer: Any, models: dict[str, str]
) -> None:
    keras, config = layer._hub_keras, layer(models["plain"]).get_config()
    with keras.saving.custom_object_scope({"KerasLayer": hub.KerasLayer}):
        assert type(hub.KerasLayer.from_config(config)) is layer
