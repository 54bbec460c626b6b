from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tfhub.errors import ModelFormatError
from tfhub.formats.checkpoint import read_index


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of 1,000 variables, whose index takes several blocks."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(0)
    shapes = [tuple(rng.integers(1, 5, rng.integers(0, 4))) for _ in range(1000)]
    variables = [tf.Variable(np.zeros(shape, "float32")) for shape in shapes]
    checkpoint = tf.train.Checkpoint(v=variables)
    checkpoint.write(str(folder / "variables" / "variables"))
    return folder


def test_counts_what_tensorflow_counts(many: Path) -> None:
    import tensorflow as tf

    listed = tf.train.list_variables(str(many / "variables" / "variables"))
    shapes = [shape for name, shape in listed if not name.startswith("_CHECK")]
    parameters = sum(int(np.prod(shape)) for shape in shapes)
    got = read_index(many / "variables/variables.index")[0]
    assert (got.count, got.parameters) == (len(shapes), parameters)
    assert got.count == 1000
    assert got.bytes == 4 * parameters


def test_data_files(many: Path) -> None:
    index = many / "variables" / "variables.index"
    [(name, size)] = read_index(index)[1].items()
    assert (many / "variables" / name).stat().st_size == size


def test_a_damaged_index_is_an_error(many: Path, tmp_path: Path) -> None:
    shutil.copytree(many, tmp_path, dirs_exist_ok=True)
    index = tmp_path / "variables" / "variables.index"
    whole = index.read_bytes()
    for damaged in (b"", whole[:100], whole[: len(whole) // 2] + whole[-48:]):
        index.write_bytes(damaged)
        with pytest.raises(ModelFormatError, match="is damaged"):
            read_index(tmp_path / "variables/variables.index")


def test_any_changed_byte_is_an_error_or_harmless(many: Path, tmp_path: Path) -> None:
    """It never fails in another way, nor goes on without end."""
    shutil.copytree(many, tmp_path, dirs_exist_ok=True)
    index = tmp_path / "variables" / "variables.index"
    whole = index.read_bytes()
    rng = np.random.default_rng(1)
    for at in rng.integers(0, len(whole), 200):
        changed = bytearray(whole)
        changed[at] ^= int(rng.integers(1, 256))
        index.write_bytes(changed)
        try:
            read_index(tmp_path / "variables/variables.index")
        except ModelFormatError as error:
            assert str(index) in str(error)  # noqa: PT017
