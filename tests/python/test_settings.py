from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from tfhub import errors, settings


def test_are_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFHUB_CACHE_DIR", "/one")
    assert settings.cache_dir() == "/one"
    monkeypatch.setenv("TFHUB_CACHE_DIR", "")
    assert settings.cache_dir() is None


def test_a_tilde_is_the_home_folder_in_every_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = "USERPROFILE" if os.name == "nt" else "HOME"
    monkeypatch.setenv(home, str(tmp_path))
    models = os.path.join(str(tmp_path), "models")
    monkeypatch.setenv("TFHUB_CACHE_DIR", "~/models")
    assert os.path.normpath(settings.cache_dir() or "") == models
    monkeypatch.setenv(
        "TFHUB_MIRROR", "https://a.b/=~/models https://a.b/=http://c/~d/"
    )
    places = [place for _, place in settings.mirrors()]
    assert os.path.normpath(places[0]) == models
    assert places[1] == "http://c/~d/"
    monkeypatch.setenv("TFHUB_TRUSTED", "~/models")
    assert os.path.normpath(settings.trusted()[0]) == models
    assert os.path.normpath(settings.netrc_file()) == str(tmp_path / ".netrc")
    monkeypatch.setenv("NETRC", "~/logins")
    assert os.path.normpath(settings.netrc_file()) == str(tmp_path / "logins")


def test_a_tilde_in_a_url_of_a_file_is_the_home_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "her home"
    monkeypatch.setenv("USERPROFILE" if os.name == "nt" else "HOME", str(home))
    url = f"file://{quote(str(home))}/models/"
    monkeypatch.setenv("TFHUB_MIRROR", "https://a.b/=file://~/models/")
    assert settings.mirrors() == [("https://a.b/", url)]
    monkeypatch.setenv("TFHUB_TRUSTED", "file://~/models/ file://~nobody-of-them/")
    assert settings.trusted() == [url, "file://~nobody-of-them/"]
    monkeypatch.setenv("TFHUB_CACHE_DIR", "file://~/models")
    assert settings.cache_dir() == str(home / "models")


def test_an_old_folder_of_that_name_is_pointed_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFHUB_CACHE_DIR", "~/tfhub-old")
    settings.cache_dir()
    assert not caplog.messages
    old = tmp_path / "~" / "tfhub-old"
    old.mkdir(parents=True)
    for _ in range(2):
        settings.cache_dir()
    assert [str(old) in text for text in caplog.messages] == [True]
    assert old.is_dir()


@pytest.mark.parametrize(
    ("value", "meaning"), [(None, None), ("", None), ("1", True), ("0", False)]
)
def test_download_progress(
    monkeypatch: pytest.MonkeyPatch, value: str | None, meaning: bool | None
) -> None:
    if value is not None:
        monkeypatch.setenv("TFHUB_DOWNLOAD_PROGRESS", value)
    assert settings.download_progress() is meaning


@pytest.mark.parametrize(("value", "off"), [("true", True), ("True", False), ("1", 0)])
def test_certificates_go_unchecked_for_true_only(
    monkeypatch: pytest.MonkeyPatch, value: str, off: bool
) -> None:
    monkeypatch.setenv("TFHUB_DISABLE_CERT_VALIDATION", value)
    assert settings.disable_cert_validation() == off


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan"])
def test_a_number_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("TFHUB_READ_TIMEOUT", text)
    with pytest.raises(errors.HubError, match="TFHUB_READ_TIMEOUT is"):
        settings.read_timeout()
    monkeypatch.setenv("TFHUB_READ_TIMEOUT", "2.5")
    assert settings.read_timeout() == 2.5


def test_the_page_of_r_lists_them_all() -> None:
    """The table of `?hub_settings` is that of settings.py, but for its "see"."""
    root = Path(__file__).parents[2]
    page = (root / "R" / "settings.R").read_text("utf-8")
    rows = re.findall(r"^#' (\|.*\|)$", page, re.M)
    wanted = re.findall(r"^\|.*\|$", settings.__doc__ or "", re.M)
    assert rows == [re.sub(r"see `.*?\(\)`", "see below", row) for row in wanted]


def test_a_cache_may_be_given_as_a_url_of_a_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for url in ("file:///a/b%20c", "file://localhost/a/b c", "FILE:///a/b c"):
        monkeypatch.setenv("TFHUB_CACHE_DIR", url)
        assert settings.cache_dir() == "/a/b c"
    monkeypatch.setenv("TFHUB_CACHE_DIR", "file://host/a")
    with pytest.raises(errors.HubError, match="another machine"):
        settings.cache_dir()
