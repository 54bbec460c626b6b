"""The command `tfhub migrate`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..shown import shown

if TYPE_CHECKING:
    from ..migrating.project import Program

_EPILOG = """\
Python, notebooks, R, R Markdown and Quarto are read; nothing is run. What is shown
as a diff is changed; what starts with a file and a line is for you to decide. Python
is read by libcst (pip install libcst), R by the Rscript of the PATH. Folders of
others, such as .git, site-packages and node_modules, are left out.
"""


def add_to(commands: Any) -> None:
    """Adds `migrate` to the commands of `tfhub`."""
    part = commands.add_parser(
        "migrate",
        help="change programs for tensorflow_hub or the old R package to this one",
        description="Says what changes in programs for tensorflow_hub and the old R "
        "package,\nand with --write changes it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    part.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
    part.add_argument("--write", action="store_true", help="change the files")
    part.add_argument(
        "--check",
        action="store_true",
        help="give 1 where something changes",
    )
    part.set_defaults(run=_migrate)


def _migrate(arguments: argparse.Namespace) -> int:
    from ..migrating.project import migrate

    say = _printer()
    changed = remarks = 0
    for program in migrate(arguments.paths, write=arguments.write):
        changed += program.is_changed
        remarks += len(program.remarks)
        for line, style in _lines(program):
            say(line, style)
    if changed or remarks:
        print()
    word = "changed" if arguments.write else "to change"
    print(f"{_count(changed, 'file')} {word}, {_count(remarks, 'remark')}.")
    if changed and not arguments.write:
        print("--write changes them; keep a copy, or have them in version control.")
    return int(arguments.check and changed > 0)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _lines(program: Program) -> Iterator[tuple[str, str]]:
    """What is said of a program, each line with its style."""
    from ..migrating.diffs import diff, said

    if program.is_written:
        yield f"wrote {shown(program.path)}", "bold"
    elif program.is_changed:
        for line in diff(program):
            yield line, _STYLES.get(line[:1], "")
    for remark in program.remarks:
        yield said(program, remark), "yellow"


_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def _printer() -> Callable[[str, str], None]:
    """Prints a line in its style, on a terminal and by rich if that is there."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        return lambda line, _: print(line)
    if not sys.stdout.isatty():
        return lambda line, _: print(line)
    console = Console(markup=False, emoji=False, highlight=False, soft_wrap=True)
    return lambda line, style: console.print(Text(line, style))
