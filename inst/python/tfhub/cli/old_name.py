"""The commands of `tfhub` by which programs get it as `tensorflow_hub`."""

from __future__ import annotations

import argparse
from typing import Any

_ASKED = "--as-tensorflow-hub"
_WAYS = (
    "The name tensorflow_hub, which other people's packages import, for this library: "
    "in all programs of this environment."
)


def add_to(commands: Any) -> None:
    """Adds them to the commands of `tfhub`."""
    # No option is its own, so that all of them come as they were given.
    run = commands.add_parser(
        "run",
        help="run a Python program in which tensorflow_hub is tfhub",
        description="Runs a Python program as python does. In it, and in each Python "
        "that it starts, `import tensorflow_hub` is tfhub. No file is changed.",
        usage=f"tfhub run {_ASKED} (FILE | -m MODULE) [ARGUMENT ...]",
        prefix_chars="\0",
        add_help=False,
    )
    run.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        metavar=_ASKED,
        help="and what python would be given",
    )
    run.set_defaults(run=lambda arguments: _run(run, arguments.arguments))

    alias = commands.add_parser(
        "alias", help="let tfhub answer to tensorflow_hub", description=_WAYS
    )
    actions = alias.add_subparsers(metavar="ACTION", required=True)
    for name, text, function in (
        ("install", "install a small package tensorflow_hub", _install),
        ("remove", "remove it again", _remove),
        ("status", "say who answers, and what packages ask for", _status),
    ):
        action = actions.add_parser(name, help=text, description=f"{_WAYS} {text}.")
        action.set_defaults(run=function)


def _run(parser: argparse.ArgumentParser, given: list[str]) -> int:
    if given[:1] in (["-h"], ["--help"]):
        parser.print_help()
        return 0
    if given[:1] != [_ASKED] or not given[1:]:
        parser.error(f"give {_ASKED}, and then a file, or -m and a module")
    from ..old_name.running import run

    return run(given[1:])


def _install(_: argparse.Namespace) -> None:
    from ..old_name.environment import install

    _say(f"import tensorflow_hub is tfhub now, in all programs here: {install()}")
    _show_pins()


def _remove(_: argparse.Namespace) -> None:
    from ..old_name.environment import remove

    removed = remove()
    for place in removed:
        _say(f"Removed {place}")
    if not removed:
        print("There is no alias here.")


def _status(_: argparse.Namespace) -> int:
    from ..old_name.standing import standing

    found = standing()
    _say(f"tensorflow_hub: {found.text}")
    _show_pins()
    for what, remedy in found.problems:
        _say(f"Problem: {what}")
        _say(f"  {remedy}")
    return int(bool(found.problems))


def _show_pins() -> None:
    from ..old_name.standing import standing

    says = {True: "met", False: "not met", None: "not known whether it is met"}
    for pin in standing().pins:
        _say(f"{pin.package} asks for {pin.wants}: {says[pin.met]}")


def _say(text: str) -> None:
    """Prints a line; names and versions come from the files of other packages."""
    from ..shown import shown

    print(shown(text))
