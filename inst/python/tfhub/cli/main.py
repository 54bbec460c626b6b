"""The command `tfhub`. Each command imports what it needs when it runs."""

from __future__ import annotations

import argparse
import io
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from .._version import __version__
from ..errors import HubError
from ..shown import hide, shown_lines
from . import cache, hosting, making, migrate, models, old_name


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status: 0, or 1 for an error it explains.

    A command of `tfhub cache` also gives 1 for what is damaged or could not be removed.

    Wrong usage ends with 2, Ctrl-C with 130, a reader that went away with 141.
    """
    _Parser.given = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal cannot show is escaped: names in a model are any text.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is left in the buffer has no reader: keep it from failing once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    except HubError as error:
        print(f"tfhub: {hide(error.message, *_Parser.given)}", file=sys.stderr)
        if error.hint:
            print(hide(error.hint, *_Parser.given), file=sys.stderr)
        return 1
    except OSError as error:
        text = shown_lines(hide(str(error), *_Parser.given))
        print(f"tfhub: {text}", file=sys.stderr)
        return 1
    return status or 0


class _Parser(argparse.ArgumentParser):
    """Quotes no login of a handle that is one too many."""

    given: Sequence[str] = ()  # in which it is known where each argument ends

    def error(self, message: str) -> NoReturn:
        values = [each.partition("=")[2] for each in self.given if each[:1] == "-"]
        super().error(shown_lines(hide(message, *self.given, *values)))


# As the site groups the functions.
_GROUPS: tuple[tuple[str, tuple[Callable[[Any], None], ...]], ...] = (
    ("Set up", (models.add_doctor_to, migrate.add_to)),
    ("Find a model and see what is in it", (models.add_to,)),
    ("Make and publish a model", (making.add_to, hosting.add_to)),
    ("Keep the cache small, and carry models elsewhere", (cache.add_to,)),
    ("Run old programs", (old_name.add_to,)),
)


class _Group:
    """The commands of a group, whose list argparse would not divide."""

    def __init__(self, commands: Any) -> None:
        self._commands = commands
        self.rows: list[tuple[str, str]] = []

    def add_parser(self, name: str, *, help: str, **options: Any) -> Any:
        self.rows.append((name, help))
        return self._commands.add_parser(name, **options)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tfhub",
        usage="tfhub [-h] [--version] COMMAND ...",
        description="Resolve, describe, make, pack and serve models of TensorFlow Hub.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tfhub {__version__}")
    commands = parser.add_subparsers(
        metavar="COMMAND", required=True, help=argparse.SUPPRESS, prog="tfhub"
    )
    lines = []
    for title, parts in _GROUPS:
        group = _Group(commands)
        for add_to in parts:
            add_to(group)
        lines += ["", f"{title}:"]
        for name, text in group.rows:
            lines += textwrap.wrap(
                text, 78, initial_indent=f"  {name:<22}", subsequent_indent=" " * 24
            )
    parser.epilog = "\n".join(
        [*lines[1:], "", "tfhub COMMAND --help says more of each."]
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
