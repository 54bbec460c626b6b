"""Unpacks an archive while it arrives.

One thread reads and hashes, one inflates, and the caller's writes files. Sizes in
flight are bounded, so memory does not grow with the model. The standard library reads
the tar headers (from a stream that only goes forward) and the zip directory.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO

from ..errors import ArchiveError, HubError
from ..net.pipeline import Block, Pipe, in_thread
from ..net.progress import Meter
from ..shown import brief
from .inflate import BZIP2, GZIP, XZ, ZIP, check_ratio, decompressed
from .members import MemberWriter

_log = logging.getLogger("tfhub")
_PACKED_BLOCKS = 8  # of up to 1 MiB, from the network
_TAR_BLOCKS = 8  # of up to 1 MiB, inflated
_HEADER = 512
_ZIP_ENTRY = b"PK\x01\x02"  # begins an entry of its directory
_ZIP_END = 22  # bytes of the record at the end of a zip archive, without its comment
_LARGEST_HEADER = 1 << 20  # of a long name or a pax header
# Of a member: its own header, a long name and a long link, a pax header, each in two
# parts, and what says where a sparse file has its holes.
_MOST_HEADERS = 32
_MOST_GLOBAL = 100  # values that one pax header gives to all members; git writes one
_USUAL, _UNUSUAL = 4096, 2 << 20  # bytes of headers: for each member, and in all beside
_LONGEST, _DEEPEST = 4096, 256  # bytes and folders of a path, as Linux and rmtree have
_LARGE_READ = 1 << 16
# Some versions of tarfile look at each run of digits in a pax header again from each of
# its digits. A name on a disk has 255 bytes at most.
_DIGITS = re.compile(rb"(?<!\d)\d{400}")
_EINVAL = {errno.EINVAL, errno.EOVERFLOW}


@dataclass(frozen=True)
class Unpacked:
    """What an archive held: its own sha256, and each file's size and sha256."""

    sha256: str
    files: dict[str, tuple[int, str]]


def unpack(blocks: Iterable[Block], folder: Path, label: str, meter: Meter) -> Unpacked:
    """Unpacks a tar (plain, gzip, bzip2, xz) or zip archive into a new folder.

    Args:
      blocks: The archive, in blocks of any size.
      folder: The folder to make. After an error its content is to be thrown away.
      label: What to call the archive in an error.
      meter: Counts the bytes as they arrive.

    Raises:
      ArchiveError: It is not an archive, is cut short, damaged, or followed by more.
      UnsafeArchiveError: It holds what must not be unpacked; see `members`.
      CacheError: A file could not be written.
    """
    digest = hashlib.sha256()
    packed = in_thread("network", _hashed(blocks, digest, meter), _PACKED_BLOCKS)
    writer = MemberWriter(folder, label)
    inflated: Pipe | None = None
    try:
        first = packed.get(meter.tick)
        while first and len(first) < _HEADER:  # a server may send byte by byte
            more = packed.get(meter.tick)
            if not more:
                break
            first = bytes(first) + bytes(more)
        if not first:
            msg = f"{label} is empty."
            raise ArchiveError(msg, hint="Fetch or pack it again.")
        if bytes(first[:4]) in ZIP:
            _unzip(first, packed, writer, label, meter)
        elif bytes(first[:6]).startswith((GZIP, BZIP2, XZ)):
            content = decompressed(chain([first], packed), label)
            inflated = in_thread("inflate", content, _TAR_BLOCKS)
            _untar(_TarStream(b"", inflated, label, meter.tick), writer, label)
        else:
            _refuse_text(first, label)
            _untar(_TarStream(first, packed, label, meter.tick), writer, label)
    finally:
        packed.close()
        if inflated is not None:
            inflated.close()
    return Unpacked(digest.hexdigest(), writer.files)


def _hashed(
    blocks: Iterable[Block], digest: hashlib._Hash, meter: Meter
) -> Iterator[Block]:
    for block in blocks:
        digest.update(block)
        meter.done += len(block)
        yield block


