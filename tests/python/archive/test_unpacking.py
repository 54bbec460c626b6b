from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tfhub.archive.unpacking import unpack
from tfhub.errors import ArchiveError, CacheError, HubError, UnsafeArchiveError
from tfhub.net.progress import Meter
from tfhub.testing import archive_bytes
from tfhub.testing.archives import member, tar_of, zip_of

from ..conftest import tree


def blocks(data: bytes, size: int = 1 << 16) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


def unpacked(data: bytes, folder: Path, size: int = 1 << 16) -> dict[str, bytes]:
    unpack(iter(blocks(data, size)), folder / "out", "The archive", Meter(None))
    return tree(folder / "out")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("size", [7, 512, 1 << 16])
def test_gives_the_same_tree(model: Path, tmp_path: Path, mode: str, size: int) -> None:
    data = archive_bytes(model, mode=mode)
    assert unpacked(data, tmp_path, size) == tree(model)


def test_gives_the_same_tree_from_a_zip(model: Path, tmp_path: Path) -> None:
    data = zip_of(tree(model))
    assert unpacked(data, tmp_path) == tree(model)


def test_the_standard_librarys_zlib_gives_the_same(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zlib

    from tfhub.archive import inflate

    monkeypatch.setattr(inflate, "_zlib", zlib)
    for i, size in enumerate((7, 1 << 16)):
        (tmp_path / str(i)).mkdir()
        assert unpacked(archive_bytes(model), tmp_path / str(i), size) == tree(model)


def test_reports_sizes_and_digests(model: Path, tmp_path: Path) -> None:
    import hashlib

    data = archive_bytes(model)
    result = unpack(iter(blocks(data)), tmp_path / "out", "The archive", Meter(None))
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    assert result.files == {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in tree(model).items()
    }


def test_several_gzip_members_and_zero_padding(model: Path, tmp_path: Path) -> None:
    data = archive_bytes(model, mode="w")
    parts = gzip.compress(data[:1000]) + gzip.compress(data[1000:]) + bytes(700)
    assert unpacked(parts, tmp_path) == tree(model)


def test_without_folder_entries_and_end_blocks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = tar_of(member("a/b/c.txt", b"c"), member("saved_model.pb", b"x" * 512))
    cut = data[: 512 * 4]  # two headers and two blocks, nothing after them
    assert unpacked(cut, tmp_path) == {"a/b/c.txt": b"c", "saved_model.pb": b"x" * 512}
    assert "has no end marker" in caplog.text


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names(tmp_path: Path, format: int) -> None:
    name = "/".join(["tiefer" * 10] * 5) + "/größe.txt"
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format) as tar:
        tar.addfile(member(name)[0])
    assert list(unpacked(buffer.getvalue(), tmp_path)) == [name]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("cut", [1, 8, 12, 4000])
def test_a_cut_archive(
    model: Path, tmp_path: Path, compress: Callable[[bytes], bytes], cut: int
) -> None:
    data = compress(archive_bytes(model, mode="w"))
    with pytest.raises(ArchiveError, match="is cut short|is damaged"):
        unpacked(data[:-cut], tmp_path)


def test_a_plain_tar_cut_within_a_member(model: Path, tmp_path: Path) -> None:
    data = archive_bytes(model, mode="w")
    with pytest.raises(ArchiveError, match="is cut short"):
        unpacked(data[: len(data) // 2], tmp_path)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_bytes_after_the_archive(
    model: Path, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    data = compress(archive_bytes(model, mode="w"))
    with pytest.raises(ArchiveError, match="do not belong to it"):
        unpacked(data + b"more", tmp_path)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><title>Login</title>", "is a web page"),
        (b"\xef\xbb\xbf\n <HTML>", "is a web page"),
        (b"just some words", "is not a tar archive"),
        (b"PK\x03\x04 no zip", "zip archive"),
        (b"\x1f\x8b no gzip", "is damaged"),
    ],
)
def test_what_is_no_archive(tmp_path: Path, start: bytes, message: str) -> None:
    with pytest.raises(ArchiveError, match=message):
        unpacked(start, tmp_path)


