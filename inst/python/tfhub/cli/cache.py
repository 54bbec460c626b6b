"""The commands `tfhub cache ...`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from ..shown import shown

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def add_to(commands: Any) -> None:
    """Adds `cache` to the commands of `tfhub`."""
    cache = commands.add_parser(
        "cache",
        help="look at the cache, keep it small, carry models to other machines",
        description="The cache of models: TFHUB_CACHE_DIR names its folder.",
    )
    parts = cache.add_subparsers(metavar="COMMAND", required=True)
    handles = {"nargs": "*", "metavar": "HANDLE", "help": "models (default: all)"}

    def add(name: str, run: Any, text: str, *, is_json: bool = True) -> Any:
        part = parts.add_parser(name, help=text, description=f"{text.capitalize()}.")
        part.set_defaults(run=run)
        if is_json:
            part.add_argument("--json", action="store_true", help="print it as JSON")
        return part

    listing = add("list", _list, "list the models in the cache")
    listing.add_argument("--check", action="store_true", help="look at every file")

    path = add("path", _path, "print the folder of the cache, or of a model in it",
               is_json=False)  # fmt: skip
    path.add_argument("handle", nargs="?", metavar="HANDLE", help="a model")

    verify = add("verify", _verify, "compare every file with its sha256")
    verify.add_argument("handles", **handles)

    remove = add("remove", _remove, "remove models from the cache")
    remove.add_argument("handles", nargs="+", metavar="HANDLE", help="models")

    prune = add("prune", _prune, "remove the models that were longest unused")
    prune.add_argument("--days", type=float, help="those unused for more days")
    prune.add_argument("--size", type=_bytes, help="until they take less: 500MB, 2GB")
    prune.add_argument("--number", type=int, help="until there are no more than these")
    prune.add_argument("--dry-run", action="store_true", help="only say which")

    adopt = add("adopt", _adopt, "make manifests for the models of other programs")
    adopt.add_argument("handles", **handles)

    export = add("export", _export, "write models into one file, a bundle, and print "
                 "its path and sha256", is_json=False)  # fmt: skip
    export.add_argument("file", metavar="FILE", help="the bundle, such as models.tar")
    export.add_argument("handles", nargs="+", metavar="HANDLE", help="models")
    export.add_argument("--force", action="store_true", help="replace FILE")

    bring = add("import", _import, "install models from a bundle or an archive")
    bring.add_argument("file", metavar="FILE", help="a bundle, or an archive")
    bring.add_argument("--handle", help="the handle that the archive is for")
    vouches = "that of FILE, as its export printed it; what a bundle says of archives "
    vouches += "and for handles that pin one counts only so"
    bring.add_argument("--sha256", help=vouches)
    replaces = "replace models that are there with other files"
    bring.add_argument("--replace", action="store_true", help=replaces)


def _list(arguments: argparse.Namespace) -> int:
    from ..cache.listing import cache_list

    return _show_models(cache_list(check=arguments.check), arguments)


def _path(arguments: argparse.Namespace) -> int:
    from ..cache.listing import cache_dir
    from ..fetch.resolve import resolve
    from .tables import show_path

    handle = arguments.handle
    show_path(cache_dir() if handle is None else resolve(handle, offline=True))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from ..cache.maintenance import cache_verify

    found = cache_verify(arguments.handles or None)
    rows = [
        (
            each.handle or each.path,
            each.state,
            "; ".join(
                f"{kind}: {', '.join(names)}"
                for kind in ("missing", "changed", "extra")
                if (names := getattr(each, kind))
            ),
        )
        for each in found
    ]
    _show(found, ("Handle", "State", "Files"), rows, arguments)
    return int(any(each.state == "damaged" for each in found))


def _remove(arguments: argparse.Namespace) -> int:
    from ..cache.maintenance import cache_remove

    removals = cache_remove(arguments.handles)
    _show_removals(removals, arguments)
    return int(not all(each.removed for each in removals))


def _prune(arguments: argparse.Namespace) -> int:
    from ..cache.maintenance import cache_prune

    _show_removals(
        cache_prune(
            days=arguments.days,
            size=arguments.size,
            number=arguments.number,
            dry_run=arguments.dry_run,
        ),
        arguments,
    )
    return 0


def _adopt(arguments: argparse.Namespace) -> int:
    from ..cache.maintenance import cache_adopt

    return _show_models(cache_adopt(arguments.handles or None), arguments)


def _export(arguments: argparse.Namespace) -> int:
    from ..fetch.transfer import export
    from .tables import show_path

    path, sha256 = export(arguments.file, arguments.handles, overwrite=arguments.force)
    show_path(path)
    print(f"sha256: {sha256}")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from ..fetch.transfer import cache_import

    models = cache_import(
        arguments.file,
        arguments.handle,
        sha256=arguments.sha256,
        replace=arguments.replace,
    )
    return _show_models(models, arguments)


def _show_models(models: Sequence[Any], arguments: argparse.Namespace) -> int:
    from ..formats.sizes import size_text

    rows = [
        (
            model.handle or model.path,
            size_text(model.size),
            _ago(model.created),
            _ago(model.used),
            model.state,
            model.url if model.url != model.handle else "",
        )
        for model in models
    ]
    headers = ("Handle", "Size", "Created", "Used", "State", "From")
    _show(models, headers, rows, arguments)
    return 0


def _show_removals(removals: Sequence[Any], arguments: argparse.Namespace) -> None:
    from ..formats.sizes import size_text

    rows = [
        (
            each.handle or each.path,
            size_text(each.size),
            "removed" if each.removed else f"kept: {each.reason}",
        )
        for each in removals
    ]
    _show(removals, ("Handle", "Size", "Outcome"), rows, arguments)


def _show(
    values: Sequence[Any],
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    arguments: argparse.Namespace,
) -> None:
    if arguments.json:
        import dataclasses
        import json

        dicts = [dataclasses.asdict(value) for value in values]
        print(json.dumps(dicts, indent=2, default=datetime.isoformat))
    elif rows:
        from .tables import table

        table(headers, [[shown(cell) for cell in row] for row in rows])
    else:
        print("None.")


def _ago(time: datetime | None) -> str:
    if time is None:
        return "unknown"
    seconds = max(0.0, (datetime.now(timezone.utc) - time).total_seconds())
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "now"


def _bytes(text: str) -> float:
    import re

    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?", text.lower())
    if match is None:
        msg = f"{text!r} is no size such as 500MB or 2GB"
        raise argparse.ArgumentTypeError(msg)
    return float(match[1]) * _UNITS[match[2]]
