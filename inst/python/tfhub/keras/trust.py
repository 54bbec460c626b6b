"""The question that every door of both Kerases asks: is this model trusted?

A SavedModel is a program: what it holds runs with the rights of who loads it. No file
is to bring or name a program that runs when the file is loaded, so the user has to say
from outside of the file which models are trusted: see `asking.door`.

Without a question load: what a program itself made a layer of before, so that clones
work; and, so that programs of the old library do, a layer that stands in an `.h5` file
or in JSON under the plain name `KerasLayer`, which the program gave in
`custom_objects=`, if its handle is a URL or a folder elsewhere. A `.keras` file has no
such exceptions.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from .. import settings, words
from ..asking import opened
from ..asking.door import SAFE_MODE, Asked
from ..errors import TrustError
from ..handles import LocalPath, parse
from ..shown import shown
from ..travelling import as_given
from ..trusted import given
from ..trusted.places import is_below
from . import private
from .embedding import Package
from .hdf5 import open_files

# The digests of what this process's program packed, or was asked for, and unpacked.
_packages: set[str] = set()


@contextmanager
def asked(kind: Any, config: dict[str, Any], *, registered: bool) -> Iterator[None]:
    """Asks for the model of a layer that is to be made; within, it may be opened.

    The configuration loses what is claimed of the model, and gets what is embedded.

    Args:
      kind: The class of the layer.
      config: Its configuration, whose types are right.
      registered: Whether Keras found the class under the name that it is registered by.

    Raises:
      TrustError: Nobody said that the model is trusted.
    """
    handle = config["handle"]
    archive, tree = config.pop("sha256", None), config.pop("tree", None)
    embedded = config.get("embed")
    safe_mode = private.in_safe_mode(kind._hub_keras)
    in_file = private.is_loading_file()
    given_here = as_given(handle)  # a clone has it without its login
    known = not in_file and opened.is_opened(given_here)
    if known:
        config["handle"] = given_here
    by_file = bool(safe_mode) and (in_file or bool(open_files()))
    if isinstance(embedded, dict):
        package = Package.of_config(embedded, handle)
        if safe_mode is not False:
            _require_package(package, in_file=in_file, safe_mode=by_file)
        _packages.add(package.verified())
        # A clone gets no weights from a file, so it reads those of the model itself.
        config["embed"] = True if known else package
        yield
    elif safe_mode is False or known:
        with opened.brought():
            yield
    else:
        claims = Asked(handle, archive, tree, safe_mode=by_file)
        with ExitStack() as held:
            try:
                held.enter_context(opened.asked(claims))
            except TrustError:
                if in_file or registered or not _is_of_old_library(kind, handle):
                    raise
                _warn(handle)
                held.enter_context(opened.brought())
            yield


def _warn(handle: str) -> None:
    msg = (
        f"The model {shown(handle)} is loaded, though nobody said that it is trusted, "
        "as its layer stands under the plain name KerasLayer. A model can run code. "
        "TFHUB_OLD_FILES=refuse closes this door; hub.trust() and TFHUB_TRUSTED say "
        "what is trusted."
    )
    warnings.warn(msg, stacklevel=6)


def packed(package: Package) -> None:
    """Notes what the program packed itself."""
    _packages.add(package.claimed)


def _require_package(package: Package, *, in_file: bool, safe_mode: bool) -> None:
    """Raises TrustError by what is claimed: nothing is unpacked before that."""
    if given.is_trusted(package.claimed):
        return
    if not in_file and package.claimed in _packages:
        return
    handle = package.handle  # what it was says nothing about what is embedded
    msg = (
        f"The file holds a model that was {shown(handle)}, and a model can run code. "
        f"{SAFE_MODE if safe_mode else 'Nobody'} said that this model is trusted."
    )
    hint = f"If you trust it, call {words.call('trust', package.claimed)} first"
    if safe_mode:
        hint += f", or load the file with {words.argument(safe_mode=False)}"
    hint += "."

    raise TrustError(msg, handle=handle, hint=hint, sha256=package.claimed)


def _is_of_old_library(kind: Any, handle: str) -> bool:
    """Whether a layer is as the old library's programs have them in `.h5` and JSON."""
    if not settings.loads_old_files():
        return False
    # Keras has what is in custom_objects= in scope; nothing of ours has a plain name.
    found = kind._hub_keras.saving.get_registered_object("KerasLayer")
    if found is not kind and found is not kind._hub_chooser:
        return False
    if not kind._hub_is_plain():
        return False
    names = open_files()
    # Keras 2 reads HDF5 under any name, and a `.keras` file has no exception.
    if any(name.lower().endswith(".keras") for name in names):
        return False
    parsed = parse(handle)
    if not isinstance(parsed, LocalPath):
        return True
    if not os.path.isabs(parsed.path):
        return False
    if not all(names):
        return False
    folders = {os.path.dirname(os.path.abspath(name)) for name in names}
    folders |= {os.path.dirname(os.path.realpath(name)) for name in names}
    places = {os.path.abspath(parsed.path), os.path.realpath(parsed.path)}
    return not any(_lies_in(place, folder) for place in places for folder in folders)


def _lies_in(place: str, folder: str) -> bool:
    """Whether a path is a folder or in it, also where case does not count."""
    if is_below(place, folder):
        return True
    for above in (Path(place), *Path(place).parents):
        with suppress(OSError):
            if os.path.samefile(above, folder):
                return True
    return False
