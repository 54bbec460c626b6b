"""The programs in files and folders, each read once, and written if that is asked."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..errors import DependencyError, HandleNotFoundError
from ..shown import shown
from .handles import MOVED
from .remarks import Remark, UnreadableError
from .writing import replace_file

KINDS = {
    ".py": "Python",
    ".pyw": "Python",
    ".ipynb": "notebook",
    ".r": "R",
    ".rmd": "R Markdown",
    ".qmd": "R Markdown",
}
_LARGEST = {"notebook": 50_000_000}  # bytes: a notebook may hold pictures
_LARGE = 500_000
_DEEPEST = 50  # folders within each other
_MOST = 100_000  # files
# Folders of what others wrote, or that a program made.
_NOT_OURS = {
    *(".git", ".hg", ".svn", ".tox", ".nox", ".ipynb_checkpoints", "__pycache__"),
    *("site-packages", "dist-packages", "node_modules", "renv", "packrat"),
}
_MARKS = (b"tensorflow_hub", b"tensorflow-hub", b"tfhub", b"hub_load", b"layer_hub")


@dataclass
class Program:
    """A program that has to do with the hub, as it is and as it is to be."""

    path: str
    before: bytes
    after: bytes
    remarks: list[Remark] = field(default_factory=list)
    is_written: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether it is to be another."""
        return self.before != self.after


@dataclass(frozen=True)
class _Place:
    """A file that was found, and what must not be left in opening it."""

    path: str
    kind: str


def migrate(
    paths: Iterable[str | os.PathLike[str]], *, write: bool = False
) -> Iterator[Program]:
    """Reads programs in Python and R, and says what is to change in each.

    Args:
      paths: Files, and folders whose files are read. No link in a folder is followed.
      write: Whether to write what changes.

    Yields:
      The programs that have to do with the hub. One that cannot be read has a remark
      that says why.

    Raises:
      HandleNotFoundError: There is nothing at a path.
      DependencyError: libcst is missing, and there is a program in Python.
      WriteError: A file cannot be written.
    """
    seen: set[str] = set()
    said: set[str] = set()
    for path in paths:
        for place in _found(os.fspath(path)):
            if isinstance(place, Program):
                yield place
            elif place.path not in seen:
                seen.add(place.path)
                program = _read(place)
                if program is not None and not _is_known(program, said):
                    if write and program.is_changed:
                        replace_file(program.path, program.before, program.after)
                        program.is_written = True
                    yield program


def _is_known(program: Program, said: set[str]) -> bool:
    """Whether all that there is to say of a program was said of another."""
    for remark in list(program.remarks):
        if remark.what == MOVED and MOVED in said:
            program.remarks.remove(remark)
        said.add(remark.what)
    return not program.remarks and not program.is_changed


def _found(path: str) -> Iterator[_Place | Program]:
    """A file, or the files in a folder, in order of their names."""
    if not os.path.exists(path):
        msg = f"There is no file or folder {shown(path)}."
        hint = "Give a program, or a folder of programs."
        raise HandleNotFoundError(msg, handle=path, hint=hint)
    if not os.path.isdir(path):
        kind = KINDS.get(os.path.splitext(path)[1].lower())
        if kind is None:
            known = ", ".join(KINDS)
            yield _left(path, f"it is none of {known}")
        else:
            yield _Place(os.path.realpath(path) if os.path.islink(path) else path, kind)
        return
    yield from _walk(path)


def _walk(folder: str) -> Iterator[_Place | Program]:
    waiting = [(folder, 0)]
    count = 0
    while waiting:
        here, depth = waiting.pop()
        if depth > _DEEPEST:
            yield _left(here, f"it lies more than {_DEEPEST} folders deep")
            continue
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            yield _left(here, f"it cannot be read: {error.strerror}")
            continue
        folders = []
        for entry in entries:
            kind = KINDS.get(os.path.splitext(entry.name)[1].lower())
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _NOT_OURS and not _is_environment(entry.path):
                    folders.append((entry.path, depth + 1))
            elif kind and entry.is_symlink():
                yield _left(
                    entry.path, "it is a link, and none in a folder is followed"
                )
            elif kind and entry.is_file(follow_symlinks=False):
                count += 1
                if count > _MOST:
                    yield _left(here, f"there are more than {_MOST:,} programs")
                    return
                yield _Place(entry.path, kind)
        waiting += reversed(folders)


def _is_environment(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "pyvenv.cfg")) or os.path.exists(
        os.path.join(folder, "conda-meta")
    )


def _left(path: str, why: str) -> Program:
    return Program(path, b"", b"", [Remark(0, f"not looked at: {why}")])


def _read(place: _Place) -> Program | None:
    try:
        source = _bytes(place)
    except UnreadableError as error:
        return Program(place.path, b"", b"", [error.remark])
    except OSError as error:
        return _left(place.path, f"it cannot be read: {error.strerror}")
    if not any(mark in source for mark in _MARKS):
        return None
    try:
        after, remarks = _migrated(source, place.kind)
    except UnreadableError as error:
        after, remarks = source, [error.remark]
    except DependencyError as error:
        if error.packages:  # libcst, for which there is a line of pip
            raise
        after, remarks = source, _left(place.path, error.message).remarks
    if after == source and not remarks:
        return None
    return Program(place.path, source, after, remarks)


def _bytes(place: _Place) -> bytes:
    """What a file holds; no device, no pipe, and no more than is read.

    Raises:
      UnreadableError: It is one of them.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(place.path, flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError(0, "not looked at: it is no file")
        largest = _LARGEST.get(place.kind, _LARGE)
        source = file.read(largest + 1)
    if len(source) > largest:
        what = f"not looked at: it is larger than {largest // 1000:,} kB"
        raise UnreadableError(0, what)
    return source


def _migrated(source: bytes, kind: str) -> tuple[bytes, list[Remark]]:
    """The program by the reader for its kind, which is imported when it is needed."""
    from .syntax import require_libcst

    if kind == "R":
        from . import r_code

        return r_code.migrated(source)
    if kind == "R Markdown":
        from . import markdown

        return markdown.migrated(source)
    if kind == "notebook":
        from . import notebook

        return notebook.migrated(source)
    require_libcst()
    from . import python

    return python.migrated(source)
