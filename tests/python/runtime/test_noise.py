from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import tfhub


def stderr_of(code: str, level: str = "") -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(tfhub.__file__).parents[1]),
            "TF_CPP_MIN_LOG_LEVEL": level,
        },
    )
    return ended.stderr


QUIETLY = """
import os, sys
from tfhub.runtime import noise
noise.silence()
with noise.without_notes():
    import tensorflow
    os.write(2, b"I0000 00:00: a note\\nW0000 00:00: a warning\\n")
    print("said by Python", file=sys.stderr, flush=True)
tensorflow.constant(1) + 1
os.write(2, b"after\\n")
"""


def test_notes_are_left_out_and_all_else_is_said() -> None:
    lines = ["W0000 00:00: a warning", "said by Python", "after"]
    said = stderr_of(QUIETLY).splitlines()
    # A TensorFlow of before 2.18 warns of more.
    assert [line for line in said if line in lines] == lines
    assert not any("a note" in line for line in said)


def test_who_has_chosen_what_tensorflow_says_gets_it() -> None:
    assert "a note" in stderr_of(QUIETLY, level="0")


def test_a_program_that_was_started_by_one_with_no_notes_has_none() -> None:
    assert "a note" not in stderr_of(QUIETLY, level="1")


def test_an_error_of_the_import_goes_through() -> None:
    code = QUIETLY.replace("import tensorflow\n", "import no_such_module\n")
    code = code.replace("with noise", "try:\n  with noise").replace(
        "\n    ", "\n      "
    )
    code = code.partition("tensorflow.constant")[0]
    code += "except ImportError:\n  os.write(2, b'no such module')\n"
    assert stderr_of(code) == "no such module"


def test_what_autograph_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "flipping.py").write_text(
        "import tensorflow as tf\n"
        "@tf.function\n"
        "def flip(x):\n"
        "    if x > 0:\n"
        "        x = -x\n"
        "    return x\n"
    )
    code = (
        "import glob, os, sys, tempfile\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "import flipping, tensorflow as tf\n"
        "from tfhub.runtime import noise\n"
        "flipping.flip(tf.constant(1))\n"
        f"left = os.path.join({str(tmp_path)!r}, '__autograph*')\n"
        "assert glob.glob(left), 'AutoGraph has no such files any more'\n"
        "noise.remove_leftovers()\n"
        "assert not glob.glob(left)\n"
        "os._exit(0)\n"
    )
    stderr_of(code, level="3")
