from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import tfhub
from tfhub.cli.main import main

pytest.importorskip("libcst", reason="reading Python needs the extra migrate")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "a.py"
    file.write_text("import tensorflow_hub as hub\nhub.registry\n")
    return file


def test_a_diff_and_remarks(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", str(program)]) == 0
    assert capsys.readouterr().out == (
        f"--- {program}\n+++ {program}\n@@ -1,2 +1,2 @@\n"
        "-import tensorflow_hub as hub\n+import tfhub as hub\n hub.registry\n"
        f"{program}:2: tfhub has no tensorflow_hub.registry; `import "
        "tfhub.as_tensorflow_hub`, before all else, keeps the old name.\n"
        "\n1 file to change, 1 remark.\n"
        "--write changes them; keep a copy, or have them in version control.\n"
    )
    assert "tensorflow_hub" in program.read_text()


def test_write_and_check(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--check", str(program)]) == 1
    capsys.readouterr()
    assert main(["migrate", "--write", str(program.parent)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"wrote {program}"
    assert said[-1] == "1 file changed, 1 remark."
    assert program.read_text() == "import tfhub as hub\nhub.registry\n"
    assert main(["migrate", "--check", str(program)]) == 0
    assert capsys.readouterr().out == "0 files to change, 0 remarks.\n"


def test_errors(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", str(tmp_path / "nothing")]) == 1
    assert "There is no file or folder" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["migrate"])


def test_what_a_terminal_would_obey_is_escaped(tmp_path: Path) -> None:
    file = tmp_path / "a\x1b]0;x\x07.py"
    file.write_text(
        "import tensorflow_hub as hub\nx = '\x1b[31m [bold]red :smile:'\n"
        "hub.load('https://me:secret@tfhub.dev/a')\nhub.\u202ex\n".replace("\u202e", "")
    )
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "tfhub", "migrate", tmp_path],
        stdout=theirs, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(tfhub.__file__).parents[1]),
             "TERM": "xterm", "COLUMNS": "60"},
    )  # fmt: skip
    os.close(theirs)
    said = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "\x1b]0" not in said
    assert "\x07" not in said
    assert "secret" not in said
    assert r"'\x1b[31m [bold]red :smile:'" in said
    assert "\x1b[32m+import tfhub as hub\x1b[0m" in said  # green