UNSAFE = {
    "inner parent": (member("a/../../x", b"x"), "leads out of the folder"),
    "reserved name": (member("a/CON.txt"), "Windows does not have"),
    "backslash": (member("..\\x"), "a backslash"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_what_must_not_be_unpacked(tmp_path: Path, case: str) -> None:
    unsafe, message = UNSAFE[case]
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(UnsafeArchiveError, match=message):
        unpacked(tar_of(unsafe), inside)
    assert list(tmp_path.iterdir()) == [inside]


def test_equal_twins_and_mode_bits(tmp_path: Path) -> None:
    info, content = member("a", b"1")
    info.mode = 0o4777
    data = tar_of((info, content), member("a", b"1"))
    assert unpacked(data, tmp_path) == {"a": b"1"}
    assert (tmp_path / "out" / "a").stat().st_mode & 0o7133 == 0


def test_a_link_in_a_zip(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc")
    with pytest.raises(UnsafeArchiveError, match="neither file nor folder"):
        unpacked(buffer.getvalue(), tmp_path)


def test_a_damaged_zip(model: Path, tmp_path: Path) -> None:
    data = bytearray(zip_of(tree(model)))
    data[len(data) // 2] ^= 1
    with pytest.raises(ArchiveError, match="zip archive"):
        unpacked(bytes(data), tmp_path)


def test_bytes_around_a_zip(model: Path, tmp_path: Path) -> None:
    data = zip_of(tree(model))
    for i, changed in enumerate([data + b"more", data[:30] + data]):
        (tmp_path / str(i)).mkdir()
        with pytest.raises(ArchiveError, match="do not belong to it"):
            unpacked(changed, tmp_path / str(i))


def test_a_zip_whose_directory_changed_by_a_byte(tmp_path: Path) -> None:
    files = {"saved_model.pb": b"x" * 300, "b/c.txt": b"", "z": b"words" * 20}
    data = zip_of(files)
    for at in range(data.index(b"PK\x01\x02"), len(data)):
        for flip in {1, 8, 32, data[at] ^ ord("/"), data[at]}:
            changed = bytearray(data)
            changed[at] ^= flip
            folder = tmp_path / f"{at}-{flip}"
            folder.mkdir()
            try:
                got = unpacked(bytes(changed), folder)
            except HubError:
                continue
            assert got == files, f"byte {at} made another tree"


def test_xz_that_wants_all_memory(tmp_path: Path) -> None:
    data = bytearray(lzma.compress(bytes(600)))
    # The block's header: its size, flags, then of LZMA2 the size of the dictionary.
    header = slice(12, 12 + (data[12] + 1) * 4)
    data[16] = 40  # 4 GiB
    content = bytes(data[header])[:-4]
    data[header] = content + zlib.crc32(content).to_bytes(4, "little")
    with pytest.raises(ArchiveError, match="is damaged: Memory usage limit"):
        unpacked(bytes(data), tmp_path)


@pytest.mark.parametrize("pack", ["tar", "zip"])
def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: str) -> None:
    zeros = bytes(70 << 20)
    if pack == "zip":
        data = zip_of({"bomb": zeros})
    else:
        data = gzip.compress(tar_of(member("bomb", zeros)))
    monkeypatch.setenv("TFHUB_MAX_RATIO", "10")
    with pytest.raises(UnsafeArchiveError, match="10 times its size"):
        unpacked(data, tmp_path)
    monkeypatch.setenv("TFHUB_MAX_RATIO", "2000")
    (tmp_path / "2").mkdir()
    assert unpacked(data, tmp_path / "2") == {"bomb": zeros}


def test_too_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_MAX_ENTRIES", "10")
    data = tar_of(*(member(str(i)) for i in range(11)))
    with pytest.raises(UnsafeArchiveError, match="more than 10 files"):
        unpacked(data, tmp_path)


def test_a_header_that_wants_all_memory(tmp_path: Path) -> None:
    info, _ = member("././@LongLink", kind=tarfile.GNUTYPE_LONGNAME)
    info.size = 1 << 33
    data = info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)
    with pytest.raises(ArchiveError, match="has a header of"):
        unpacked(data, tmp_path)


def test_a_member_larger_than_the_disk(tmp_path: Path) -> None:
    info, _ = member("weights")
    info.size = 1 << 60
    data = info.tobuf(tarfile.GNU_FORMAT) + bytes(1024)
    with pytest.raises(CacheError, match="The disk is full at .* need 1,152,921,"):
        unpacked(data, tmp_path)


def test_an_error_of_the_source_reaches_the_caller(tmp_path: Path) -> None:
    def broken() -> object:
        yield archive_bytes(tmp_path)[:10]
        raise ConnectionResetError("gone")  # noqa: EM101

    with pytest.raises(ConnectionResetError, match="gone"):
        unpack(broken(), tmp_path / "out", "The archive", Meter(None))  # type: ignore[arg-type]
