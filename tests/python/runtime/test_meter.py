"""What predict() says of how far it is."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tfhub as hub
from tfhub.runtime import meter
from tfhub.runtime.meter import Meter

X = np.zeros((70, 3))


class Terminal(io.StringIO):
    """A standard error that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_a_callback_hears_of_the_first_batch_and_of_the_end(fruit: Path) -> None:
    model, heard = hub.load(fruit), list[tuple[int, int | None]]()
    hub.predict(model, X, progress=lambda *each: heard.append(each))
    assert heard[0] == (32, 70)
    assert heard[-1] == (70, 70)


def test_the_total_of_a_generator_is_known_at_its_end(fruit: Path) -> None:
    model, heard = hub.load(fruit), list[tuple[int, int | None]]()
    hub.predict(model, iter(X), progress=lambda *each: heard.append(each))
    assert heard[0] == (32, None)
    assert heard[-1] == (70, 70)


def test_a_callback_is_called_20_times_a_second_at_most() -> None:
    heard = list[Any]()
    with Meter(lambda *each: heard.append(each), None) as counted:
        for _ in range(1000):
            counted.add(1)
    assert heard[0] == (1, None)
    assert heard[-1] == (1000, 1000)
    assert len(heard) < 100


def test_what_a_callback_raises_ends_it(fruit: Path) -> None:
    def stop(done: int, _: int | None) -> None:
        raise KeyboardInterrupt(done)

    with pytest.raises(KeyboardInterrupt, match="32"):
        hub.predict(hub.load(fruit), X, progress=stop)


def test_a_bar_is_drawn_on_a_terminal_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("rich")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(meter, "_PATIENCE", 0)
    with redirect_stderr(Terminal()) as terminal, Meter(None, 71) as counted:
        counted.add(32)
        counted.add(38)
    assert "Predicting" in terminal.getvalue()
    assert "70/70" in terminal.getvalue()


def test_short_work_is_silent() -> None:
    with redirect_stderr(Terminal()) as terminal, Meter(None, 70) as counted:
        counted.add(70)
    assert terminal.getvalue() == ""


def test_without_a_terminal_it_is_silent(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meter, "_PATIENCE", 0)
    with Meter(None, 70) as counted:
        counted.add(70)
    assert capfd.readouterr() == ("", "")


def test_without_rich_it_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "_PATIENCE", 0)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with redirect_stderr(Terminal()) as terminal, Meter(None, 70) as counted:
        counted.add(70)
    assert terminal.getvalue() == ""
