"""Fixtures of all Python tests."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tfhub.testing import FaultServer, archive_bytes

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A shell starts what runs in the background deaf to it, and so would be all that the
# tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the user's settings, proxies, certificates or cache."""
    certificates = {"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"}
    for name in list(os.environ):
        proxy = name.lower().endswith("_proxy")
        if name.startswith("TFHUB_") or proxy or name in certificates:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub_cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))  # records of trust


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The folder of the cache."""
    return tmp_path / "tfhub_cache"


@pytest.fixture(scope="session")
def fruit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small TF2 SavedModel; see `tfhub.testing.save_fruit_model`."""
    from tfhub.testing import save_fruit_model

    return Path(save_fruit_model(tmp_path_factory.mktemp("models") / "fruit"))


@pytest.fixture(scope="session")
def tf1_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of modules in the TF1 Hub format, exported by the reference library."""
    folder = tmp_path_factory.mktemp("tf1")
    for archive in (DATA / "tf1").glob("*.tar.gz"):
        with tarfile.open(archive) as tar:
            # tarfile.fully_trusted_filter, which Debian 12's Python does not have yet.
            tar.extraction_filter = lambda member, _: member
            tar.extractall(folder / archive.name.removesuffix(".tar.gz"))
    return folder


@contextlib.contextmanager
def bounded(seconds: float = 2.0, megabytes: int = 300) -> Iterator[None]:
    """Fails when what is in it took more CPU time or memory.

    The seconds are those of a machine on which a known loop takes a tenth of one.
    Whatever else runs at the time makes both slower.
    """
    slowness = _known_loop() / 0.1
    Path("/proc/self/clear_refs").write_text("5")  # the peak is what there is now
    before = _kilobytes("VmRSS")
    start = time.process_time()
    yield
    took = time.process_time() - start
    grown = (_kilobytes("VmHWM") - before) // 1024
    slowness = max(1.0, slowness, _known_loop() / 0.1)
    assert took < seconds * slowness
    assert grown < megabytes


def _known_loop() -> float:
    start = time.process_time()
    assert len([(str(number), number) for number in range(300_000)]) == 300_000
    return time.process_time() - start


def _kilobytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1])


@pytest.fixture
def make_deep() -> Iterator[Callable[[Path], None]]:
    """Makes a folder with 5,000 folders within each other, which go after the test.

    Their path is longer than a path can be, and shutil.rmtree() calls itself.
    """
    made: list[Path] = []

    def make(folder: Path) -> None:
        here = os.getcwd()
        folder = folder.absolute()
        folder.mkdir()
        made.append(folder)
        os.chdir(folder)
        for _ in range(5000):
            os.mkdir("d")
            os.chdir("d")
        os.chdir(here)

    yield make
    here = os.getcwd()
    for folder in made:
        os.chdir(folder)
        while os.path.isdir("d"):
            os.rename("d", "top")
            if os.path.isdir("top/d"):
                os.rename("top/d", "d")
            os.rmdir("top")
        os.chdir(here)


@pytest.fixture
def host() -> Iterator[object]:
    """A hub on loopback."""
    from tfhub.testing import Host

    with Host() as running:
        yield running


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like a model: some text, an empty file, 300 kB of noise."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "saved_model.pb").write_bytes(b"not parsed by resolve()" * 100)
    (folder / "assets").mkdir()
    (folder / "assets" / "empty.txt").write_bytes(b"")
    (folder / "assets" / "words.txt").write_text("apfel\nbirne\n" * 1000)
    noise = np.random.default_rng(0).bytes(300_000)
    (folder / "weights").write_bytes(noise)
    return folder


@pytest.fixture(scope="session")
def archive(model: Path) -> bytes:
    return archive_bytes(model)


def tree(folder: str | Path) -> dict[str, bytes]:
    """The content of every file of a folder."""
    folder = Path(folder)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def bad_server(archive: bytes) -> Iterator[FaultServer]:
    with FaultServer(archive) as server:
        yield server
