"""A model within the configuration of a layer, to be saved in Keras' own file.

What is embedded are the graph and the assets. The values of the variables are weights
of the layer, and Keras saves those; the checkpoint is embedded only when it holds more.

The digest of what is embedded is the sha256 of, for each file by name, its name, a zero
byte, its size, a zero byte and its bytes, so that no compression counts.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import re
import tempfile
import weakref
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from ..archive.unpacking import unpack
from ..cache.listing import walk
from ..errors import ArchiveError, ModelFormatError, TrustError, UnsafeArchiveError
from ..formats.checkpoint import INDEX
from ..formats.tf1_hub import MARKER
from ..net.progress import Meter
from ..runtime.tf import tf
from ..shown import shown
from ..trusted.private import private_folder, remove

_VARIABLES = "variables/"
_COUNTER = "save_counter/.ATTRIBUTES/VARIABLE_VALUE"  # of tf.train.Checkpoint
_SHA256 = re.compile("[0-9a-f]{64}")
_BLOCK = 3 << 18  # bytes, which are four letters for each three
_LETTERS = _BLOCK // 3 * 4


class Package:
    """The files of a model.

    Args:
      text: A zip archive of them, in base64.
      claimed: Their digest, as whoever gave them says.
      handle: What the model was; that says nothing about what it is.
    """

    def __init__(self, text: str, claimed: str, handle: str) -> None:
        self.claimed = claimed
        self.handle = handle
        self._text = text

    @classmethod
    def of_folder(cls, folder: str, variables: int) -> Package:
        """Packs a model.

        Args:
          folder: Its folder.
          variables: How many variables the layer has, and Keras saves.
        """
        # A TF1 Hub module is read as a whole.
        whole = os.path.exists(os.path.join(folder, MARKER))
        whole = whole or _variables(folder) > variables
        files = {
            name: Path(file.path)
            for name, file in walk(folder)
            if whole or not name.startswith(_VARIABLES)
        }
        with tempfile.TemporaryFile() as packed:
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, path in files.items():
                    info = zipfile.ZipInfo(name)  # the same time in every archive
                    info.compress_type = zipfile.ZIP_DEFLATED
                    info.file_size = path.stat().st_size
                    with path.open("rb") as source, archive.open(info, "w") as target:
                        for block in _blocks(source):
                            target.write(block)
            packed.seek(0)
            text = "".join(_encoded(packed))
        return cls(text, _digest(files), folder)

    @classmethod
    def of_config(cls, config: dict[str, Any], handle: str) -> Package:
        """What `config` was; nothing is unpacked yet.

        Raises:
          ModelFormatError: Its types are others than they were.
        """
        text, claimed = config.get("files"), config.get("sha256")
        named = isinstance(claimed, str) and _SHA256.fullmatch(claimed)
        if not (isinstance(text, str) and named):
            raise _damaged(handle, "it has no files, or no sha256")
        return cls(text, str(claimed), handle)

    @property
    def config(self) -> dict[str, str]:
        """The digest, and the files in base64."""
        return {"sha256": self.claimed, "files": self._text}

    def verified(self) -> str:
        """The digest, after unpacking: what is in the folder has it.

        Raises:
          ModelFormatError: The files are damaged.
          UnsafeArchiveError: They are more, or others, than a model has.
          TrustError: They are not what they claim to be.
        """
        _ = self.folder
        return self.claimed

    @functools.cached_property
    def folder(self) -> str:
        """A private folder with the files, which is there as long as this is.

        Raises:
          HubError: As for `verified()`.
        """
        parent = private_folder("tfhub-embedded-")
        weakref.finalize(self, remove, parent, os.getpid())
        folder = Path(parent, "model")
        label = f"The model that is embedded, and was {shown(self.handle)},"
        try:
            # It bounds sizes, their ratio, the count of files and their names.
            unpacked = unpack(self._decoded(), folder, label, Meter(None))
        except UnsafeArchiveError:
            raise
        except ArchiveError as error:
            raise _damaged(self.handle, error.marked[0]) from error
        except ValueError as error:
            raise _damaged(self.handle, f"it is no base64: {error}") from error
        found = _digest({name: folder / name for name in unpacked.files})
        if found != self.claimed:
            msg = (
                f"{label} is not the one that it says it is: the sha256 of its files "
                f"is {found}, and the file says {self.claimed}."
            )
            hint = "It was damaged, or forged. Get the file again."
            raise TrustError(msg, handle=self.handle, hint=hint, sha256=found)
        return os.fspath(folder)

    @property
    def options(self) -> Any:
        """The options to load it with: without a checkpoint if there is none."""
        if os.path.exists(os.path.join(self.folder, INDEX)):
            return None
        return tf.saved_model.LoadOptions(experimental_skip_checkpoint=True)

    def _decoded(self) -> Iterator[bytes]:
        for start in range(0, len(self._text), _LETTERS):
            part = self._text[start : start + _LETTERS]
            yield base64.b64decode(part, validate=True)


def _encoded(file: IO[bytes]) -> Iterator[str]:
    for block in iter(lambda: file.read(_BLOCK), b""):
        yield base64.b64encode(block).decode("ascii")


def _blocks(file: IO[bytes]) -> Iterable[bytes]:
    read: Callable[[], bytes] = functools.partial(file.read, 1 << 20)
    return iter(read, b"")


def _digest(files: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        path = files[name]
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            for block in _blocks(file):
                digest.update(block)
    return digest.hexdigest()


def _damaged(handle: str, why: str) -> ModelFormatError:
    msg = f"The model that is embedded, and was {shown(handle)}, is damaged: {why}."
    hint = "Save the Keras model again, or get its file again."
    return ModelFormatError(msg, handle=handle, hint=hint)


def _variables(folder: str) -> int:
    """How many tensors the checkpoint of a model has."""
    index = os.path.join(folder, INDEX)
    if not os.path.exists(index):
        return 0
    reader = tf.train.load_checkpoint(index.removesuffix(".index"))
    names = set(reader.get_variable_to_shape_map())
    return len(names - {"_CHECKPOINTABLE_OBJECT_GRAPH", _COUNTER})
