"""Where the cache is, and whose it is."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

import tfhub as hub
from tfhub.cache import roots
from tfhub.errors import CacheError
from tfhub.testing import Host

AS_ROOT = hasattr(os, "getuid") and os.getuid() == 0

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@pytest.fixture
def default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default folder of the cache, which is not there."""
    monkeypatch.delenv("TFHUB_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    roots._say.cache_clear()
    return tmp_path / "tfhub_modules"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_default_is_made_for_this_user_alone(
    default: Path, host: Host, model: Path, umask: int
) -> None:
    url = host.add("/m/1", model)
    before = os.umask(umask)
    try:
        path = Path(hub.resolve(url))
    finally:
        os.umask(before)
    assert path.parent == default
    for each in (default, path):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
    for each in (path / "weights", Path(f"{path}.manifest.json")):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_it_is_looked_at_each_time(
    default: Path, host: Host, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was no danger at the first look may be one at the next."""
    url = host.add("/m/1", model)
    path = hub.resolve(url)
    assert Path(path).parent == default
    default.chmod(0o777)
    for _ in range(3):
        assert hub.cache_dir() == os.environ["XDG_CACHE_HOME"] + "/tfhub"
    assert Path(hub.resolve(url)).parent == Path(hub.cache_dir())
    assert len(host.requests) == 2
    assert caplog.text.count("can be written by others") == 1
    default.chmod(0o755)
    assert hub.resolve(url) == path


@pytest.mark.skipif(not AS_ROOT, reason="only root can be other users")
@pytest.mark.parametrize("mode", [0o777, 0o755, 0o700])
def test_another_user_makes_it_between_the_look_and_the_use(
    default: Path, host: Host, model: Path, mode: int
) -> None:
    url = host.add("/m/1", model)
    assert hub.cache_dir() == str(default)
    real = roots._is_own
    looked = []

    def attacked(info: os.stat_result) -> bool:
        looked.append(info)
        return real(info)

    with pytest.MonkeyPatch.context() as patch:
        made = []

        def makedirs(path: str, **_: object) -> None:
            os.mkdir(default)
            default.chmod(mode)
            os.chown(default, 12001, 12001)
            made.append(path)

        patch.setattr(roots, "_is_own", attacked)
        patch.setattr(roots.os, "makedirs", makedirs)
        with pytest.raises(CacheError, match="Another user has just made") as caught:
            hub.resolve(url)
    assert "TFHUB_CACHE_DIR" in str(caught.value)
    assert made
    assert looked
    assert host.requests == []
    assert list(default.iterdir()) == []
    assert Path(hub.resolve(url)).parent == Path(hub.cache_dir()) != default


@pytest.mark.parametrize("kind", ["a link", "a file"])
def test_what_is_no_folder_is_not_used(
    default: Path, tmp_path: Path, host: Host, model: Path, kind: str
) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    if kind == "a link":
        default.symlink_to(tmp_path / "elsewhere")
    else:
        default.touch()
    assert hub.cache_list() == []
    path = Path(hub.resolve(host.add("/m/1", model)))
    assert path.parent == tmp_path / "home" / "tfhub"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_that_the_user_chose_is_as_they_want_it(
    default: Path, host: Host, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even the default one, named by its path."""
    default.mkdir()
    default.chmod(0o777)
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(default))
    assert Path(hub.resolve(host.add("/m/1", model))).parent == default
