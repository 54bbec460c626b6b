"""Programs in Python: what changes, what does not, and what is said."""

from __future__ import annotations

import ast
import codecs
from pathlib import Path

import pytest

import tfhub
from tfhub.migrating import names
from tfhub.migrating.remarks import UnreadableError

pytest.importorskip("libcst", reason="reading Python needs the extra migrate")

from tfhub.migrating.python import migrated

ROOT = Path(__file__).parents[3]


def changed(*lines: str) -> list[str]:
    """The lines of a program as they are to be, which once more changes nothing."""
    after, _ = migrated("\n".join(lines).encode())
    assert migrated(after)[0] == after
    ast.parse(after)
    return after.decode().split("\n")


def said(*lines: str) -> list[tuple[int, str]]:
    _, remarks = migrated("\n".join(lines).encode())
    return [(each.line, f"{each.what}; {each.advice}") for each in remarks]


def test_the_tables_hold_what_there_is() -> None:
    assert set(tfhub.__all__) == names.PUBLIC | names.OURS
    assert not names.INNER & set(names.SUBMODULES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import tensorflow_hub as hub", "import tfhub as hub"),
        ("import tensorflow_hub", "import tfhub as tensorflow_hub"),
        ("import tensorflow_hub as tfhub", "import tfhub"),
        ("import os,tensorflow_hub as hub  # x", "import os,tfhub as hub  # x"),
        ("import tensorflow_hub.keras_layer", "import tfhub as tensorflow_hub"),
        ("import tensorflow_hub.keras_layer as kl", "import tfhub as kl"),
        ("from tensorflow_hub import *", "from tfhub import *"),
        ("from tensorflow_hub import load as l", "from tfhub import load as l"),
        ("from tensorflow_hub import (load,\n   resolve)",
         "from tfhub import (load,\n   resolve)"),
        ("from tensorflow_hub import keras_layer", "import tfhub as keras_layer"),
        ("from tensorflow_hub import keras_layer as k; x = 1",
         "import tfhub as k; x = 1"),
        ("from tensorflow_hub.module_v2 import load", "from tfhub import load"),
        ("from tensorflow_hub.native_module import create_module_spec",
         "from tfhub import create_module_spec"),
        ("try:\n\timport tensorflow_hub as hub\nexcept ImportError:\n\thub = None",
         "try:\n\timport tfhub as hub\nexcept ImportError:\n\thub = None"),
        ("def f():\n  import tensorflow_hub\n  return tensorflow_hub.load",
         "def f():\n  import tfhub as tensorflow_hub\n  return tensorflow_hub.load"),
        ("import tensorflow_hub as hub\nx = hub.keras_layer.KerasLayer('a').b",
         "import tfhub as hub\nx = hub.KerasLayer('a').b"),
        ("import tensorflow_hub.module_v2\ntensorflow_hub.module_v2.load('a')",
         "import tfhub as tensorflow_hub\ntensorflow_hub.load('a')"),
    ],
)  # fmt: skip
def test_imports(before: str, after: str) -> None:
    assert "\n".join(changed(before)) == after


@pytest.mark.parametrize(
    "program",
    [
        "import tensorflow_hubble as hub",
        "import my.tensorflow_hub as hub",
        "from . import tensorflow_hub",
        "from .tensorflow_hub import load",
        "from mine import tensorflow_hub",
        "'''import tensorflow_hub as hub'''\n# import tensorflow_hub",
        "tensorflow_hub = 1\ntensorflow_hub.keras_layer.KerasLayer",
        "import tfhub as hub\ndef f(hub): return hub.keras_layer.KerasLayer",
        "import tfhub as hub\nwith tf.Session() as s: s.run(hub.Module('a')(['b']))",
    ],
)
def test_what_is_not_the_hubs_stays(program: str) -> None:
    assert migrated(program.encode()) == (program.encode(), [])


@pytest.mark.parametrize(
    ("header", "encoding"),
    [("# -*- coding: latin-1 -*-\r\n", "latin-1"), ("# coding: koi8-r\n", "koi8-r"),
     ("\ufeff", "utf-8"), ("", "utf-8"), ("\f\t\n", "utf-8")],
)  # fmt: skip
def test_every_other_byte_stays(header: str, encoding: str) -> None:
    sign = "ж" if encoding == "koi8-r" else "é"
    program = (
        header + f"import tensorflow_hub as hub\r\nx = '{sign}'  # {sign}\n"
        "if x :\n\ty = ( 1,\\\n  2 )\n\n\n    # odd\nz=[\n1 ,\n]"
    ).encode(encoding)
    after, remarks = migrated(program)
    assert after == program.replace(b"tensorflow_hub", b"tfhub")
    assert not remarks
    assert after.startswith(codecs.BOM_UTF8) == program.startswith(codecs.BOM_UTF8)


