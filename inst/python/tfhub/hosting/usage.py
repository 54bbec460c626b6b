"""Lines of R and of Python that load a model and call it.

They are copied and run. What stands in them comes out of the model's files, so each
name is written as a string, a name or a comment of the language, and nothing else.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..formats.description import Description, Signature
from ..shown import shown
from ..words import R_WORDS, quoted, r_name

_LONGEST_LINE = 56  # of code, so that two blocks fit beside each other
_LONGEST_NAME = 100  # of an input or a signature; a call with a longer one is not shown
_MOST_INPUTS = 20
# What the lines themselves use, or what the user would not want to be replaced.
_TAKEN = {"m", "hub", "tfhub", "list", "library", "hub_load", "c", "t"}
_TAKEN |= R_WORDS | {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}

Call = dict[str, Any]  # inputs: names; signature: name or ""; comment: text


def calls(model: Description) -> list[Call]:
    """What to show: the model's own call, and the first signature that needs a name."""
    return [call for call in _calls(model) if _can_be_shown(call)]


def usage(calls: Iterable[Call], url: str) -> dict[str, str]:
    """Lines of R and of Python that load a model from its URL, and call it."""
    in_r = ["library(tfhub)", f"m <- hub_load({quoted(url)})"]
    in_python = ["import tfhub as hub", f"m = hub.load({quoted(url)})"]
    for call in calls:
        comment = shown(call["comment"])
        above = ["", f"# {comment}"] if len(comment) <= _LONGEST_LINE else [""]
        values = dict(zip(call["inputs"], _variables(call["inputs"]), strict=True))
        pairs_r = [f"{r_name(name)} = {value}" for name, value in values.items()]
        pairs_python = [f"{quoted(name)}: {value}" for name, value in values.items()]
        named = f"signature = {quoted(call['signature'])}" if call["signature"] else ""
        in_r += [*above, _call(_inputs(values, pairs_r, "list({})"), named)]
        named = named.replace(" = ", "=", 1)
        in_python += [*above, _call(_inputs(values, pairs_python, "{{{}}}"), named)]
    return {"R": "\n".join(in_r), "Python": "\n".join(in_python)}


def trusting_lines(tree: str) -> dict[str, str]:
    """Lines of R and of Python that trust a model by its tree digest."""
    return {
        "R": f"library(tfhub)\nhub_trust({quoted(tree)})",
        "Python": f"import tfhub as hub\nhub.trust({quoted(tree)})",
    }


def _calls(model: Description) -> Iterator[Call]:
    own = model.functions.get("__call__")
    default = model.default_signature
    if own:
        first = re.match(r"\w+", own[0].arguments)
        inputs = [first.group() if first else "x"]
        yield {"inputs": inputs, "signature": "", "comment": own[0].arguments}
    elif default:
        yield _of_signature(model.signatures[default], "")
    for name, signature in model.signatures.items():
        if name != default:
            yield _of_signature(signature, name)
            return


def _of_signature(signature: Signature, name: str) -> Call:
    some = list(signature.inputs.items())[: _MOST_INPUTS + 1]
    comment = ", ".join(f"{key[:99]}: {str(tensor)[:99]}" for key, tensor in some)
    return {
        "inputs": [key for key, _ in some],
        "signature": name,
        "comment": comment,
    }


def _can_be_shown(call: Call) -> bool:
    """Whether both languages can write all of its names, in reasonable room."""
    call["comment"] = call["comment"][:200]
    names = [*call["inputs"], *filter(None, [call["signature"]])]
    return len(call["inputs"]) <= _MOST_INPUTS and all(
        0 < len(name) <= _LONGEST_NAME
        and "\0" not in name  # which R does not have
        and not any("\ud800" <= char <= "\udfff" for char in name)
        for name in names
    )


def _variables(names: Iterable[str]) -> list[str]:
    """Names of variables of both languages, for the values of inputs."""
    found: list[str] = []
    for name in names:
        word = re.sub(r"[^A-Za-z0-9_]", "_", name).lstrip("_") or "x"
        word = f"x{word}" if word[0].isdigit() else word
        word = f"{word}_" if word in _TAKEN else word
        number = 2
        unique = word
        while unique in found:
            unique, number = f"{word}_{number}", number + 1
        found.append(unique)
    return found


def _inputs(values: dict[str, str], pairs: list[str], form: str) -> str:
    if len(values) == 1:
        return next(iter(values.values()))
    return form.format(", ".join(pairs))


def _call(*arguments: str) -> str:
    some = [argument for argument in arguments if argument]
    line = f"m({', '.join(some)})"
    if len(line) <= _LONGEST_LINE:
        return line
    return "m(\n" + ",\n".join(f"  {argument}" for argument in some) + "\n)"
