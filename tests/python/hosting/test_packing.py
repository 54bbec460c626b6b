from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

import pytest

import tfhub as hub
from tfhub.archive.inflate import decompressed
from tfhub.archive.unpacking import unpack
from tfhub.errors import (
    ArchiveError,
    HandleNotFoundError,
    HubError,
    ModelFormatError,
    ModelNotFoundError,
    UnsafeArchiveError,
    WriteError,
)
from tfhub.formats import protos
from tfhub.formats.walking import Entry, walk
from tfhub.hosting import packing
from tfhub.hosting.measured import Measures
from tfhub.hosting.packing import write_archive
from tfhub.net.progress import Meter
from tfhub.trusted.tree import tree_of_folder


@pytest.fixture
def model(fruit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the fruit model in an empty current folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(fruit, tmp_path / "models" / "fruit"))


def names(archive: str) -> list[str]:
    with tarfile.open(archive) as tar:
        return tar.getnames()


def test_members_are_those_of_the_protocol(model: Path) -> None:
    listed = subprocess.run(
        ["tar", "tvzf", hub.pack(model), "--numeric-owner", "--utc"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert [line.split()[-1] for line in listed] == [
        "./",
        "./assets/",
        "./fingerprint.pb",
        "./saved_model.pb",
        "./variables/",
        "./variables/variables.data-00000-of-00001",
        "./variables/variables.index",
    ]
    assert {line.split()[0] for line in listed} == {"drwxr-xr-x", "-rw-r--r--"}
    assert {line.split()[1] for line in listed} == {"0/0"}
    assert {line.split()[3] for line in listed} == {"1970-01-01"}


def test_what_was_packed_resolves_to_the_same_files(model: Path) -> None:
    folder = Path(hub.resolve(hub.pack(model)))
    files = [path for path in model.rglob("*") if path.is_file()]
    assert len(files) == 4
    for file in files:
        assert (folder / file.relative_to(model)).read_bytes() == file.read_bytes()


def test_same_folder_same_bytes(model: Path) -> None:
    first = Path(hub.pack(model)).read_bytes()
    other = shutil.copytree(model, "elsewhere/fruit", copy_function=shutil.copyfile)
    for path in [*Path(other).rglob("*"), Path(other)]:
        path.chmod(0o700)
        os.utime(path, (1e9, 1e9))
    assert Path(hub.pack(other, "other.tgz")).read_bytes() == first
    # A gzip header of no name and no time, whatever the file is called.
    assert first[3] == 0
    assert first[4:8] == bytes(4)


def test_tar_is_ustar_and_pax_only_where_it_must_be(model: Path) -> None:
    plain = gzip.decompress(Path(hub.pack(model, "plain.tgz")).read_bytes())
    assert plain[257:263] == b"ustar\0"
    assert b"path=" not in plain
    (model / "assets" / ("naïve" + "x" * 120)).write_text("long")
    assert f"./assets/naïve{'x' * 120}" in names(hub.pack(model, "long.tgz"))


def test_junk_and_hidden_files_stay_out_and_assets_stay_in(model: Path) -> None:
    for name in (
        ".DS_Store", "._x", ".env", "Thumbs.db", "__pycache__/a.pyc", ".git/HEAD",
        "assets/.DS_Store", "assets/.vocabulary", "notes.txt",
    ):  # fmt: skip
        (model / name).parent.mkdir(exist_ok=True)
        (model / name).write_text("x")
    found = set(names(hub.pack(model)))
    assert {"./assets/.vocabulary", "./notes.txt"} <= found
    assert len(found) == 7 + 2


def test_default_name(model: Path) -> None:
    assert hub.pack(model) == "fruit.tar.gz"
    version = Path(shutil.copytree(model, "models/pet/3"))
    assert hub.pack(version) == "pet_3.tar.gz"
    Path("dist").mkdir()
    assert hub.pack(version, "dist") == os.path.join("dist", "pet_3.tar.gz")
    assert (Path("dist/pet_3.tar.gz").stat().st_mode & 0o777) == 0o666 & ~umask()


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_archive_is_replaced_only_when_told(model: Path) -> None:
    Path("fruit.tar.gz").write_text("precious")
    with pytest.raises(HubError, match=r"fruit\.tar\.gz exists already") as caught:
        hub.pack(model)
    assert "--force" in str(caught.value)
    assert Path("fruit.tar.gz").read_text() == "precious"
    hub.pack(model, overwrite=True)
    assert "./saved_model.pb" in names("fruit.tar.gz")


@pytest.mark.parametrize(
    ("out", "error", "said"),
    [
        ("models/fruit/x.tar.gz", HubError, "inside the folder"),
        ("models/fruit/variables/x.tgz", HubError, "inside the folder"),
        ("models/fruit", HubError, "inside the folder"),
        ("x.zip", HubError, "ends in .tar.gz or .tgz"),
        ("nowhere/x.tgz", HandleNotFoundError, "nowhere"),
    ],
)
def test_refused_targets(
    model: Path, out: str, error: type[HubError], said: str
) -> None:
    before = sorted(model.rglob("*"))
    with pytest.raises(error) as caught:
        hub.pack(model, out)
    assert said in str(caught.value)
    assert sorted(model.rglob("*")) == before


def test_a_folder_without_a_model(model: Path) -> None:
    with pytest.raises(
        ModelNotFoundError, match=r"saved_model\.pb.*saved_model\.pbtxt"
    ):
        hub.pack(model / "variables")
    with pytest.raises(HandleNotFoundError, match="nowhere"):
        hub.pack("nowhere")
    assert not list(Path().glob("*.gz"))


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff" * 9])
def test_a_graph_that_is_damaged_is_not_packed(model: Path, damage: bytes) -> None:
    (model / "saved_model.pb").write_bytes(damage)
    with pytest.raises(ModelFormatError, match="saved_model.pb .*damaged"):
        hub.pack(model, "fruit.tar.gz")
    assert not Path("fruit.tar.gz").exists()


def test_links_and_devices_are_refused(model: Path) -> None:
    link = model / "assets" / "link"
    link.symlink_to("/etc/passwd")
    with pytest.raises(UnsafeArchiveError, match="is a link") as caught:
        hub.pack(model)
    assert str(link) in str(caught.value)
    link.unlink()
    os.mkfifo(link)
    with pytest.raises(UnsafeArchiveError, match="neither a file nor a folder"):
        hub.pack(model)
    link.unlink()
    os.chdir(model)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("s")
        with pytest.raises(UnsafeArchiveError, match="neither a file nor a folder"):
            hub.pack(model, "../s.tgz")
    assert [path.name for path in model.parent.iterdir()] == ["fruit"]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_any_more_when_it_is_opened(
    model: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file, members = model / "saved_model.pb", packing.members

    def meanwhile(folder: Path) -> Generator[Entry, None, None]:
        for entry in members(folder):
            if entry.path == file.name:
                file.unlink()
                if kind == "link":
                    file.symlink_to("/etc/passwd")
                elif kind == "pipe":
                    os.mkfifo(file)
                else:
                    file.mkdir()
            yield entry

    monkeypatch.setattr(packing, "members", meanwhile)
    with pytest.raises(UnsafeArchiveError, match=r"saved_model.pb is .* by now|more"):
        hub.pack(model, model.parent / "out.tar.gz")
    assert not list(model.parent.glob("*.tar.gz")) + list(model.parent.glob(".*"))


@pytest.mark.parametrize("name", ["a", "inner/a"])
def test_a_link_put_there_meanwhile_is_not_followed(model: Path, name: str) -> None:
    """In the place of a file, or of the folder that it is in."""
    secret = model.parent / "outside" / "a"
    secret.parent.mkdir()
    secret.write_text("secret")
    file = model / "assets" / name
    file.parent.mkdir(exist_ok=True)
    (model / "assets" / "0").write_bytes(os.urandom(3_000_000))
    file.write_text("mine")

    class Swapping(io.BytesIO):
        def write(self, data: object) -> int:
            if not secret.with_name("done").exists() and self.tell() > 100_000:
                secret.with_name("done").touch()
                if name == "a":
                    file.unlink()
                    file.symlink_to(secret)
                else:
                    file.parent.rename(model.parent / "aside")
                    file.parent.symlink_to(secret.parent)
            return super().write(data)  # type: ignore[arg-type]

    stream = Swapping()
    with pytest.raises(UnsafeArchiveError, match="is a link"):
        write_archive(model, stream)
    written = zlib.decompressobj(31).decompress(stream.getvalue())
    assert b"secret" not in written


def test_a_deep_folder(model: Path, make_deep: Callable[[Path], None]) -> None:
    make_deep(model / "assets" / "deep")
    with pytest.raises(UnsafeArchiveError, match="below 100 other folders"):
        hub.pack(model)


@pytest.mark.parametrize(
    "name",
    [
        *("a\\b", "aux.txt", "a:b", "what?", "a.", "a ", "x*", "a|b", "line\nbreak"),
        os.fsdecode(b"\xff"),
    ],
)
def test_names_that_readers_refuse_are_refused(model: Path, name: str) -> None:
    (model / "assets" / name).write_text("x")
    with pytest.raises(UnsafeArchiveError, match="Rename it") as caught:
        hub.pack(model)
    assert "\n    " not in str(caught.value)
    assert not list(Path().glob("*.gz"))


def test_names_that_are_one_elsewhere_are_refused(model: Path) -> None:
    (model / "assets" / "Vocabulary").write_text("x")
    (model / "assets" / "vocabulary").write_text("y")
    with pytest.raises(UnsafeArchiveError, match="assets/Vocabulary"):
        hub.pack(model)


def test_as_many_files_are_packed_as_are_unpacked(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_MAX_ENTRIES", "30")
    entries = len(list(model.rglob("*"))) + 1
    for number in range(30 - entries):
        (model / "assets" / str(number)).touch()
    assert hub.resolve(hub.pack(model, "all.tgz"))
    (model / "assets" / "one-more").touch()
    with pytest.raises(UnsafeArchiveError, match="TFHUB_MAX_ENTRIES"):
        hub.pack(model, "more.tgz")


ODD = [*"aAbB.:?*\\ \n\"<>|~$'éÉﬁßı\u0301\u202e\x7f日😀-_0", "\udcff", "e\u0301"]
WHOLE = ["con", "Aux.a", "COM1", "lpt9.x", "nul ", "CONOUT$", "x" * 255, "ä" * 127]


@pytest.mark.parametrize("seed", range(40))
def test_what_is_packed_is_read(seed: int) -> None:
    """Or is refused; whatever the names are."""
    rng = random.Random(seed)

    def name() -> str:
        if rng.random() < 0.2:
            return rng.choice(WHOLE)
        return "".join(rng.choices(ODD, k=rng.randint(1, 5)))

    names = [[name() for _ in range(rng.randint(1, 3))] for _ in range(seed % 5)]
    with tempfile.TemporaryDirectory() as place:
        model = Path(place, "model")
        (model / "assets").mkdir(parents=True)
        least = protos.SavedModel(meta_graphs=[{}])
        (model / "saved_model.pb").write_bytes(least.SerializeToString())
        for parts in names:
            file = model / "assets" / "/".join(parts)
            with suppress(OSError, ValueError):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("x")
        try:
            archive = hub.pack(model, Path(place, "m.tgz"))
        except UnsafeArchiveError:
            return
        folder = Path(place, "unpacked")
        with open(archive, "rb") as file_:
            unpacked = unpack(
                iter(lambda: file_.read(999), b""), folder, "it", Meter(None)
            )
        wanted = {e.path for e in walk(model) if not e.is_folder}
        assert set(unpacked.files) == wanted


def test_a_link_to_the_folder_itself_is_followed(model: Path) -> None:
    Path("latest").symlink_to(model)
    assert "./saved_model.pb" in names(hub.pack("latest", "latest.tgz"))


def test_a_failure_leaves_nothing(model: Path) -> None:
    unreadable = model / "zzz"
    unreadable.symlink_to("nothing")  # found last, after all else was written
    with pytest.raises(UnsafeArchiveError):
        hub.pack(model)
    assert os.listdir() == ["models"]


@pytest.mark.parametrize("change", ["grows", "shrinks"])
def test_a_file_that_changes_is_noticed(model: Path, change: str) -> None:
    file = model / "assets" / "a"
    file.write_bytes(os.urandom(3_000_000))
    stop = threading.Event()

    class Changing(io.BytesIO):
        def write(self, data: object) -> int:
            if not stop.is_set() and self.tell() > 100_000:
                stop.set()
                os.truncate(file, 4_000_000 if change == "grows" else 1000)
            return super().write(data)  # type: ignore[arg-type]

    with pytest.raises(ArchiveError, match="changed while it was packed"):
        write_archive(model, Changing())


def test_memory_stays_small(model: Path) -> None:
    with (model / "assets" / "big").open("wb") as file:
        file.truncate(100_000_000)
    tracemalloc.start()
    try:
        hub.pack(model)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_packing_needs_nothing_heavy(model: Path) -> None:
    code = (
        "import sys, tfhub; tfhub.pack(sys.argv[1]); "
        "print({'tensorflow', 'numpy', 'urllib3', 'starlette'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(model)],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(hub.__file__).parents[1])},
    )  # fmt: skip
    assert run.stdout == "set()\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk")
def test_a_full_disk(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(folder: Path, stream: IO[bytes]) -> Measures:
        os.dup2(os.open("/dev/full", os.O_WRONLY), stream.fileno())
        return write_archive(folder, stream)

    monkeypatch.setattr("tfhub.hosting.packing.write_archive", write)
    with pytest.raises(WriteError, match=r"cannot be packed(.|\n)*No space left"):
        hub.pack(model, "m.tar.gz")
    assert [entry.name for entry in Path().iterdir()] == ["models"]


@pytest.mark.skipif(not os.path.isdir("/sys"), reason="no folder that is read-only")
def test_a_place_that_cannot_be_written(model: Path) -> None:
    with pytest.raises(WriteError, match=r"(.|\n)*another place"):
        hub.pack(model, "/sys/m.tar.gz")


def test_what_is_measured_is_of_the_bytes_that_were_written(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (model / "assets" / "naïve name").write_bytes(os.urandom(3_000_000))
    (model / ".hidden").write_text("not packed")
    (model / "empty").touch()
    opened = []
    read = Entry.open
    monkeypatch.setattr(Entry, "open", lambda self: opened.append(1) or read(self))
    archive = packing.packed(model)
    assert len(opened) == 6  # each file once
    content = archive.path.read_bytes()
    assert archive.measures.sha256 == hashlib.sha256(content).hexdigest()
    assert archive.measures.size == len(content)
    assert archive.measures.tree == tree_of_folder(model)
    assert archive.measures.growth == 0.0
    unpacked = Path(hub.resolve(f"{archive.path}#sha256={archive.measures.sha256}"))
    assert tree_of_folder(unpacked) == archive.measures.tree
    assert hub.describe(str(archive.path)).tree == archive.measures.tree


def zeros(file: IO[bytes]) -> None:
    file.truncate(150_000_000)


def zeros_before_noise(file: IO[bytes]) -> None:
    file.truncate(150_000_000)
    file.seek(0, os.SEEK_END)
    file.write(os.urandom(3_000_000))


def long_runs(file: IO[bytes]) -> None:
    for _ in range(40):
        file.write(os.urandom(1500) + bytes(4_000_000))


@pytest.mark.parametrize("fill", [zeros, zeros_before_noise, long_runs])
def test_what_readers_refuse_is_said(
    model: Path,
    fill: Callable[[IO[bytes]], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And with what it names, every reader takes the archive, however it reads."""
    with (model / "assets" / "big").open("wb") as file:
        fill(file)
    archive = packing.packed(model)
    said = re.search(r"fruit.tar.gz: .* set TFHUB_MAX_RATIO=(\d+)\.", caplog.text)
    assert said is not None
    assert "readers refuse more than 200 times" in caplog.text
    with pytest.raises(UnsafeArchiveError, match="TFHUB_MAX_RATIO"):
        read(archive.path, 100)
    monkeypatch.setenv("TFHUB_MAX_RATIO", said[1])
    for size in (100, 1 << 17):
        read(archive.path, size)
    caplog.clear()
    packing.packed(model, overwrite=True)
    assert caplog.text == ""


def read(archive: Path, size: int) -> None:
    """Inflates an archive that comes in blocks of a size."""
    with archive.open("rb") as file:
        for _ in decompressed(iter(partial(file.read, size), b""), "It"):
            pass


def test_what_readers_take_is_not_spoken_of(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (model / "assets" / "big").open("wb") as file:
        file.write(os.urandom(500_000))
        file.truncate(100_000_000)
    read(packing.packed(model).path, 100)
    assert caplog.text == ""
