"""Reads the files of a model, every byte of which may be hostile.

What is opened is a file, and no larger than its reader takes: a pipe or a device would
never end, and a sparse file of 50 GB takes no room on a disk. Whatever a parser raises
at what it reads, its recursion's end and the memory's too, becomes a `ModelFormatError`
that names the file.

The bounds refuse nothing that TensorFlow itself loads. `LARGEST` is what a protocol
buffer may have, and TensorFlow's tensors have up to 254 dimensions.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, TypeVar

from google.protobuf.message import DecodeError

from ..errors import HubError, ModelFormatError
from ..shown import brief, shown
from .sizes import size_text
from .walking import UnfitTreeError, open_file

LARGEST = (1 << 31) - 1  # bytes of a protocol buffer
POINTER = b"version https://git-lfs.github.com/spec/"  # how one of Git LFS begins
POINTER_HINT = (
    "Run `git lfs pull` in the clone, or download the model in another way, such as by "
    "hf:// where it lies on Hugging Face."
)
_BLOCK = 1 << 20
_HINT = "Fetch or export the model again."
_Read = TypeVar("_Read")
_follows: ContextVar[bool] = ContextVar("follows", default=True)


def damaged(file: Path, what: str, reason: object) -> ModelFormatError:
    """The error for a file that is not what it has to be."""
    msg = f"{shown(file)} is {what}, or is damaged: {brief(reason)}"
    return ModelFormatError(msg, hint=_HINT)


@contextmanager
def following(*, follow: bool) -> Iterator[None]:
    """Says whether links are followed within: else a file in a real folder is opened.

    Who serves the models of others looks for links first, and one may get there later.
    """
    token = _follows.set(follow)
    try:
        yield
    finally:
        _follows.reset(token)


def size_of(file: Path) -> int | None:
    """The bytes of a file, or of whatever it is; None where there is nothing."""
    try:
        if _follows.get():
            return os.stat(file).st_size
        with open(open_file(file), "rb", buffering=0) as stream:
            return os.fstat(stream.fileno()).st_size
    except (OSError, ValueError, UnfitTreeError):
        return None


@contextmanager
def opened(file: Path, most: int = LARGEST) -> Iterator[tuple[IO[bytes], int]]:
    """Opens a file of up to `most` bytes; gives it with its size.

    Raises:
      ModelFormatError: It is larger, or no file, or cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        fd = os.open(file, flags) if _follows.get() else open_file(file)
        with open(fd, "rb", buffering=0) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                msg = (
                    f"{shown(file)} is not a file: it is a pipe, a device or a folder."
                )
                raise ModelFormatError(msg, hint="Copy the model without it.")
            if status.st_size > most:
                msg = (
                    f"{shown(file)} is too large: it has {size_text(status.st_size)}, "
                    f"and such a file has {size_text(most)} at most."
                )
                raise ModelFormatError(msg, hint=_HINT)
            yield stream, status.st_size
    except UnfitTreeError as error:
        msg = f"{shown(file)} is {error.kind}."
        raise ModelFormatError(msg, hint="Copy the model without it.") from error
    except OSError as error:
        if isinstance(error, HubError):
            raise
        msg = f"{shown(file)} cannot be read: {error.strerror or brief(error)}."
        hint = "Look at who may read it, and at the disk."
        raise ModelFormatError(msg, hint=hint) from error


def read(
    file: Path, what: str, parse: Callable[[bytes], _Read], most: int = LARGEST
) -> _Read:
    """Reads and parses a file.

    Args:
      file: Its path.
      what: What it is not where it is damaged, such as "not a SavedModel".
      parse: Makes something of its bytes. Whatever it raises means that they are bad.
      most: How many bytes the file may have.

    Raises:
      ModelFormatError: The file is too large, is no file, is a pointer of Git LFS, or
        cannot be parsed.
    """
    with opened(file, most) as (stream, size), guarded(file, what):
        content = stream.read(min(size, _BLOCK))
        if content.startswith(POINTER):
            msg = f"{shown(file)} is a pointer of Git LFS, and not the file itself."
            raise ModelFormatError(msg, hint=POINTER_HINT)
        if content.startswith(b"\0"):  # as a sparse file does, and nothing to be parsed
            msg = "it begins with zero bytes"
            raise DecodeError(msg)
        while len(content) < size and (block := stream.read(size - len(content))):
            content += block
        return parse(content)


@contextmanager
def guarded(file: Path, what: str) -> Iterator[None]:
    """Turns whatever is raised at a file's content into the error for it."""
    try:
        yield
    except (HubError, OSError):
        raise
    except RecursionError as error:
        raise damaged(file, what, "it is nested too deeply") from error
    except MemoryError as error:
        raise damaged(file, what, "the memory does not suffice for it") from error
    except Exception as error:  # parsers raise of all kinds
        raise damaged(file, what, error) from error


def parsed(message: Any, data: bytes) -> Any:
    """A message of a protocol buffer from its bytes.

    Raises:
      DecodeError: They are not one. With another of its libraries the parser raises
        other errors for a name that is not UTF-8, or a message that is too deep.
    """
    try:
        return message.FromString(data)
    except (ValueError, RecursionError, OverflowError) as error:
        raise DecodeError(brief(error)) from error
