"""The models below a folder, by the paths at which they are served."""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from ..errors import HandleNotFoundError
from ..formats.files import FILES
from ..formats.names import DEEPEST

_COMPARED = 1000  # models, with one that is not there
_LOOKED_AT = 5000  # folders for each list: beside models may lie anything
_ENTRIES = 20_000  # of a folder
_LONGEST = 200  # characters of its path


class TooManyError(Exception):
    """There are more folders than were to be looked at."""


class Catalog:
    """A folder of models, `publisher/model/version/` or of any other depth.

    A path here is what stands in a URL between the host and the query, without a slash
    at either end; the folder itself is `""`. Hidden folders are not part of it, nor is
    what a link leads to there, or outside of it.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root).resolve()
        if not self.root.is_dir():
            msg = f"There is no folder {os.fspath(root)} to serve."
            if self.root.exists():
                msg = f"{os.fspath(root)} is no folder, so it cannot be served."
            hint = "Give the folder that holds publisher/model/version folders."
            raise HandleNotFoundError(msg, handle=os.fspath(root), hint=hint)

    def folder(self, path: str) -> Path | None:
        """The folder at a path, or None when there is none to be shown."""
        parts = path.split("/") if path else []
        if any(part == "" or part.startswith(".") for part in parts):
            return None
        try:
            folder = self.root.joinpath(*parts).resolve()
            inside = folder.relative_to(self.root).parts
            shown = folder.is_dir() and not any(part[0] == "." for part in inside)
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

    def models(self, path: str = "", *, at_most: int | None = None) -> Iterator[str]:
        """The paths of all models at and below a path, in order.

        Args:
          path: The path.
          at_most: How many folders to look at.

        Raises:
          TooManyError: There are more; the models in those came before.
        """
        waiting = [path] if self.folder(path) is not None else []
        while waiting:
            if at_most is not None:
                at_most -= 1
                if at_most < 0:
                    raise TooManyError
            each = waiting.pop()
            folder = self.root.joinpath(*each.split("/")) if each else self.root
            if holds_model(folder):
                yield each
            elif each.count("/") < DEEPEST:
                inner = reversed(_subfolders(folder))
                waiting += (f"{each}/{name}" if each else name for name in inner)

    def entries(self, path: str = "") -> dict[str, list[str]]:
        """The models at and below a path, each with its versions, newest first.

        A model that has no version stands there with none.
        """
        return _by_name(self.models(path))

    def some_entries(
        self, path: str = "", *, at_most: int
    ) -> tuple[dict[str, list[str]], bool]:
        """As `entries()`, the first ones; and whether these are all.

        Args:
          path: The path.
          at_most: How many there may be, a version counting as one. How many folders
            are looked at for them is bounded, too.
        """
        models, is_whole = self._some(path, at_most + 1)
        return _by_name(models[:at_most]), is_whole and len(models) <= at_most

    def _some(self, path: str, at_most: int) -> tuple[list[str], bool]:
        found: list[str] = []
        try:
            for model in islice(self.models(path, at_most=_LOOKED_AT), at_most):
                found.append(model)
        except TooManyError:
            return found, False
        return found, True

    def near(self, path: str, *, at_most: int = 8) -> list[str]:
        """The models that someone who asked for a path may have meant."""
        some, _ = self._some("", _COMPARED)
        known = {name.casefold(): name for name in some}
        path = path[:_LONGEST].casefold()
        close = difflib.get_close_matches(path, known, n=at_most, cutoff=0.5)
        return [known[name] for name in close] or sorted(known.values())[:at_most]


def holds_model(folder: Path) -> bool:
    """Whether a folder holds the file of a SavedModel, or a link of that name.

    Where the link leads is not looked at; the page says that it is one.
    """
    for name in FILES:
        with suppress(OSError):
            mode = os.lstat(folder / name).st_mode
            if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                return True
    return False


def _by_name(models: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for model in models:
        name, _, last = model.rpartition("/")
        if name and _is_version(last):
            found.setdefault(name, []).append(last)
        else:
            found[model] = []
    return {name: _newest_first(found[name]) for name in sorted(found)}


def _is_version(name: str) -> bool:
    return re.fullmatch("[0-9]+", name) is not None


def _newest_first(versions: Iterable[str]) -> list[str]:
    return sorted(versions, key=lambda version: (int(version), version), reverse=True)


def _subfolders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            some = islice(found, _ENTRIES)
            entries = sorted(some, key=lambda entry: entry.name)
    except OSError:  # it may not be read, or has gone
        return []
    return [
        entry.name
        for entry in entries
        if entry.is_dir(follow_symlinks=False)
        and not entry.name.startswith(".")
        and entry.name.isprintable()  # else it has no place in a page or a URL
    ]
