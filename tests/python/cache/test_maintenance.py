"""The cache: list, verify, remove, prune, adopt, and who is in the way of whom."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.cache.entries import Entry
from tfhub.cache.locks import alone, in_use
from tfhub.errors import CacheError, HandleNotFoundError, HubError
from tfhub.testing import Host

from ..conftest import tree

Fetch = Callable[[str], str]


@pytest.fixture
def fetched(host: Host, model: Path) -> Fetch:
    """`fetched("/m/1")` puts a model into the cache, and returns its handle."""

    def fetched(path: str) -> str:
        url = host.add(path, model)
        hub.resolve(url)
        return url

    return fetched


def manifest_of(handle: str) -> Path:
    return Path(Entry(hub.cache_dir(), handle).manifest)


def last_used(handle: str, days: float) -> None:
    """Says that a model was made and last used so many days ago."""
    file = manifest_of(handle)
    then = time.time() - days * 86400
    manifest = json.loads(file.read_text())
    manifest["time"] = datetime.fromtimestamp(then, timezone.utc).isoformat()
    file.write_text(json.dumps(manifest))
    os.utime(file, (then, then))


def leftovers(cache: Path) -> list[str]:
    return [path.name for path in (cache / ".tmp").iterdir()]


READER = """
import sys, tfhub.cache.locks as locks
with locks.in_use(sys.argv[1]) as there:
    print(there, flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Runs code until the end of its input; it has printed a line when this starts."""
    package = str(Path(hub.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": package},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def test_an_empty_cache() -> None:
    assert hub.cache_list() == []
    assert hub.cache_verify() == []
    assert hub.cache_adopt() == []
    assert hub.cache_prune(number=0) == []
    assert not Path(hub.cache_dir()).exists()


def test_the_list_tells_what_there_is(
    fetched: Fetch, model: Path, cache: Path, host: Host
) -> None:
    before = datetime.now(timezone.utc).timestamp() - 2
    urls = sorted([fetched("/b/1"), fetched("/a/1")])
    listed = hub.cache_list()
    assert [each.handle for each in listed] == urls
    first = listed[0]
    assert first.path == hub.resolve(urls[0])
    assert first.state == "ok"
    assert first.size == sum(map(len, tree(model).values()))
    assert first.files == 4
    assert first.url == f"{host.url}/a/1?tf-hub-format=compressed"
    assert hub.resolve(f"{first.handle}#sha256={first.sha256}")
    assert before < first.created.timestamp() < time.time() + 1
    assert before < first.checked.timestamp() < time.time() + 1
    assert hub.cache_dir() == str(cache)


def test_looking_is_no_use(fetched: Fetch) -> None:
    url = fetched("/m/1")
    last_used(url, 3)
    for _ in range(2):
        [listed] = hub.cache_list(check=True)
        hub.cache_verify()
        assert 2.9 < (time.time() - listed.last_use.timestamp()) / 86400 < 3.1


def test_loading_is_a_use(fetched: Fetch, tmp_path: Path) -> None:
    if subprocess.check_output(["stat", "-f", "-c", "%T", tmp_path]).strip() == b"nfs":
        pytest.skip("NFS keeps its own access times")
    url = fetched("/m/1")
    last_used(url, 3)
    if hub.cache_list()[0].used is None:
        pytest.skip("this file system keeps no access times")
    with in_use(hub.resolve(url)) as there:
        assert there
    assert time.time() - hub.cache_list()[0].last_use.timestamp() < 60


@pytest.mark.parametrize("content", ["", "[]", '{"files": 1}', "[" * 100_000])
def test_a_damaged_manifest_is_listed(fetched: Fetch, content: str) -> None:
    url = fetched("/m/1")
    manifest_of(url).write_text(content)
    [listed] = hub.cache_list()
    assert (listed.handle, listed.state, listed.files) == (url, "damaged", 4)
    [verified] = hub.cache_verify()
    assert verified.state == "damaged"
    assert verified.changed == (manifest_of(url).name,)


def test_a_folder_that_is_gone_is_damaged(fetched: Fetch) -> None:
    url = fetched("/m/1")
    shutil.rmtree(hub.resolve(url))
    assert [each.state for each in hub.cache_list()] == ["damaged"]
    [verified] = hub.cache_verify()
    assert len(verified.missing) == 4
    [removal] = hub.cache_remove(url)
    assert removal.removed
    assert hub.cache_list() == []


def test_check_looks_at_every_file(fetched: Fetch) -> None:
    url = fetched("/m/1")
    Path(hub.resolve(url), "weights").write_bytes(b"short")
    assert [each.state for each in hub.cache_list()] == ["ok"]
    assert [each.state for each in hub.cache_list(check=True)] == ["damaged"]


def test_verify_finds_one_changed_byte(fetched: Fetch) -> None:
    good, url = fetched("/a/1"), fetched("/m/1")
    folder = Path(hub.resolve(url))
    content = bytearray((folder / "weights").read_bytes())
    content[1234] ^= 1
    (folder / "weights").write_bytes(content)
    (folder / "assets" / "empty.txt").unlink()
    (folder / "assets" / "more").mkdir()
    (folder / "assets" / "more" / "new.txt").write_text("new")
    hub.resolve(good)
    assert hub.cache_list()[1].state == "ok"  # all sizes but one are right
    first, second = hub.cache_verify()
    assert (first.handle, first.state) == (good, "ok")
    assert (first.missing, first.changed, first.extra) == ((), (), ())
    assert (second.handle, second.state) == (url, "damaged")
    assert second.missing == ("assets/empty.txt",)
    assert second.changed == ("weights",)
    assert second.extra == ("assets/more/new.txt",)
    assert hub.cache_verify(good) == [first]


def test_verify_does_not_wait_for_a_pipe(fetched: Fetch) -> None:
    folder = Path(hub.resolve(fetched("/m/1")))
    (folder / "weights").unlink()
    os.mkfifo(folder / "weights")
    assert hub.cache_verify()[0].changed == ("weights",)


def test_remove(fetched: Fetch, cache: Path, host: Host) -> None:
    one, two = fetched("/a/1"), fetched("/b/1")
    [removal] = hub.cache_remove(one)
    assert removal.removed
    assert removal.handle == one
    assert removal.size > 300_000
    assert [each.handle for each in hub.cache_list()] == [two]
    names = {path.name[:40] for path in cache.iterdir() if path.name[0] != "."}
    assert names == {hashlib.sha1(two.encode()).hexdigest()}
    assert leftovers(cache) == []
    hub.resolve(one)
    assert len(host.requests) == 3


def test_remove_by_folder_or_key(fetched: Fetch) -> None:
    path = hub.resolve(fetched("/a/1"))
    key = os.path.basename(hub.resolve(fetched("/b/1")))
    assert [each.removed for each in hub.cache_remove([path, key])] == [True, True]


def test_what_is_not_there_is_said_before_anything_goes(fetched: Fetch) -> None:
    url = fetched("/a/1")
    with pytest.raises(HandleNotFoundError, match="is not in the cache") as caught:
        hub.cache_remove([url, url[:-1] + "2"])
    assert url in str(caught.value)
    assert len(hub.cache_list()) == 1


def test_prune_takes_the_longest_unused(fetched: Fetch) -> None:
    urls = [fetched(f"/m/{day}") for day in (1, 2, 3, 4)]
    for day, url in enumerate(urls, start=1):
        last_used(url, day)
    size = hub.cache_list()[0].size

    def would_go(**limits: float) -> list[str]:
        removals = hub.cache_prune(**limits, dry_run=True)  # type: ignore[arg-type]
        assert {each.reason for each in removals} <= {"dry run"}
        return [each.handle[-1] for each in removals]

    assert would_go(days=2.5) == ["4", "3"]
    assert would_go(number=1) == ["4", "3", "2"]
    assert would_go(size=2 * size) == ["4", "3"]
    assert would_go(size=2 * size - 1) == ["4", "3", "2"]
    assert would_go(days=3.5, number=2) == ["4", "3"]
    assert would_go(days=10, size=1e9, number=9) == []
    assert len(hub.cache_list()) == 4
    gone = hub.cache_prune(days=2.5)
    assert [(each.handle, each.removed) for each in gone] == [
        (urls[3], True),
        (urls[2], True),
    ]
    assert [each.handle for each in hub.cache_list()] == urls[:2]


@pytest.mark.parametrize("limits", [{}, {"days": -1}, {"size": 5, "number": -2}])
def test_prune_needs_a_limit(limits: dict[str, int]) -> None:
    with pytest.raises(HubError, match="limit of 0 or more"):
        hub.cache_prune(**limits)  # type: ignore[arg-type]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")
def test_what_a_process_loads_is_not_removed(fetched: Fetch) -> None:
    used, other = fetched("/a/1"), fetched("/b/1")
    last_used(used, 9)
    path = hub.resolve(used)
    with another_process(READER, path):
        [removal] = hub.cache_remove(used)
        assert (removal.removed, removal.reason) == (False, "in use")
        pruned = hub.cache_prune(number=0)  # loading is a use: the other goes first
        assert [(each.handle, each.reason) for each in pruned] == [
            (other, ""),
            (used, "in use"),
        ]
        again = hub.cache_prune(number=0, dry_run=True)
        assert [each.reason for each in again] == ["in use"]
        assert Entry(hub.cache_dir(), used).is_valid()
    assert hub.cache_remove(used)[0].removed


@pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")
def test_an_entry_of_another_program_is_kept_while_loaded(
    fetched: Fetch, cache: Path
) -> None:
    url = fetched("/m/1")
    manifest_of(url).unlink()
    with another_process(READER, hub.resolve(url)):
        assert hub.cache_remove(url)[0].reason == "in use"
    assert hub.cache_remove(url)[0].removed
    assert leftovers(cache) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")
def test_what_is_being_fetched_is_not_removed(fetched: Fetch) -> None:
    url = fetched("/m/1")
    code = (
        "import sys; from tfhub.cache.entries import Entry\n"
        "with Entry(sys.argv[1], sys.argv[2]).locked():\n"
        "    print('locked', flush=True); sys.stdin.read()"
    )
    with another_process(code, hub.cache_dir(), url):
        assert hub.cache_remove(url)[0].reason == "being fetched"


def test_a_reader_is_told_when_the_entry_has_just_gone(fetched: Fetch) -> None:
    url = fetched("/m/1")
    path = hub.resolve(url)
    code = (
        "import sys, os, shutil, time\n"
        "from tfhub.cache.locks import alone\n"
        "with alone(sys.argv[1]) as free:\n"
        "    print(free, flush=True)\n"
        "    sys.stdin.readline()\n"
        "    os.unlink(sys.argv[1] + '.manifest.json'); shutil.rmtree(sys.argv[1])\n"
    )
    with another_process(code, path) as remover:
        import threading

        assert remover.stdin is not None
        release = threading.Timer(0.3, lambda: remover.communicate("go\n"))
        release.start()
        with in_use(path) as there:
            assert not there
        release.join()


def test_in_use_tolerates_any_folder(tmp_path: Path, fetched: Fetch) -> None:
    for folder in (tmp_path, tmp_path / "none", "gs://bucket/folder", ""):
        with in_use(str(folder)) as there:
            assert there
    path = hub.resolve(fetched("/m/1"))
    os.chmod(path + ".manifest.json", stat.S_IRUSR)
    with in_use(path) as there:
        assert there


def test_readers_do_not_disturb_each_other(fetched: Fetch) -> None:
    path = hub.resolve(fetched("/m/1"))
    with in_use(path) as one, in_use(path) as two, alone(path) as free:
        assert one
        assert two
        assert free == (os.name == "nt")


def test_load_holds_the_entry(host: Host, fruit: Path) -> None:
    """A removal in the middle of a load waits for no one, and takes nothing."""
    from tfhub.runtime.tf import tf

    url = host.add("/fruit/1", fruit)
    seen = []

    class Options(tf.saved_model.LoadOptions):  # type: ignore[misc]
        """Looked at by TensorFlow while it loads."""

        def __getattribute__(self, name: str) -> object:
            if not seen:
                seen.append(hub.cache_remove(url)[0].reason)
            raise AttributeError(name)

    with pytest.raises(AttributeError):
        hub.load(url, options=Options())
    assert seen == ["in use"]
    assert hub.load(url)(((1.0, 2.0, 3.0),)).shape == (1, 2)
    assert hub.cache_remove(url)[0].removed


KILLED = """
import os, sys
from tfhub.cache.entries import Entry
import tfhub, tfhub.cache.maintenance
step, url = int(sys.argv[1]), sys.argv[2]
def rename(*paths, real=os.rename, count=[0]):
    count[0] += 1
    if count[0] == step: os.kill(os.getpid(), 9)
    real(*paths)
os.rename = rename
tfhub.cache_remove(url)
"""


@pytest.mark.parametrize("step", [1, 2])
def test_a_removal_that_is_killed_leaves_nothing_false(
    fetched: Fetch, cache: Path, model: Path, step: int
) -> None:
    url = fetched("/m/1")
    with another_process(KILLED, str(step), url) as process:
        process.wait()
    assert process.returncode == -9
    assert tree(hub.resolve(url)) == tree(model)
    assert hub.cache_remove(url)[0].removed
    assert leftovers(cache) == []


def as_another_program_does(url: str) -> Path:
    manifest_of(url).unlink()
    return Path(hub.resolve(url))


def test_adopt(fetched: Fetch, host: Host) -> None:
    url, other = fetched("/a/1"), fetched("/b/1")
    folder = as_another_program_does(url)
    assert [each.state for each in hub.cache_list()] == ["foreign", "ok"]
    assert hub.cache_list()[0].handle == url
    assert hub.cache_verify(url)[0].state == "foreign"
    before = json.loads(manifest_of(other).read_text())["files"]
    [adopted] = hub.cache_adopt()
    assert (adopted.handle, adopted.path, adopted.state) == (url, str(folder), "ok")
    assert json.loads(manifest_of(url).read_text())["files"] == before
    assert [each.state for each in hub.cache_verify()] == ["ok", "ok"]
    assert hub.cache_adopt() == []
    (folder / "weights").unlink()
    hub.resolve(url)  # now that its files are known, one that is missing is noticed
    assert len(host.requests) == 3


def test_adopt_without_a_word_of_the_handle(fetched: Fetch) -> None:
    url = fetched("/m/1")
    folder = as_another_program_does(url)
    descriptor = Path(f"{folder}.descriptor.txt")
    descriptor.write_text("Module: https://elsewhere/1\n")
    assert [(each.handle, each.state) for each in hub.cache_adopt()] == [
        ("", "foreign")
    ]
    assert [(each.handle, each.state) for each in hub.cache_adopt(url)] == [(url, "ok")]


def test_adopt_refuses_what_is_no_whole_model(fetched: Fetch) -> None:
    one, two = fetched("/a/1"), fetched("/b/1")
    (as_another_program_does(one) / "saved_model.pb").unlink()
    folder = as_another_program_does(two)
    (folder / "link").symlink_to("/etc/passwd")
    assert [each.state for each in hub.cache_adopt()] == ["damaged", "damaged"]
    assert [each.state for each in hub.cache_verify(one)] == ["damaged"]
    assert not manifest_of(two).exists()


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere"
)
def test_a_cache_that_cannot_be_written(fetched: Fetch, cache: Path) -> None:
    url = fetched("/m/1")
    cache.chmod(0o555)
    try:
        assert hub.cache_list()[0].state == "ok"
        assert hub.cache_verify()[0].state == "ok"
        assert hub.cache_prune(number=0, dry_run=True)[0].reason == "dry run"
        with pytest.raises(CacheError):
            hub.cache_remove(url)
    finally:
        cache.chmod(0o755)


REMOVER = """
import sys, time, tfhub
from tfhub.errors import HandleNotFoundError
print("ready", flush=True)
end, removed = time.monotonic() + 60, 0
while removed < 30 and time.monotonic() < end:
    try:
        removed += tfhub.cache_remove(sys.argv[1])[0].removed
    except HandleNotFoundError:
        pass
print(removed, flush=True)
"""


def test_what_is_loaded_while_another_process_removes_it_is_whole(
    fetched: Fetch, model: Path, cache: Path
) -> None:
    url, right, loads = fetched("/m/1"), tree(model), 0
    with another_process(REMOVER, url) as remover:
        while remover.poll() is None:
            path = hub.resolve(url)
            with in_use(path) as there:
                if there:
                    assert tree(path) == right
                    loads += 1
        assert remover.stdout is not None
        removed = int(remover.stdout.read())
    assert removed >= 30
    assert loads > 0
    assert leftovers(cache) == []
