"""The one question of trust: may this model, which a file names, be loaded here?

What decides is computed over the bytes that will be loaded, then and there, and those
bytes are what is loaded: in place where nobody else can change them, else from a copy
that is this user's alone. What a file, a manifest or a bundle says is a claim.
"""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import words
from ..cache.entries import key_of
from ..cache.locks import MANIFEST, in_use
from ..cache.manifest import DOWNLOAD, manifest_of, tree_of_listed
from ..errors import HubError, TrustError
from ..fetch.mirrors import ways
from ..fetch.offline import cached_folder
from ..fetch.resolve import resolve
from ..formats.files import holds_model
from ..handles import Handle, LocalPath, parse
from ..shown import shown
from ..trusted import given, places, records
from ..trusted.private import is_private, is_private_tree, private_folder, remove
from ..trusted.tree import copy_tree, is_complete, tree_of_folder

SAFE_MODE = "Keras' safe mode is on, and nobody"


@dataclass(frozen=True)
class Asked:
    """A model that something names, and what that says of it.

    Attributes:
      handle: Its handle.
      archive: The sha256 of its archive, as claimed.
      tree: Its tree digest, as claimed.
      safe_mode: Whether a file asks for it, and Keras' safe mode could be off.
    """

    handle: str
    archive: str | None = None
    tree: str | None = None
    safe_mode: bool = False


@dataclass(frozen=True)
class Found:
    """A model on this machine.

    Attributes:
      path: Its folder, without links on the way.
      origin: What the handle resolved to.
      tree: Its tree digest, computed now.
      is_ours: Whether nobody else can change it, and it holds nothing that the digest
        leaves out.
    """

    path: str
    origin: str
    tree: str
    is_ours: bool


class Place:
    """Where a trusted model lies.

    Attributes:
      path: The folder to load, and no other.
      origin: What the handle resolved to.
    """

    def __init__(self, path: str, origin: str, copy: str | None = None) -> None:
        self.path = path
        self.origin = origin
        self._copy = copy

    def keep_for(self, loaded: Any) -> None:
        """Keeps a private copy as long as what was loaded from it lives."""
        if self._copy is not None:
            weakref.finalize(loaded, remove, self._copy, os.getpid())
            self._copy = None

    def close(self) -> None:
        """Removes a private copy that nothing was loaded from."""
        if self._copy is not None:
            shutil.rmtree(self._copy, ignore_errors=True)


@contextmanager
def admitted(asked: Asked) -> Iterator[Place]:
    """The place of a model that the user trusts, held until the model is loaded.

    Raises:
      TrustError: Nobody said that it is trusted, or it is not what was trusted.
      HubError: As for `resolve()`, of a model that may be fetched.
    """
    handle = parse(asked.handle)
    with ExitStack() as held:
        place = (
            _by_place(handle, held)
            or _by_claim(asked, handle, held)
            or _at_hand(handle, held)
        )
        if place is None:
            raise _refusal(asked, handle)
        held.callback(place.close)
        yield place


def _by_place(handle: Handle, held: ExitStack) -> Place | None:
    if isinstance(handle, LocalPath):
        place = places.trusted_path(handle.path)
        if place is None:
            return None
        if os.path.isdir(place[0]):
            return _without_links(handle, *place)
        # The archive there, and not what the link on the way led to at another time.
        handle = _at(place[0], handle)
    elif not places.is_trusted(handle):
        return None
    path = _resolved(handle, held)
    if "://" in path:  # it stays where it is, for TensorFlow to read
        return Place(path, path) if places.is_trusted(parse(path)) else None
    for way in ways(handle)[:-1]:  # by a rule of the user's own
        if isinstance(way, LocalPath) and path == way.path:
            real = os.path.realpath(path)
            return _without_links(handle, real, real)
    found = _look(path)
    manifest = _own(path, handle)
    came_here = manifest.get("came") == DOWNLOAD
    if (
        (came_here and tree_of_listed(manifest["files"]) == found.tree)
        or records.place_gave(handle.text, found.tree)
        or given.is_trusted(found.tree)
    ):
        return _unchanging(found)
    msg = (
        f"You trust the place of {shown(handle.text)}, and no download of yours is "
        "known to have brought this model from there: it was imported, adopted, or "
        "fetched by somebody else or by an older version."
    )
    hint = f"If you trust it, call {words.call('trust', found.tree)} first."
    raise _error(msg, hint, handle, tree=found.tree)


def _by_claim(asked: Asked, handle: Handle, held: ExitStack) -> Place | None:
    by_tree, by_archive = map(given.is_trusted, (asked.tree, asked.archive))
    if not (by_tree or by_archive):
        return None
    path = _resolved(handle, held)
    claimed = asked.tree if by_tree else asked.archive
    if "://" in path:
        msg = f"{shown(handle.text)} stays in an object store, where it has no digest."
        hint = "Unset TFHUB_MODEL_LOAD_FORMAT, so that it is downloaded."
        raise _error(msg, hint, handle, asked.archive)
    found = _look(path)
    if given.is_trusted(found.tree) or (
        by_archive and _became(asked.archive, found, handle)
    ):
        return _unchanging(found)
    msg = (
        f"You trust the model {claimed}, which the file says is {shown(handle.text)}. "
        f"But the model there is {found.tree}"
    )
    if not by_tree:
        msg += ", and no download of yours is known to have made that of the archive"
    msg += "."
    hint = f"If you trust it, call {words.call('trust', found.tree)} first."
    raise _error(msg, hint, handle, asked.archive, found.tree)


