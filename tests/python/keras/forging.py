"""Keras files as an attacker writes them, and a model that tells when its code ran."""

from __future__ import annotations

import json
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfhub.runtime.tf import tf

Edit = Callable[[dict[str, Any]], None]


class _Resource(tf.saved_model.experimental.TrackableResource):  # type: ignore[misc]
    """Writes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = str(path)

    def _create_resource(self) -> Any:
        return tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="canary")

    def _initialize(self) -> None:
        tf.io.write_file(self._path, "ran")


class _Module(tf.Module):  # type: ignore[misc]
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.kernel = tf.Variable(tf.ones([4, 3]) / 4.0, name="kernel")
        self.resource = _Resource(path)
        assert self.resource.resource_handle is not None

    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def __call__(self, x: Any) -> Any:
        return x @ self.kernel


class Evil:
    """A model whose code writes a file when it is loaded.

    Args:
      folder: An empty folder for it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "evil"
        self._marker = folder / "ran"
        tf.saved_model.save(_Module(self._marker), str(self.folder))

    def put(self, folder: Path) -> str:
        """A copy of it at another place."""
        shutil.copytree(self.folder, folder)
        return str(folder)

    @property
    def ran(self) -> bool:
        """Whether its code has run since this was last asked."""
        has = self._marker.exists()
        self._marker.unlink(missing_ok=True)
        return has


def naming(handle: Any, **fields: Any) -> Edit:
    """What puts another handle into the configurations of layers."""

    def edit(config: dict[str, Any]) -> None:
        for claim in ("sha256", "tree", "embed"):
            config.pop(claim, None)
        config.update(handle=handle, **fields)

    return edit


def edited(found: Any, edit: Edit, name: str | None = None) -> Any:
    """A configuration with that of each of our layers edited."""
    if isinstance(found, list):
        return [edited(each, edit, name) for each in found]
    if not isinstance(found, dict):
        return found
    found = {key: edited(value, edit, name) for key, value in found.items()}
    if str(found.get("class_name")).rpartition(">")[2] == "KerasLayer":
        edit(found["config"])
        if name is not None:
            found["class_name"] = name
            if "registered_name" in found:
                found["registered_name"] = name
    return found


def forge_keras(file: Path, new: Path, edit: Edit, name: str | None = None) -> Path:
    """A `.keras` file made of another."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(new, "w") as forged:
        for each in old.namelist():
            content = old.read(each)
            if each == "config.json":
                config = edited(json.loads(content), edit, name)
                content = json.dumps(config).encode()
            forged.writestr(each, content)
    return new


def forge_h5(file: Path, edit: Edit, name: str | None = None) -> Path:
    """An `.h5` file, changed in place."""
    import h5py

    with h5py.File(file, "r+") as opened:
        config = edited(json.loads(opened.attrs["model_config"]), edit, name)
        opened.attrs["model_config"] = json.dumps(config)
    return file


def save_h5(model: Any, file: Path) -> Path:
    """Saves a model in the format that is warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(file)
    return file
