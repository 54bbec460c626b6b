"""A model within the configuration of a layer, to be saved in Keras' own file.

What is embedded are the graph and the assets. The values of the variables are weights
of the layer, and Keras saves those; the checkpoint is embedded only when it holds more.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import os
import shutil
import tempfile
import weakref
import zipfile
from pathlib import Path
from typing import Any

from ..errors import ModelFormatError
from ..fetch.listing import walk
from ..formats.checkpoint import INDEX
from ..formats.tf1_hub import MARKER
from ..runtime.tf import tf

_VARIABLES = "variables/"
_COUNTER = "save_counter/.ATTRIBUTES/VARIABLE_VALUE"  # of tf.train.Checkpoint


class Package:
    """The files of a model.

    Args:
      data: A zip archive of them.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

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
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in walk(folder):
                if whole or not name.startswith(_VARIABLES):
                    content = Path(file.path).read_bytes()
                    info = zipfile.ZipInfo(name)  # the same time in every archive
                    archive.writestr(info, content, zipfile.ZIP_DEFLATED)
        return cls(packed.getvalue())

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Package:
        """What `config` was."""
        return cls(base64.b64decode(config["files"]))

    @functools.cached_property
    def config(self) -> dict[str, str]:
        """The digest, and the files in base64."""
        text = base64.b64encode(self._data).decode("ascii")
        return {"sha256": self.sha256, "files": text}

    @functools.cached_property
    def sha256(self) -> str:
        """Of names, sizes and bytes of the files, so that no compression counts."""
        digest = hashlib.sha256()
        with self._open() as archive:
            for name in sorted(archive.namelist()):
                content = archive.read(name)
                digest.update(f"{name}\0{len(content)}\0".encode())
                digest.update(content)
        return digest.hexdigest()

    @functools.cached_property
    def folder(self) -> str:
        """A folder with the files, which is there as long as this is."""
        folder = tempfile.mkdtemp(prefix="tfhub-embedded-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        with self._open() as archive:
            archive.extractall(folder)
        return folder

    @property
    def options(self) -> Any:
        """The options to load it with: without a checkpoint if there is none."""
        if os.path.exists(os.path.join(self.folder, INDEX)):
            return None
        return tf.saved_model.LoadOptions(experimental_skip_checkpoint=True)

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(io.BytesIO(self._data))
        except zipfile.BadZipFile as error:
            msg = "The model that is embedded in the configuration is damaged."
            raise ModelFormatError(msg, hint="Save the Keras model again.") from error


def _variables(folder: str) -> int:
    """How many tensors the checkpoint of a model has."""
    index = os.path.join(folder, INDEX)
    if not os.path.exists(index):
        return 0
    reader = tf.train.load_checkpoint(index.removesuffix(".index"))
    names = set(reader.get_variable_to_shape_map())
    return len(names - {"_CHECKPOINTABLE_OBJECT_GRAPH", _COUNTER})
