from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfhub as hub
from tfhub.errors import EmbeddingFileError, HubError, InputError

TOKENS = {
    "the": (0.25, -1.0, 4.0),
    "cat": (0.5, 2.0, 0.125),
    "don't": (1.0, 1.0, 1.0),
    "dont": (-3.0, 0.0, 1.0),
    "ÜBER": (8.0, 8.0, 8.0),
    "über": (2.0, 7.0, -1.0),
    "日本": (0.1, 0.2, 0.3),
    ",": (5.0, 5.0, 5.0),
    ". . .": (9.0, 9.0, 9.0),
}
TEXTS = [
    "the cat",
    "",
    "  the\tthe cat\nzebra  ",
    "ÜBER, don't!",
    "unknown words only",
    "日本 , 日本。",
    " \r\n",
]
FORMATS = ["tf2", "tf1"]
Array = np.ndarray[tuple[int, ...], np.dtype[Any]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as GloVe writes it."""
    file = tmp_path_factory.mktemp("glove") / "glove.3d.txt"
    rows = (f"{token} {' '.join(map(str, row))}\n" for token, row in TOKENS.items())
    file.write_text("".join(rows), "utf-8")
    return file


def expected(text: str, combiner: str = "sqrtn", oov_buckets: int = 1) -> list[float]:
    """The vector of a text by the definition of the combiners."""
    rows = [TOKENS.get(token) for token in text.split()]
    if not oov_buckets:
        rows = [row for row in rows if row is not None]
    if not rows:
        return [0.0] * 3
    total = np.sum([row or (0.0,) * 3 for row in rows], axis=0)
    return list(
        total / {"sum": 1, "mean": len(rows), "sqrtn": len(rows) ** 0.5}[combiner]
    )


def close(came: Any, wanted: Any) -> None:
    np.testing.assert_allclose(came, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("oov_buckets", [0, 1, 3])
@pytest.mark.parametrize("combiner", ["sqrtn", "mean", "sum"])
def test_texts_become_what_numpy_computes(
    file: Path, tmp_path: Path, format: Any, oov_buckets: int, combiner: Any
) -> None:
    path = hub.export_text_embedding(
        file,
        tmp_path / "new" / "er" / "m",
        format=format,
        oov_buckets=oov_buckets,
        combiner=combiner,
    )
    assert path == str(tmp_path / "new" / "er" / "m")
    module = hub.load(path)
    came = module(TEXTS)
    assert came.dtype == tf.float32
    close(came, [expected(text, combiner, oov_buckets) for text in TEXTS])
    assert not np.any(came[1])  # exactly zeros
    assert module(tf.constant([], tf.string)).shape == (0, 3)
    close(module([""] * 3), np.zeros([3, 3]))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("options", "same_as"),
    [
        ({}, lambda text: text),
        ({"lowercase": True}, lambda text: text.lower()),
        ({"remove_punctuation": True}, lambda text: re.sub("[,'!。]", "", text)),
        (
            {"lowercase": True, "remove_punctuation": True},
            lambda text: re.sub("[,'!。]", "", text.lower()),
        ),
    ],
)
def test_case_and_punctuation(
    file: Path,
    tmp_path: Path,
    format: Any,
    options: dict[str, Any],
    same_as: Callable[[str], str],
) -> None:
    path = hub.export_text_embedding(file, tmp_path / "m", format=format, **options)
    close(hub.load(path)(TEXTS), [expected(same_as(text)) for text in TEXTS])


def test_the_tf2_interface_of_a_text_embedding(file: Path, tmp_path: Path) -> None:
    path = hub.export_text_embedding(file, tmp_path / "m")
    module = tf.saved_model.load(path)  # by TensorFlow alone
    assert [v.shape for v in module.variables] == [[10, 3]]
    assert module.trainable_variables[0] is module.variables[0]
    np.testing.assert_array_equal(module.variables[0][-1], np.zeros(3))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(module(tf.constant(["the cat cat", "zebra"])))
    (gradient,) = tape.gradient(loss, module.trainable_variables)
    wanted = np.zeros([10, 3])
    wanted[0], wanted[1], wanted[9] = 3**-0.5, 2 * 3**-0.5, 1
    close(tf.convert_to_tensor(gradient), wanted)
    served = module.signatures["serving_default"](text=tf.constant(["the cat"]))
    close(served["default"], [expected("the cat")])
    asset = Path(path, "assets", "tokens.txt")
    assert asset.read_text("utf-8").splitlines() == list(TOKENS)


def test_both_formats_give_the_same_bits(file: Path, tmp_path: Path) -> None:
    for oov_buckets in (0, 2):
        folder = tmp_path / str(oov_buckets)
        two, one = (
            hub.load(
                hub.export_text_embedding(
                    file, folder / format, format=format, oov_buckets=oov_buckets
                )
            )
            for format in ("tf2", "tf1")
        )
        # What the buckets hold decides which one an unknown token is in.
        for module in (two, one):
            rows = module.variables[0].shape[0]
            module.variables[0].assign(np.random.default_rng(0).random([rows, 3]))
        texts = [*TEXTS, *(f"unknown{n}" for n in range(20))]
        np.testing.assert_array_equal(two(texts), one(texts))
        assert len(np.unique(two(texts[-20:]), axis=0)) == max(oov_buckets, 1)


def test_the_tf1_module_in_a_graph_and_outside(file: Path, tmp_path: Path) -> None:
    path = hub.export_text_embedding(file, tmp_path / "m", format="tf1")
    wanted = [expected("the cat"), [0.0] * 3]
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        module = hub.Module(path, trainable=True)
        vectors = module(["the cat", ""])
        assert vectors.shape[1] == 3
        (gradient,) = tf.gradients(vectors, v1.trainable_variables())
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        close(session.run(vectors), wanted)
        row = np.zeros([10, 3])
        row[:2] = 2**-0.5
        close(session.run(tf.convert_to_tensor(gradient)), row)
    module = hub.Module(path, trainable=True)
    with tf.GradientTape() as tape:
        vectors = module(["the cat", ""])
    close(vectors, wanted)
    (gradient,) = tape.gradient(vectors, module.trainable_variables)
    close(tf.convert_to_tensor(gradient), row)


def test_a_session_serves_the_tf2_module(file: Path, tmp_path: Path) -> None:
    """As TensorFlow Serving does: the table outlives a run."""
    path = hub.export_text_embedding(file, tmp_path / "m")
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        model = v1.saved_model.load(session, ["serve"], path)
        signature = model.signature_def["serving_default"]
        fed = {signature.inputs["text"].name: ["the cat"]}
        for _ in range(2):
            came = session.run(signature.outputs["default"].name, fed)
            close(came, [expected("the cat")])


def test_the_same_tf1_module_has_the_same_bytes(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy.txt"
    copy.parent.mkdir()
    copy.write_bytes(file.read_bytes())
    hub.export_text_embedding(file, tmp_path / "a", format="tf1")
    hub.export_text_embedding(copy, tmp_path / "b", format="tf1")
    written = [p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*")]
    assert Path("assets/tokens.txt") in written
    for name in written:
        one, two = tmp_path / "a" / name, tmp_path / "b" / name
        assert one.is_dir() or one.read_bytes() == two.read_bytes()


def test_the_tf1_module_is_described(file: Path, tmp_path: Path) -> None:
    path = hub.export_text_embedding(file, tmp_path / "m", format="tf1")
    described = hub.describe(path)
    assert described.format == "TF1 Hub module"
    signature = described.signatures["default"]
    assert {k: str(v) for k, v in signature.inputs.items()} == {"default": "string[?]"}
    assert {k: str(v) for k, v in signature.outputs.items()} == {
        "default": "float32[?, 3]"
    }
    assert (described.variables.count, described.variables.parameters) == (1, 30)


def test_it_is_described(file: Path, tmp_path: Path) -> None:
    described = hub.describe(hub.export_text_embedding(file, tmp_path / "m"))
    assert described.format == "TF2 SavedModel"
    assert described.default_signature == "serving_default"
    signature = described.signatures["serving_default"]
    assert {name: str(each) for name, each in signature.inputs.items()} == {
        "text": "string[?]"
    }
    assert {name: str(each) for name, each in signature.outputs.items()} == {
        "default": "float32[?, 3]"
    }
    (call,) = described.functions["__call__"]
    assert (call.arguments, call.output) == ("text: string[?]", "float32[?, 3]")
    assert (described.variables.count, described.variables.parameters) == (1, 30)


@pytest.mark.parametrize("format", FORMATS)
def test_it_works_after_it_was_moved(file: Path, tmp_path: Path, format: Any) -> None:
    path = Path(hub.export_text_embedding(file, tmp_path / "m", format=format))
    (tmp_path / "elsewhere").mkdir()
    path.rename(tmp_path / "elsewhere" / "1")
    close(hub.load(tmp_path / "elsewhere" / "1")(["cat"]), [TOKENS["cat"]])
    for written in (tmp_path / "elsewhere").rglob("*"):
        assert written.is_dir() or os.fsencode(tmp_path) not in written.read_bytes()


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_appears_whole_or_not_at_all(
    file: Path, tmp_path: Path, format: Any
) -> None:
    seen = []

    def look(done: int, total: int | None, url: str) -> None:  # noqa: ARG001
        seen.append(sorted(os.listdir(tmp_path)))

    hub.export_text_embedding(file, tmp_path / "m", format=format, progress=look)
    assert all(name.startswith(".m.") for names in seen for name in names)
    assert os.listdir(tmp_path) == ["m"]
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "m").rglob("*")}
    with pytest.raises(HubError, match="exists already"):
        hub.export_text_embedding(file, tmp_path / "m", format=format)
    assert before == {p: p.stat().st_mtime_ns for p in (tmp_path / "m").rglob("*")}

    bad = tmp_path / "m" / "bad.txt"
    bad.write_text("the 1 2\ncat 1\n")
    with pytest.raises(EmbeddingFileError, match="line 2"):
        hub.export_text_embedding(bad, tmp_path / "x" / "n", format=format)
    assert os.listdir(tmp_path / "x") == []


def test_wrong_options_are_refused_before_anything_is_made(
    file: Path, tmp_path: Path
) -> None:
    for options, said in (
        ({"format": "tf3"}, "tf2, tf1"),
        ({"combiner": "max"}, "sqrtn, mean, sum"),
        ({"duplicates": "last"}, "error, first"),
        ({"oov_buckets": -1}, "below zero"),
    ):
        with pytest.raises(InputError, match=said):
            hub.export_text_embedding(file, tmp_path / "x" / "m", **options)
    for missing in (tmp_path / "no.txt", tmp_path):
        with pytest.raises(FileNotFoundError, match="There is no file"):
            hub.export_text_embedding(missing, tmp_path / "x" / "m")
    assert os.listdir(tmp_path) == []


def test_the_first_of_duplicates(tmp_path: Path) -> None:
    file = tmp_path / "twice.txt"
    file.write_text("a 1\nb 2\na 3\n")
    with pytest.raises(EmbeddingFileError, match="'a', as in line 1"):
        hub.export_text_embedding(file, tmp_path / "m")
    path = hub.export_text_embedding(file, tmp_path / "m", duplicates="first")
    close(hub.load(path)(["a", "b"]), [[1], [2]])


def test_the_quick_start_of_the_docstring_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = hub.export_text_embedding.__doc__
    assert text is not None
    code = re.search(r"```python\n(.*?)```", text, re.S)
    assert code is not None
    lines = [line.strip() for line in code[1].splitlines() if line.strip()]
    assert len(lines) == 2
    rows = "".join(f"{t} {' '.join('1' * 50)}\n" for t in ("a", "cat", "two", "dogs"))
    (tmp_path / "glove.6B.50d.txt").write_text(rows)
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {"hub": hub}
    exec("\n".join(lines), space)
    assert space["vectors"].dtype == tf.float32
    close(space["vectors"], np.full([2, 50], 2**0.5))


def test_it_is_silent(
    file: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "tfhub")
    hub.export_text_embedding(file, tmp_path / "m")
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


@pytest.mark.parametrize("format", FORMATS)
def test_memory_does_not_hold_the_weights_twice(tmp_path: Path, format: str) -> None:
    """Of 64 MB: memory that is not the pages of a file grows by less."""
    if format == "tf1" and tf.__version__.startswith("2.18."):
        pytest.skip("a session of TensorFlow 2.18 copies all that it is fed")
    file = tmp_path / "large.txt"
    row = b" ".join(b"%d" % (n % 10) for n in range(1000)) + b"\n"
    with file.open("wb") as stream:
        stream.writelines(b"token%d " % n + row for n in range(16_000))
    small = tmp_path / "small.txt"
    small.write_bytes(b"token " + row)
    code = f"""
import threading, time
from tfhub.exporting.text_embedding import export_text_embedding
import tfhub.exporting.text_embedding_graph

def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(l.split()[1]) / 1e3 for l in lines if l.startswith("RssAnon"))

# What it imports when it first exports is no matter of weights.
export_text_embedding({str(small)!r}, {str(tmp_path / "small")!r}, format={format!r})
before, most, over = anonymous(), [0.0], threading.Event()
def watch():
    while not over.wait(0.005):
        most.append(anonymous())
watcher = threading.Thread(target=watch)
watcher.start()
export_text_embedding({str(file)!r}, {str(tmp_path / "m")!r}, format={format!r})
over.set()
watcher.join()
print(max(most) - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(hub.__file__).parents[1])},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert float(done.stdout) < 40
