from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tfhub.cache.entries import is_whole
from tfhub.errors import ModelFormatError
from tfhub.formats.checkpoint import read_index
from tfhub.formats.saved_model import describe_folder
from tfhub.formats.snappy import SnappyError, decoded

from ..conftest import bounded
from .tables import compress_index, compressed, varint

INDEX = "variables/variables.index"


def test_what_was_compressed() -> None:
    rng = random.Random(0)
    for size in (0, 1, 4, 60, 61, 300, 70_000):
        for alphabet in (b"a", b"ab", bytes(range(256))):
            data = bytes(rng.choices(alphabet, k=size))
            assert decoded(compressed(data), size) == data
    lines = b"".join(b"layer_%d/kernel/" % rng.randrange(99) for _ in range(500))
    assert len(compressed(lines)) < len(lines) / 2
    assert decoded(compressed(lines), 10_000) == lines


def test_every_kind_of_tag() -> None:
    assert decoded(b"\x05\x00a" + b"\x0f\x01\x00\x00\x00", 5) == b"aaaaa"
    assert decoded(b"\x06\x04ab" + b"\x0e\x02\x00", 6) == b"ababab"
    assert decoded(b"\x06\x04ab" + b"\x01\x02", 6) == b"ababab"
    assert decoded(b"\x02\xf0\x01ab", 2) == b"ab"  # a length beside its tag


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "ends within"),
        (b"\xff\xff\xff\xff\xff\xff", "more than 32 bits"),
        (b"\xff\xff\xff\xff\x0f", "more than 1,000"),
        (b"\x04", "does not become the 4 bytes"),
        (b"\x04\x0cab", "ends within"),
        (b"\x04\xfc\xff\xff", "ends within"),
        (b"\x01\x0cabcd", "does not become"),
        (b"\x09\x0cabcd\x01", "ends within"),
        (b"\x09\x0cabcd\x02\x01", "ends within"),
        (b"\x09\x0cabcd\x03\x01\x00\x00", "ends within"),
        (b"\x09\x0cabcd\x01\x05", "copies what is not there"),
        (b"\x09\x0cabcd\x01\x00", "copies what is not there"),
        (b"\x05\x01\x01", "copies what is not there"),
    ],
)
def test_what_is_damaged(data: bytes, reason: str) -> None:
    with pytest.raises(SnappyError, match=reason):
        decoded(data, 1000)


def test_no_more_is_made_than_was_said() -> None:
    copies = b"\x00a" + b"\xfe\x01\x00" * 1_000_000
    with bounded(0.5), pytest.raises(SnappyError, match="does not become the 9 bytes"):
        decoded(b"\x09" + copies, 64 << 20)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model of 120 variables, and the same with an index that is compressed."""
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("snappy")
    module = tf.Module()
    module.weights = [tf.Variable(tf.ones([3, i + 1])) for i in range(120)]
    call = tf.function(lambda x: x + module.weights[0])
    module.__call__ = call
    signature = call.get_concrete_function(tf.TensorSpec([None, 1], tf.float32))
    tf.saved_model.save(module, str(folder / "plain"), signatures=signature)
    shutil.copytree(folder / "plain", folder / "snappy")
    compress_index(folder / "snappy" / INDEX)
    return folder / "plain", folder / "snappy"


def test_a_compressed_index(many: tuple[Path, Path]) -> None:
    import tensorflow as tf

    plain, snappy = many
    assert (snappy / INDEX).stat().st_size < (plain / INDEX).stat().st_size
    assert read_index(snappy / INDEX) == read_index(plain / INDEX)
    names = [str(each / "variables" / "variables") for each in many]
    listed = [tf.train.list_variables(name) for name in names]
    assert listed[0] == listed[1]  # TensorFlow takes it for one, too
    tf.saved_model.load(str(snappy))
    model = describe_folder(snappy)
    assert model.problems == ()
    assert model.variables is not None
    assert model.variables.count == 120
    assert is_whole(str(snappy))


def test_any_changed_byte_of_it_is_an_error_or_harmless(
    many: tuple[Path, Path], tmp_path: Path
) -> None:
    index = tmp_path / "variables.index"
    whole = (many[1] / INDEX).read_bytes()
    rng = random.Random(1)
    for _ in range(200):
        changed = bytearray(whole)
        changed[rng.randrange(len(whole))] ^= rng.randrange(1, 256)
        index.write_bytes(changed)
        try:
            read_index(index)
        except ModelFormatError as error:
            assert str(index) in str(error)  # noqa: PT017


def test_an_unknown_compression(many: tuple[Path, Path], tmp_path: Path) -> None:
    index = tmp_path / "variables.index"
    content = (many[1] / INDEX).read_bytes()
    index.write_bytes(content.replace(b"\1" + content[-52:-48], b"\4zzzz"))
    with pytest.raises(ModelFormatError, match="in a way that is not known: 4"):
        read_index(index)


def test_blocks_that_become_very_large(tmp_path: Path) -> None:
    """A block of 2 MB becomes 40 MB, and another one; a message in it far more."""
    size = 40_000_000
    copies = bytes([2 | 63 << 2, 60, 0]) * ((size - 64) // 64)
    block = varint(size) + bytes([59 << 2]) + bytes(60) + copies
    # All of it is restarts, of which there is nothing to be said.
    block += bytes([3 << 2]) + (size // 4 - 1).to_bytes(4, "little")
    data = b"".join(block + b"\1" + bytes(4) for _ in range(3))
    places = [(len(block) + 5) * number for number in range(3)]
    index = (
        b"".join(
            b"\0\1" + varint(len(place)) + bytes([97 + number]) + place
            for number, place in enumerate(
                varint(p) + varint(len(block)) for p in places
            )
        )
        + b"\0\0\0\0\1\0\0\0"
    )
    footer = b"\0\0" + varint(len(data)) + varint(len(index))
    file = tmp_path / "variables.index"
    magic = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
    file.write_bytes(data + index + bytes(5) + footer.ljust(40, b"\0") + magic)
    with pytest.raises(ModelFormatError, match="becomes"):
        read_index(file)
