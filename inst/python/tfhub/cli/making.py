"""The commands of `tfhub` that make models of other things."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(commands: Any) -> None:
    """Adds them to the commands of `tfhub`."""
    text = commands.add_parser(
        "export-text-embedding",
        help="make a text module of a file of embeddings, such as GloVe's",
        description="Makes a module that embeds texts, of lines `token v1 v2 ...`.",
    )
    text.add_argument("file", metavar="FILE", help="the embeddings, plain or gzipped")
    text.add_argument("path", metavar="PATH", help="the folder to make")
    text.add_argument(
        "--format",
        choices=("tf2", "tf1"),
        default="tf2",
        help="a TF2 SavedModel, or the TF1 Hub format (default: %(default)s)",
    )
    text.add_argument(
        "--oov-buckets",
        type=int,
        default=1,
        metavar="N",
        help="rows for unknown tokens; 0 leaves them out (default: %(default)s)",
    )
    text.add_argument(
        "--combiner",
        choices=("sqrtn", "mean", "sum"),
        default="sqrtn",
        help="how the vectors of a text become one (default: %(default)s)",
    )
    text.add_argument(
        "--lowercase", action="store_true", help="put texts into lower case"
    )
    text.add_argument(
        "--remove-punctuation", action="store_true", help="remove it from texts"
    )
    text.add_argument(
        "--duplicates",
        choices=("error", "first"),
        default="error",
        help="a token that came before: an error, or left out (default: %(default)s)",
    )
    text.set_defaults(run=_export_text_embedding)

    upgrade = commands.add_parser(
        "upgrade",
        help="make a TF2 SavedModel of a TF1 Hub module",
        description="Makes a reusable TF2 SavedModel of a module in TF1 Hub format.",
    )
    upgrade.add_argument(
        "handle", metavar="HANDLE", help="a URL, an archive or a folder"
    )
    upgrade.add_argument("path", metavar="PATH", help="the folder to make")
    upgrade.add_argument(
        "--tags",
        nargs="+",
        metavar="TAG",
        help="the graph variant (default: that without tags)",
    )
    upgrade.set_defaults(run=_upgrade)


def _export_text_embedding(arguments: argparse.Namespace) -> None:
    from ..exporting.text_embedding import export_text_embedding
    from .tables import show_path

    path = export_text_embedding(
        arguments.file,
        arguments.path,
        format=arguments.format,
        oov_buckets=arguments.oov_buckets,
        combiner=arguments.combiner,
        lowercase=arguments.lowercase,
        remove_punctuation=arguments.remove_punctuation,
        duplicates=arguments.duplicates,
    )
    show_path(path)


def _upgrade(arguments: argparse.Namespace) -> None:
    from ..tf1.upgrade import upgrade
    from .tables import show_path

    show_path(upgrade(arguments.handle, arguments.path, arguments.tags))
