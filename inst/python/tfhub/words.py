r"""Code within a message, in Python's words and in R's: each reader gets his own.

A message is an ordinary f-string, and what in it is code comes from a function below:

    f"Choose with {argument('as_dict', True)}, or use {call('upgrade', handle)}."

Python reads `as_dict=True` and `hub.upgrade('...')` there, R `as_dict = TRUE` and
`hub_upgrade("...")`. The text of such code has both forms within marks, which `said()`
takes apart; `HubError` and the logger do. The marks are characters of private use,
which `shown()` escapes, and others in each process: no file, and no handle that one
names, can have them.
"""

from __future__ import annotations

import keyword
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any, Literal

from .shown import brief, shown

Language = Literal["python", "r"]

_spoken: Language = "python"
_WIDEST = 1000  # characters of a cell of a table
_PLAIN_MARKS = "\ue0a0", "\ue0a1", "\ue0a2"
_KEY = "".join(chr(0xE100 + byte) for byte in os.urandom(8))
_OPEN, _OR, _CLOSE = (mark + _KEY for mark in _PLAIN_MARKS)
_CODE = re.compile(f"{_OPEN}(.*?){_OR}(.*?){_CLOSE}", re.DOTALL)
_MARK = re.compile(f"({_OPEN}|{_OR}|{_CLOSE})")
# What is not called hub_{name}() in R.
_R_NAMES = {"KerasLayer": "layer_hub", "Module": "hub_module", "describe": "hub_info"}
# Words that R writes otherwise, or not at all, as the name of an argument.
R_WORDS = {
    *("if", "else", "repeat", "while", "function", "for", "next", "break", "in"),
    *("TRUE", "FALSE", "NULL", "Inf", "NaN", "NA", "NA_integer_", "NA_real_"),
    *("NA_complex_", "NA_character_"),
}
# The package that R installs for an extra of this one, which it has within itself.
_R_PACKAGES = {
    "tensorflow": ("tensorflow>=2.15,<2.23",),
    "keras2": ("tf-keras>=2.15,<2.23",),
    "kaggle": ("kagglehub",),
    "hf": ("huggingface_hub",),
    "gcs": ("gcsfs",),
    "s3": ("s3fs",),
    "serve": ("granian", "starlette", "jinja2", "markdown-it-py"),
    "cli": ("rich",),
    "fast": ("isal",),
    "migrate": ("libcst",),
}


def said(text: str, language: Language) -> str:
    """A message in the words of a language."""
    return _CODE.sub(r"\1" if language == "python" else r"\2", text)


def speak(language: Language) -> None:
    """Says in which language the user of this process writes; R says it."""
    global _spoken
    _spoken = language


def spoken() -> Language:
    """The language in which a text is for whoever does not ask for another."""
    return _spoken


def each_part(change: Callable[[str], str], text: str) -> str:
    """A message each of whose parts is changed, in both languages; the marks stay."""
    if _OPEN not in text:
        return change(text)
    parts = _MARK.split(text)
    return "".join(part if i % 2 else change(part) for i, part in enumerate(parts))


def for_others(text: str) -> str:
    """A message whose parts are fit to be shown, with marks that any process knows."""
    return text.replace(_KEY, "")


def from_others(text: str) -> str:
    """What `for_others()` gave, in another process, say."""
    for mark in _PLAIN_MARKS:
        text = text.replace(mark, mark + _KEY)
    return text


def by_language(write: Callable[[Language], str]) -> str:
    """A text that is made for each language, such as a table whose cells have code."""
    python, r = write("python"), write("r")
    return python if python == r else code(python, r)


