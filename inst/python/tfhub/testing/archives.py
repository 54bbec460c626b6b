"""Archives: of a folder, and with all that may be wrong with one."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

Member = tuple[tarfile.TarInfo, bytes]


def archive_bytes(folder: str | Path, *, mode: str = "w:gz") -> bytes:
    """The files of a folder as a tar archive, the folder being its root."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        tar.add(folder, arcname=".")
    return buffer.getvalue()


def member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> Member:
    """A member of a tar archive: a file, or what its type in `tarfile` says."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info, content


def tar_of(*members: Member, mode: str = "w") -> bytes:
    """A tar archive of these members; the mode is as in `tarfile.open()`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    """A zip archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def many_entries(number: int) -> bytes:
    """A `.tar.gz` of so many empty files, which takes no longer to make than a few."""
    names = 25_000  # then they come again
    headers = b"".join(member(f"{i:06}")[0].tobuf() for i in range(names))
    return gzip.compress(headers) * (number // names) + gzip.compress(bytes(1024))


def zeros(size: int) -> bytes:
    """A `.tar.gz` with one file, of so many zero bytes, a multiple of 1 MiB."""
    info, _ = member("weights")
    info.size = size
    blocks = gzip.compress(bytes(1 << 20)) * (size >> 20)
    return gzip.compress(info.tobuf()) + blocks + gzip.compress(bytes(1024))


Change = Callable[[bytes], bytes]  # of a good .tar.gz


def _with(*more: Member) -> Change:
    return lambda archive: tar_of(*_members(archive), *more, mode="w:gz")


def _within(change: Change) -> Change:
    """Changes the tar archive, and packs it again with a right checksum."""
    return lambda archive: gzip.compress(change(gzip.decompress(archive)))


def _members(archive: bytes) -> list[Member]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = [(info, tar.extractfile(info)) for info in tar]
        return [(info, file.read() if file else b"") for info, file in files]


def _flipped(archive: bytes, at: int) -> bytes:
    return archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :]


def _without_folders(archive: bytes) -> bytes:
    members = [each for each in _members(archive) if not each[0].isdir()]
    return tar_of(*members, mode="w:gz")


def _without_end(tar: bytes) -> bytes:
    members = tar.rstrip(b"\0")
    return members + bytes(-len(members) % tarfile.BLOCKSIZE)


def _wrapped(archive: bytes) -> bytes:
    members = _members(archive)
    for info, _ in members:
        info.name = f"wrapper/{info.name}"
    return tar_of(*members, mode="w:gz")


def _setuid(archive: bytes) -> bytes:
    members = _members(archive)
    for info, _ in members:
        info.mode = 0o4777
    return tar_of(*members, mode="w:gz")


def _in_two(archive: bytes) -> bytes:
    tar = gzip.decompress(archive)
    return gzip.compress(tar[:1000]) + gzip.compress(tar[1000:])


_LINK, _HARD = tarfile.SYMTYPE, tarfile.LNKTYPE
_UMLAUT = "\u00e9.txt"

CHANGES: dict[str, Change] = {
    "good": lambda archive: archive,
    "cut in half": lambda archive: archive[: len(archive) // 2],
    "last 4 kB cut": lambda archive: archive[:-4096],
    "last 8 bytes cut": lambda archive: archive[:-8],
    "wrong CRC": lambda archive: _flipped(archive, len(archive) - 8),
    "one bit": lambda archive: _flipped(archive, len(archive) // 2),
    "bytes after": lambda archive: archive + b"garbage",
    "bytes after the tar": _within(lambda tar: tar + b"garbage"),
    "tar cut": _within(lambda tar: tar[: len(tar) // 2]),
    "no end blocks": _within(_without_end),
    "two gzip members": _in_two,
    "plain tar": gzip.decompress,
    "bzip2": lambda archive: bz2.compress(gzip.decompress(archive)),
    "no folder entries": _without_folders,
    "empty file": _with(member("assets/nothing")),
    "wrapper folder": _wrapped,
    "web page": lambda _: b"<!DOCTYPE html><title>Log in</title>" * 50,
    "nothing": lambda _: b"",
    "empty tar": lambda _: tar_of(mode="w:gz"),
    "parent": _with(member("../evil", b"x")),
    "absolute": _with(member("/tmp/evil", b"x")),
    "link out": _with(member("evil", kind=_LINK, link="/etc")),
    "link within": _with(member("evil", kind=_LINK, link="saved_model.pb")),
    "hard link within": _with(member("evil", kind=_HARD, link="saved_model.pb")),
    "hard link out": _with(member("evil", kind=_HARD, link="/etc/hostname")),
    "pipe": _with(member("evil", kind=tarfile.FIFOTYPE)),
    "device": _with(member("evil", kind=tarfile.CHRTYPE)),
    "setuid": _setuid,
    "equal twins": _with(member("twin", b"1"), member("twin", b"1")),
    "unequal twins": _with(member("twin", b"1"), member("twin", b"2")),
    "case": _with(member("Twin", b"1"), member("tWIN", b"2")),
    "normal form": _with(
        member(unicodedata.normalize("NFC", _UMLAUT), b"1"),
        member(unicodedata.normalize("NFD", _UMLAUT), b"2"),
    ),
    "reserved name": _with(member("con.txt")),
    "long name": _with(member("n" * 204)),
    "file as folder": _with(member("twin", b"1"), member("twin/x", b"2")),
    "folder as file": _with(member("twin", kind=tarfile.DIRTYPE), member("twin")),
    "bomb": lambda _: zeros(1 << 30),
    "bomb in a bomb": lambda _: gzip.compress(zeros(1 << 30)),
    "100,000 entries": lambda _: many_entries(100_000),
    "1,000,000 entries": lambda _: many_entries(1_000_000),
}
