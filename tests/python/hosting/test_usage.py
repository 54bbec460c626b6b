"""The code to copy is code in both languages, whatever the names in a model are."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess

import pytest

from tfhub.formats.description import (
    Call,
    Description,
    Graph,
    Signature,
    Tensor,
    Variables,
)
from tfhub.hosting.usage import calls, quoted, usage

NUMBER = Tensor("float32", (None, 3))
HOSTILE = [
    'x"); system("id"); ("', "x'); __import__('os').system('id') #", "a\nb",
    "a\r\nsystem('id')", "`; system('id'); `", "\\", "a\\", '\\"', "%s %d", "{}{0}",
    "class", "lambda", "None", "TRUE", "if", "function", "...", "..1", "_x", "2nd",
    "a b", "a.b", "naïve", "日本", "\u202egnp", "\x1b[2J", "\x7f", "\u2028", "\u2029",
    "\f\v\t", "😀", "\U000e0001", "m", "list", "hub", "${x}", "</code><script>",
    "a\u0301", "'", '"""', "#", "x\x00y", "", "s" * 101, "\\u0041", "\\x41", "\x85",
]  # fmt: skip


def model(inputs: dict[str, dict[str, Tensor]], *own: Call) -> Description:
    signatures = {name: Signature(some, {}) for name, some in inputs.items()}
    functions = {"__call__": own} if own else {}
    graph = Graph(("serve",), signatures, functions, ())
    return Description("", "", "", "", (graph,), Variables(0, 0, 0), {}, 0)


def shown(of: Description, url: str = "http://h/m") -> dict[str, str]:
    return usage(calls(of), url)


def in_python(code: str) -> list[ast.stmt]:
    return ast.parse(code).body


def in_r(codes: list[str]) -> list[list[list[str]]]:
    """Of each piece of R, what each expression calls, and all strings in it."""
    program = """
    codes <- jsonlite::fromJSON(file("stdin"), simplifyVector = FALSE)
    strings <- function(e) {
      if (is.character(e)) return(e)
      if (!is.call(e)) return(NULL)
      named <- setdiff(names(as.list(e)), c("", "signature", NA))
      c(unlist(lapply(as.list(e)[-1], strings)), named)
    }
    out <- lapply(codes, function(code) {
      lapply(as.list(parse(text = code, encoding = "UTF-8")), function(e) {
        as.list(c(deparse(e[[1]]), enc2utf8(as.character(strings(e)))))
      })
    })
    cat(jsonlite::toJSON(out, auto_unbox = TRUE))
    """
    run = subprocess.run(
        ["Rscript", "-e", program],
        input=json.dumps(codes), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return list(json.loads(run.stdout))


def hostile_models() -> list[tuple[Description, set[str]]]:
    """Models with hostile names, and the strings that the code for them may hold."""
    found = []
    for name in HOSTILE:
        found += [
            (model({name: {"x": NUMBER}}), set()),  # the default, which needs no name
            (model({"default": {"x": NUMBER}, name: {"x": NUMBER}}), {name}),
            (model({"serving_default": {name: NUMBER, "y": NUMBER}}), {name, "y"}),
            (model({}, Call(f"{name}: float32[?, 3]", "float32[?]")), set()),
        ]
    every = {name: NUMBER for name in HOSTILE[:20]}
    return [*found, (model({"serving_default": every}), set(every))]


def test_python_is_what_it_seems() -> None:
    for of, strings in hostile_models():
        code = shown(of, "http://h/a%22b")["Python"]
        first, second, *rest = in_python(code)
        assert isinstance(first, ast.Import)
        assert isinstance(second, ast.Assign)
        assert ast.unparse(second) == "m = hub.load('http://h/a%22b')"
        found = set()
        for statement in rest:
            assert isinstance(statement, ast.Expr)
            call = statement.value
            assert isinstance(call, ast.Call)
            assert isinstance(call.func, ast.Name)
            assert call.func.id == "m"
            nodes = [node for node in ast.walk(call) if node not in (call, call.func)]
            assert not any(isinstance(node, ast.Call) for node in nodes)
            found |= {n.value for n in nodes if isinstance(n, ast.Constant)}
            names = [node.id for node in nodes if isinstance(node, ast.Name)]
            assert len(names) == len(set(names))
            assert "m" not in names
        assert found <= strings


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_is_what_it_seems() -> None:
    models = hostile_models()
    codes = [shown(of, "http://h/a%22b")["R"] for of, _ in models]
    for (_, strings), expressions in zip(models, in_r(codes), strict=True):
        first, second, *rest = expressions
        assert first[0] == "library"
        assert second == ["<-", "http://h/a%22b"]
        for called, *found in rest:
            assert called == "m"
            assert set(found) <= strings


def test_names_that_can_be_written_are_there() -> None:
    odd = {"a b": NUMBER, "2nd": NUMBER, "class": NUMBER, "if": NUMBER}
    lines = shown(model({"default": {"x": NUMBER}, "two": odd}))
    assert "m(x)" in lines["Python"].splitlines()
    assert "list(`a b` = a_b, `2nd` = x2nd, class = class_, `if` = if_)" in lines["R"]
    assert '{"a b": a_b, "2nd": x2nd, "class": class_, "if": if_}' in lines["Python"]
    assert 'signature = "two"' in lines["R"]
    assert 'signature="two"' in lines["Python"]
    assert shown(model({}), "http://h/m")["Python"].endswith(
        'm = hub.load("http://h/m")'
    )


def test_the_own_call_comes_first() -> None:
    lines = shown(model({}, Call("images: float32[?, 3]", "float32[?]")))
    assert lines["R"].splitlines() == [
        "library(tfhub)",
        'm <- hub_load("http://h/m")',
        "",
        "# images: float32[?, 3]",
        "m(images)",
    ]


def test_variables_of_one_name_are_told_apart() -> None:
    lines = shown(model({"default": {"a b": NUMBER, "a.b": NUMBER, "a_b": NUMBER}}))
    assert 'm({"a b": a_b, "a.b": a_b_2, "a_b": a_b_3})' in lines["Python"]


@pytest.mark.parametrize("text", HOSTILE)
def test_quoted(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert quoted(text).isprintable()
