"""What R asks of the old name in one step."""

from __future__ import annotations

from typing import Any

from . import environment
from .standing import standing


def alias(action: str) -> dict[str, Any]:
    """Does what `hub_alias()` is for, and looks at what is there then.

    Args:
      action: `install`, `remove`, or `status`, which only looks.

    Raises:
      AliasError: As `environment.install()` and `environment.remove()`.
    """
    if action != "status":
        {"install": environment.install, "remove": environment.remove}[action]()
    found = standing()
    answers = found.answers
    whose = "nobody" if answers is None else "tfhub" if answers.ours else "other"
    return {
        "answers": whose,
        "version": answers.version if answers else "",
        "place": answers.place if answers else "",
        "pins": [list(pin) for pin in found.pins],
        "problems": [list(problem) for problem in found.problems],
    }