def _refuse_text(first: Block, label: str) -> None:
    start = bytes(first[:_HEADER]).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        msg = f"{label} is not an archive: it is a web page."
        hint = "Does the server ask for a login or a licence? Open it in a browser."
        raise ArchiveError(msg, hint=hint)


class _TarStream:
    """The tar archive as a file that can only be read forward."""

    def __init__(
        self, first: Block, rest: Pipe, label: str, tick: Callable[[], None]
    ) -> None:
        self.last = b""  # what the last read() gave, a header when tarfile stopped
        self._block = memoryview(first)
        self._rest = rest
        self._label = label
        self._tick = tick
        self._at = 0
        self._headers = 0  # since the last member
        self._left = _UNUSUAL

    def tell(self) -> int:
        return self._at

    def seek(self, position: int) -> int:
        if position < self._at:
            msg = f"{self._label} is damaged: it leads backward."
            raise ArchiveError(msg, hint="Fetch or pack it again.")
        for _ in self.blocks(position - self._at):
            pass
        return self._at

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LARGEST_HEADER:
            msg = f"{self._label} is damaged: it has a header of {size:,} bytes."
            raise ArchiveError(msg, hint="Fetch or pack it again.")
        self._headers += 1
        self._left -= size
        if self._headers > _MOST_HEADERS or self._left < 0:
            msg = f"{self._label} is damaged: its members have headers without end."
            raise ArchiveError(msg, hint="Fetch or pack it again.")
        self.last = b"".join(self._take(size))
        if _DIGITS.search(self.last):
            msg = f"{self._label} is damaged: a header has numbers without end."
            raise ArchiveError(msg, hint="Fetch or pack it again.")
        return self.last

    def begin_member(self) -> None:
        """Counts the headers anew: those that were read have led to a member."""
        self._headers = 0
        self._left = min(_UNUSUAL, self._left + _USUAL)

    def blocks(self, size: int) -> Iterator[memoryview]:
        """Exactly `size` bytes, in blocks; an error where the archive ends before."""
        end = self._at + size
        yield from self._take(size)
        if self._at != end:
            msg = f"{self._label} is cut short, {end - self._at:,} bytes into a member."
            raise ArchiveError(msg, hint="Fetch or pack it again.")

    def rest(self) -> Iterator[memoryview]:
        """All that is left."""
        while block := self._next():
            self._block = memoryview(b"")
            yield block

    def _take(self, size: int) -> Iterator[memoryview]:
        while size > 0 and (block := self._next()):
            part = block[:size]
            self._block = block[size:]
            self._at += len(part)
            size -= len(part)
            yield part

    def _next(self) -> memoryview:
        if not self._block:
            self._block = memoryview(self._rest.get(self._tick))
            self._tick()
        return self._block


def _untar(stream: _TarStream, writer: MemberWriter, label: str) -> None:
    try:
        with tarfile.TarFile(fileobj=stream) as tar:  # type: ignore[arg-type]
            for member in tar:
                stream.begin_member()
                if len(tar.pax_headers) > _MOST_GLOBAL:
                    msg = "a header for all members has too many values"
                    raise tarfile.ReadError(msg)
                _add(member, stream, writer)
    except Exception as error:  # tarfile raises of all kinds, the recursion's end too
        if not _is_of_archive(error):
            raise
        msg = f"{label} is not a tar archive, or is damaged: {brief(error)}."
        raise ArchiveError(msg, hint="Fetch or pack it again.") from error
    if not stream.last:
        _log.warning("%s has no end marker; what there is of it is whole.", label)
    # tarfile ends in silence where a header is damaged: look at it once more.
    if stream.last.count(0) != len(stream.last):
        msg = f"{label} is damaged: a member's header is not valid."
        raise ArchiveError(msg, hint="Fetch or pack it again.")
    for block in stream.rest():
        if bytes(block).count(0) != len(block):
            msg = f"{label} is followed by bytes that do not belong to it."
            raise ArchiveError(msg, hint="Fetch or pack it again.")


