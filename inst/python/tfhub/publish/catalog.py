"""The models below a folder, by the paths at which they are served."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import HandleNotFoundError
from ..formats.files import holds_model


class Catalog:
    """A folder of models, `publisher/model/version/` or of any other depth.

    A path here is what stands in a URL between the host and the query, without a slash
    at either end; the folder itself is `""`. Hidden folders are not part of it, nor is
    what a link leads to outside of it.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            msg = f"There is no folder {os.fspath(root)} to serve."
            hint = "Give the folder that holds publisher/model/version folders."
            raise HandleNotFoundError(msg, handle=os.fspath(root), hint=hint)

    def folder(self, path: str) -> Path | None:
        """The folder at a path, or None when there is none to be shown."""
        parts = path.split("/") if path else []
        if any(part == "" or part.startswith(".") for part in parts):
            return None
        try:
            folder = self.root.joinpath(*parts).resolve()
            shown = folder.is_relative_to(self.root) and folder.is_dir()
        except (OSError, ValueError, RuntimeError):  # no name, or a link to itself
            return None
        return folder if shown else None

    def model(self, path: str) -> Path | None:
        """The folder of the model at a path, or None."""
        folder = self.folder(path)
        return folder if folder and holds_model(folder) else None

    def versions(self, path: str) -> list[str]:
        """The versions of a model, newest first: folders named by a number."""
        folder = self.folder(path)
        if folder is None:
            return []
        return _newest_first(
            name
            for name in _subfolders(folder)
            if _is_version(name) and holds_model(folder / name)
        )

    def models(self, path: str = "") -> Iterator[str]:
        """The paths of all models at and below a path, in order."""
        folder = self.folder(path)
        if folder is None:
            return
        if holds_model(folder):
            yield path
            return
        for name in _subfolders(folder):
            yield from self.models(f"{path}/{name}" if path else name)

    def entries(self, path: str = "") -> dict[str, list[str]]:
        """The models at and below a path, each with its versions, newest first.

        A model that has no version stands there with none.
        """
        found: dict[str, list[str]] = {}
        for model in self.models(path):
            name, _, last = model.rpartition("/")
            if name and _is_version(last):
                found.setdefault(name, []).append(last)
            else:
                found[model] = []
        return {name: _newest_first(found[name]) for name in sorted(found)}

    def near(self, path: str, *, at_most: int = 8) -> list[str]:
        """The models that someone who asked for a path may have meant."""
        known = {name.casefold(): name for name in self.models()}
        close = difflib.get_close_matches(path.casefold(), known, n=at_most, cutoff=0.5)
        return [known[name] for name in close] or sorted(known.values())[:at_most]


def _is_version(name: str) -> bool:
    return re.fullmatch("[0-9]+", name) is not None


def _newest_first(versions: Iterable[str]) -> list[str]:
    return sorted(versions, key=lambda version: (int(version), version), reverse=True)


def _subfolders(folder: Path) -> list[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except PermissionError:
        return []
    return [
        entry.name
        for entry in entries
        if entry.is_dir(follow_symlinks=False)
        and not entry.name.startswith(".")
        and entry.name.isprintable()  # else it has no place in a page or an URL
    ]
