"""Which files of a model are missing, cut, or not the files themselves."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import ModelFormatError
from ..shown import shown
from . import reading
from .checkpoint import INDEX, NONE, read_index
from .contents import TF2, Contents, read_contents
from .description import Variables
from .files import FILES
from .names import DEEPEST
from .reading import POINTER, POINTER_HINT
from .tf1_hub import MARKER

_LARGEST_POINTER = 1024  # bytes, by its specification
_AGAIN = "Fetch or export the model again."
_VARIABLES = {"VarHandleOp", "Variable", "VariableV2"}
_MOST = 3  # names in a message
_LOOKED_AT = 1000  # small files of a model that is described
_PLACES = (*FILES, MARKER, "variables", "assets")


def require_whole(folder: Path, *, graph: bool = True) -> None:
    """Checks that the files of a model are all there, and as long as they have to be.

    Args:
      folder: The folder of the model.
      graph: Whether a graph that cannot be read counts. If not, and there is no index,
        it is not known whether there has to be one.

    Raises:
      ModelFormatError: One is missing, cut, damaged, or a pointer of Git LFS.
    """
    require_no_pointers(folder)
    try:
        _, fault = _look_at_variables(folder, None)
    except ModelFormatError:
        if graph:
            raise
        return
    if fault is not None:
        raise fault


def look(
    folder: Path, contents: Contents, files: dict[str, int]
) -> tuple[Variables | None, list[ModelFormatError]]:
    """What the variables of a model are, and what is amiss with its files.

    Args:
      folder: Its folder.
      contents: What its file says.
      files: Its files by their paths in it, and their bytes.

    Returns:
      The variables, None where nothing can be said of them; and what
      `require_whole()` would raise.
    """
    small = [
        folder / name
        for name, size in files.items()
        if size <= _LARGEST_POINTER and name.startswith(_PLACES)
    ]
    pointers = _fault_of(folder, filter(_is_one, small[:_LOOKED_AT]))
    variables, fault = _look_at_variables(folder, contents)
    if pointers is not None and _is_one(folder / INDEX):
        fault = None
    return variables, [each for each in (pointers, fault) if each is not None]


def require_no_pointers(folder: Path, places: Iterable[str] = _PLACES) -> None:
    """Checks that no file of a model is a pointer of Git LFS.

    A vocabulary that is one would be loaded, and every word would be unknown.

    Args:
      folder: The folder of the model.
      places: Files and folders in it to look at.

    Raises:
      ModelFormatError: One is.
    """
    fault = _fault_of(folder, filter(_is_one, _files(folder, places)))
    if fault is not None:
        raise fault


def _look_at_variables(
    folder: Path, contents: Contents | None
) -> tuple[Variables | None, ModelFormatError | None]:
    index = folder / INDEX
    if not os.path.lexists(index):
        contents = contents or read_contents(folder)
        ops = {op for graph in contents.graphs for op in graph.ops}
        if contents.format != TF2 and not ops & _VARIABLES:
            return NONE, None
        msg = f"{shown(folder)} has no {INDEX}, and its graph has variables."
        return None, ModelFormatError(msg, hint=_AGAIN)
    try:
        variables, data = read_index(index)
    except ModelFormatError as error:
        return None, error
    for name, size in data.items():
        file = index.with_name(name)
        place = f"{index.parent.name}/{name}"
        there = reading.size_of(file)
        if there is None:
            msg = f"{shown(folder)} has no {place}, where the values of variables are."
            return variables, ModelFormatError(msg, hint=_AGAIN)
        if there < size and not _is_one(file):
            msg = f"{shown(file)} is cut: it has {there:,} of {size:,} bytes."
            return variables, ModelFormatError(msg, hint=_AGAIN)
    return variables, None


def _fault_of(folder: Path, pointers: Iterable[Path]) -> ModelFormatError | None:
    found = [shown(file.relative_to(folder)) for file in pointers]
    if not found:
        return None
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    msg = (
        f"{shown(folder)} has pointers of Git LFS in the place of files: "
        f"{', '.join(found[:_MOST])}{more}."
    )
    return ModelFormatError(msg, hint=POINTER_HINT)


def _files(folder: Path, places: Iterable[str]) -> Iterator[Path]:
    for place in places:
        yield folder / place
        for inner, inside, names in os.walk(folder / place):
            yield from (Path(inner, name) for name in sorted(names))
            if len(Path(inner).relative_to(folder).parts) >= DEEPEST:
                inside.clear()  # no model lies so deep, and os.walk() calls itself


def _is_one(file: Path) -> bool:
    size = reading.size_of(file)
    if size is None or size > _LARGEST_POINTER:
        return False
    try:
        with reading.opened(file, _LARGEST_POINTER) as (stream, _):
            return stream.read(len(POINTER)) == POINTER
    except ModelFormatError:  # it is no file, or may not be read
        return False