def test_what_is_not_to_be_had_is_said() -> None:
    assert said(
        "import tensorflow_hub as hub, importlib",
        "from tensorflow_hub import registry",
        "hub.resolver.tfhub_cache_dir(); hub.module_v2.nothing",
        "importlib.import_module('tensorflow_hub.keras_layer')",
        "hub.KerasLayr; hub.cache_dir(); hub.__version__",
        "from tensorflow_hub import load, keras_layer",
        "from tensorflow_hub.tools import make_image_classifier",
        "setup(install_requires=['tensorflow-hub>=0.12', 'tensorflow-hubble'])",
        "load('https://tfhub.dev/google/elmo/3'); load('https://tfhub.dev/google/elmo/9')",
        "load('gs://tfhub-modules/a/b/1.tar.gz')",
    ) == [
        (2, f"tfhub has no tensorflow_hub.registry; {names.KEEP}"),
        (3, "tfhub has no tensorflow_hub.resolver.tfhub_cache_dir; "
            "hub.cache_dir() is that folder"),
        (3, f"tfhub has no tensorflow_hub.module_v2.nothing; {names.KEEP}"),
        (4, 'the text "tensorflow_hub.keras_layer" names the old library; '
            'write "tfhub"'),
        (5, "tfhub has no tensorflow_hub.KerasLayr; "
            "look for it in the reference, or leave it out"),
        (5, "hub.__version__ becomes the version of tfhub, which counts anew; "
            "compare it no more"),
        (6, "keras_layer and others are imported together; "
            "give each an import of its own, and migrate again"),
        (7, "tfhub has no tensorflow_hub.tools.make_image_classifier; "
            f"{names.KEEP}"),
        (8, 'the text "tensorflow-hub>=0.12" asks pip for the old library; '
            "leave it out"),
        (9, "handles of tfhub.dev lead to Kaggle, which may ask for a login; "
            "TFHUB_MIRROR names another place, if you have one"),
        (9, "https://tfhub.dev/google/elmo/9: "
            "tfhub.dev had the versions 1, 2 and 3 of it; "
            "Give one of them: https://tfhub.dev/google/elmo/3, "
            "https://tfhub.dev/google/elmo/2, https://tfhub.dev/google/elmo/1"),
        (10, "the bucket tfhub-modules was behind tfhub.dev, and is no public place; "
             "write the model's https://tfhub.dev/ handle"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("program", "line", "what"),
    [
        ("import tensorflow_hub\nprint 'a'", 2, "2to3"),
        ("import tensorflow_hub\nx = 1\nexec 'a'", 3, "2to3"),
        ("import tensorflow_hub\nif a <> b: pass", 2, "2to3"),
        ("import tensorflow_hub\ntry: pass\nexcept A, b: pass", 3, "2to3"),
        ("import tensorflow_hub\nraise A, 'b'", 2, "2to3"),
        ("import tensorflow_hub\nx = 0777", 2, "2to3"),
        ("import tensorflow_hub\n\nx = (1", 3, "mend that line"),
        ("import tensorflow_hub\n  x = 1", 2, "mend that line"),
        ("import tensorflow_hub\nx = 1\0", 1, ""),
        ("# coding: nonsense\nimport tensorflow_hub", 1, "mend that line"),
        ("# coding: ascii\nimport tensorflow_hub\n'é'", 1, ""),
    ],
)
def test_what_is_no_python_3_is_named_by_its_line(
    program: str, line: int, what: str
) -> None:
    with pytest.raises(UnreadableError) as raised:
        migrated(program.encode())
    remark = raised.value.remark
    assert "no Python" in remark.what
    assert remark.line == line or line == 1  # some versions of Python know it
    assert what in remark.advice


@pytest.mark.parametrize(
    "deep",
    ["(" * 5000 + ")" * 5000, "a" + ".b()" * 5000, "-" * 20000 + "1",
     "+".join("1" * 20000), "lambda:" * 5000 + "1"],
)  # fmt: skip
def test_what_is_nested_deep_ends_in_a_remark(deep: str) -> None:
    program = f"import tensorflow_hub as hub\nx = {deep}\n".encode()
    with pytest.raises(UnreadableError, match=r"deep|no Python"):
        migrated(program)


def test_what_python_takes_is_taken() -> None:
    program = b"import tensorflow_hub as hub\nx = " + b"[" * 60 + b"]" * 60
    assert migrated(program)[0] == program.replace(b"tensorflow_hub", b"tfhub")


def test_this_projects_own_old_programs_stay() -> None:
    """They are written for this library already."""
    source = (ROOT / "tests/python/test_old_programs.py").read_bytes()
    assert migrated(source)[0] == source
