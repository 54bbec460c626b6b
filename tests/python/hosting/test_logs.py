"""What a server logs is bounded, and cannot be forged."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import logging, sys
from tfhub.hosting.logs import log_to_stderr
log_to_stderr(in_background=sys.argv[1] == "background")
log = logging.getLogger("tfhub")
EXEC
"""


def logged(code: str, file: Path, how: str = "foreground") -> str:
    with file.open("a+") as stderr:
        subprocess.run(
            [sys.executable, "-c", CODE.replace("EXEC", code), how],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stderr=stderr, check=True,
        )  # fmt: skip
    return file.read_text()


def test_no_more_than_so_many_lines_in_a_minute(tmp_path: Path) -> None:
    text = logged("for n in range(5000): log.error('x' * 100_000)", tmp_path / "log")
    lines = [line for line in text.splitlines() if line.startswith("ERROR")]
    assert len(lines) == 60
    assert lines[-1].endswith("What else there is in this minute is left out.")
    assert len(text) < 600_000


@pytest.mark.parametrize("how", ["background", "foreground"])
def test_a_file_of_the_owner_is_begun_anew(tmp_path: Path, how: str) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"x" * 3_000_000)
    text = logged("log.error('new')", file, how)
    assert "new" in text
    assert (len(text) > 3_000_000) == (how == "foreground")


def test_nothing_in_it_is_obeyed_or_forged(tmp_path: Path) -> None:
    code = r"""
try:
    raise ValueError('a\nERROR forged \x1b]0;title\x07 https://u:p4ss@h/?key=p4ss')
except ValueError as error:
    log.error('%s failed', 'GET /\x1b[2J\nERROR forged', exc_info=error)
"""
    text = logged(code, tmp_path / "log")
    assert "\x1b" not in text
    assert "p4ss" not in text
    assert len(re.findall("^ERROR", text, re.MULTILINE)) == 1
