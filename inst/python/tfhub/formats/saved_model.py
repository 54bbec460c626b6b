"""Describes a SavedModel from its files."""

from __future__ import annotations

from pathlib import Path

from . import amiss, reading
from .contents import NOT, read_contents
from .description import Description
from .files import FILES, require_model
from .folder import list_files
from .weights import name_weights


def describe_folder(
    folder: str | Path, *, handle: str | None = None, follow: bool = True
) -> Description:
    """Describes the model in a folder; reads its files and loads nothing.

    What is amiss with its variables, or with another file that it needs, is said in
    `problems`, as all else can be described.

    Args:
      folder: The folder.
      handle: What it is called.
      follow: Whether links to files elsewhere count as files, see `list_files()`.

    Raises:
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: The file of the model is damaged, from the future, or a pointer
        of Git LFS.
    """
    with reading.following(follow=follow):
        return _described(Path(folder), handle, follow=follow)


def _described(folder: Path, handle: str | None, *, follow: bool) -> Description:
    file = require_model(folder, handle=handle)
    amiss.require_no_pointers(folder, FILES)
    contents = read_contents(folder, handle=handle)
    files = list_files(folder, follow=follow)
    variables, problems = amiss.look(folder, contents, files)
    with reading.guarded(file, NOT):
        tensors = {} if variables is None else variables.tensors
        weights = name_weights(tensors, contents.meta_graphs)
    return Description(
        handle=handle or str(folder),
        path=str(folder),
        format=contents.format,
        tensorflow=contents.tensorflow,
        graphs=contents.graphs,
        variables=variables,
        files=files,
        size=sum(files.values()),
        weights=weights,
        problems=tuple(problem.message for problem in problems),
    )
