from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfhub.errors import DependencyError
from tfhub.keras import bridge, versions
from tfhub.testing import save_fruit_model

X = np.arange(6.0, dtype="float32").reshape(2, 3)
SUMS = np.stack([2 * X.sum(axis=1), 2 * X.mean(axis=1)], axis=1)


@pytest.fixture(scope="module")
def fruit(tmp_path_factory: pytest.TempPathFactory) -> str:
    return save_fruit_model(tmp_path_factory.mktemp("fruit") / "model")


@pytest.fixture(params=["keras", "tf_keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    try:  # not by the name: beside TensorFlow 2.15, tf_keras is a second Keras 2
        return versions.keras2() if request.param == "tf_keras" else versions.keras3()
    except DependencyError as error:
        pytest.skip(str(error))


def test_a_sequential_model_gets_the_layer(keras: Any, fruit: str) -> None:
    class Mine(keras.Sequential):  # type: ignore[misc]
        """A subclass, of another module."""

    for kind in (keras.Sequential, Mine):
        model = kind()
        assert bridge.layer_hub(model, fruit, name="fruit") is model
        assert [layer.name for layer in model.layers] == ["fruit"]
        np.testing.assert_allclose(model.predict(X, verbose=0), SUMS)


def test_tensors_go_through_the_layer(keras: Any, fruit: str) -> None:
    inputs = {
        "oranges": keras.Input([], dtype="int64", name="oranges"),
        "apples": keras.Input([3], name="apples"),
    }
    cats = bridge.layer_hub(inputs, fruit, signature="fruit_to_pet", output_key="cats")
    model = keras.Model(inputs, cats)
    values = {"apples": X, "oranges": np.array([1, 2])}
    np.testing.assert_allclose(model(values), 2 * X)


def test_without_keras_it_is_the_layer_of_tensorflow(fruit: str) -> None:
    layer = bridge.layer_hub(None, fruit, trainable=True)
    assert isinstance(layer, tf.keras.layers.Layer)
    assert layer.trainable
    np.testing.assert_allclose(bridge.layer_hub(X, fruit), SUMS)


def test_a_callable_can_be_the_handle() -> None:
    np.testing.assert_allclose(bridge.layer_hub(X, lambda x: x + 1), X + 1)
