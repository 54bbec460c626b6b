"""Models for the packages of others, which import `tensorflow_hub` and get tfhub."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
WORDS = "good 1 0 2 0\nbad -1 0 1 0\nfilm 0 2 0 1\nbook 0 1 1 1\ntest 1 1 1 1\n"
# What the packages ask for by themselves; it is on this machine here.
FAMOUS = (
    "https://tfhub.dev/google/universal-sentence-encoder/4",
    "https://tfhub.dev/google/universal-sentence-encoder-large/5",
    "https://tfhub.dev/google/nnlm-en-dim128/2",
)


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a text embedding of 4 numbers, of TensorFlow 2."""
    import tfhub

    folder = tmp_path_factory.mktemp("text")
    file = folder / "words.txt"
    file.write_text(WORDS)
    return str(tfhub.export_text_embedding(file, folder / "tf2"))


@pytest.fixture(scope="session")
def text_tf1(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same as a module in the TF1 Hub format."""
    import tfhub

    folder = tmp_path_factory.mktemp("text1")
    file = folder / "words.txt"
    file.write_text(WORDS)
    return str(tfhub.export_text_embedding(file, folder / "tf1", format="tf1"))


@pytest.fixture(scope="session")
def fruit(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of three numbers, of TensorFlow 2."""
    from tfhub.testing import save_fruit_model

    return str(save_fruit_model(tmp_path_factory.mktemp("fruit") / "model"))


@pytest.fixture(scope="session")
def numbers_tf1(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A module in the TF1 Hub format that multiplies by a matrix."""
    import tensorflow as tf
    import tensorflow_hub as hub

    def module_fn() -> None:
        x = tf.compat.v1.placeholder(tf.float32, [None, 3])
        w = tf.compat.v1.get_variable("w", [3, 2])
        hub.add_signature(inputs=x, outputs=tf.matmul(x, w))

    folder = tmp_path_factory.mktemp("numbers") / "module"
    return str(hub.create_module_spec(module_fn).export(folder))


@pytest.fixture(autouse=True)
def _mirror(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is downloaded: what the packages ask for stands for the text model."""
    rules = " ".join(f"{handle}={text}" for handle in FAMOUS)
    monkeypatch.setenv("TFHUB_MIRROR", rules)
    monkeypatch.setenv("TFHUB_OFFLINE", "1")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "cache"))
