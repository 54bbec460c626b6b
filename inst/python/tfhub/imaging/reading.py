"""Files of images become a batch, decoded and resized by TensorFlow."""

from __future__ import annotations

import operator
import os
import stat
from collections.abc import Callable, Iterable
from typing import Any

from .. import words
from ..errors import ImageFileError, InputError
from ..formats.sizes import size_text
from ..runtime.forks import require_home
from ..runtime.tf import np, tf
from ..shown import brief, shown
from .expected import get_expected_image_size
from .header import Image, read_header, require_pixels

MOST_BYTES = 1 << 28  # of a file
_CHANNELS = (1, 3, 4)
_MOST_NAMED = 20
_MISSING = "does not exist"
# The numbers of channels that TensorFlow's decoders give by themselves.
_DIRECT = {"jpeg": (1, 3), "png": (1, 3, 4), "gif": (3,), "bmp": (), "webp": ()}
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def read_images(
    paths: Paths, size: Any = None, channels: int = 3, *, scale: bool = True
) -> Any:
    """Reads files of images into one batch.

    JPEG, PNG, GIF (its first frame), BMP and, where TensorFlow does, WebP. They are
    decoded by `tf.io.decode_image`, and resized by `tf.image.resize` (bilinear, with
    `antialias`), which keeps no ratio of height to width. What a camera notes on how
    it was held (EXIF) is not looked at.

    ```python
    import os, tempfile
    import tensorflow as tf
    import tfhub as hub

    file = os.path.join(tempfile.mkdtemp(), "grey.png")
    pixels = tf.fill([6, 4, 3], tf.constant(51, tf.uint8))
    tf.io.write_file(file, tf.io.encode_png(pixels))
    images = hub.read_images([file, file], size=(2, 3))
    print(images.shape, images.max())  # (2, 2, 3, 3) 0.2
    ```

    Args:
      paths: A path, or several. `~` is the home folder.
      size: Height and width in pixels, or one number for both; or a module that says
        how large its images are, as `get_expected_image_size()` takes it: a handle, a
        loaded model, a `ModuleSpec`. None leaves them as they are, which is possible
        where all have the same size.
      channels: 3 is RGB, 1 is grey, 4 is RGB with opacity. An image with other channels
        is converted; opacity is left out, or is full.
      scale: Whether the values are from 0 to 1, or as they are in the file, from 0 to
        255, rounded where the image was resized.

    Returns:
      A numpy array `[image, row, column, channel]`, of float32, or of uint8 where
      `scale` is False.

    Raises:
      ImageFileError: Files are missing, damaged, no images, or larger than 100 million
        pixels or 256 MiB. It names each. Or they differ in size, and `size` is None.
      InputError: There are no paths, or an argument is not as above.
      HubError: As for `get_expected_image_size()`, where `size` is a module.
      ForkedError: This process is a fork of one that has used TensorFlow.
    """
    names = _as_paths(paths)
    wanted = _as_size(size)
    if isinstance(channels, bool) or channels not in _CHANNELS:
        msg = f"{words.argument('channels')} must be 1, 3 or 4, not {brief(channels)}."
        raise InputError(msg, hint="3 is RGB, 1 is grey, 4 is RGB with opacity.")
    channels = int(channels)
    require_home("The reading of images")
    batch = None
    sizes, problems = list[tuple[int, int]](), list[tuple[str, str]]()
    for i, name in enumerate(names):
        try:
            image = _read(name)
            pixels = _decoded(image, channels, wanted, scale=scale)
        except ValueError as error:
            problems.append((name, str(error)))
            continue
        sizes.append(pixels.shape[:2])
        if batch is None and not problems:
            batch = _room((len(names), *pixels.shape), pixels.dtype)
        if batch is not None and pixels.shape == batch.shape[1:]:
            batch[i] = pixels
    if problems:
        raise _unreadable(problems, len(names))
    if len(set(sizes)) > 1:
        raise _unlike(names, sizes)
    return batch


def _as_paths(paths: Any) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    try:
        names = [os.fspath(path) for path in paths]
    except TypeError:
        names = [b""]
    if not all(isinstance(name, str) for name in names):
        msg = (
            f"{words.argument('paths')} must be paths of files, not of the "
            f"type {type(paths).__name__}."
        )
        raise InputError(msg, hint="Give a text for each file.")
    if not names:
        msg = "There are no images to read: no paths were given."
        raise InputError(msg, hint="Look at what lists the files.")
    return [os.path.expanduser(name) for name in names]


def _as_size(size: Any) -> tuple[int, int] | None:
    """Height and width."""
    if size is None:
        return None
    tells = ("get_attached_message", "_hub", "resolved_object")
    if isinstance(size, (str, os.PathLike)) or any(hasattr(size, t) for t in tells):
        height, width = get_expected_image_size(size)
    else:
        try:
            given = size if np.ndim(size) else (size, size)
            height, width = (operator.index(each) for each in given)
            fits = min(height, width) > 0 and np.asarray(size).dtype != bool
        except (TypeError, ValueError):
            fits = False
        if not fits:
            msg = (
                f"{words.argument('size')} must be height and width in pixels, one "
                f"number for both, or a module, not {brief(size)}."
            )
            hint = "Such as " + words.argument(size=(224, 224)) + "."
            raise InputError(msg, hint=hint)
    try:
        require_pixels(height, width)
    except ValueError as error:
        msg = f"{words.argument('size')} {error}."
        raise InputError(msg, hint="Give a smaller one.") from None
    return height, width


