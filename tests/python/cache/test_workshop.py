"""What is left of a workshop: nothing."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.cache.workshop import HOST, workshop
from tfhub.errors import ArchiveError, HubError
from tfhub.testing import FaultServer as BadServer
from tfhub.testing import Host
from tfhub.testing.faults import send


def test_a_failure_leaves_no_empty_folder(
    bad_server: BadServer, cache: Path, tmp_path: Path
) -> None:
    url = bad_server.on("/m", lambda handler: send(handler, b"no archive"))
    with pytest.raises(HubError):
        hub.resolve(url)
    assert not (cache / ".tmp").exists()
    (tmp_path / "text").write_text("no archive\n" * 100)
    with pytest.raises(ArchiveError):
        hub.cache_import(tmp_path / "text")
    assert not (cache / ".tmp").exists()


def test_nor_a_cache_that_was_made_for_it(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no archive\n" * 100)
    with pytest.raises(ArchiveError):
        hub.cache_import(tmp_path / "text")
    assert not cache.exists()
    cache.mkdir()
    with pytest.raises(ArchiveError):
        hub.cache_import(tmp_path / "text")
    assert list(cache.iterdir()) == []


def test_what_others_do_there_stays(cache: Path) -> None:
    with workshop(str(cache), "one") as one:
        (one / "file").touch()
        with pytest.raises(ZeroDivisionError), workshop(str(cache), "two"):
            _ = 1 / 0
        assert [each.name for each in one.iterdir()] == ["file"]
    assert list((cache / ".tmp").iterdir()) == []


def test_failures_and_successes_at_once(cache: Path) -> None:
    """One that cleans up never takes the folder from under one that begins."""
    errors: list[BaseException] = []
    end = time.monotonic() + 2

    def work(fails: bool) -> None:
        while time.monotonic() < end:
            try:
                with workshop(str(cache), "m") as shop:
                    (shop / "file").touch()
                    if fails:
                        raise KeyError
            except KeyError:
                pass
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=work, args=[i % 3 != 0]) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_only_what_is_of_our_names_is_swept(
    host: Host, model: Path, cache: Path
) -> None:
    names = ("mine", "a~b", f"{HOST}~{10**30}~x", f"{HOST}~x~y", "other~1~x")
    for name in names:
        (cache / ".tmp" / name).mkdir(parents=True)
        os.utime(cache / ".tmp" / name, (0, 0))
    hub.resolve(host.add("/m", model))
    assert {each.name for each in (cache / ".tmp").iterdir()} == {"mine", "a~b"}