def _is_of_archive(error: Exception) -> bool:
    """Whether an error is about the bytes of the archive, and not yet one of ours."""
    if isinstance(error, HubError):
        return False
    return getattr(error, "errno", None) is None or error.errno in _EINVAL  # type: ignore[attr-defined]


def _check_name(name: str, writer: MemberWriter) -> None:
    if len(name) > _LONGEST or name.count("/") > _DEEPEST:
        writer.refuse(name, "a path that is too long or too deep")


def _add(member: tarfile.TarInfo, stream: _TarStream, writer: MemberWriter) -> None:
    _check_name(member.name, writer)
    if member.size < 0:
        msg = f"{member.name!r} has a size below zero"
        raise tarfile.ReadError(msg)
    if member.isdir():
        writer.add_folder(member.name)
    elif member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse():
        writer.add_file(member.name, member.size, stream.blocks(member.size))
    else:
        kinds = {
            tarfile.SYMTYPE: "a link",
            tarfile.LNKTYPE: "a link",
            tarfile.FIFOTYPE: "a pipe",
            tarfile.CHRTYPE: "a device",
            tarfile.BLKTYPE: "a device",
        }
        writer.refuse(member.name, kinds.get(member.type, "neither file nor folder"))


def _unzip(
    first: Block, rest: Pipe, writer: MemberWriter, label: str, meter: Meter
) -> None:
    # The directory of a zip archive stands at its end, so all of it is needed first.
    with tempfile.TemporaryFile(dir=writer.folder.parent) as file:
        file.write(first)
        for block in iter(lambda: rest.get(meter.tick), b""):
            file.write(block)
            meter.tick()
        size = file.tell()
        try:
            with zipfile.ZipFile(_ZipFile(file, writer)) as archive:
                members = archive.infolist()
                _check_ends(file, archive, size, label)
                check_ratio(sum(m.file_size for m in members), size, label)
                for member in members:
                    _check_name(member.filename, writer)
                    mode = member.external_attr >> 16
                    # It compares the name with that in front of the member.
                    with archive.open(member) as content:
                        if member.is_dir():
                            writer.add_folder(member.filename)
                        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                            writer.refuse(member.filename, "neither file nor folder")
                        else:
                            blocks = iter(partial(content.read, 1 << 20), b"")
                            writer.add_file(member.filename, member.file_size, blocks)
        except Exception as error:  # zipfile raises of all kinds
            if not _is_of_archive(error):
                raise
            msg = f"{label} is a damaged or unsupported zip archive: {brief(error)}."
            raise ArchiveError(msg, hint="Fetch or pack it again.") from error


class _ZipFile:
    """A zip archive, whose directory is counted before the library takes it apart."""

    def __init__(self, file: IO[bytes], writer: MemberWriter) -> None:
        self._file = file
        self._writer = writer
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if len(data) > _LARGE_READ and data.startswith(_ZIP_ENTRY):
            self._writer.check_entries(data.count(_ZIP_ENTRY))
        return data


def _check_ends(
    file: IO[bytes], archive: zipfile.ZipFile, size: int, label: str
) -> None:
    # The standard library takes what it finds, wherever the archive begins or ends.
    start = max(0, size - _ZIP_END - len(archive.comment))
    file.seek(start)
    end = file.read(_ZIP_END)
    members = archive.infolist()
    begins = min((member.header_offset for member in members), default=0)
    if begins or not end.startswith(b"PK\x05\x06"):
        msg = f"{label} is preceded or followed by bytes that do not belong to it."
        raise ArchiveError(msg, hint="Fetch or pack it again.")
    counted = int.from_bytes(end[10:12], "little")
    if counted not in (len(members), 0xFFFF):
        msg = f"{label} is damaged: of {counted} members it lists {len(members)}."
        raise ArchiveError(msg, hint="Fetch or pack it again.")


def file_blocks(path: Path) -> Iterator[Block]:
    """The bytes of a file, in blocks."""
    with path.open("rb", buffering=0) as file:
        while block := file.read(1 << 17):
            yield block
