"""The tree digest: its definition, its test vectors, and what has none."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.errors import HubError, ModelFormatError
from tfhub.trusted.tree import (
    copy_tree,
    is_complete,
    is_tree,
    reachable_files,
    tree_of,
    tree_of_folder,
)

# The vectors of the page "Trust and security".
VECTORS: dict[str, dict[str, bytes]] = {
    "28ed89e41cb2ddc3c39c297ba11c544cb12e941b128ba37e1d5d7ae9938d26e1": {},
    "c14710e6292204e5208109c2241becab5752196805924f51257b020f94335cec": {
        "saved_model.pb": b"",
    },
    "a9ac4ef99a294fd7a1a5fb07c10d89570ac5ce4202bf4b4009ecfa12f8b941bb": {
        "saved_model.pb": b"graph\n",
        "assets/words.txt": b"hello\nworld\n",
    },
    "2cf896721b7adece5193322be591ab317cbc97e2b5cae7c71c814803dfe334b0": {
        "saved_model.pb": b"graph\n",
        "assets/.\u00e9": b"1",
        "assets/a\nb": b"2",
        "Z": b"3",
    },
}


def written(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def by_definition(files: dict[str, bytes]) -> str:
    """Written from the text of the definition alone."""
    stream = b"tfhub-tree-1\n"
    for name in sorted(name.encode() for name in files):
        content = files[name.decode()]
        stream += str(len(name)).encode() + b"\n" + name + b"\n"
        stream += str(len(content)).encode() + b"\n"
        stream += hashlib.sha256(content).hexdigest().encode() + b"\n"
    return "tree1:" + hashlib.sha256(stream).hexdigest()


@pytest.mark.parametrize("digest", VECTORS)
def test_the_vectors(tmp_path: Path, digest: str) -> None:
    files = VECTORS[digest]
    wanted = f"tree1:{digest}"
    assert by_definition(files) == wanted
    folder = written(tmp_path / "model", files)
    assert tree_of_folder(folder) == wanted
    contents = {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in files.items()
    }
    assert tree_of(contents) == wanted
    assert tree_of(dict(reversed(contents.items()))) == wanted
    assert copy_tree(folder, tmp_path / "copy") == wanted
    assert tree_of_folder(tmp_path / "copy") == wanted


def test_each_byte_and_name_counts(tmp_path: Path) -> None:
    one = written(tmp_path / "one", {"a": b"xy", "b": b"z"})
    seen = {tree_of_folder(one)}
    for name, files in {
        "shifted": {"a": b"x", "b": b"yz"},
        "renamed": {"a": b"xy", "c": b"z"},
        "deeper": {"a": b"xy", "d/b": b"z"},
        "more": {"a": b"xy", "b": b"z", "c": b""},
        "case": {"A": b"xy", "b": b"z"},
    }.items():
        digest = tree_of_folder(written(tmp_path / name, files))
        assert digest not in seen
        seen.add(digest)


def test_times_modes_and_what_pack_leaves_out_do_not_count(tmp_path: Path) -> None:
    files = {"saved_model.pb": b"graph", "assets/.hidden": b"x"}
    folder = written(tmp_path / "model", files)
    digest = tree_of_folder(folder)
    assert is_complete(folder)
    os.utime(folder / "saved_model.pb", (1, 1))
    (folder / "saved_model.pb").chmod(0o600)
    (folder / "empty").mkdir()
    assert tree_of_folder(folder) == digest
    assert is_complete(folder)
    for left_out in (".git/config", "__pycache__/a.pyc", "variables/.swp", ".DS_Store"):
        path = folder / left_out
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"evil")
        assert tree_of_folder(folder) == digest
        assert not is_complete(folder), left_out
        copy_tree(folder, tmp_path / "copy")
        found = {p.name for p in (tmp_path / "copy").rglob("*") if p.is_file()}
        assert found == {"saved_model.pb", ".hidden"}
        shutil.rmtree(tmp_path / "copy")
        path.unlink()


def test_it_is_that_of_the_packed_model(fruit: Path, tmp_path: Path) -> None:
    archive = hub.pack(fruit, tmp_path / "fruit.tar.gz")
    assert tree_of_folder(hub.resolve(archive)) == tree_of_folder(fruit)


@pytest.mark.parametrize("kind", ["file", "folder", "broken", "pipe", "socket"])
def test_what_is_no_file_has_no_digest(tmp_path: Path, kind: str) -> None:
    folder = written(tmp_path / "model", {"saved_model.pb": b"graph"})
    other = written(tmp_path / "other", {"secret": b"x"})
    path = folder / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        server = socket.socket(socket.AF_UNIX)
        server.bind(os.fspath(path))
        server.close()
    else:
        targets = {"file": other / "secret", "folder": other, "broken": other / "no"}
        path.symlink_to(targets[kind])
    for attempt in (tree_of_folder, lambda f: copy_tree(f, tmp_path / "copy")):
        with pytest.raises(ModelFormatError, match="has no digest"):
            attempt(folder)


@pytest.mark.skipif(os.name == "nt", reason="folders cannot be held open there")
def test_a_folder_swapped_for_a_link_meanwhile_is_not_followed(tmp_path: Path) -> None:
    folder = written(tmp_path / "model", {"a": b"1", "d/x": b"2", "d/y": b"3"})
    other = written(tmp_path / "other", {"x": b"secret", "y": b"secret"})

    def swap() -> None:
        (folder / "d").rename(tmp_path / "away")
        (folder / "d").symlink_to(other)

    entries = reachable_files(folder)
    assert next(entries).path == "a"
    swap()
    with pytest.raises(ModelFormatError, match="is a link"):
        next(entries)

    (folder / "d").unlink()
    (tmp_path / "away").rename(folder / "d")
    entries = reachable_files(folder)
    assert [next(entries).path, next(entries).path] == ["a", "d/x"]
    swap()
    with open(next(entries).open(), "rb") as file:  # of the folder that was entered
        assert file.read() == b"3"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="cannot be read") as caught:
        tree_of_folder(tmp_path / "none")
    assert not isinstance(caught.value, FileNotFoundError)
    (tmp_path / "there").mkdir()
    with pytest.raises(HubError, match="cannot be read or copied"):
        copy_tree(written(tmp_path / "model", {"a": b""}), tmp_path / "no" / "deeper")


def test_a_copy_is_private_and_no_hard_link(tmp_path: Path) -> None:
    folder = written(tmp_path / "model", {"variables/v": b"1", "saved_model.pb": b"2"})
    (folder / "variables").chmod(0o777)
    copy_tree(folder, tmp_path / "copy")
    (folder / "saved_model.pb").write_bytes(b"evil")
    assert (tmp_path / "copy" / "saved_model.pb").read_bytes() == b"2"
    assert (tmp_path / "copy" / "saved_model.pb").stat().st_nlink == 1
    assert {
        path.stat().st_mode & 0o777
        for path in (tmp_path / "copy", tmp_path / "copy" / "variables")
    } == {0o700}


def test_it_is_never_taken_for_another_digest() -> None:
    digest = "tree1:" + "0" * 64
    assert is_tree(digest)
    for other in (
        digest[6:],
        digest.upper(),
        digest + "\n",
        digest[:-1],
        "tree2:" + "0" * 64,
    ):
        assert not is_tree(other)


def test_a_deep_folder_and_many_files(tmp_path: Path) -> None:
    deep = tmp_path / "model"
    for _ in range(250):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"x")
    assert is_tree(tree_of_folder(tmp_path / "model"))


def test_nothing_heavy_is_needed() -> None:
    code = "import sys, tfhub.trusted.tree; print('tensorflow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(("depth", "fits"), [(250, True), (270, False), (1500, False)])
def test_a_deep_folder_is_copied_or_refused(
    tmp_path: Path, depth: int, *, fits: bool
) -> None:
    model = written(tmp_path / "model", {"saved_model.pb": b"graph\n"})
    here = os.open(model, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        there = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    try:
        if fits:
            assert copy_tree(model, tmp_path / "copy") == tree_of_folder(model)
        else:
            assert isinstance(is_complete(model), bool)  # and no RecursionError
            with pytest.raises(ModelFormatError, match="below 256 other folders"):
                copy_tree(model, tmp_path / "copy")
    finally:
        subprocess.run(["rm", "-rf", model], check=True)  # which shutil cannot
