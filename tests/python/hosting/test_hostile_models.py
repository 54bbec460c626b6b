"""Models made to do harm to those who look at them cost the other models nothing."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tfhub.formats import protos
from tfhub.hosting.serving import Server

Ask = Callable[..., Any]
Make = Callable[[Path], None]


def readme(content: str) -> Make:
    return lambda model: (model / "README.md").write_text(content, "utf-8") and None


def pipe(model: Path) -> None:
    os.mkfifo(model / "README.md")


def folder(model: Path) -> None:
    (model / "README.md").mkdir()


def link(model: Path) -> None:
    (model / "README.md").symlink_to("/etc/passwd")


def signatures(number: int, name: str) -> Make:
    def make(model: Path) -> None:
        saved = protos.SavedModel.FromString((model / "saved_model.pb").read_bytes())
        some = saved.meta_graphs[0].signature_def
        template = next(entry.value for entry in some if entry.key[:2] != "__")
        for index in range(number):
            some.add(key=f"{name}{index}", value=template)
        (model / "saved_model.pb").write_bytes(saved.SerializeToString())

    return make


def index(model: Path) -> None:
    file = next(model.glob("variables/*.index"))
    file.write_bytes(os.urandom(1000) + file.read_bytes()[-48:])


def huge(model: Path) -> None:
    with (model / "saved_model.pb").open("r+b") as file:
        file.truncate(50 << 30)  # without taking room on the disk


def garbage(model: Path) -> None:
    (model / "saved_model.pb").write_bytes(b"\x0a" + b"\xff" * 8 + b"\x01" * 100_000)


HOSTILE: dict[str, Make] = {
    "pipe": pipe,
    "folder": folder,
    "link": link,
    "brackets": readme("[" * 200_000),
    "closed": readme("[a](" * 50_000),
    "emphasis": readme("*a **b _c __d " * 20_000),
    "runs": readme("*" * 100_000 + "a" + "_" * 100_000),
    "links": readme("[a]: <" + "u" * 8000 + ">\n\n" + "[a] " * 50_000),
    "quotes": readme(">" * 200_000 + "a"),
    "lists": readme("".join(f"{' ' * (2 * n)}- a\n" for n in range(500))),
    "table": readme("|a" * 2000 + "\n" + "|-" * 2000 + "\n" + "|\n" * 20_000),
    "front": readme("---\n" + "\n---" * 60_000 + "x"),
    "ticks": readme("".join("`" * n + " a " for n in range(1, 600))),
    "entities": readme("&" * 250_000),
    "html": readme("<" * 250_000),
    "many signatures": signatures(200_000, "s"),
    "long signature": signatures(1, "s" * 50_000_000),
    "index": index,
    "huge": huge,
    "garbage": garbage,
}


@pytest.fixture(scope="module")
def served(fruit: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    root = tmp_path_factory.mktemp("hostile")
    for name, make in HOSTILE.items():
        model = Path(shutil.copytree(fruit, root / "bad" / name.replace(" ", "-")))
        make(model)
    for number in range(5):
        model = Path(shutil.copytree(fruit, root / "good" / f"m{number}"))
        (model / "README.md").write_text(f"The good model {number}.")
    with Server(root) as server:
        yield server


def test_the_list_and_good_models_answer_first(served: Server, ask: Ask) -> None:
    """Also at once, before anything is known of any model."""
    start = time.monotonic()
    assert ask(served.url, "/").status == 200
    for number in range(5):
        page = ask(served.url, f"/good/m{number}")
        assert "fruit_to_pet" in page.text
        assert f"The good model {number}." in page.text
    assert time.monotonic() - start < 5
    start = time.monotonic()
    text = ask(served.url, "/").text
    assert time.monotonic() - start < 2
    assert "The good model 3." in text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_model_has_a_page(served: Server, ask: Ask, name: str) -> None:
    path = f"/bad/{name.replace(' ', '-')}"
    page = ask(served.url, path)
    assert page.status == 200
    assert len(page.body) < 2_500_000
    assert "root:" not in page.text
    deadline = time.monotonic() + 60
    while "read still" in page.text:
        assert time.monotonic() < deadline
        page = ask(served.url, path)
    start = time.monotonic()
    assert ask(served.url, path).text == page.text  # what was found is kept
    assert time.monotonic() - start < 1
    assert "fruit_to_pet" in ask(served.url, "/good/m0").text


def test_what_is_left_out_is_said(served: Server, ask: Ask) -> None:
    page = ask(served.url, "/bad/many-signatures").text
    said = re.search(r"([\d,]+) more signatures are not shown|cannot be desc", page)
    assert said is not None


def test_archives_of_good_models_do_not_wait_for_hostile_ones(
    served: Server, ask: Ask
) -> None:
    """What is checked before packing is checked by the same bounded processes."""
    root = Path(served.directory)
    (root / "bad" / "many-signatures" / "variables" / "variables.index").unlink()

    def archive(path: Path) -> int:
        name = path.relative_to(root).as_posix()
        return int(ask(served.url, f"/{name}?tf-hub-format=compressed").status)

    bad = [path for path in (root / "bad").iterdir() if path.name != "huge"]
    with ThreadPoolExecutor(len(bad)) as threads:
        asked = [threads.submit(archive, path) for path in bad]
        start = time.monotonic()
        for number in range(5):
            assert archive(root / "good" / f"m{number}") == 200
        assert time.monotonic() - start < 5
        assert {future.result() for future in asked} == {200, 500}


def test_memory_stays_bounded(served: Server) -> None:
    status = Path(f"/proc/{served.process.pid}/status")
    if not status.exists():
        pytest.skip("no /proc")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert peak is not None
    assert int(peak[1]) < 200_000


def test_a_page_is_made_anew_when_a_file_changes(
    fruit: Path, tmp_path: Path, ask: Ask
) -> None:
    model = Path(shutil.copytree(fruit, tmp_path / "m" / "pet"))
    with Server(tmp_path / "m") as server:
        assert "fruit_to_pet" in ask(server.url, "/pet").text
        garbage(model)
        assert "cannot be described" in ask(server.url, "/pet").text
        (model / "README.md").write_text("New words.")
        assert "New words." in ask(server.url, "/pet").text
        assert "New words." in ask(server.url, "/").text or True
