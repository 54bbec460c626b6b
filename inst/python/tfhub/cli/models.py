"""The commands of `tfhub` that find models and look at them."""

from __future__ import annotations

import argparse
import os
from typing import Any

_HANDLE = "a URL, an archive or a folder"


def add_to(commands: Any) -> None:
    """Adds them to the commands of `tfhub`."""
    resolve = commands.add_parser(
        "resolve",
        help="download a model and print the path of its folder",
        description="Downloads a model that is not in the cache, and prints its path.",
    )
    resolve.add_argument("handle", metavar="HANDLE", help=_HANDLE)
    resolve.add_argument(
        "--refresh", action="store_true", help="ask if what is cached is current"
    )
    resolve.add_argument(
        "--offline", action="store_true", default=None, help="use only what is cached"
    )
    resolve.set_defaults(run=_resolve)

    search = commands.add_parser(
        "search",
        help="find a model among those that tfhub.dev listed",
        description="Finds models by words, such as: spanish text embedding. The table "
        "is in the package; nothing is downloaded.",
    )
    search.add_argument("query", nargs="*", metavar="WORD", help="words, or a path")
    for name in ("task", "language", "dataset", "architecture", "publisher", "format"):
        search.add_argument(f"--{name}", help=f"only models of this {name}")
    search.add_argument("--most", type=int, default=20, help="how many (%(default)s)")
    search.add_argument("--json", action="store_true", help="print them as JSON")
    search.set_defaults(run=_search)

    info = commands.add_parser(
        "info",
        help="describe a model: signatures, functions, variables, size",
        description="Describes a model from its files; TensorFlow is not needed.",
    )
    info.add_argument("handle", metavar="HANDLE", help=_HANDLE)
    info.add_argument("--json", action="store_true", help="print it as JSON")
    info.add_argument(
        "--digest", action="store_true", help="compute its tree digest from its files"
    )
    info.set_defaults(run=_info)

    scan = commands.add_parser(
        "scan",
        help="list what a model does beyond computing: files, code, the network",
        description="Reads all graphs and functions of a model, without TensorFlow, "
        "and lists the ops that reach out of it. Gives 1 where there is one.",
    )
    scan.add_argument("handle", metavar="HANDLE", help=_HANDLE)
    scan.add_argument("--json", action="store_true", help="print it as JSON")
    scan.set_defaults(run=_scan)


def add_doctor_to(commands: Any) -> None:
    """Adds `doctor`, which looks at what models are used with."""
    doctor = commands.add_parser(
        "doctor",
        help="say which Python, TensorFlow and cache are in use, and what is wrong",
        description="Examines this Python; gives 1 where something is wrong.",
    )
    doctor.set_defaults(run=_doctor)


def _resolve(arguments: argparse.Namespace) -> None:
    from ..fetch.resolve import resolve
    from .tables import show_path

    show_path(
        resolve(arguments.handle, offline=arguments.offline, refresh=arguments.refresh)
    )


def _info(arguments: argparse.Namespace) -> None:
    from ..describing.describe import describe

    description = describe(arguments.handle, digest=arguments.digest)
    if arguments.json:
        import json

        print(json.dumps(description.to_dict(), indent=2))
    else:
        from .tables import show

        show(description)


def _search(arguments: argparse.Namespace) -> None:
    from ..describing.search import search

    names = ("task", "language", "dataset", "architecture", "publisher", "format")
    found = search(
        " ".join(arguments.query),
        most=arguments.most,
        **{name: getattr(arguments, name) for name in names},
    )
    if arguments.json:
        import json

        print(json.dumps([each.to_dict() for each in found], indent=2))
    else:
        from ..shown import brief

        width = max((len(each.handle) for each in found), default=0)
        for each in found:  # no table, which would break handles that are long
            cached = ", in the cache" if each.cached else ""
            facts = brief(f"{each.format}, {each.task}{cached}")
            print(f"{brief(each.handle).ljust(width)}  {facts}")


def _scan(arguments: argparse.Namespace) -> int:
    from ..describing.scan import scan

    found = scan(arguments.handle)
    if arguments.json:
        import json

        print(json.dumps(found.to_dict(), indent=2))
    else:
        from .tables import show_scan

        show_scan(found)
    return int(bool(found.findings))


def _doctor(_: argparse.Namespace) -> int:
    from .doctor import examine, report

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found = examine()
    print(report(found))
    return int(bool(found["problems"]))
