from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tfhub.formats.walking import UnfitTreeError, open_file, walk


def test_what_counts_in_order(tmp_path: Path) -> None:
    for name in ("b", "a/y", "a/x", ".git/HEAD", "assets/.v", "a/__pycache__/z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = [(entry.path, entry.is_folder) for entry in walk(tmp_path)]
    assert found == [
        ("a", True), ("a/x", False), ("a/y", False), ("assets", True),
        ("assets/.v", False), ("b", False),
    ]  # fmt: skip
    (tmp_path / "latest").symlink_to("a")
    assert [entry.path for entry in walk(tmp_path / "latest")] == ["x", "y"]
    with pytest.raises(UnfitTreeError, match="latest is a link"):
        list(walk(tmp_path))


def test_what_is_hidden_may_be_anything(tmp_path: Path) -> None:
    (tmp_path / ".link").symlink_to("nowhere")
    os.mkfifo(tmp_path / ".pipe")
    assert list(walk(tmp_path)) == []


def test_a_file_that_became_something_else(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "m").mkdir()
    file = tmp_path / "m" / "file"

    def swapped(how: str) -> None:
        file.write_text("a")
        with closing(walk(tmp_path / "m")) as entries:
            entry = next(entries)
            file.unlink()
            if how == "link":
                file.symlink_to("../secret")
            else:
                os.mkfifo(file)
            with pytest.raises(UnfitTreeError, match="file is"):
                entry.open()
        file.unlink()

    swapped("link")
    swapped("pipe")


def test_a_folder_that_became_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    (tmp_path / "m" / "inner").mkdir(parents=True)
    with closing(walk(tmp_path / "m")) as entries:
        assert next(entries).path == "inner"
        (tmp_path / "m" / "inner").rename(tmp_path / "gone")
        (tmp_path / "m" / "inner").symlink_to("../outside")
        with pytest.raises(UnfitTreeError, match="inner is a link"):
            list(entries)


def test_a_folder_above_that_became_a_link(tmp_path: Path) -> None:
    (tmp_path / "m" / "inner").mkdir(parents=True)
    (tmp_path / "m" / "inner" / "file").write_text("mine")
    file = (tmp_path / "m" / "inner" / "file").resolve()
    os.close(open_file(file))
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("secret")
    (tmp_path / "m" / "inner").rename(tmp_path / "gone")
    (tmp_path / "m" / "inner").symlink_to("../outside")
    with pytest.raises(UnfitTreeError):
        open_file(file)


def test_no_link_is_followed_while_they_are_swapped(tmp_path: Path) -> None:
    model, other = tmp_path / "m", tmp_path / "outside"
    for folder, text in ((model / "a", "mine"), (other, "secret")):
        folder.mkdir(parents=True)
        for number in range(5):
            (folder / str(number)).write_text(text)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (model / "a").rename(tmp_path / "aside")
            (model / "a").symlink_to(other)
            (model / "a").unlink()
            (tmp_path / "aside").rename(model / "a")

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        for _ in range(300):
            try:
                for entry in walk(model):
                    if not entry.is_folder:
                        with open(entry.open()) as file:
                            assert file.read() == "mine"
            except (UnfitTreeError, FileNotFoundError):
                pass
    finally:
        stop.set()
        thread.join()


def test_depth_and_number_have_bounds(
    tmp_path: Path, make_deep: Callable[[Path], None]
) -> None:
    deep = tmp_path / "deep"
    make_deep(deep)
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc") else set()
    with pytest.raises(UnfitTreeError, match="below 100 other folders") as caught:
        list(walk(deep))
    assert caught.value.is_bound
    if before:
        assert len(os.listdir("/proc/self/fd")) == len(before)
    many = tmp_path / "many"
    many.mkdir()
    for number in range(20):
        (many / str(number)).touch()
    assert len(list(walk(many, at_most=20))) == 20
    with pytest.raises(UnfitTreeError, match="one file or folder too many"):
        list(walk(many, at_most=19))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter any folder")
def test_the_way_to_a_folder_need_not_be_readable(tmp_path: Path) -> None:
    (tmp_path / "closed" / "m").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o711 & ~0o444)
    try:
        assert list(walk(tmp_path / "closed" / "m")) == []
    finally:
        (tmp_path / "closed").chmod(0o755)
        shutil.rmtree(tmp_path / "closed")
