"""A model without TensorFlow, and a server that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tfhub.testing import FaultServer as BadServer
from tfhub.testing import archive_bytes
from tfhub.testing.faults import drops_after, fails_first, send

__all__ = ["BadServer", "drops_after", "fails_first", "send"]


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
def bad_server(archive: bytes) -> Iterator[BadServer]:
    with BadServer(archive) as server:
        yield server
