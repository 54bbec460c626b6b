"""What the server packs: whole models only, and what it says of them then."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tfhub as hub
from tfhub.errors import HTTPStatusError, ModelFormatError, UnsafeArchiveError
from tfhub.hosting.serving import Server
from tfhub.trusted.tree import tree_of_folder

Ask = Callable[..., Any]
DATA = "variables/variables.data-00000-of-00001"
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    f"oid sha256:{'a' * 64}\nsize 123456789\n"
)


@pytest.fixture
def model(fruit: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fruit, tmp_path / "models" / "zoo" / "pet" / "1"))


@pytest.fixture
def server(model: Path) -> Iterator[Server]:
    with Server(model.parents[2]) as server:
        yield server


def archive(server: Server, ask: Ask, path: str = "/zoo/pet/1") -> Any:
    return ask(server.url, f"{path}?tf-hub-format=compressed")


def test_the_page_has_the_digest_that_was_recorded_when_packed(
    server: Server, model: Path, ask: Ask
) -> None:
    tree = tree_of_folder(model)
    assert "tree1:" not in ask(server.url, "/zoo/pet/1").text  # nobody has packed it
    path = Path(hub.resolve(f"{server.url}/zoo/pet/1"))
    page = ask(server.url, "/zoo/pet/1").text
    assert "Tree digest (recorded when packed)" in page
    assert f'<code class="long">{tree}</code>' in page
    assert f"hub_trust(&#34;{tree}&#34;)" in page
    assert f"hub.trust(&#34;{tree}&#34;)" in page
    # It is that of what came, which the client has recorded by itself.
    described = hub.describe(f"{server.url}/zoo/pet/1")
    assert (described.tree, described.tree_source) == (tree, "recorded")
    assert tree_of_folder(path) == tree

    file = model / "variables" / "variables.index"
    before = file.stat()
    file.write_bytes(file.read_bytes())  # the same, but who could know
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "tree1:" not in ask(server.url, "/zoo/pet/1").text
    assert archive(server, ask).status == 200
    assert tree in ask(server.url, "/zoo/pet/1").text

    (model / "README.md").write_text("New words, which are in the archive, too.")
    assert "tree1:" not in ask(server.url, "/zoo/pet/1").text
    (model / ".hidden").write_text("This is not.")
    assert archive(server, ask).status == 200
    page = ask(server.url, "/zoo/pet/1").text
    assert tree not in page
    assert tree_of_folder(model) in page


def test_a_digest_that_a_file_claims_is_not_shown(
    server: Server, model: Path, ask: Ask
) -> None:
    """A copy of an entry of a cache, whose files may have changed since."""
    key = Path(hub.resolve(f"{server.url}/zoo/pet/1"))
    shutil.copytree(key, model.parents[2] / key.name)
    manifest = f"{key.name}.manifest.json"
    shutil.copyfile(key.parent / manifest, model.parents[2] / manifest)
    assert "fruit_to_pet" in ask(server.url, f"/{key.name}").text
    assert "tree1:" not in ask(server.url, f"/{key.name}").text


def cut(model: Path) -> str:
    os.truncate(model / DATA, 4)
    return f"{DATA} is cut: it has 4 of "


def gone(model: Path) -> str:
    (model / DATA).unlink()
    return f"has no {DATA}, where the values of variables are"


def pointer(model: Path) -> str:
    (model / DATA).write_text(POINTER)
    return f"has pointers of Git LFS in the place of files: {DATA}"


def vocabulary(model: Path) -> str:
    (model / "assets" / "words.txt").write_text(POINTER)
    return "has pointers of Git LFS in the place of files: assets/words.txt"


def no_index(model: Path) -> str:
    (model / "variables" / "variables.index").unlink()
    return "has no variables/variables.index, and its graph has variables"


def damaged(model: Path) -> str:
    file = model / "variables" / "variables.index"
    file.write_bytes(file.read_bytes()[:-48] + bytes(48))
    return "variables.index"


@pytest.mark.parametrize("break_", [cut, gone, pointer, vocabulary, no_index, damaged])
def test_what_pack_refuses_the_server_does_not_pack(
    server: Server,
    model: Path,
    ask: Ask,
    tmp_path: Path,
    break_: Callable[[Path], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(model, model.with_name("2"))
    said = break_(model)
    with pytest.raises(ModelFormatError, match=re.escape(said)) as refused:
        hub.pack(model, tmp_path / "pet.tar.gz")
    answer = archive(server, ask)
    assert answer.status == 500
    assert answer.headers["content-type"].startswith("text/plain")
    place = str(model)
    assert answer.text == f"{refused.value}\n".replace(place, "/zoo/pet/1")
    assert place not in answer.text
    monkeypatch.setenv("TFHUB_RETRIES", "0")
    with pytest.raises(HTTPStatusError, match="500"):
        hub.resolve(f"{server.url}/zoo/pet/1")
    page = ask(server.url, "/zoo/pet/1")
    assert page.status == 200
    assert "This model cannot be loaded." in page.text
    assert said.rpartition("/")[2].split(":")[0] in page.text
    assert "Download the archive" not in page.text
    assert "tree1:" not in page.text

    assert archive(server, ask, "/zoo/pet/2").status == 200
    assert "Download the archive" in ask(server.url, "/zoo/pet/2").text
    shutil.rmtree(model)
    shutil.copytree(model.with_name("2"), model)
    assert archive(server, ask).status == 200
    assert "Download the archive" in ask(server.url, "/zoo/pet/1").text


def test_where_nothing_can_be_found_out_it_is_packed(
    server: Server, model: Path, ask: Ask
) -> None:
    """As `tfhub pack` does: a graph that is read by nobody here may be one."""
    (model / "saved_model.pb").write_bytes(b"\x0a\xff\xff")
    assert archive(server, ask).status == 200


def test_what_readers_refuse_is_said_on_the_page(
    server: Server, model: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask
) -> None:
    with (model / "assets" / "zeros").open("wb") as file:
        file.truncate(150_000_000)
    assert "refuse" not in ask(server.url, "/zoo/pet/1").text
    handle = f"{server.url}/zoo/pet/1"
    with pytest.raises(UnsafeArchiveError, match="TFHUB_MAX_RATIO"):
        hub.resolve(handle)
    page = ask(server.url, "/zoo/pet/1").text
    assert "Most readers refuse this archive." in page
    said = re.search(r"TFHUB_MAX_RATIO=(\d+)", page)
    assert said is not None
    monkeypatch.setenv("TFHUB_MAX_RATIO", said[1])
    assert Path(hub.resolve(handle)).is_dir()
