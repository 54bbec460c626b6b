from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import tfhub
from tfhub.cli.main import main

LINES = "a 1 2\ncat 3 4\ndont 5 6\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "glove.txt"
    file.write_text(LINES)
    return file


def test_export_text_embedding(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export-text-embedding", str(file), str(tmp_path / "m")]
    assert main(arguments) == 0
    assert capsys.readouterr() == (f"{tmp_path / 'm'}\n", "")
    came = tfhub.load(tmp_path / "m")(["a cat", "Don't", "a dog"])
    np.testing.assert_allclose(came, np.array([[4, 6], [0, 0], [1, 2]]) / 2**0.5)

    assert main(arguments) == 1
    assert capsys.readouterr().err == (
        f"tfhub: {tmp_path / 'm'} exists already, with files of a model: "
        "assets, fingerprint.pb, saved_model.pb, variables.\n"
        "Remove it first, or give another path.\n"
    )


def test_the_options_of_export_text_embedding(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(LINES + "a 7 8\n")
    arguments = ["export-text-embedding", str(file), str(tmp_path / "m")]
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert "- line 4: expected a new token; came 'a', as in line 1" in said
    options = ["--combiner", "sum", "--oov-buckets", "2", "--lowercase"]
    options += ["--remove-punctuation", "--duplicates", "first"]
    assert main([*arguments, *options]) == 0
    model = tfhub.load(tmp_path / "m")
    assert model.variables[0].shape == [5, 2]
    np.testing.assert_allclose(model(["A, Cat", "Don't"]), [[4, 6], [5, 6]])
    for wrong in (["--combiner", "max"], ["--format", "tf3"], ["--oov-buckets", "x"]):
        with pytest.raises(SystemExit):
            main([*arguments, *wrong])


def test_a_terminal_sees_how_far_it_is(tmp_path: Path) -> None:
    """And the standard output holds the path alone."""
    file = tmp_path / "large.txt"
    with file.open("w") as stream:
        stream.writelines(f"{n} {n}.5 0.25\n" for n in range(20_000))
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tfhub", "export-text-embedding", file, tmp_path / "m"],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(tfhub.__file__).parents[1]),
            "TERM": "xterm",
        },
        stdout=subprocess.PIPE, stderr=terminal, text=True,
    )  # fmt: skip
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # by which Linux says that nobody writes any more
        while more := os.read(reader, 65536):
            shown += more
    os.close(reader)
    out, _ = process.communicate()
    assert (process.returncode, out) == (0, f"{tmp_path / 'm'}\n")
    assert b"large.txt" in shown
    assert b"B/s" in shown


def test_upgrade(
    tf1_modules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tf1_modules / "text_embedding"
    arguments = ["upgrade", str(old), str(tmp_path / "new")]
    assert main(arguments) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'new'}\n"
    assert tfhub.describe(tmp_path / "new").format == "TF2 SavedModel"
    new, texts = tfhub.load(tmp_path / "new"), ["the cat runs", "dog, sleeps!", ""]
    np.testing.assert_array_equal(new(texts), tfhub.load(old)(texts))
    assert [variable.shape for variable in new.trainable_variables] == [[8, 5]]

    for wrong, said in ((arguments, "already"), (["upgrade", str(tmp_path), "x"], "")):
        assert main(wrong) == 1
        assert said in capsys.readouterr().err


def test_the_tags_of_upgrade(tf1_modules: Path, tmp_path: Path) -> None:
    old = str(tf1_modules / "batch_norm_variants")
    assert main(["upgrade", old, str(tmp_path / "new"), "--tags", "train"]) == 0
    new, x = tfhub.load(tmp_path / "new"), np.eye(4, 6, dtype="float32")
    np.testing.assert_array_equal(new(x), tfhub.load(old, tags=["train"])(x))


def test_what_was_exported_can_be_upgraded(file: Path, tmp_path: Path) -> None:
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert main(["export-text-embedding", "--format", "tf1", str(file), one]) == 0
    assert main(["upgrade", one, two]) == 0
    texts = ["a cat", "dont ask"]
    np.testing.assert_array_equal(tfhub.load(two)(texts), tfhub.load(one)(texts))
