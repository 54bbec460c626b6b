"""The command `tfhub`. Each command imports what it needs when it runs."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from .._version import __version__
from ..errors import HubError
from ..shown import hide, shown_lines
from . import cache, making


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


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tfhub",
        description="Resolve, describe, pack and serve models of TensorFlow Hub.",
    )
    parser.add_argument("--version", action="version", version=f"tfhub {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    handle = "a URL, an archive or a folder"

    resolve = commands.add_parser(
        "resolve",
        help="download a model and print the path of its folder",
        description="Downloads a model that is not in the cache, and prints its path.",
    )
    resolve.add_argument("handle", metavar="HANDLE", help=handle)
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
    info.add_argument("handle", metavar="HANDLE", help=handle)
    info.add_argument("--json", action="store_true", help="print it as JSON")
    info.add_argument(
        "--digest", action="store_true", help="compute its tree digest from its files"
    )
    info.set_defaults(run=_info)

    pack = commands.add_parser(
        "pack",
        help="make the .tar.gz of a model folder",
        description="Packs a model folder; the same folder gives the same archive. "
        "Prints its path, and to standard error its sha256 and the tree digest of the "
        "model.",
    )
    pack.add_argument("folder", metavar="FOLDER", help="a SavedModel or TF1 Hub module")
    pack.add_argument(
        "-o",
        "--out",
        metavar="FILE",
        help="the archive (default: the folder's name and .tar.gz, here)",
    )
    pack.add_argument("--force", action="store_true", help="replace FILE if it exists")
    pack.set_defaults(run=_pack)

    serve = commands.add_parser(
        "serve",
        help="serve a folder of models over HTTP",
        description="Serves publisher/model/version folders until Ctrl-C.",
    )
    serve.add_argument("directory", metavar="DIR", help="the folder of models")
    serve.add_argument(
        "--host", default="127.0.0.1", help="where to listen (default: %(default)s)"
    )
    serve.add_argument(
        "--port", type=int, default=8501, help="0 for any free (default: %(default)s)"
    )
    serve.add_argument(
        "--url",
        metavar="URL",
        help="where clients find it behind a proxy, for the code that pages show",
    )
    serve.add_argument(
        "--forwarded-allow-ips",
        default="",
        metavar="LIST",
        help="proxies whose X-Forwarded headers are believed, such as 127.0.0.1, with "
        "commas between them; * is all (default: none)",
    )
    serve.add_argument("--owner", type=int, help=argparse.SUPPRESS)
    serve.set_defaults(run=_serve)

    doctor = commands.add_parser(
        "doctor",
        help="say which Python, TensorFlow and cache are in use, and what is wrong",
        description="Examines this Python; gives 1 where something is wrong.",
    )
    doctor.set_defaults(run=_doctor)

    making.add_to(commands)
    cache.add_to(commands)
    return parser


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


def _pack(arguments: argparse.Namespace) -> None:
    from ..hosting.packing import packed
    from .tables import show_path

    archive = packed(arguments.folder, arguments.out, overwrite=arguments.force)
    measures = archive.measures
    show_path(str(archive.path))
    print(f"sha256: {measures.sha256}\nDigest: {measures.tree}", file=sys.stderr)


def _serve(arguments: argparse.Namespace) -> None:
    from ..hosting.serving import serve

    if arguments.owner is not None:
        from ..hosting.owners import end_with

        end_with(arguments.owner)
    from ..hosting.logs import log_to_stderr

    log_to_stderr(in_background=arguments.owner is not None)
    serve(
        arguments.directory,
        arguments.host,
        arguments.port,
        url=arguments.url,
        forwarded_allow_ips=arguments.forwarded_allow_ips,
    )


def _doctor(_: argparse.Namespace) -> int:
    from .doctor import examine, report

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    found = examine()
    print(report(found))
    return int(bool(found["problems"]))


if __name__ == "__main__":
    sys.exit(main())
