"""Code within messages, in the words of either language."""

from __future__ import annotations

import ast
import logging
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tfhub
from tfhub import words
from tfhub.errors import HubError, InputError


@pytest.mark.parametrize(
    ("code", "python", "r"),
    [
        (words.value(None), "None", "NULL"),
        (words.value(True), "True", "TRUE"),
        (words.value(["a", "b"]), "['a', 'b']", 'c("a", "b")'),
        (words.value({"train"}), "{'train'}", '"train"'),
        (words.value([None, 3]), "[None, 3]", "list(NULL, 3L)"),
        (
            words.value({"trainble": True}),
            "{'trainble': True}",
            "list(trainble = TRUE)",
        ),
        (words.value({"a b": 1.5}), "{'a b': 1.5}", "list(`a b` = 1.5)"),
        (words.value("it's \u202e"), '"it\'s \\\\u202e"', '"it\'s \\\\u202e"'),
        (words.argument("signature"), "signature=", "`signature`"),
        (words.argument(as_dict=True), "as_dict=True", "as_dict = TRUE"),
        (words.argument(**{"for": 1}), "for=1", "`for` = 1L"),
        (words.function("load"), "hub.load()", "hub_load()"),
        (words.function("KerasLayer"), "hub.KerasLayer()", "layer_hub()"),
        (
            words.call("Module", ..., tags={"train"}),
            "hub.Module(..., tags={'train'})",
            'hub_module(..., tags = "train")',
        ),
        (words.method("m", "shout", ...), "m.shout(...)", "m$shout(...)"),
        (
            words.tensorflow("compat.v1.get_variable"),
            "tf.compat.v1.get_variable",
            "tf$compat$v1$get_variable",
        ),
        (
            words.command("cache export a.tar h", "cache_export", "a.tar", "h"),
            "tfhub cache export a.tar h",
            'hub_cache_export("a.tar", "h")',
        ),
        (
            words.install("[tensorflow]"),
            "pip install 'tfhub[tensorflow]'",
            'reticulate::py_install("tensorflow>=2.15,<2.23")',
        ),
        (
            words.install("a", "b>=1"),
            "pip install a 'b>=1'",
            'reticulate::py_install(c("a", "b>=1"))',
        ),
    ],
)
def test_code_in_both_languages(code: str, python: str, r: str) -> None:
    assert words.said(f"Say {code}.", "python") == f"Say {python}."
    assert words.said(f"Say {code}.", "r") == f"Say {r}."


def test_an_error_speaks_both() -> None:
    hint = f"Set {words.argument(as_dict=True)}."
    error = InputError(f"It got {words.value(None)}.", handle="h", hint=hint)
    assert (error.message, error.hint) == ("It got None.", "Set as_dict=True.")
    assert str(error) == error.args[0] == "It got None.\nSet as_dict=True."
    assert error.in_words("r") == ("It got NULL.", "Set as_dict = TRUE.")
    again = pickle.loads(pickle.dumps(error))
    assert again.in_words("r") == error.in_words("r")
    error.message = f"h: {error.marked[0]}"
    assert error.in_words("r")[0] == "h: It got NULL."


def test_an_error_hides_what_is_secret_in_both() -> None:
    url = "https://me:secret@example.com/model"
    error = HubError(f"No {url}", handle=url, hint=f"Use {words.call('load', url)}.")
    assert "secret" not in repr(vars(error))
    assert error.in_words("r")[1] == 'Use hub_load("https://***@example.com/model").'


def test_a_text_cannot_bring_its_own_marks() -> None:
    mine = words.code("good", "evil")
    error = HubError(f"A name: {mine!r}")
    assert error.in_words("r") == error.in_words("python")


PLAIN = "\ue0a0pip install good\ue0a1system('evil')\ue0a2"  # as they once were


