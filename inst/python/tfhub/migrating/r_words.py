"""Calls, arguments and texts in R code."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from .r_tree import Part

Edit = tuple[int, int, str]  # from a place to a place: what stands there then


@dataclass
class Argument:
    """An argument of a call, its name empty where it has none."""

    name: str
    value: Part
    start: int
    end: int


def called(part: Part) -> Part | None:
    """The expression that a call calls: `hub_load`, `reticulate::import`, `s$run`."""
    kinds = [each.kind for each in part.children]
    if part.kind == "expr" and kinds[:2] == ["expr", "'('"]:
        return part.children[0]
    return None


def argument_list(call: Part) -> list[Argument]:
    """The arguments of a call, in order."""
    found: list[Argument] = []
    name, start = "", 0
    for each in call.children[2:]:
        if each.kind in ("SYMBOL_SUB", "STR_CONST"):
            name, start = string_value(each), each.start
        elif each.kind == "expr":
            found.append(Argument(name, each, start if name else each.start, each.end))
            name = ""
        elif each.kind == "','":
            name = ""
    return found


def string_value(part: Part) -> str:
    """What a text or a name says; the text itself of anything else."""
    text = part.text
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        if "\\" not in text:
            return text[1:-1]
        try:  # most escapes are those of Python
            return str(ast.literal_eval(text))
        except (SyntaxError, ValueError):
            return text
    return text
