"""The commands of `tfhub` that give models to others."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_to(commands: Any) -> None:
    """Adds them to the commands of `tfhub`."""
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

    check = commands.add_parser(
        "check",
        help="look whether a model is fit to be published",
        description="Looks at a model rule by rule: whether its files are whole, what "
        "it does beyond computing, whether it loads and runs. Gives 1 where a rule "
        "fails.",
    )
    check.add_argument("handle", metavar="HANDLE", help="a folder, an archive or a URL")
    check.add_argument(
        "--signature",
        metavar="NAME",
        help="also look whether it has this common signature: image_classification, "
        "image_feature_vector or text_embedding",
    )
    running = check.add_mutually_exclusive_group()
    running.add_argument(
        "--run",
        dest="run_it",
        action="store_true",
        default=None,
        help="run it even if it does more than compute",
    )
    running.add_argument(
        "--no-run", dest="run_it", action="store_false", help="do not load and run it"
    )
    check.add_argument("--json", action="store_true", help="print it as JSON")
    check.set_defaults(run=_check)

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


def _pack(arguments: argparse.Namespace) -> None:
    from ..hosting.packing import packed
    from .tables import show_path

    archive = packed(arguments.folder, arguments.out, overwrite=arguments.force)
    measures = archive.measures
    show_path(str(archive.path))
    print(f"sha256: {measures.sha256}\nDigest: {measures.tree}", file=sys.stderr)


def _check(arguments: argparse.Namespace) -> int:
    from ..hosting.checking import check

    found = check(arguments.handle, arguments.signature, run=arguments.run_it)
    if arguments.json:
        import json

        print(json.dumps(found.to_dict(), indent=2))
    else:
        from .tables import table

        rows = [
            (each.outcome, each.rule, f"{each.found} {each.remedy}".strip())
            for each in found.outcomes
        ]
        table(["Outcome", "Rule", "Found"], rows)
    return int(not found.passed)


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
