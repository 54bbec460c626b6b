"""What a terminal shows while a download comes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tfhub.net.progress import shown

pytest.importorskip("rich")
pty = pytest.importorskip("pty")


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
    master, slave = pty.openpty()
    with open(slave, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        with shown(None) as progress:
            assert progress is not None
            progress(1, 2, name)
        terminal.flush()
        out = os.read(master, 1 << 16).decode()
    os.close(master)
    assert name in out
    assert "\x1b]8;" not in out
