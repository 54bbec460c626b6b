"""What a layer is made of: a handle, or something callable, opened for Keras."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..asking import opened
from ..cache.locks import in_use
from ..fetch.resolve import resolve
from ..formats.tf1_hub import is_hub_module
from ..runtime import ops
from ..runtime.loading import load_folder
from .choices import Choices
from .embedding import Package
from .modules import of_module
from .sources import Source, of_object


def open_source(choices: Choices) -> Source:
    """Opens what a layer is made of.

    Raises:
      HubError: As `load()` does.
      LayerError: The choices do not fit together.
      SignatureNotFoundError: There is no such signature, or no call of its own.
    """
    choices.check()
    if callable(choices.handle):
        return of_object(choices.handle, choices)
    handle, options = os.fspath(choices.handle), choices.options
    place = opened.checked(handle)
    if isinstance(choices.embed, Package):
        package = choices.embed
        options = options or package.options
        return _open(package.folder, package.folder, choices, options)
    if place is not None:
        source = _open(place.path, handle, choices, options)
        source.origin = place.origin
        place.keep_for(source.model)
        return source
    while True:
        path = resolve(handle)
        with in_use(path) as there:
            if there:
                source = _open(path, handle, choices, options)
                opened.note(handle, path)
                return source


def _open(path: str, handle: str, choices: Choices, options: Any) -> Source:
    """Opens the model in a folder, and in no other."""
    if "://" not in path and is_hub_module(Path(path)):
        ops.provide(path, handle)  # its graph is imported only later
        source = of_module(path, handle, choices)
    else:
        model = load_folder(path, handle, choices.tags, options)
        source = of_object(model, choices)
    source.path = source.origin = path
    return source
