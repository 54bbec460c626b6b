"""Which files of a model are missing, cut, or not the files themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import ModelFormatError
from ..shown import shown
from .checkpoint import INDEX, data_files
from .files import FILES
from .saved_model import describe_folder
from .tf1_hub import MARKER

_POINTER = b"version https://git-lfs.github.com/spec/"
_LARGEST_POINTER = 1024  # bytes, by its specification
_AGAIN = "Fetch or export the model again."
_VARIABLES = {"VarHandleOp", "Variable", "VariableV2"}
_MOST = 3  # names in a message
_PLACES = (*FILES, MARKER, "variables", "assets")


def require_whole(folder: Path) -> None:
    """Checks that the files of a model are all there, and as long as they have to be.

    Raises:
      ModelFormatError: One is missing, cut, damaged, or a pointer of Git LFS.
    """
    require_no_pointers(folder)
    index = folder / INDEX
    if not index.exists():
        model = describe_folder(folder)
        ops = {op for graph in model.graphs for op in graph.ops}
        if model.format == "TF2 SavedModel" or ops & _VARIABLES:
            msg = f"{shown(folder)} has no {INDEX}, and its graph has variables."
            raise ModelFormatError(msg, hint=_AGAIN)
        return
    for name, size in data_files(index).items():
        file = index.with_name(name)
        place = f"{index.parent.name}/{name}"
        if not file.exists():
            msg = f"{shown(folder)} has no {place}, where the values of variables are."
            raise ModelFormatError(msg, hint=_AGAIN)
        there = file.stat().st_size
        if there < size:
            msg = f"{shown(file)} is cut: it has {there:,} of {size:,} bytes."
            raise ModelFormatError(msg, hint=_AGAIN)


def require_no_pointers(folder: Path, places: Iterable[str] = _PLACES) -> None:
    """Checks that no file of a model is a pointer of Git LFS.

    A vocabulary that is one would be loaded, and every word would be unknown.

    Args:
      folder: The folder of the model.
      places: Files and folders in it to look at.

    Raises:
      ModelFormatError: One is.
    """
    pointers = filter(_is_one, _files(folder, places))
    found = [shown(file.relative_to(folder)) for file in pointers]
    if found:
        more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
        msg = (
            f"{shown(folder)} has pointers of Git LFS in the place of files: "
            f"{', '.join(found[:_MOST])}{more}."
        )
        hint = (
            "Run `git lfs pull` in the clone, or download the model in another way, "
            "such as by hf:// where it lies on Hugging Face."
        )
        raise ModelFormatError(msg, hint=hint)


def _files(folder: Path, places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        yield folder / place
        for inner, _, names in os.walk(folder / place):
            yield from (Path(inner, name) for name in sorted(names))


def _is_one(file: Path) -> bool:
    if not file.is_file() or file.stat().st_size > _LARGEST_POINTER:
        return False
    with file.open("rb") as stream:
        return stream.read(len(_POINTER)) == _POINTER
