from __future__ import annotations

import gzip
import os
import random
import threading
from pathlib import Path

import numpy as np
import pytest

from tfhub.errors import EmbeddingFileError
from tfhub.exporting.text_embedding_file import Vectors, read_vectors

TWO = b"the 0.25 -1\ncat 1e-3 2\n"


def read(
    folder: Path, content: bytes, *, keep_first: bool = False
) -> tuple[list[str], np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """The tokens and the values of a file with that content."""
    file = folder / "vectors.txt"
    file.write_bytes(content)
    return held(read_vectors(file, folder, keep_first=keep_first, progress=None))


def held(
    vectors: Vectors,
) -> tuple[list[str], np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    tokens = vectors.tokens.read_bytes().decode("utf-8").split("\n")
    assert tokens.pop() == ""
    assert len(tokens) == vectors.count
    values = np.fromfile(vectors.values, np.float32)
    return tokens, values.reshape(vectors.count, vectors.dimensions)


def problems(folder: Path, content: bytes) -> tuple[list[int], str]:
    """The lines that are named as malformed, and the message."""
    with pytest.raises(EmbeddingFileError) as caught:
        read(folder, content)
    assert isinstance(caught.value, ValueError)
    assert "vectors.txt" in caught.value.message
    return caught.value.data["lines"], caught.value.message


FORMS = {
    "plain": TWO,
    "with a header": b"2 2\n" + TWO,
    "without a last end of line": TWO.rstrip(),
    "CRLF": TWO.replace(b"\n", b"\r\n"),
    "a space at the end, as fastText has it": TWO.replace(b"\n", b" \n"),
    "tabs": TWO.replace(b" ", b"\t"),
    "two spaces": TWO.replace(b" ", b"  "),
    "blank lines": b"\n" + TWO + b"\n\r\n  \n",
    "a byte order mark": b"\xef\xbb\xbf" + TWO,
    "gzip": gzip.compress(TWO),
    "gzip in two members": gzip.compress(b"2 2\n") + gzip.compress(TWO),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=list(FORMS))
def test_the_common_forms_read_alike(tmp_path: Path, content: bytes) -> None:
    tokens, values = read(tmp_path, content)
    assert tokens == ["the", "cat"]
    np.testing.assert_array_equal(values, np.array([[0.25, -1], [0.001, 2]], "f4"))


def test_a_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = b"".join(b"%d 1 2\n" % n for n in range(1000))
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    tokens, _ = held(read_vectors(pipe, tmp_path, keep_first=False, progress=None))
    writer.join()
    assert tokens == [str(n) for n in range(1000)]


def test_tokens_may_hold_spaces_or_be_numbers_or_odd_characters(tmp_path: Path) -> None:
    tokens = [". . .", "at name@domain.com", "1999", "1e5", "nan", "#", '"', "_", "-"]
    tokens += ["\u0085", "a\u00a0b", "\u2028", "日本", "\u200b", "a_1"]
    content = "".join(f"{token} 0.5 {n}\n" for n, token in enumerate(tokens))
    read_tokens, values = read(tmp_path, content.encode())
    assert read_tokens == tokens
    assert values[:, 1].tolist() == list(range(len(tokens)))


def test_values_are_the_nearest_float32(tmp_path: Path) -> None:
    texts = [
        "0.1",
        "-0.418",
        "1.17549435e-38",
        "1e-45",
        "3.4028234e38",
        "-0",
        "+7",
        ".5",
    ]
    _, values = read(tmp_path, f"x {' '.join(texts)}\n".encode())
    assert values.tobytes() == np.array([float(t) for t in texts], "f4").tobytes()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"dog 1", "expected a token and 2 values, as line 1 has it; came 1 value in"),
        (b"dog 1 2 3", "came 3 values in 'dog 1 2 3'"),
        (b"dog", "came 0 values in 'dog'"),
        (b" 1 2", "came 1 value in '1 2'"),
        (b"dog 1 x", "expected a number; came 'x'"),
        (b"dog 1 0x2", "expected a number; came '0x2'"),
        (b"dog 1 2_0", "expected a number; came '2_0'"),
        (b"dog 1,5 2", "expected a number; came '1,5'"),
        (b"dog 1 nan", "expected a finite float32; came 'nan'"),
        (b"dog -inf 2", "expected a finite float32; came '-inf'"),
        (b"dog 1 1e39", "expected a finite float32; came '1e39'"),
        (b"d\0g 1 2", "came a NUL byte"),
        (b"d\xf6g 1 2", "expected UTF-8; came b'd\\xf6g'"),
        (b"d\rg 1 2 3", "came 3 values"),
        (b"d\rog 1 2", "without a carriage return; came 'd\\rog'"),
        (b"the 1 2", "expected a new token; came 'the', as in line 1"),
    ],
    ids=repr,
)
def test_a_malformed_line_is_named(tmp_path: Path, line: bytes, said: str) -> None:
    lines, message = problems(tmp_path, TWO + b"\n" + line + b"\nlast 1 2\n")
    assert lines == [4]
    assert "\n- line 4: expected " in message
    assert said in message


