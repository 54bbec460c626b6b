"""How the folder of a new model comes into being: never seen in part."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ModelExistsError, WriteError
from .files import FILES
from .tf1_hub import MARKER

# What is moved last: these make a folder a model, or one of another format.
_LAST = [MARKER, *FILES]
_MEMBERS = {*_LAST, "assets", "variables", "fingerprint.pb"}


def require_free(path: Path, error: type[ModelExistsError] = ModelExistsError) -> None:
    """Checks that a model can be put at a path.

    There may be a folder, and other files in it.

    Raises:
      ModelExistsError: There is a file, or a folder with files of a model; or the given
        error, which is one.
    """
    if os.path.lexists(path) and not path.is_dir():
        msg = f"{path} exists already, and is no folder."
        raise error(msg, hint="Remove it first, or give another path.")
    if path.is_dir():
        _require_free_names(path, _MEMBERS, error)


def _require_free_names(
    folder: Path, names: Collection[str], error: type[ModelExistsError]
) -> None:
    taken = sorted(name for name in names if os.path.lexists(folder / name))
    if taken:
        listed = ", ".join(taken)
        msg = f"{folder} exists already, with files of a model: {listed}."
        raise error(msg, hint="Remove it first, or give another path.")


@contextmanager
def new_folder(
    path: Path, error: type[ModelExistsError] = ModelExistsError
) -> Iterator[Path]:
    """A folder to write a model to, which gets to its path when it is whole.

    A new or empty folder appears by one rename. Into one with other files the members
    are moved, last those that make it a model, so that nobody takes a part for one.
    After an error nothing is left of it.

    Args:
      path: As `require_free()` found it.
      error: What to raise if meanwhile files of a model got there.

    Raises:
      ModelExistsError: There are files of a model.
      WriteError: Nothing can be written there.
    """
    hidden = f".{path.name}.{secrets.token_hex(4)}.tmp"
    try:
        # To a file system of its own nothing moves from beside; `.` has no name.
        inside = path.is_dir() and (
            not path.name or os.path.ismount(path) or any(path.iterdir())
        )
        work = path / hidden if inside else path.with_name(hidden)
        path.parent.mkdir(parents=True, exist_ok=True)
        work.mkdir()
    except OSError as cause:
        raise _cannot_write(path, cause) from cause
    try:
        yield work
        _put(work, path, error)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(work: Path, path: Path, error: type[ModelExistsError]) -> None:
    try:
        try:
            work.replace(path)  # if that is a new or an empty folder
        except OSError:
            if not path.is_dir():
                raise
            _move_members(work, path, error)
    except ModelExistsError:
        raise
    except OSError as cause:
        raise _cannot_write(path, cause) from cause


def _move_members(work: Path, path: Path, error: type[ModelExistsError]) -> None:
    names = sorted(os.listdir(work), key=lambda name: (_order(name), name))
    _require_free_names(path, names, error)
    try:
        for name in names:
            (work / name).rename(path / name)
    except BaseException:
        for name in reversed(names):
            if not os.path.lexists(work / name):
                (path / name).rename(work / name)
        raise


def _order(name: str) -> int:
    return _LAST.index(name) if name in _LAST else -1


def _cannot_write(path: Path, cause: OSError) -> WriteError:
    hint = "Give another path, or make that folder writable."
    return WriteError(f"{path} cannot be written: {cause}.", hint=hint)
