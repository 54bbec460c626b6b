"""Programs in R, read by R's own parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfhub.errors import DependencyError
from tfhub.migrating import r_tree
from tfhub.migrating.r_code import migrated
from tfhub.migrating.remarks import UnreadableError

pytestmark = pytest.mark.skipif(r_tree.rscript() is None, reason="there is no Rscript")
ROOT = Path(__file__).parents[3]
NEW = 'import_from_path("tfhub", system.file("python", package = "tfhub")'


def changed(program: str) -> str:
    after = migrated(program.encode())[0].decode()
    assert migrated(after.encode())[0].decode() == after
    return after


def test_only_tokens_that_change_are_others() -> None:
    """Whatever R counts as a column: tabs, wide and combined characters, directives."""
    before = (
        "\tx<-'é 日本 👩‍👩‍👧';\thub=reticulate :: import ( 'tensorflow_hub' )\r\n"
        '#line 7 "other.R"\n`日本` <- r"(import("tensorflow_hub"))"\n'
        'f <- \\(x) { y <- import("tensorflow_hub", convert = FALSE); y }\n'
        "# import('tensorflow_hub')\n"
        '"import(\'tensorflow_hub\')"\n\n\n'
    )  # fmt: skip
    after = before.replace(
        "import ( 'tensorflow_hub' )", NEW.replace("(", " ( ", 1) + " )"
    )
    after = after.replace('import("tensorflow_hub", conv', f"{NEW}, conv")
    assert changed(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('install_tfhub("0.12.0")', "install_tfhub()"),
        ("tfhub::install_tfhub(version = 'nightly')", "tfhub::install_tfhub()"),
        ('import(module = "tensorflow_hub", as = "h")',
         'import_from_path(module = "tfhub", system.file("python", package = "tfhub"), '
         'as = "h")'),
        ('importFrom(tfhub, "tensorflow_hub")', 'importFrom(tfhub, "tensorflow_hub")'),
        ("m <- hub_load('a')\ns <- tf$Session()\n"
         "s$run(tf$global_variables_initializer()) # go\n"
         "s$run(list(tf$compat$v1$tables_initializer()))\nx <- s$run(m(c('a', 'b')))\n"
         "y = s$run( x )\ns$close()\n",
         None),
        ("m <- hub_load('a')\nx <- m('b')\ns <- tf$compat$v1$Session()\n"
         "s$run(list(tf$compat$v1$global_variables_initializer(),\n"
         "  tf$compat$v1$tables_initializer()))\nprint(s$run(x))\ns$close()\n",
         "m <- hub_load('a')\nx <- m('b')\nprint(as.array(x))\n"),
        ("tf$compat$v1$disable_eager_execution(); m <- tfhub::hub_load('a')\n"
         "f <- function(x) {\n  s <- tf$Session()\n"
         "  s$run(tf$global_variables_initializer())\n  y <- s$run(m(x))\n"
         "  s$close()\n  y\n}\n",
         "invisible(); m <- tfhub::hub_load('a')\n"
         "f <- function(x) {\n  y <- as.array(m(x))\n  y\n}\n"),
        ("m = hub_load('a')\ns = tf$Session()\nf = function(x) {\n  y = s$run(m(x))\n"
         "  y\n}\ns$run(m('b')) -> z\n",
         "m = hub_load('a')\nf = function(x) {\n  y = as.array(m(x))\n"
         "  y\n}\nas.array(m('b')) -> z\n"),
        ("s <- tf$Session()\ns$run(m(1))\n", None),
        ("m <- hub_load('a')\ns <- tf$Session()\ns$run(m(p), dict(p = 1))\n", None),
        ("m <- hub_load('a')\ns <- tf$Session()\nf(s)\n", None),
        ("m <- hub_load('a')\np <- tf$placeholder('string')\ns <- tf$Session()\n"
         "s$run(m(p))\n", None),
        ("with(tf$Session() %as% s, s$run(m(1)))\n", None),
    ],
)  # fmt: skip
def test_calls(before: str, after: str | None) -> None:
    assert changed(before) == (before if after is None else after)


def test_what_is_for_a_person_is_said() -> None:
    program = """library(tfhub)
library(tfestimators)
embed <- hub_load("https://tfhub.dev/google/elmo/3")
df$text_txt_emb_0001 + df[["text_txt_emb_0002"]] + df$txt_emb_1
py_install(c("tensorflow-hub", "numpy"))
install_tfhub(version = v, method = "conda")
e <- tf$estimator$DNNClassifier(tf$feature_column$x)
tf$contrib$layers
hub <- import("tensorflow_hub.keras_layer")
s <- tf$Session(config = 1)
"""
    after, remarks = migrated(program.encode())
    assert after.decode() == program
    assert [(each.line, each.what[:24]) for each in remarks] == [
        (2, "Estimators left TensorFl"),
        (3, "handles of tfhub.dev lea"),
        (4, "text_txt_emb_0001 is a c"),
        (4, '"text_txt_emb_0002" is a'),
        (5, 'the text "tensorflow-hub'),
        (6, "`version` of install_tfh"),
        (7, "Estimators left TensorFl"),
        (8, "tf$contrib ended with Te"),
        (9, '"tensorflow_hub.keras_la'),
        (10, "the session has argument"),
    ]
    assert all(each.advice for each in remarks)


@pytest.mark.parametrize(
    ("program", "line", "what"),
    [
        ("library(tfhub)\nx <- c(1\nif else\n", 3, "unexpected"),
        ("library(tfhub)\nx <- (", 3, "end of input"),
        ("'\\q'", 1, "unrecognized escape"),
        ("x <- 'a\n", 1, "INCOMPLETE_STRING"),
        ("(" * 5000 + ")" * 5000, 1, ""),
        ("é\n\0x", 2, "null"),
    ],
)
def test_what_is_no_r_is_named_by_its_line(program: str, line: int, what: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        migrated(program.encode())
    assert raised.value.remark.line == line
    assert what in raised.value.remark.what


def test_nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made"
    (tmp_path / ".Rprofile").write_text(f"file.create('{made}')")
    monkeypatch.chdir(tmp_path)
    program = f"library(tfhub)\nfile.create('{made}')\nsystem('touch {made}')\n"
    assert migrated(program.encode()) == (program.encode(), [])
    assert not made.exists()


def test_without_rscript(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("R_HOME", raising=False)
    with pytest.raises(DependencyError, match="no Rscript"):
        migrated(b"library(tfhub)")


def test_the_r_code_of_this_project_stays() -> None:
    """It is written for this library already, if not for the old names of columns."""
    for file in [
        *(ROOT / "R").glob("*.R"),
        *(ROOT / "tests/testthat/old-code").iterdir(),
    ]:
        source = file.read_bytes()
        assert migrated(source)[0] == source, file