def _read(name: str) -> Image:
    if "://" in name:
        msg = "is a URL, not a file; download it first"
        raise ValueError(msg)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if os.path.isdir(name):
            msg = "is a folder; give the files that are in it"
            raise ValueError(msg)
        with open(os.open(name, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                msg = "is not a file, but a pipe or a device"
                raise ValueError(msg)
            if status.st_size > MOST_BYTES:
                msg = f"is too large, with {size_text(status.st_size)}"
                raise ValueError(msg)
            content = file.read(MOST_BYTES)
    except FileNotFoundError:
        raise ValueError(_MISSING) from None
    except OSError as error:
        msg = f"cannot be read: {error.strerror or brief(error)}"
        raise ValueError(msg) from None
    return read_header(content)


def _decoded(
    image: Image, channels: int, size: tuple[int, int] | None, *, scale: bool
) -> Any:
    """The pixels of one image, `[row, column, channel]`.

    Raises:
      ValueError: It is damaged, or TensorFlow does not read this kind.
    """
    direct = channels if channels in _DIRECT[image.kind] else 0

    def make() -> Any:
        pixels = tf.io.decode_image(image.content, direct, expand_animations=False)
        pixels = _with_channels(pixels, channels)
        if scale:
            pixels = tf.image.convert_image_dtype(pixels, tf.float32)
        if size is not None:
            pixels = tf.image.resize(pixels, size, antialias=True)
            if scale:  # sums of weights that are rounded go beyond
                pixels = tf.clip_by_value(pixels, 0.0, 1.0)
            else:
                pixels = tf.saturate_cast(tf.round(pixels), tf.uint8)
        return pixels

    try:
        pixels = _evaluated(make)
    except (tf.errors.OpError, ValueError, MemoryError) as error:
        reason = getattr(error, "message", None) or str(error) or type(error).__name__
        if image.kind == "webp" and not hasattr(tf.io, "decode_webp"):
            reason = f"TensorFlow {tf.__version__} does not read WebP"
        msg = f"cannot be decoded: {brief(_plain(reason))}"
        raise ValueError(msg) from None
    if size is None and pixels.shape[:2] != (image.height, image.width):
        msg = "has another size than its header says"
        raise ValueError(msg)
    return pixels


def _plain(reason: str) -> str:
    """What TensorFlow says, without the name of the operation around it."""
    text = reason.strip().splitlines()[0] if reason.strip() else reason
    text = text.partition("}} ")[2] or text
    return text.partition(" [Op:")[0].rstrip(".")


def _with_channels(pixels: Any, channels: int) -> Any:
    there = pixels.shape[-1]
    if there is None:  # in a graph nobody knows before it is decoded
        return tf.switch_case(
            tf.shape(pixels)[-1] - 1,
            [
                lambda n=n: _converted(pixels[..., :n], n, channels)
                for n in (1, 2, 3, 4)
            ],
        )
    return _converted(pixels, there, channels)


def _converted(pixels: Any, there: int, channels: int) -> Any:
    if there == channels:
        return pixels
    opacity = (
        pixels[..., -1:]
        if there in (2, 4)
        else tf.fill(tf.shape(pixels[..., :1]), tf.constant(255, pixels.dtype))
    )
    colours = pixels[..., :1] if there < 3 else pixels[..., :3]
    if channels == 1:
        return colours if there < 3 else tf.image.rgb_to_grayscale(colours)
    if there < 3:
        colours = tf.image.grayscale_to_rgb(colours)
    return colours if channels == 3 else tf.concat([colours, opacity], -1)


def _evaluated(make: Callable[[], Any]) -> Any:
    """The value of an operation, also where TensorFlow builds graphs."""
    with tf.init_scope():
        if tf.executing_eagerly():
            with tf.device("CPU"):
                return make().numpy()
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        return session.run(make())


def _room(shape: tuple[int, ...], dtype: Any) -> Any:
    try:
        return np.empty(shape, dtype)
    except (MemoryError, ValueError):
        count, height, width, _ = shape
        msg = f"{count:,} images of {height:,} x {width:,} pixels do not fit in memory."
        hint = f"Give a smaller {words.argument('size')}, or fewer files at once."
        raise InputError(msg, hint=hint) from None


def _unreadable(problems: list[tuple[str, str]], count: int) -> ImageFileError:
    lines = [f"  {brief(name)} {why}." for name, why in problems[:_MOST_NAMED]]
    if len(problems) > _MOST_NAMED:
        lines.append(f"  ... and {len(problems) - _MOST_NAMED:,} more")
    if count == 1:
        msg = f"{brief(problems[0][0])} {problems[0][1]}."
    else:
        msg = "\n".join(
            [f"{len(problems):,} of {count:,} images cannot be read:", *lines]
        )
    hint = "Leave these files out, or put good ones in their places."
    if all(why == _MISSING for _, why in problems):
        hint = "Look at the spelling, and at the folder that you work in."
    return ImageFileError(msg, hint=hint, files=[shown(name) for name, _ in problems])


def _unlike(names: list[str], sizes: list[tuple[int, int]]) -> ImageFileError:
    first: dict[tuple[int, int], str] = {}
    for name, size in zip(names, sizes, strict=True):
        first.setdefault(size, name)
    rows = [
        (f"{height} x {width}", f"{sizes.count((height, width))} of them", name)
        for (height, width), name in list(first.items())[:_MOST_NAMED]
    ]
    msg = (
        f"The {len(names):,} images have {len(first):,} different sizes (height x "
        "width), such as:\n" + words.table(rows)
    )
    hint = (
        f"Give {words.argument('size')}, to which all are resized: "
        f"{words.call('read_images', ..., size=(224, 224))}, or the module that is to "
        "take them."
    )
    return ImageFileError(msg, hint=hint, files=list(first.values()))