def _at_hand(handle: Handle, held: ExitStack) -> Place | None:
    if not given.trusts_trees():
        return None
    path = _without_network(handle, held)
    found = _look(path) if path else None
    return _unchanging(found) if found and given.is_trusted(found.tree) else None


def _resolved(handle: Handle, held: ExitStack) -> str:
    """The folder of a model, kept from being replaced from now on."""
    while True:
        path = resolve(handle.text)
        if held.enter_context(in_use(path)):
            return path


def _without_network(handle: Handle, held: ExitStack) -> str:
    """The folder of a model that is here; `""` if it is not, or only as an archive."""
    if isinstance(handle, LocalPath) and _is_remote(handle.path):
        return ""
    if isinstance(handle, LocalPath) and os.path.isdir(handle.path):
        path = handle.path
    else:
        try:
            path = cached_folder(handle, refresh=False)
        except (HubError, UnicodeError):  # the name of a file may be no UTF-8
            return ""
        if not held.enter_context(in_use(path)):
            return ""
    return path if holds_model(path) else ""


def _is_remote(path: str) -> bool:
    r"""Whether a path is of Windows' network: `\\host\share` sends the user's name."""
    return os.name == "nt" and path.replace("\\", "/").startswith("//")


def _at(real: str, handle: LocalPath) -> Handle:
    """The same archive by its real path."""
    return parse(real + (f"#sha256={handle.sha256}" if handle.sha256 else ""))


def _without_links(handle: Handle, real: str, within: str) -> Place:
    """A trusted folder in place, of which nothing lies elsewhere."""
    try:
        link = places.link_out_of(real, within)
    except OSError as error:
        msg = f"The model in {shown(real)} cannot be read: {error}."
        hint = "Look at who may read its files."
        raise HubError(msg, handle=handle.text, hint=hint) from error
    if link is None:
        return Place(real, real)
    msg = (
        f"You trust the place of {shown(handle.text)}, and {shown(link)} is a link "
        f"that leads out of {shown(within)}."
    )
    hint = "Copy the folder with every link followed: cp -rL"
    raise _error(msg, hint, handle)


def _own(path: str, handle: Handle) -> dict[str, Any]:
    """The manifest of this handle's entry in a cache that only this user can write."""
    root, key = os.path.split(path)
    if key != key_of(handle.text) or not is_private(root):
        return {}
    return manifest_of(path) if is_private(path + MANIFEST) else {}


def _became(archive: Any, found: Found, handle: Handle) -> bool:
    """Whether this archive is known to have become what was found."""
    if records.archive_became(archive, found.tree):
        return True
    manifest = _own(found.origin, handle)
    vouched = manifest.get("came") == DOWNLOAD or manifest.get("vouched") is True
    return (
        vouched
        and manifest.get("sha256") == archive
        and tree_of_listed(manifest["files"]) == found.tree
    )


def _look(path: str) -> Found:
    real = os.path.realpath(path)
    # In this order: what only this user can change is what will be hashed.
    is_ours = (
        is_private_tree(real) and os.path.realpath(real) == real and is_complete(real)
    )
    return Found(real, path, tree_of_folder(real), is_ours)


def _unchanging(found: Found) -> Place:
    """The model that was hashed: in place, or as a copy if others can change it."""
    if found.is_ours:
        return Place(found.path, found.origin)
    folder = private_folder("tfhub-trusted-")
    place = Place(os.path.join(folder, "model"), found.origin, folder)
    try:
        copied = copy_tree(found.path, Path(place.path))
        if copied != found.tree:
            msg = f"The model in {shown(found.path)} changes while it is read."
            hint = "Something writes to that folder: try again when it has ended."
            raise TrustError(msg, hint=hint, sha256=None, tree=copied)
    except BaseException:
        place.close()
        raise
    return place


def _refusal(asked: Asked, handle: Handle) -> TrustError:
    tree, archive = asked.tree, asked.archive
    with ExitStack() as held, suppress(HubError):  # what has links has no digest
        path = _without_network(handle, held)
        if path:
            found = _look(path)
            tree = found.tree
            if not _became(archive, found, handle):
                archive = None
    begin = "The file" if asked.safe_mode else "A configuration"
    msg = f"{begin} asks for the model {shown(handle.text)}, and a model can run code. "
    msg += SAFE_MODE if asked.safe_mode else "Nobody"
    msg += " said that this model is trusted."
    ways_in = [f"call {words.call('trust', tree)} first"] if tree else []
    if archive:
        of = "for its archive" if tree else "first"
        ways_in.append(f"call {words.call('trust', archive)} {of}")
    ways_in.append("set TFHUB_TRUSTED to the beginning of its handle, up to a slash")
    if asked.safe_mode:
        ways_in.append(f"load the file with {words.argument(safe_mode=False)}")
    hint = f"If you trust it, {', or '.join(ways_in)}."
    return _error(msg, hint, handle, archive or asked.archive, tree)


def _error(
    msg: str,
    hint: str,
    handle: Handle,
    archive: str | None = None,
    tree: str | None = None,
) -> TrustError:
    return TrustError(msg, handle=handle.text, hint=hint, sha256=archive, tree=tree)
