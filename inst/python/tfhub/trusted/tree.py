r"""The tree digest: one sha256 for all files of a model that a loader can reach.

It is written `tree1:` and 64 hexadecimal digits, so that it is never taken for the
sha256 of an archive, and is the sha256 of these bytes:

```
tfhub-tree-1\n
```

and then, for each file in the order of the UTF-8 bytes of its path (within the folder,
with slashes), the four lines

```
<number of bytes of the path>\n
<path>\n
<number of bytes of the file>\n
<sha256 of the file, 64 lower-case hexadecimal digits>\n
```

Numbers are decimal. The files are those that `pack()` puts into an archive: see
`formats.files.is_packed()`. Folders, times, owners and modes do not count.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ..errors import HubError, ModelFormatError
from ..formats.files import is_packed
from ..formats.walking import Entry, UnfitTreeError, walk
from ..shown import brief, shown

PREFIX = "tree1:"
_DIGEST = re.compile(r"tree1:[0-9a-f]{64}")
_BLOCK = 1 << 20
# More than an archive may have: a folder that never was one counts as it is. A copy can
# be removed again, which goes by recursion.
_MOST, _DEEPEST = 10_000_000, 256

Contents = Mapping[str, tuple[int, str]]  # of each file: its size and sha256


def is_tree(text: str) -> bool:
    """Whether a text is a tree digest."""
    return _DIGEST.fullmatch(text) is not None


def tree_of(files: Contents) -> str:
    """The tree digest of files whose sizes and sha256 are known.

    Args:
      files: By path with slashes; what `pack()` leaves out is left out here, too.
    """
    digest = hashlib.sha256(b"tfhub-tree-1\n")
    named = ((path.encode("utf-8", "surrogateescape"), path) for path in files)
    for name, path in sorted(named):
        if is_packed(path):
            size, sha256 = files[path]
            digest.update(
                b"%d\n%b\n%d\n%b\n" % (len(name), name, size, sha256.encode())
            )
    return PREFIX + digest.hexdigest()


def tree_of_folder(folder: str | os.PathLike[str]) -> str:
    """The tree digest of a model folder, computed from its bytes.

    Raises:
      ModelFormatError: It holds a link, a device, a pipe or a socket.
      HubError: A file cannot be read.
    """
    return _read(folder, lambda _: None)


def copy_tree(folder: str | os.PathLike[str], target: Path) -> str:
    """Copies what a loader can reach into a new folder; the tree digest of the copy.

    Args:
      folder: The model.
      target: A folder to make; where it lies only this user may write.

    Raises:
      HubError: As for `tree_of_folder()`, or the copy cannot be written.
    """
    with _told(folder):
        target.mkdir(mode=0o700)

    def opened(name: str) -> Any:
        path = target.joinpath(*name.split("/"))
        os.makedirs(path.parent, mode=0o700, exist_ok=True)
        return path.open("xb")

    return _read(folder, opened)


def _read(folder: str | os.PathLike[str], opened: Callable[[str], Any | None]) -> str:
    """Hashes the files of a folder, and writes each to what is opened for it."""
    files = {}
    with _told(folder), closing(reachable_files(folder)) as entries:
        for entry in entries:
            with open(entry.open(), "rb", buffering=0) as source:
                files[entry.path] = _hashed(source, opened(entry.path))
    return tree_of(files)


@contextmanager
def _told(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Turns an error of the files into one that says it of the model."""
    try:
        yield
    except UnfitTreeError as error:
        place = brief(os.path.join(folder, error.path))
        msg = f"{place} is {error.kind}, so the model has no digest."
        hint = "Copy the folder with every link followed: cp -rL"
        if error.is_bound:
            hint = "No model has as many files, or as deep ones."
        raise ModelFormatError(msg, handle=os.fspath(folder), hint=hint) from error
    except OSError as error:
        if isinstance(error, HubError):
            raise
        msg = f"The model in {shown(folder)} cannot be read or copied: {error}."
        hint = "Look at who may read its files, and at the room on the disk."
        raise HubError(msg, handle=os.fspath(folder), hint=hint) from error


def is_complete(folder: str | os.PathLike[str]) -> bool:
    """Whether the digest of a folder leaves nothing out that a loader could read."""
    waiting = [("", os.fspath(folder))]
    try:
        while waiting:
            above, place = waiting.pop()
            with os.scandir(place) as entries:
                for entry in entries:
                    name = above + entry.name
                    if not is_packed(name):
                        return False
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((f"{name}/", entry.path))
    except OSError:
        return False
    return True


def reachable_files(folder: str | os.PathLike[str]) -> Generator[Entry]:
    """The files of a folder that count; each can be opened until the next is asked for.

    Raises:
      ModelFormatError: At a link, a device, a pipe or a socket.
      HubError: A folder cannot be read.
    """
    some = walk(folder, at_most=_MOST, deepest=_DEEPEST)
    with _told(folder), closing(some) as entries:
        for entry in entries:
            if not entry.is_folder:
                yield entry


Status = tuple[tuple[str, int, int, int, int], ...]


def status_of(folder: str | os.PathLike[str]) -> Status:
    """What changes when a file that counts changes; nothing is read.

    Raises:
      HubError: As for `reachable_files()`.
    """
    found = []
    for entry in reachable_files(folder):
        info = entry.status
        times = info.st_mtime_ns, info.st_ctime_ns
        found.append((entry.path, info.st_size, info.st_ino, *times))
    return tuple(found)


def _hashed(source: Any, target: Any | None) -> tuple[int, str]:
    size, sha256 = 0, hashlib.sha256()
    try:
        while block := source.read(_BLOCK):
            size += len(block)
            sha256.update(block)
            if target is not None:
                target.write(block)
    finally:
        if target is not None:
            target.close()
    return size, sha256.hexdigest()
