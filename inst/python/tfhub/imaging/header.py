"""How large an image is, by the header of its file, before anything is decoded.

A file of some hundred bytes can claim 60,000 x 60,000 pixels, and a decoder makes room
for them at once. So the size is read here first, and is bounded; see the specifications
of JPEG (ITU T.81, B.2), PNG (W3C, 11.2.2), GIF89a (18 to 22), BMP (BITMAPINFOHEADER)
and WebP (RFC 9649, 2.5 to 2.7).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MOST_PIXELS = 100_000_000  # of one image: 0.3 GB when it is decoded, 1.2 GB as floats
_MOST_SCANS = 500  # of a progressive JPEG, each of which goes over all its pixels
_TRAILER = b";"  # the end of a GIF
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}  # markers of a JPEG
# SOF0 to SOF15, without DHT, JPG and DAC, whose numbers lie between.
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Image:
    """An image that was not decoded yet.

    Attributes:
      kind: `"jpeg"`, `"png"`, `"gif"`, `"bmp"` or `"webp"`.
      height: Pixels from top to bottom, as its header says.
      width: Pixels from left to right.
      content: The bytes to decode: of a GIF those up to the end of its first frame.
    """

    kind: str
    height: int
    width: int
    content: bytes


def read_header(content: bytes) -> Image:
    """Finds what kind of image it is, and how large.

    Args:
      content: The bytes of the file.

    Raises:
      ValueError: It is no image of these kinds, is cut, or is too large. The message is
        the end of a sentence, such as "is empty".
    """
    if not content:
        msg = "is empty"
        raise ValueError(msg)
    found = [kind for kind, (begin, _) in _KINDS.items() if content.startswith(begin)]
    if not found:
        msg = "is not a JPEG, PNG, GIF, BMP or WebP image"
        raise ValueError(msg)
    kind = found[0]
    if kind == "webp" and content[8:12] != b"WEBP":
        msg = "is a RIFF file, but not a WebP image"
        raise ValueError(msg)
    try:
        height, width, end = _KINDS[kind][1](content)
    except (struct.error, IndexError):
        msg = f"is a {_NAMES[kind]} file that is cut within its header"
        raise ValueError(msg) from None
    if height < 1 or width < 1:
        msg = f"is a {_NAMES[kind]} file that says no size"
        raise ValueError(msg)
    require_pixels(height, width)
    return Image(
        kind, height, width, content if end is None else content[:end] + _TRAILER
    )


def require_pixels(height: int, width: int) -> None:
    """Checks that an image is not too large.

    Raises:
      ValueError: It is.
    """
    if height * width > MOST_PIXELS:
        msg = (
            f"has {height:,} x {width:,} pixels, more than the {MOST_PIXELS:,} that "
            "an image may have here"
        )
        raise ValueError(msg)


_Size = tuple[int, int, int | None]


def _of_png(content: bytes) -> _Size:
    if content[12:16] != b"IHDR":
        msg = "is a PNG file without a header"
        raise ValueError(msg)
    width, height = struct.unpack_from(">II", content, 16)
    return height, width, None


def _of_jpeg(content: bytes) -> _Size:
    if content.count(b"\xff\xda") > _MOST_SCANS:
        msg = f"is a JPEG file of more than {_MOST_SCANS} scans"
        raise ValueError(msg)
    at = 2
    while True:
        if content[at] != 0xFF:
            msg = "is a JPEG file whose header is damaged"
            raise ValueError(msg)
        marker = content[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at += 2
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 5)
            return height, width, None
        elif marker in (0xD9, 0xDA):
            return 0, 0, None
        else:
            (length,) = struct.unpack_from(">H", content, at + 2)
            at += 2 + max(length, 2)


def _of_gif(content: bytes) -> _Size:
    """Of the whole, and where its first frame ends: a decoder would read all others."""
    width, height, flags = struct.unpack_from("<HHB", content, 6)
    at = 13 + _colours(flags)
    while content[at] != 0x2C:  # an image
        if content[at] != 0x21:  # an extension
            msg = "is a GIF file without an image"
            raise ValueError(msg)
        at = _after_blocks(content, at + 2)
    wide, high, flags = struct.unpack_from("<HHB", content, at + 5)
    require_pixels(high, wide)
    end = _after_blocks(content, at + 10 + _colours(flags) + 1)
    # The decoder makes room for what reaches over the edge, too.
    return height, width, end


def _colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += content[at] + 1
    return at + 1


def _of_bmp(content: bytes) -> _Size:
    width, height = struct.unpack_from("<ii", content, 18)
    return abs(height), width, None  # below zero the first row is the upper one


def _of_webp(content: bytes) -> _Size:
    chunk = content[12:16]
    if chunk == b"VP8X":
        width, height = (
            int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27)
        )
        content[29]
    elif chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif chunk == b"VP8 ":
        width, height = (
            size & 0x3FFF for size in struct.unpack_from("<HH", content, 26)
        )
    else:
        return 0, 0, None
    return height, width, None


_KINDS = {
    "jpeg": (b"\xff\xd8\xff", _of_jpeg),
    "png": (b"\x89PNG\r\n\x1a\n", _of_png),
    "gif": (b"GIF8", _of_gif),
    "bmp": (b"BM", _of_bmp),
    "webp": (b"RIFF", _of_webp),
}
_NAMES = {"jpeg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP", "webp": "WebP"}
