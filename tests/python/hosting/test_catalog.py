from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tfhub.errors import HandleNotFoundError
from tfhub.hosting.catalog import Catalog


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for path in ("a/m/1", "a/m/02", "a/m/10", "a/m/x", "b/deep/down/model", "c"):
        (root / path).mkdir(parents=True)
        (root / path / "saved_model.pb").touch()
    (root / "a/m/99").mkdir()  # a number without a model is no version
    return root


def test_models_and_versions(root: Path) -> None:
    catalog = Catalog(root)
    assert list(catalog.models()) == [
        "a/m/02", "a/m/1", "a/m/10", "a/m/x", "b/deep/down/model", "c",
    ]  # fmt: skip
    assert list(catalog.models("a/m/1")) == ["a/m/1"]
    assert list(catalog.models("nothing")) == []
    assert catalog.versions("a/m") == ["10", "02", "1"]
    assert catalog.versions("a") == []
    assert catalog.entries() == {
        "a/m": ["10", "02", "1"],
        "a/m/x": [],
        "b/deep/down/model": [],
        "c": [],
    }


def test_the_root_may_be_a_model(root: Path) -> None:
    catalog = Catalog(root / "c")
    assert list(catalog.models()) == [""]
    assert catalog.model("") == root / "c"


@pytest.mark.parametrize(
    "path",
    ["..", "a/../c", "a//m/1", "/c", "c/", ".hidden", "a\0b", "x" * 300, "c/a.pb"],
)
def test_what_is_no_folder(root: Path, path: str) -> None:
    (root / ".hidden").mkdir()
    (root / "c/a.pb").touch()
    assert Catalog(root).folder(path) is None


def test_links_may_lead_to_models_inside_only(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "saved_model.pb").touch()
    (root / "a/m/latest").symlink_to("10")
    (root / "a/m/11").symlink_to(tmp_path / "outside")
    (root / "a/m/12").symlink_to("12")
    catalog = Catalog(root)
    assert catalog.model("a/m/latest") == root / "a/m/10"
    assert catalog.model("a/m/11") is None
    assert catalog.model("a/m/12") is None
    assert catalog.versions("a/m")[0] == "10"


def test_links_do_not_lead_to_what_is_hidden(root: Path) -> None:
    for name in (".secret/model", "b/.git"):
        (root / name).mkdir(parents=True)
        (root / name / "saved_model.pb").touch()
    (root / "a/m/13").symlink_to("../../.secret/model")
    (root / "b/shown").symlink_to(".git")
    (root / "d").symlink_to(".secret")
    catalog = Catalog(root)
    for path in ("a/m/13", "b/shown", "d", "d/model"):
        assert catalog.folder(path) is None
        assert catalog.model(path) is None
    assert catalog.versions("a/m")[0] == "10"


def test_where_a_link_in_a_model_leads_is_not_looked_at(
    root: Path, tmp_path: Path
) -> None:
    """A model is there, whatever there is behind the link."""
    (tmp_path / "is-there").touch()
    for number, target in enumerate(("is-there", "is-not-there")):
        (root / "a/links" / str(number)).mkdir(parents=True)
        link = root / "a/links" / str(number) / "saved_model.pb"
        link.symlink_to(tmp_path / target)
    assert Catalog(root).versions("a/links") == ["1", "0"]


def test_folders_within_each_other(
    root: Path, make_deep: Callable[[Path], None]
) -> None:
    make_deep(root / "deep")
    catalog = Catalog(root)
    assert "c" in list(catalog.models())
    assert catalog.near("deep/d/d")


def test_many_models_are_bounded(root: Path) -> None:
    catalog = Catalog(root)
    some, is_whole = catalog.some_entries(at_most=2)
    assert list(some) == ["a/m"]
    assert not is_whole
    start = time.monotonic()
    catalog.near("x" * 1_000_000)
    assert time.monotonic() - start < 1


def test_folders_without_models_are_bounded(root: Path) -> None:
    for number in range(6000):
        (root / "bb" / str(number)).mkdir(parents=True)
    catalog = Catalog(root)
    some, is_whole = catalog.some_entries(at_most=1000)
    assert list(some) == ["a/m", "a/m/x", "b/deep/down/model"]
    assert not is_whole
    assert "a/m/1" in catalog.near("a/m/1")
    assert "c" in catalog.entries()


def test_what_cannot_be_read_or_shown_is_passed_over(root: Path) -> None:
    os.mkdir(os.fsencode(root) + b"/\xff")
    (Path(os.fsdecode(os.fsencode(root) + b"/\xff")) / "saved_model.pb").touch()
    assert "c" in list(Catalog(root).models())
    assert all(path.isprintable() for path in Catalog(root).models())


def test_near(root: Path) -> None:
    catalog = Catalog(root)
    assert catalog.near("A/M/11")[0].startswith("a/m/1")
    assert "c" in catalog.near("completely-different")


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(HandleNotFoundError, match="nowhere"):
        Catalog(tmp_path / "nowhere")
    (tmp_path / "model.tar.gz").touch()
    with pytest.raises(HandleNotFoundError, match="model.tar.gz is no folder"):
        Catalog(tmp_path / "model.tar.gz")
