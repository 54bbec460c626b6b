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


def _doctor(_: argparse.Namespace) -> int:
    from .doctor import examine, report

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found = examine()
    print(report(found))
    return int(bool(found["problems"]))
