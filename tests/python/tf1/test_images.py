from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

import tfhub as hub
from tfhub import errors

v1 = tf.compat.v1
Size = tuple[int, int]


def image_spec(shape: Any, size: Size | None = None, name: str = "images") -> Any:
    def module_fn() -> None:
        images = v1.placeholder(tf.float32, shape)
        hub.add_signature(inputs={name: images}, outputs=tf.reduce_mean(images))
        if size is not None:
            info = hub.ImageModuleInfo()
            info.default_image_size.height, info.default_image_size.width = size
            hub.attach_image_module_info(info)

    return hub.create_module_spec(module_fn)


@pytest.mark.parametrize(
    ("shape", "attached", "size"),
    [
        ([None, 2, 3, 1], None, [2, 3]),
        ([None, 2, 3, 1], (5, 6), [5, 6]),
        ([None, 2, 3, 1], (5, 0), [2, 3]),
        ([None, None, None, 1], (4, 5), [4, 5]),
        ([None, 2, 3, None], None, [2, 3]),
    ],
)
def test_the_size_is_attached_or_in_the_signature(
    shape: list[int | None], attached: Size | None, size: list[int]
) -> None:
    assert hub.get_expected_image_size(image_spec(shape, attached)) == size


@pytest.mark.parametrize(
    ("shape", "attached"),
    [
        ([None, None, None, 3], None),
        ([None, None, None, 3], (0, 0)),
        ([None, 2, None, 3], None),
        ([None, 2, 3], None),
        (None, None),
    ],
)
def test_an_unknown_size_is_an_error(shape: Any, attached: Size | None) -> None:
    with pytest.raises(ValueError, match="with known height and width"):
        hub.get_expected_image_size(image_spec(shape, attached))


def test_the_channels_are_in_the_signature() -> None:
    assert hub.get_num_image_channels(image_spec([None, None, None, 1])) == 1
    for shape in ([None, 2, 3, None], [None, 2, 3], None):
        with pytest.raises(ValueError, match="with known number of channels"):
            hub.get_num_image_channels(image_spec(shape))


def test_another_input_or_signature_can_be_asked() -> None:
    spec = image_spec([None, 2, 3, 1], name="pictures")
    assert hub.get_expected_image_size(spec, input_name="pictures") == [2, 3]
    assert hub.get_num_image_channels(spec, "default", "pictures") == 1
    with pytest.raises(errors.UnfitModuleError) as error:
        hub.get_expected_image_size(spec)
    assert "missing input 'images' in signature 'default'" in str(error.value)
    assert "'pictures'" in str(error.value)
    with pytest.raises(ValueError, match="'none'"):
        hub.get_num_image_channels(spec, signature="none")


def test_a_published_module_tells_its_size_everywhere(tf1_modules: Path) -> None:
    path = tf1_modules / "image_feature_vector"
    for of in (hub.load_module_spec(str(path)), hub.Module(str(path))):
        assert hub.get_expected_image_size(of) == [16, 12]
        assert hub.get_num_image_channels(of) == 3
    with tf.Graph().as_default():
        module = hub.Module(str(path))
        assert hub.get_expected_image_size(module) == [16, 12]
        assert hub.get_num_image_channels(module, "image_classification") == 3


def test_the_message_has_the_bytes_of_the_reference() -> None:
    info = hub.ImageModuleInfo()
    assert not info.HasField("default_image_size")
    info.default_image_size.height = 224
    info.default_image_size.width = 300
    assert info.DESCRIPTOR.full_name == "tensorflow_hub.ImageModuleInfo"
    # Field 1 holds a message of 6 bytes: fields 1 and 2, as varints.
    assert info.SerializeToString() == b"\x0a\x06\x08\xe0\x01\x10\xac\x02"
    size = hub.ImageModuleInfo.InputSize(height=224, width=300)
    assert hub.ImageModuleInfo(default_image_size=size) == info
