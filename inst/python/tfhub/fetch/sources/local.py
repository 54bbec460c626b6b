"""Models on this machine: folders, and archive files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from ... import words
from ...archive.unpacking import file_blocks
from ...errors import HandleError, HandleNotFoundError
from ...formats.files import holds_model
from ...formats.likely import likely
from ...handles import ARCHIVES, Handle, LocalPath
from ..protocol import Archive, Job, Source


class LocalSource(Source):
    """A folder, which is used where it is, or an archive file, which is unpacked."""

    def accepts(self, handle: Handle) -> bool:
        """Paths and `file://`."""
        return isinstance(handle, LocalPath)

    def stays(self, handle: LocalPath) -> bool:
        """Folders do."""
        return os.path.isdir(handle.path)

    def place(self, handle: LocalPath, job: Job) -> str:  # noqa: ARG002
        """The folder as the handle has it."""
        return handle.path

    def origin(self, handle: LocalPath) -> dict[str, Any] | None:
        """The archive's place, size and time: one that has changed is unpacked again.

        Raises:
          HandleNotFoundError: It does not exist.
          HandleError: It is another kind of file.
        """
        path = handle.path
        if os.path.isdir(path):
            return None
        if not os.path.exists(path):
            msg = f"{handle.text} does not exist."
            near = _nearest(Path(path)) + _as_url(path)
            raise HandleNotFoundError(msg, handle=handle.text, hint=near)
        if not path.lower().endswith(ARCHIVES):
            msg = f"{handle.text} is a file, neither a folder nor an archive."
            hint = f"Archives end in {', '.join(ARCHIVES)}."
            if os.path.basename(path).startswith("saved_model.pb"):
                hint = f"Give its folder, {os.path.dirname(path) or '.'}"
            elif path.lower().endswith((".keras", ".h5", ".hdf5")):
                loads = words.code("keras.models.load_model", "keras$models$load_model")
                hint = (
                    f"If it is a file of Keras, {loads}() loads it, and of what that "
                    f"gives {words.function('export')} makes a model."
                )
            raise HandleError(msg, handle=handle.text, hint=hint)
        info = os.stat(path)
        return {
            "path": os.path.abspath(path),
            "size": info.st_size,
            "time_ns": info.st_mtime_ns,
        }

    def open(self, handle: LocalPath, job: Job) -> Archive:  # noqa: ARG002
        """The archive."""
        origin = self.origin(handle)
        size = os.stat(handle.path).st_size
        blocks = file_blocks(Path(handle.path))
        return Archive(blocks, handle.text, size, {"url": None, "origin": origin})


# Hosts of models, and PUBLISHER/MODEL/VERSION, the path of a model on one.
_HOST = re.compile(r"(www\.)?(tfhub\.dev|kaggle\.com|huggingface\.co)/\S+")
_ON_HOST = re.compile(r"[\w.-]+/[\w.-]+/\d+")


def _as_url(given: str) -> str:
    """What a URL without its beginning was meant for."""
    if _HOST.fullmatch(given):
        return f" A URL begins with its scheme: https://{given}"
    if _ON_HOST.fullmatch(given):
        return f" A model of a server has a URL, such as https://tfhub.dev/{given}"
    return ""


def _nearest(path: Path) -> str:
    missing = path.absolute()
    for parent in missing.parents:
        if os.path.isdir(parent):
            there = likely(parent, holds_model, missing.name)
            return f"{parent} exists" + (f"; it holds: {there}." if there else ".")
        missing = parent
    return ""