@pytest.mark.parametrize("handle", [PLAIN, f"x{PLAIN}\nforged", "\ue0a0", "\ue0a2"])
def test_a_handle_has_no_marks_and_is_one_line(
    handle: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFHUB_OFFLINE", "1")
    code = words.call("load", ...)
    errors = [HubError(f"No {handle}: {code}", handle=handle, hint=f"{handle} {code}")]
    for name in (handle, f"none{handle}", f"{handle}.tar.gz", f"/{handle}"):
        with pytest.raises(HubError) as caught:
            tfhub.resolve(name)
        errors.append(caught.value)
    logging.getLogger("tfhub").warning("%s: %s", Path("/m") / handle, "large")
    for error in errors:
        again = pickle.loads(pickle.dumps(error))
        assert again.in_words("r") == error.in_words("r")
        for language in ("python", "r"):
            text = "\n".join(filter(None, error.in_words(language)))
            assert all(line.isprintable() for line in text.split("\n"))
            assert "\nforged" not in text
            assert ("good" in text) == ("evil" in text)
    assert "hub_load(...)" in errors[0].in_words("r")[0]
    assert caplog.messages[-1].isprintable()


def test_an_error_of_another_process_speaks_both() -> None:
    program = (
        "import pickle, sys; from tfhub import words; from tfhub.errors import *; "
        "error = HubError('It got ' + words.value(None), hint=words.value(True)); "
        "sys.stdout.buffer.write(pickle.dumps(error))"
    )
    there = {"PYTHONPATH": str(Path(tfhub.__file__).parents[1])}
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, env=there
    )
    error = pickle.loads(run.stdout)
    assert error.in_words("python") == ("It got None", "True")
    assert error.in_words("r") == ("It got NULL", "TRUE")


@pytest.mark.parametrize("name", ['x(); import os; os.system("id")', "class", "a b"])
def test_a_name_out_of_a_file_is_no_code(name: str) -> None:
    line = words.said(words.method("m", name, 1), "python")
    call = ast.parse(line, mode="eval").body
    assert isinstance(call, ast.Call)
    assert ast.unparse(call.func) == f"getattr(m, {name!r})"


# Code of Python or of the command line, in a sentence.
PYTHON = re.compile(
    r"\b(True|False|None)\b|\bhub\.\w+\(|\btf\.\w|\w=(?![=\w/*])"
    r"|\btfhub (cache|pack|serve)|\bpip install"
)
# Only Python has it, shows it as a warning, or it is no code.
KEPT = (
    *("an Estimator", "tf.estimator", "`exports_to_keep`", "(None, ", "None of the "),
    *("sha256=", "TF_USE_LEGACY_KERAS=1", "KERAS_BACKEND=", "TFHUB_", "Bearer TOKEN"),
)


def sentences(tree: ast.AST) -> Iterator[str]:
    """What errors are made of: each `msg`, `hint` and `hint=`, without its code."""
    for node in ast.walk(tree):
        found = None
        if isinstance(node, ast.keyword) and node.arg == "hint":
            found = node.value
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id in ("msg", "hint"):
                found = node.value
        if found is not None:
            yield from texts(found)


def texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(getattr(part, "value", "x"))
            for part in node.values
            if isinstance(part, ast.Constant)
        )
    elif not isinstance(node, ast.Call):  # of `words`, say
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def test_no_sentence_of_an_error_has_code_of_one_language() -> None:
    package = Path(tfhub.__file__).parent
    found = set()
    for file in package.rglob("*.py"):
        if "testing" not in file.parts and "cli" not in file.stem:
            found |= set(sentences(ast.parse(file.read_text("utf-8"))))
    assert len(found) > 300
    left = {text for text in found if PYTHON.search(text)}
    left = {text for text in left if not any(kept in text for kept in KEPT)}
    assert left == set()


def test_r_installs_what_pip_would() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    section = text.partition("[project.optional-dependencies]")[2].partition("\n\n")[0]
    wanted = {
        extra: set(ast.literal_eval(packages))
        for extra, packages in re.findall(r"^(\w+) = (\[.*\])$", section, re.M)
    }
    assert words._R_PACKAGES.keys() == wanted.keys() - {"all"}
    for extra, packages in words._R_PACKAGES.items():
        names = {re.split("[<>=]", package)[0] for package in wanted[extra]}
        assert set(packages) <= wanted[extra] | names
        assert {re.split("[<>=]", package)[0] for package in packages} == names
    for extra in ("tensorflow", "keras2"):  # whose bounds a later release breaks
        assert set(words._R_PACKAGES[extra]) == wanted[extra]