def test_many_malformed_lines_are_named_and_not_all(tmp_path: Path) -> None:
    lines, message = problems(tmp_path, TWO + b"dog 1\ncow 1 2\npig x y\n")
    assert lines == [3, 5]
    assert message.count("\n") == 2
    lines, message = problems(tmp_path, TWO + b"x\n" * 1000)
    assert lines == list(range(3, 13))
    assert message.endswith("and perhaps more")


@pytest.mark.parametrize(
    ("content", "lines", "said"),
    [
        pytest.param(
            b"3 2\n" + TWO,
            [1],
            "expected 3 tokens to follow; came 2",
            id="fewer than the header says",
        ),
        pytest.param(
            b"1 2\n" + TWO,
            [1],
            "expected 1 tokens to follow; came 2",
            id="more than the header says",
        ),
        pytest.param(
            b"2 3\n" + TWO,
            [2, 3],
            "3 values, as line 1 has it; came 2 values",
            id="other lengths than the header says",
        ),
        pytest.param(
            b"2 0\n" + TWO, [1], "number of values above zero", id="a header of none"
        ),
        pytest.param(
            b"word\n" + TWO,
            [1],
            "expected a token and its values; came 'word'",
            id="a first line without values",
        ),
        pytest.param(
            b"<!doctype html>\n", [1], "came '<!doctype html>'", id="a web page"
        ),
        pytest.param(b"PK\x03\x04\x14\0\0\0\n", [1], "NUL byte", id="a zip archive"),
        pytest.param(TWO.decode().encode("utf-16"), [1], "NUL byte", id="UTF-16"),
        pytest.param(b"", [], "is empty", id="empty"),
        pytest.param(b"\n\n", [], "is empty", id="only blank lines"),
        pytest.param(b"0 5\n", [], "is empty", id="only a header"),
        pytest.param(
            gzip.compress(TWO)[:-6],
            [3],
            "damaged or cut short after line",
            id="cut gzip",
        ),
        pytest.param(
            gzip.compress(TWO)[:-8] + b"12345678",
            [3],
            "damaged or cut short",
            id="gzip with a wrong checksum",
        ),
        pytest.param(
            b"the " + b"1 " * (1 << 23),
            [1],
            "is no text: line 1",
            id="one endless line",
        ),
    ],
)
def test_a_file_that_is_wrong_as_a_whole(
    tmp_path: Path, content: bytes, lines: list[int], said: str
) -> None:
    named, message = problems(tmp_path, content)
    assert said in message
    assert named == lines


def test_the_first_of_duplicates_can_be_kept(tmp_path: Path) -> None:
    content = b"4 2\n" + TWO + b"the 7 7\ndog 3 4\n"
    tokens, values = read(tmp_path, content, keep_first=True)
    assert tokens == ["the", "cat", "dog"]
    assert values[:, 0].tolist() == np.array([0.25, 0.001, 3], "f4").tolist()
    # A malformed line is one, even for a token that came before.
    with pytest.raises(EmbeddingFileError, match="line 3: expected a number"):
        read(tmp_path, TWO + b"the x 7\n", keep_first=True)


@pytest.mark.parametrize("packed", [False, True])
def test_progress_counts_the_bytes_of_the_file(tmp_path: Path, packed: bool) -> None:
    texts = random.Random(0)
    content = b"".join(
        f"{n}{texts.randbytes(8).hex()} 1 2\n".encode() for n in range(50_000)
    )
    file = tmp_path / "vectors.txt"
    file.write_bytes(gzip.compress(content) if packed else content)
    size = file.stat().st_size
    calls: list[tuple[int, int | None, str]] = []
    read_vectors(
        file, tmp_path, keep_first=False, progress=lambda *call: calls.append(call)
    )
    done = [call[0] for call in calls]
    assert done == sorted(done)
    assert len(set(done)) > 2
    assert done[-1] == size
    assert {call[1:] for call in calls} == {(size, "vectors.txt")}
