"""text_embedding_column_v2 in DenseFeatures of Keras 2."""

from __future__ import annotations

from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import DependencyError, UnfitModuleError
from tfhub.keras import versions
from tfhub.runtime.tf import np, tf

TEXT = {"title": tf.constant([["hello"], ["world"], ["you"]])}


@pytest.fixture
def keras2() -> Any:
    try:
        return versions.keras2()
    except DependencyError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("trainable", [False, True])
def test_in_a_model(keras2: Any, models: dict[str, str], trainable: bool) -> None:
    column = hub.text_embedding_column_v2("title", models["text"], trainable=trainable)
    assert column.name == "title_hub_module_embedding"
    assert column.variable_shape.as_list() == [2]
    features = keras2.layers.DenseFeatures([column])
    assert features(TEXT).numpy().tolist() == [[1, 0], [0, 1], [5, 5]]
    assert len(features.trainable_weights) == int(trainable)
    model = keras2.Sequential([features, keras2.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(TEXT, np.ones([3, 1]), verbose=0)
    changed = np.abs(features(TEXT).numpy() - [[1, 0], [0, 1], [5, 5]]).max()
    assert (changed > 0) == trainable


def test_one_output_of_several(keras2: Any, models: dict[str, str]) -> None:
    with pytest.raises(UnfitModuleError, match="not \\(None, K\\)|several outputs"):
        hub.text_embedding_column_v2("title", models["outputs"])
    column = hub.text_embedding_column_v2(
        "title", models["outputs"], output_key="twice"
    )
    features = keras2.layers.DenseFeatures([column])
    assert features(TEXT).numpy().tolist() == [[2, 0], [0, 2], [10, 10]]


def test_config(keras2: Any, models: dict[str, str]) -> None:
    assert keras2
    column = hub.text_embedding_column_v2("title", models["text"])
    again = type(column).from_config(column.get_config())
    assert again == column
    assert again.parse_example_spec.keys() == {"title"}
