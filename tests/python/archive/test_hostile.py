"""Archives made to keep their reader busy, or to end it in another way."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tfhub.archive.unpacking import unpack
from tfhub.errors import ArchiveError
from tfhub.net.progress import Meter
from tfhub.testing.archives import member, tar_of, zip_of

from ..conftest import bounded

_END = bytes(1024)


def header(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """A header of tar of some kind, and its content, filled to whole blocks."""
    info = tarfile.TarInfo("././@x")
    info.type = kind
    info.size = len(content) if size is None else size
    return info.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


def pax(**values: str) -> bytes:
    """The records of a pax header."""
    records = b""
    for key, value in values.items():
        rest = f" {key.replace('__', '.')}={value}\n".encode("utf-8", "surrogateescape")
        size = len(rest) + 1
        while size != len(rest) + len(str(size)):
            size = len(rest) + len(str(size))
        records += str(size).encode() + rest
    return records


def extended(kind: bytes, **values: str) -> bytes:
    return header(kind, pax(**values))


X, G = tarfile.XHDTYPE, tarfile.XGLTYPE
LONG, LINK = tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK
FILE = tar_of(member("saved_model.pb", b"x" * 512))
ONE = FILE[:1024]  # without an end
MANY = {f"k{i}": "v" for i in range(40_000)}


def signed(size: int) -> bytes:
    """The header of a file whose size is written as tar writes negative numbers."""
    info = tarfile.TarInfo("saved_model.pb")
    data = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    data[124:136] = size.to_bytes(12, "big", signed=True)
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


TARS: dict[str, Callable[[], bytes]] = {
    "a chain of long names": lambda: header(LONG, b"a\0") * 5000 + FILE,
    "a chain of long links": lambda: header(LINK, b"a\0") * 5000 + FILE,
    "a chain of pax headers": lambda: extended(X, path="a") * 5000 + FILE,
    "a chain of global headers": lambda: extended(G, comment="a") * 5000 + FILE,
    "kinds in turn": lambda: (header(LONG, b"a\0") + extended(X, path="a")) * 9 + ONE,
    "large headers": lambda: (header(LONG, b"a" * (1 << 20)) + ONE) * 60 + _END,
    "large pax headers": lambda: (extended(X, **MANY) + ONE) * 60 + _END,
    "global values": lambda: extended(G, **MANY) + (extended(X, path="a") + ONE) * 9,
    "a number without end": lambda: extended(X, size="9" * 5000) + FILE + b"\1" * 512,
    "a size below zero in pax": lambda: extended(X, size="-512") + FILE,
    "a size below zero": lambda: signed(-512) + _END,
    "a header below zero": lambda: header(LONG, b"a", size=0).replace(
        b"00000000000\0", b"-0000001000\0", 1
    ),
    "a sparse file": lambda: header(tarfile.GNUTYPE_SPARSE, b"", size=512) + FILE,
    "a sparse map without end": lambda: (
        extended(
            X, GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__name="a"
        )
        + header(tarfile.REGTYPE, b"999999999\n" * 5000)
    ),
    "a bad sparse map": lambda: (
        extended(
            X, GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__realsize="x"
        )
        + FILE
    ),
    "sparse numbers": lambda: extended(X, GNU__sparse__map="1,x", size="3") + FILE,
    "sparse sizes": lambda: extended(X, GNU__sparse__size="x") + FILE,
    "a record without its length": lambda: header(X, b"99999 path=a\n") + FILE,
    "no record": lambda: header(X, b"\xff" * 512) + FILE,
    "an unknown encoding": lambda: extended(X, hdrcharset="none", path="\udcff") + FILE,
    "digits without end": lambda: header(X, b"1" * 200_000) + FILE,
    "a path of a megabyte": lambda: header(LONG, b"a/" * 400_000 + b"\0") + FILE,
    "a deep path": lambda: header(LONG, b"a/" * 1900 + b"b\0") + FILE,
}


def ends_well(data: bytes, folder: Path) -> None:
    """It is an ArchiveError or harmless, and soon, without much memory."""
    message = "The archive is harmless."
    with bounded():
        try:
            unpack(iter([data]), folder / "out", "The archive", Meter(None))
        except ArchiveError as error:
            message = str(error)
    assert "The archive" in message
    assert len(message) < 1000


@pytest.mark.parametrize("case", TARS)
def test_a_hostile_tar(tmp_path: Path, case: str) -> None:
    ends_well(TARS[case](), tmp_path)


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"]
)
def test_streams_of_nothing(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    ends_well(pack(FILE) + pack(b"") * 100_000, tmp_path)


def changed(data: bytes, at: int, form: str, value: int) -> bytes:
    """A zip archive with another number in the first entry of its directory."""
    copy = bytearray(data)
    struct.pack_into(form, copy, data.index(b"PK\x01\x02") + at, value)
    return bytes(copy)


ZIP = zip_of({"saved_model.pb": b"x" * 300, "b": b"y" * 300})


def overlapping() -> bytes:
    """Many names for one member, as a bomb has them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(10 << 20))
        first = archive.infolist()[0]
        for i in range(500):
            twin = zipfile.ZipInfo(f"a{i}")
            for name in ("CRC", "compress_size", "file_size", "compress_type"):
                setattr(twin, name, getattr(first, name))
            twin.header_offset = first.header_offset
            archive.filelist.append(twin)
    return buffer.getvalue()


def of_entries(count: int) -> bytes:
    entry = struct.pack("<4s4B4H3L5H2L", b"PK\x01\x02", *[0] * 17, 0)[:46]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 46 * count, 0, 0)
    return entry * count + end


ZIPS: dict[str, Callable[[], bytes]] = {
    "an encrypted member": lambda: changed(ZIP, 8, "<H", 1),
    "an unknown compression": lambda: changed(ZIP, 10, "<H", 97),
    "zip64 sizes that are not there": lambda: changed(ZIP, 24, "<L", 0xFFFFFFFF),
    "an offset beyond the end": lambda: changed(ZIP, 42, "<L", 0xFFFFFFF0),
    "a name longer than the directory": lambda: changed(ZIP, 28, "<H", 65535),
    "overlapping members": overlapping,
    "a million entries": lambda: b"PK\x03\x04" + of_entries(1_000_000),
    "an end that leads before the start": lambda: (
        ZIP[:-10] + struct.pack("<LLH", 0xFFFFFFF0, 0xFFFFFFF0, 0)
    ),
    "a zip64 end that lies": lambda: (
        ZIP[:-22] + struct.pack("<4sLQL", b"PK\x06\x07", 0, 1 << 63, 1) + ZIP[-22:]
    ),
    "a deep path": lambda: zip_of({"a/" * 3000 + "b": b""}),
}


@pytest.mark.parametrize("case", ZIPS)
def test_a_hostile_zip(tmp_path: Path, case: str) -> None:
    ends_well(ZIPS[case](), tmp_path)


def test_what_git_and_bgzip_write_is_taken(tmp_path: Path) -> None:
    parts = [ONE[i : i + 7] for i in range(0, len(ONE), 7)]
    data = extended(G, comment="a" * 40) + ONE + _END
    parts = [data[i : i + 600] for i in range(0, len(data), 600)]
    packed = b"".join(map(gzip.compress, parts))
    unpack(iter([packed]), tmp_path / "out", "The archive", Meter(None))
    assert (tmp_path / "out" / "saved_model.pb").stat().st_size == 512
