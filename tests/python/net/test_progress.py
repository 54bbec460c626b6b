"""What a terminal shows while a download comes."""

from __future__ import annotations

import io
import sys

import pytest

from tfhub.net.progress import shown

pytest.importorskip("rich")


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "name",
    [
        "http://h/[bold]x",
        "http://h/\\[bold]x",
        "http://h/\\[/x]",
        "http://h/\\[link=http://evil/]x",
        "http://h/\\\\[link=http://evil/]x",
    ],
)
def test_a_name_is_no_markup(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Of rich, in whose markup a backslash before a bracket counts."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("TFHUB_DOWNLOAD_PROGRESS", raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with shown(None) as progress:
        assert progress is not None
        progress(1, 2, name)
    out = terminal.getvalue()
    assert name in out
    assert "\x1b]8;" not in out
