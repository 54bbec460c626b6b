"""What is said of a path where nothing is, or no model."""

from __future__ import annotations

from pathlib import Path

import pytest

import tfhub as hub
from tfhub.errors import HandleError, HandleNotFoundError


@pytest.mark.parametrize(
    ("handle", "hint"),
    [
        ("tfhub.dev/google/nnlm/1", "scheme: https://tfhub.dev/google/nnlm/1"),
        ("www.kaggle.com/models/a/b", "scheme: https://www.kaggle.com/models/a/b"),
        ("google/nnlm/1", "a URL, such as https://tfhub.dev/google/nnlm/1"),
        ("models/nnlm", None),
        ("/srv/nnlm/1", None),
        ("./a/nnlm/1", None),
    ],
)
def test_a_url_without_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handle: str, hint: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HandleNotFoundError) as caught:
        hub.resolve(handle)
    said = caught.value.hint or ""
    assert (hint in said) if hint else ("URL" not in said)


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "M.HDF5"])
def test_a_file_of_keras(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(HandleError, match="neither a folder nor an archive") as caught:
        hub.resolve(tmp_path / name)
    assert "keras.models.load_model() loads it" in (caught.value.hint or "")
    assert "hub_export() makes a model" in (caught.value.in_words("r")[1] or "")
