"""Which `.h5` files are open: Keras reads a model from one of them."""

from __future__ import annotations

import gc
import sys

from ..runtime.tf import tf


def open_files() -> set[str]:
    """The paths of all `.h5` files that are open; `""` for one that has none known."""
    h5py = sys.modules.get("h5py")
    if h5py is None:
        return set()
    found = h5py.h5f.get_obj_ids(types=h5py.h5f.OBJ_FILE)
    names = {
        h5py.h5f.get_name(file).decode("utf-8", "surrogateescape") for file in found
    }
    objects = {name for name in names if name.startswith("<")}
    paths = names - objects
    if objects:  # HDF5 reads a Python object, of which it knows the text alone
        opened = {repr(file): file.name for file in _files_of_tensorflow()}
        paths |= {opened.get(name, "") for name in objects}
    return {path for path in paths if "://" not in path}


def _files_of_tensorflow() -> list[tf.io.gfile.GFile]:
    """Keras 2 opens its files by these."""
    return [each for each in gc.get_objects() if type(each) is tf.io.gfile.GFile]
