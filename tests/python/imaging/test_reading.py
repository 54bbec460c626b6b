from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub import errors
from tfhub.testing.images import WEBP, bmp, gif, png_of

PIXELS = np.random.RandomState(1).randint(0, 256, (7, 5, 4)).astype("uint8")


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of images of 7 x 5 pixels, each called by its number of channels."""
    for n in (1, 2, 3, 4):
        tf.io.write_file(str(tmp_path / f"{n}.png"), tf.io.encode_png(PIXELS[..., :n]))
    for n in (1, 3):
        tf.io.write_file(str(tmp_path / f"{n}.jpg"), tf.io.encode_jpeg(PIXELS[..., :n]))
    for n in (1, 3, 4):
        (tmp_path / f"{n}.bmp").write_bytes(bmp(PIXELS[..., :n]))
    (tmp_path / "3.gif").write_bytes(gif([[0, 1, 2, 3, 1, 2] * 5 + [1] * 5] * 2, 5, 7))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def decoded(file: Path, channels: int = 0) -> Any:
    content = tf.io.read_file(str(file))
    return tf.io.decode_image(content, channels, expand_animations=False)


@pytest.mark.parametrize("name", ["3.png", "3.jpg", "3.bmp", "3.gif"])
@pytest.mark.parametrize("size", [None, (3, 4), (20, 30)])
def test_pixels_are_those_of_tensorflow(images: Path, name: str, size: Any) -> None:
    pixels = decoded(images / name)
    floats = tf.image.convert_image_dtype(pixels, tf.float32)
    if size is not None:
        pixels = tf.image.resize(pixels, size, antialias=True)
        floats = tf.image.resize(floats, size, antialias=True)
    read = hub.read_images(images / name, size)
    assert read.dtype == np.float32
    assert 0 <= read.min() < read.max() <= 1
    np.testing.assert_array_equal(read, floats[tf.newaxis])
    read = hub.read_images([name], size, scale=False)
    assert read.dtype == np.uint8
    np.testing.assert_allclose(read[0], pixels, atol=0.5001)


@pytest.mark.parametrize("name", ["1.png", "3.png", "4.png", "1.jpg", "3.jpg"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_channels_are_those_of_tensorflow(
    name: str, channels: int, images: Path
) -> None:
    if name.endswith("jpg") and channels == 4:
        pixels = tf.concat(
            [decoded(images / name, 3), tf.fill([7, 5, 1], np.uint8(255))], -1
        )
    else:
        pixels = decoded(images / name, channels)
    read = hub.read_images(name, channels=channels, scale=False)
    np.testing.assert_array_equal(read[0], pixels)


def test_what_decoders_do_not_convert_is_converted(images: Path) -> None:
    def read(name: str, channels: int) -> Any:
        return hub.read_images(name, channels=channels, scale=False)[0]

    grey = PIXELS[..., :1]
    np.testing.assert_array_equal(read("2.png", 1), grey)
    np.testing.assert_array_equal(read("2.png", 3), np.repeat(grey, 3, -1))
    np.testing.assert_array_equal(read("1.bmp", 3), np.repeat(grey, 3, -1))
    np.testing.assert_array_equal(read("4.bmp", 3), PIXELS[..., 2::-1])
    np.testing.assert_array_equal(read("4.bmp", 4)[..., 3], PIXELS[..., 3])
    colour = decoded(images / "3.gif")
    np.testing.assert_array_equal(read("3.gif", 1), tf.image.rgb_to_grayscale(colour))
    assert (read("3.gif", 4)[..., 3] == 255).all()


def test_webp_is_read_where_tensorflow_reads_it(tmp_path: Path) -> None:
    (tmp_path / "x.webp").write_bytes(WEBP)
    if hasattr(tf.io, "decode_webp"):
        assert hub.read_images(tmp_path / "x.webp").shape == (1, 1, 1, 3)
    else:
        with pytest.raises(errors.ImageFileError, match="does not read WebP"):
            hub.read_images(tmp_path / "x.webp")


def test_a_batch_is_in_the_order_of_the_paths(
    images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = hub.read_images(["3.gif", images / "3.png"])
    np.testing.assert_array_equal(both[:1], hub.read_images("3.gif"))
    np.testing.assert_array_equal(both[1:], hub.read_images("3.png"))
    monkeypatch.setenv("HOME", str(images))
    np.testing.assert_array_equal(hub.read_images("~/3.gif"), both[:1])
    np.testing.assert_array_equal(
        hub.read_images(["3.gif"], 3), hub.read_images("3.gif", (3, 3))
    )


@pytest.mark.usefixtures("images")
def test_a_graph_reads_the_same() -> None:
    names = ["3.gif", "2.png", "1.bmp"]
    eager = hub.read_images(names, 4)
    with tf.Graph().as_default():
        np.testing.assert_array_equal(hub.read_images(names, 4), eager)


@pytest.mark.usefixtures("images")
def test_a_module_says_the_size(tf1_modules: Path) -> None:
    path = str(tf1_modules / "image_feature_vector")
    for module in (path, hub.load(path), hub.load_module_spec(path), hub.Module(path)):
        assert hub.read_images("3.png", module).shape == (1, 16, 12, 3)
    with pytest.raises(errors.HandleNotFoundError, match="nothing"):
        hub.read_images("3.png", "nothing")


def test_all_files_that_cannot_be_read_are_named(images: Path) -> None:
    (images / "cut.png").write_bytes((images / "3.png").read_bytes()[:-40])
    (images / "cut.jpg").write_bytes((images / "3.jpg").read_bytes()[:-99])
    (images / "text.txt").write_text("hello")
    (images / "huge.png").write_bytes(png_of(60_000, 60_000))
    os.mkfifo(images / "pipe.png")
    bad = ["cut.png", "cut.jpg", "text.txt", "huge.png", "pipe.png", "no.png", "\0"]
    bad += [str(images), "https://user:secret@example.com/x.png"]
    with pytest.raises(errors.ImageFileError) as caught:
        hub.read_images(["3.png", *bad, "3.gif"])
    text = str(caught.value)
    assert text.startswith("9 of 11 images cannot be read:\n")
    for what in (
        "cut.png cannot be decoded: ",
        "cut.jpg cannot be decoded: ",
        "text.txt is not a JPEG",
        "huge.png has 60,000 x 60,000 pixels",
        "pipe.png is not a file",
        "no.png does not exist",
        "is a folder; give the files",
        "is a URL, not a file",
    ):
        assert what in text
    assert "secret" not in text
    assert caught.value.files[:3] == bad[:3]
    assert isinstance(caught.value, (OSError, ValueError))


def test_of_many_files_the_first_are_named() -> None:
    with pytest.raises(errors.ImageFileError) as caught:
        hub.read_images([f"{i}.png" for i in range(1000)])
    assert "19.png does not exist.\n  ... and 980 more\n" in str(caught.value)
    assert len(caught.value.files) == 1000


def test_images_of_different_sizes_need_one(images: Path) -> None:
    (images / "small.gif").write_bytes(gif([[0, 1, 2, 3, 1, 2]], 3, 2))
    with pytest.raises(errors.ImageFileError) as caught:
        hub.read_images(["3.png", "small.gif", "3.jpg"])
    assert "7 x 5  2 of them  3.png\n  2 x 3  1 of them  small.gif" in str(caught.value)
    assert "hub.read_images(..., size=(224, 224))" in str(caught.value)
    assert "size = c(224L, 224L)" in str(caught.value.in_words("r"))
    assert hub.read_images(["3.png", "small.gif"], 6).shape == (2, 6, 6, 3)


@pytest.mark.parametrize(
    "size",
    [0, (0, 3), (1, 2, 3), True, 3.5, {"a": 1}, object(), 20_000, np.ones((2, 2))],
)
@pytest.mark.usefixtures("images")
def test_a_size_that_is_none_is_refused(size: Any) -> None:
    with pytest.raises(errors.InputError, match="size="):
        hub.read_images("3.png", size)


@pytest.mark.usefixtures("images")
def test_arguments_that_are_none_are_refused() -> None:
    for channels in (0, 2, 5, True, "3", None):
        with pytest.raises(errors.InputError, match="channels= must be 1, 3 or 4"):
            hub.read_images("3.png", channels=channels)  # type: ignore[arg-type]
    for paths in ([], (), 3, [3], b"3.png", None):
        with pytest.raises(errors.InputError, match="paths"):
            hub.read_images(paths)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(32, 32), (31, 33), (100, 7)])
def test_white_resized_is_not_beyond_one(tmp_path: Path, size: Any) -> None:
    white = tf.io.encode_png(tf.fill([48, 64, 3], tf.constant(255, tf.uint8)))
    tf.io.write_file(str(tmp_path / "white.png"), white)
    read = hub.read_images(tmp_path / "white.png", size)
    assert read.max() <= 1  # what R's as.raster() takes
    np.testing.assert_allclose(read, 1, atol=1e-6)
