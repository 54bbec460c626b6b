"""What to do next where a function is called with other arguments than it has."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from .. import words
from ..shown import brief, listed
from .coercion import columns

_MOST = 20  # names in a piece of advice


def of_arguments(
    names: Sequence[str],
    inputs: Sequence[str],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> str | None:
    """The next step where arguments are unknown, too many or missing.

    Args:
      names: The names of all arguments of the function; none where it does not say.
      inputs: Those of them that are tensors.
      args: What was given by position.
      kwargs: What was given by name.
    """
    if not names:
        return None
    unknown = [name for name in kwargs if name not in names]
    if unknown:
        return _of_unknown(unknown[0], names, inputs)
    if len(args) > len(names):
        few = "argument" if len(names) == 1 else "arguments"
        return f"It takes {len(names)} {few}: {_listed(names)}."
    given = {*names[: len(args)], *kwargs}
    missing = [name for name in inputs if name not in given]
    if not missing:
        return None
    value = columns(args[0]) if len(args) == 1 and not kwargs else None
    if isinstance(value, Mapping) and set(inputs) <= set(map(str, value)):
        first = words.code(
            f"{inputs[0]}=x[{words.said(words.value(inputs[0]), 'python')}]",
            f"{words.r_name(inputs[0])} = x${words.r_name(inputs[0])}",
        )
        return f"Give each of {_listed(inputs)} as an argument of its own: {first}, ..."
    return f"Give {_listed(missing)}, too."


def _of_unknown(name: str, names: Sequence[str], inputs: Sequence[str]) -> str:
    # Of R, where what is said of the signature has the same way to be given.
    ours = ("signature", "as_dict")
    near = difflib.get_close_matches(name, [*names, *ours], 1)
    hint = f"There is no argument {_listed([name])}"
    if near:
        return f"{hint}; did you mean {_listed(near)}?"
    hint += f", only {_listed(names)}."
    return f"{hint} The input needs no name." if len(inputs) == 1 else hint


def _listed(names: Sequence[str]) -> str:
    return listed([brief(name) for name in names], _MOST)
