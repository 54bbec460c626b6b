"""What a model's folder holds, and what links in it count as."""

from __future__ import annotations

from pathlib import Path

import pytest

import tfhub
from tfhub.errors import ModelFormatError
from tfhub.formats.folder import list_files
from tfhub.formats.saved_model import describe_folder
from tfhub.hosting.about import about


def test_what_lies_outside_is_not_told_to_others(fruit: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    (model / "assets").mkdir(parents=True)
    (model / "saved_model.pb").symlink_to(fruit / "saved_model.pb")
    with pytest.raises(ModelFormatError, match="is a link"):
        describe_folder(model, follow=False)
    (tmp_path / "outside").write_bytes(b"x" * 12_345)
    (model / "assets" / "file").symlink_to(tmp_path / "outside")
    (model / "assets" / "root").symlink_to("/")
    (model / "assets" / "loop").symlink_to("loop")
    (model / "assets" / "device").symlink_to("/dev/zero")
    (model / "assets" / "nothing").symlink_to("nothing-there")
    (model / "assets" / "up").symlink_to("..")
    (model / "assets" / "own").write_bytes(b"x" * 7)
    (model / "assets" / "same").symlink_to("own")
    found = list_files(model, follow=False)
    assert found == {"assets/own": 7, "assets/same": 7}
    assert "12,345" not in str(about(str(model)))
    # To its user the model is what is loaded from the folder.
    size = (fruit / "saved_model.pb").stat().st_size
    assert describe_folder(model).files == {
        "assets/file": 12_345,
        "assets/own": 7,
        "assets/same": 7,
        "saved_model.pb": size,
    }


def test_a_folder_of_hugging_face(fruit: Path, tmp_path: Path) -> None:
    """Its own programs keep files as blobs, and make a folder of links to them."""
    repository = tmp_path / "models--publisher--fruit"
    snapshot = repository / "snapshots" / "0123abcd"
    (repository / "blobs").mkdir(parents=True)
    for number, file in enumerate(sorted(p for p in fruit.rglob("*") if p.is_file())):
        blob = repository / "blobs" / f"{number:064x}"
        blob.write_bytes(file.read_bytes())
        link = snapshot / file.relative_to(fruit)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    model = tfhub.describe(snapshot)
    assert model.files == tfhub.describe(fruit).files
    assert model.size == sum(model.files.values()) > 1000
