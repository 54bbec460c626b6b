"""The hub loader of mediapipe-model-maker, which was tflite-model-maker's."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf


def loader(package: str, path: str):
    """Its file alone: the package imports what has no wheel for this TensorFlow."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        pytest.skip(f"{package} is not installed")
    file = Path(found.submodule_search_locations[0], path)
    spec = importlib.util.spec_from_file_location("hub_loader", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("trainable", [True, False])
@pytest.mark.parametrize("model", ["fruit", "numbers_tf1"])
def test_modules_of_both_formats(
    model: str, trainable: bool, request: pytest.FixtureRequest
) -> None:
    maker = loader("mediapipe_model_maker", "python/core/utils/hub_loader.py")
    handle = request.getfixturevalue(model)
    layer = maker.HubKerasLayerV1V2(handle, trainable=trainable)
    outputs = layer(tf.ones([2, 3]))
    assert outputs.shape[0] == 2
    assert len(layer.variables) >= 1
    assert bool(layer.trainable_variables) == trainable


def test_a_module_of_tensorflow_1_is_fine_tuned(numbers_tf1: str) -> None:
    maker = loader("mediapipe_model_maker", "python/core/utils/hub_loader.py")
    layer = maker.HubKerasLayerV1V2(numbers_tf1, trainable=True)
    model = tf.keras.Sequential([tf.keras.Input((3,)), layer])
    model.compile("sgd", "mse")
    before = [weight.numpy() for weight in layer.trainable_variables]
    model.fit(np.ones((8, 3)), np.zeros((8, 2)), verbose=0)
    assert not np.allclose(before[0], layer.trainable_variables[0])
