from __future__ import annotations

import struct

import pytest

from tfhub.imaging.header import MOST_PIXELS, read_header
from tfhub.testing.images import WEBP, gif, png_of

VP8L = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 6 | 4 << 14)
VP8X = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x06\0\0\x04\0\0"
JPEG = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x11\x08\0\x05\0\x07\x03"


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png_of(7, 5), ("png", 5, 7)),
        (JPEG, ("jpeg", 5, 7)),
        (VP8L, ("webp", 5, 7)),
        (VP8X, ("webp", 5, 7)),
        (WEBP, ("webp", 1, 1)),
        (gif([[1] * 6], 3, 2), ("gif", 2, 3)),
        (b"BM" + bytes(16) + struct.pack("<ii", 7, -5), ("bmp", 5, 7)),
    ],
)
def test_the_size_is_in_the_header(content: bytes, size: tuple[str, int, int]) -> None:
    image = read_header(content)
    assert (image.kind, image.height, image.width) == size


def test_a_gif_ends_with_its_first_frame() -> None:
    one, three = gif([[1] * 6], 3, 2), gif([[1] * 6] * 3, 3, 2)
    assert read_header(three).content == one == read_header(one).content


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"hello", "is not a JPEG, PNG, GIF, BMP or WebP image"),
        (b"RIFF\0\0\0\0WAVE", "is a RIFF file"),
        (png_of(7, 5)[:20], "cut within its header"),
        (JPEG[:-4], "cut within its header"),
        (gif([[1] * 6], 3, 2)[:-4], "cut within its header"),
        (b"\xff\xd8\xff\xe0\0\x04abXX", "is damaged"),
        (b"\xff\xd8\xff\xda" * 600, "more than 500 scans"),
        (b"\xff\xd8\xff\xd9", "says no size"),
        (png_of(0, 5), "says no size"),
        (png_of(60_000, 60_000), "has 60,000 x 60,000 pixels, more than"),
        (VP8X[:-6] + b"\xff" * 6, "pixels, more than"),
        (b"GIF89a" + bytes(7) + b"\x2c\0\0\0\0" + b"\xff" * 4 + b"\0", "pixels, more"),
    ],
)
def test_what_is_no_image_or_too_large_is_said(content: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_header(content)


def test_every_cut_and_every_changed_byte_has_an_end() -> None:
    for whole in (png_of(7, 5), JPEG, VP8L, VP8X, WEBP, gif([[1] * 6], 3, 2)):
        for at in range(len(whole)):
            for content in (
                whole[:at],
                *(whole[:at] + bytes([b]) + whole[at + 1 :] for b in (0, 127, 255)),
            ):
                try:
                    image = read_header(content)
                except ValueError:
                    continue
                assert 0 < image.height * image.width <= MOST_PIXELS
