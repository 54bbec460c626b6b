"""Of models of TensorFlow 2; tf1/test_images.py has modules in the TF1 Hub format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

import tfhub as hub
from tfhub import errors


class Looking(tf.Module):  # type: ignore[misc]
    """Takes images of any size by its call, and of two sizes by signatures."""

    @tf.function  # type: ignore[untyped-decorator]
    def __call__(self, pictures: Any) -> Any:
        return tf.reduce_mean(pictures, [1, 2])

    @tf.function(  # type: ignore[untyped-decorator]
        input_signature=[
            tf.TensorSpec([None, 8, 6, 1], name="left"),
            tf.TensorSpec([None, 4, 2, 3], name="right"),
        ]
    )
    def compare(self, left: Any, right: Any) -> Any:
        return {"is": tf.reduce_sum(left) + tf.reduce_sum(right)}


@pytest.fixture(scope="module")
def looking(tmp_path_factory: pytest.TempPathFactory) -> str:
    path, model = str(tmp_path_factory.mktemp("looking")), Looking()
    model.__call__.get_concrete_function(tf.TensorSpec([None, None, None, 3]))
    tf.saved_model.save(model, path, {"compare": model.compare})
    return path


@pytest.fixture(scope="module")
def keras(tmp_path_factory: pytest.TempPathFactory) -> str:
    layers = tf.keras.layers
    model = tf.keras.Sequential([tf.keras.Input((6, 4, 3)), layers.Flatten()])
    return str(hub.export(model, tmp_path_factory.mktemp("keras") / "model"))


def test_a_handle_a_model_and_a_layer_tell_the_same(keras: str) -> None:
    for module in (keras, Path(keras), hub.load(keras), hub.KerasLayer(keras)):
        assert hub.get_expected_image_size(module) == [6, 4]
        assert hub.get_expected_image_size(module, "serving_default") == [6, 4]
        assert hub.get_num_image_channels(module) == 3


def test_a_signature_and_an_input_can_be_chosen(looking: str) -> None:
    for module in (looking, hub.load(looking)):
        assert hub.get_num_image_channels(module) == 3
        assert hub.get_expected_image_size(module, "compare", "left") == [8, 6]
        assert hub.get_expected_image_size(module, "compare", "right") == [4, 2]
        assert hub.get_num_image_channels(module, "compare", "left") == 1


def test_what_is_not_known_is_said(looking: str, fruit: Path) -> None:
    for module in (looking, hub.load(looking)):
        with pytest.raises(
            errors.UnfitModuleError, match=r"\[\?, \?, \?, 3\], and not"
        ):
            hub.get_expected_image_size(module)
        with pytest.raises(errors.UnfitModuleError, match="inputs are: left, right"):
            hub.get_expected_image_size(module, "compare")
        with pytest.raises(errors.SignatureNotFoundError, match="Signatures: compare"):
            hub.get_expected_image_size(module, "no")
    for module in (fruit, hub.load(fruit)):
        with pytest.raises(errors.UnfitModuleError, match="can be an image"):
            hub.get_num_image_channels(module)
        with pytest.raises(errors.UnfitModuleError, match="is called 'y'"):
            hub.get_num_image_channels(module, input_name="y")
    for other in (5, None, object()):
        with pytest.raises(errors.InputError, match="Give a handle"):
            hub.get_expected_image_size(other)
