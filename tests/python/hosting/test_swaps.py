"""A link that takes the place of a folder or file after that was looked up."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tfhub.errors import UnsafeArchiveError
from tfhub.hosting.about import about, whole
from tfhub.hosting.archives import Archives
from tfhub.hosting.facts import Facts
from tfhub.hosting.readme import about_readme
from tfhub.hosting.workers import Workers


@pytest.fixture(params=["the model", "a folder above"])
def swapped(fruit: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The path that a model had; by now it leads to one that nobody serves."""
    outside = tmp_path / "outside" / "model"
    shutil.copytree(fruit, outside)
    (outside / "README.md").write_text("secret")
    (tmp_path / "served").mkdir()
    if request.param == "the model":
        (tmp_path / "served" / "model").symlink_to(outside)
        return tmp_path / "served" / "model"
    (tmp_path / "served" / "above").symlink_to(outside.parent)
    return tmp_path / "served" / "above" / "model"


def test_it_is_not_described(swapped: Path) -> None:
    found = about(str(swapped))
    assert (found["facts"], found["contents"], found["calls"]) == ("", "", [])
    assert "link" in found["problem"]
    assert about_readme(str(swapped))["html"] == ""


def test_it_has_no_page(swapped: Path) -> None:
    async def page() -> str:
        workers = Workers()
        try:
            return str(await Facts(workers).of_model(swapped))
        finally:
            await workers.close()

    found = asyncio.run(page())
    assert "fruit_to_pet" not in found
    assert "secret" not in found


@pytest.mark.parametrize(
    ("place", "target"),
    [
        ("variables/variables.data-00000-of-00001", "short"),
        ("variables/variables.data-00000-of-00001", "none"),
        ("saved_model.pb", "pointer"),
        ("variables", ""),
        ("assets", ""),
    ],
)
def test_nothing_elsewhere_is_told_before_it_is_packed(
    fruit: Path, tmp_path: Path, place: str, target: str
) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(fruit / "variables", outside)
    (outside / "variables.data-00000-of-00001").write_bytes(b"1234567")
    (outside / "short").write_bytes(b"1234567")
    (outside / "pointer").write_text("version https://git-lfs.github.com/spec/v1\n")
    model = Path(shutil.copytree(fruit, tmp_path / "model"))
    if (model / place).is_dir():
        shutil.rmtree(model / place)
    (model / place).unlink(missing_ok=True)
    (model / place).symlink_to(outside / target)
    found = str(whole(str(model)))
    assert not any(word in found for word in (" 7 of ", "pointer", "short"))


def test_it_is_not_packed(swapped: Path, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()

    async def pack() -> None:
        archives = Archives(tmp_path / "store")
        try:
            await archives.get(swapped)
        finally:
            await archives.close()

    with pytest.raises(UnsafeArchiveError, match="link"):
        asyncio.run(pack())


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index"])
def test_a_file_that_is_a_link_by_now_is_not_read(
    fruit: Path, tmp_path: Path, name: str
) -> None:
    from tfhub.formats.saved_model import describe_folder

    model = Path(shutil.copytree(fruit, tmp_path / "model"))
    (model / name).unlink()
    (model / name).symlink_to(fruit / name)
    try:
        found = str(describe_folder(model, follow=False).problems)
    except Exception as error:
        found = str(error)
    assert "is a link" in found
    assert describe_folder(model).problems == ()
