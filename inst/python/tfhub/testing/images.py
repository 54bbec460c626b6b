"""Files of images, made byte by byte."""

from __future__ import annotations

import base64
import struct
from typing import Any

# A lossy WebP of one black pixel.
WEBP = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AA/v8AAAA=")


def bmp(pixels: Any) -> bytes:
    """A BMP of uint8 `[row, column, channel]`, the channels as they are stored: BGR."""
    height, width, channels = pixels.shape
    size = (width * channels + 3) // 4 * 4
    rows = b"".join(row.tobytes().ljust(size, b"\0") for row in pixels[::-1])
    info = (40, width, height, 1, 8 * channels, 0, len(rows), 0, 0, 0, 0)
    head = struct.pack("<IHHI", 54 + len(rows), 0, 0, 54)
    return b"BM" + head + struct.pack("<IiiHHIIiiII", *info) + rows


def gif(frames: list[list[int]], width: int, height: int) -> bytes:
    """A GIF whose pixels are 0 black, 1 red, 2 green, 3 blue; without compression."""
    colours = bytes([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
    made = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF1, 0, 0) + colours
    for frame in frames:
        codes = [4]  # clear, before each pixel: so a code has three bits for ever
        for pixel in frame:
            codes += [pixel, 4]
        codes[-1] = 5  # the end
        bits = sum(code << 3 * i for i, code in enumerate(codes))
        data = bits.to_bytes((3 * len(codes) + 7) // 8, "little")
        made += b"\x21\xf9\x04\0\0\0\0\0"
        made += b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02"
        made += bytes([len(data)]) + data + b"\0"
    return made + b";"


def png_of(width: int, height: int) -> bytes:
    """The head of a PNG that claims a size."""
    size = struct.pack(">II", width, height)
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0"