def table(rows: Sequence[Sequence[str]], most: int = 200) -> str:
    """Rows of cells as lines of columns side by side, all text out of files cut."""

    def write(language: Language) -> str:
        fit = [
            [brief(said(cell, language), _WIDEST) for cell in row]
            for row in rows[:most]
        ]
        widths = [max(map(len, column)) for column in zip(*fit, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in fit]
        lines += [f"... and {len(rows) - most:,} more"] if len(rows) > most else []
        return "\n".join(f"  {line}" for line in lines)

    return by_language(write)


def code(python: str, r: str) -> str:
    """Code that is written otherwise in R."""
    return f"{_OPEN}{python}{_OR}{r}{_CLOSE}"


def value(given: object) -> str:
    """A value as one writes it: `None` and `NULL`, `['a']` and `"a"`."""
    if isinstance(given, str):
        given = shown(given)  # once for both
    return code(_in_python(given), _in_r(given))


def argument(name: str = "", **named: object) -> str:
    """An argument with its value, `as_dict=True`; or by its name alone."""
    if name:
        return code(f"{name}=", f"`{name}`")
    return code(
        _arguments([], named, _in_python, "{}={}"),
        _arguments([], named, _in_r, "{} = {}"),
    )


@dataclass(frozen=True)
class Call:
    """A call within another, as an argument of `call()`."""

    name: str
    argument: object


def name(of: str) -> str:
    """What is called, such as `hub.KerasLayer` and `layer_hub`."""
    return code(f"hub.{of}", _r_function(of))


def function(name: str) -> str:
    """The name of a function of this library: `hub.load()` and `hub_load()`."""
    return code(f"hub.{name}()", f"{_r_function(name)}()")


def call(name: str, *args: object, **kwargs: object) -> str:
    """A call of a function of this library; `...` stands for what is left out."""
    return code(
        f"hub.{name}({_arguments(args, kwargs, _in_python, '{}={}')})",
        f"{_r_function(name)}({_arguments(args, kwargs, _in_r, '{} = {}')})",
    )


def method(owner: str, name: str, *args: object, **kwargs: object) -> str:
    """A call of a method: `m.shout(...)` and `m$shout(...)`."""
    return code(
        f"{member(owner, name)}({_arguments(args, kwargs, _in_python, '{}={}')})",
        f"{owner}${r_name(name)}({_arguments(args, kwargs, _in_r, '{} = {}')})",
    )


def member(owner: str, name: str) -> str:
    """What an object has under a name out of a file, as Python writes it."""
    plain = all(map(_is_identifier, name.split(".")))
    return f"{owner}.{name}" if plain else f"getattr({owner}, {quoted(name)})"


def _is_identifier(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name)


def tensorflow(name: str) -> str:
    """A name of TensorFlow: `tf.compat.v1.Session` and `tf$compat$v1$Session`."""
    return code(f"tf.{name}", f"tf${name.replace('.', '$')}")


def command(line: str, name: str, *args: object, **kwargs: object) -> str:
    """A line for the command `tfhub`, and the function that does the same in R."""
    return code(
        f"tfhub {line}",
        f"hub_{name}({_arguments(args, kwargs, _in_r, '{} = {}')})",
    )


def in_shell(handle: str) -> str:
    """A handle as one word of a command; what is masked would be another handle."""
    import shlex

    return shlex.quote(handle) if shown(handle) == handle else "HANDLE"


def option(name: str, line: str) -> str:
    """An argument to be set, which the command has as an option, too."""
    return code(f"{name}=True (tfhub {line})", f"{r_name(name)} = TRUE")


def tags(names: Iterable[str]) -> str:
    """The tags of a graph variant, as TensorFlow writes them: `{"serve", "tpu"}`."""
    short = sorted(brief(name) for name in names)
    python = ", ".join(map(quoted, short))
    return code("{" + python + "}", _in_r(short) if short else "character()")


def install(*packages: str, upgrade: bool = False) -> str:
    """How a package is installed; `[serve]` stands for an extra of this one."""
    of_r: list[str] = []
    for package in packages:
        of_r += _of_r(package)
    return code(
        f"pip {pip_arguments(*packages, upgrade=upgrade)}",
        f"reticulate::py_install({_in_r(of_r)})",
    )


def pip_arguments(*packages: str, upgrade: bool = False) -> str:
    """What follows `pip` where packages are installed; see `install()`."""
    if spoken() == "r":
        packages = tuple(name for package in packages for name in _of_r(package))
    wanted = (f"tfhub{each}" if each[0] == "[" else each for each in packages)
    quoted = (w if re.fullmatch(r"[\w.-]+", w) else f"'{w}'" for w in wanted)
    return " ".join(["install", *(["-U"] if upgrade else []), *quoted])


def _of_r(package: str) -> tuple[str, ...]:
    return _R_PACKAGES[package[1:-1]] if package[0] == "[" else (package,)


def quoted(text: str, mark: str = '"') -> str:
    """A text as the code of either language, whose escapes are the same here."""
    text = text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    if not text.isprintable():
        odd = (char for char in set(text) if not char.isprintable())
        text = text.translate({ord(char): _escaped(char) for char in odd})
    return f"{mark}{text}{mark}"


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _arguments(
    args: Iterable[object], kwargs: Mapping[str, object], write: Any, form: str
) -> str:
    is_r = write is _in_r
    named = [
        form.format(r_name(name) if is_r else name, write(given))
        for name, given in kwargs.items()
    ]
    return ", ".join([*map(write, args), *named])


def _r_function(name: str) -> str:
    return _R_NAMES.get(name, f"hub_{name}")


def _in_python(given: object) -> str:
    if isinstance(given, EllipsisType):
        return "..."
    if isinstance(given, Call):
        return f"hub.{given.name}({_in_python(given.argument)})"
    if isinstance(given, str):
        return quoted(shown(given), "'" if "'" not in given else '"')
    if isinstance(given, Mapping):
        pairs = (
            f"{_in_python(key)}: {_in_python(item)}" for key, item in given.items()
        )
        return "{" + ", ".join(pairs) + "}"
    if isinstance(given, (set, frozenset)):
        return "{" + ", ".join(map(_in_python, sorted(given))) + "}"
    if isinstance(given, list):
        return f"[{', '.join(map(_in_python, given))}]"
    if isinstance(given, tuple):
        return f"({', '.join(map(_in_python, given))}{',' * (len(given) == 1)})"
    return shown(given)


def _in_r(given: object) -> str:
    if isinstance(given, EllipsisType):
        return "..."
    if isinstance(given, Call):
        return f"{_r_function(given.name)}({_in_r(given.argument)})"
    if given is None:
        return "NULL"
    if isinstance(given, bool):
        return str(given).upper()
    if isinstance(given, int):
        return f"{given}L"
    if isinstance(given, float) and not math.isfinite(given):
        return {"nan": "NaN", "inf": "Inf"}.get(str(given), "-Inf")
    if isinstance(given, str):
        return quoted(shown(given))
    if isinstance(given, Mapping):
        pairs = (f"{r_name(str(key))} = {_in_r(item)}" for key, item in given.items())
        return f"list({', '.join(pairs)})"
    if isinstance(given, (list, tuple, set, frozenset)):
        items = sorted(given) if isinstance(given, (set, frozenset)) else list(given)
        if len(items) == 1 and items[0] is not None:
            return _in_r(items[0])
        same = {type(item) for item in items} <= {str}
        same |= {type(item) for item in items} <= {int, float}
        return f"{'c' if same and items else 'list'}({', '.join(map(_in_r, items))})"
    return shown(given)


def r_name(name: str) -> str:
    """A name as R writes it, for an argument or a member of a list."""
    plain = re.fullmatch(r"(?:[A-Za-z]|\.(?![0-9]))[A-Za-z0-9._]*", name)
    if plain and name not in R_WORDS | {"..."}:
        return name
    # Within backticks R knows no escapes such as \u202e.
    return quoted(name, "`" if name.isprintable() else '"')
