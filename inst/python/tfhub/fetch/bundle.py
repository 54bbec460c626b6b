"""The file format in which cached models are carried to other machines: a bundle.

It is a plain tar archive laid out as the cache is: `<key>.manifest.json`, then
`<key>/...`, for each model. The same entries give the same bundle. What it says of its
models is a claim; the reader believes what it can check.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .. import words
from .._version import __version__
from ..archive.checks import require_model_at_root
from ..archive.unpacking import Unpacked
from ..cache.folders import everything
from ..cache.listing import CachedModel
from ..cache.locks import KEY, MANIFEST, in_use
from ..cache.manifest import IMPORT, key_of, read_manifest, tree_of_listed
from ..cache.reading import open_file
from ..errors import ArchiveError, CacheError, HandleError
from ..handles import Handle, LocalPath, parse
from ..shown import shown
from ..travelling import travelling, without_login

# What nobody can check who has the models, and not the archives that they came in.
CLAIMS = ("sha256", "etag", "url", "mirror")


@dataclass(frozen=True)
class Packed:
    """A model in an unpacked bundle.

    Attributes:
      handle: What it was fetched for.
      folder: Where its files are.
      content: What its manifest is to say: what was checked.
      claims: What the bundle says besides, of the archive that the model came in.
    """

    handle: Handle
    folder: Path
    content: dict[str, Any]
    claims: dict[str, Any]


def write_bundle(models: list[CachedModel], stream: IO[bytes]) -> str:
    """Writes models of the cache; returns the sha256 of what was written.

    Raises:
      CacheError: One of them is damaged, or cannot be carried to other machines.
    """
    written = _Hashed(stream)
    named = {}
    for model in models:
        handle = _travelling(model)
        if handle in named:
            msg = f"Two of the models have the handle {handle}, apart from logins."
            raise CacheError(msg, handle=handle, hint="Export one of them.")
        named[handle] = model
    with tarfile.TarFile(
        fileobj=written,  # type: ignore[arg-type]
        mode="w",
        format=tarfile.PAX_FORMAT,
    ) as tar:
        for key, handle in sorted((key_of(handle), handle) for handle in named):
            with in_use(named[handle].path):
                _add_model(tar, key, handle, named[handle])
    return written.sha256.hexdigest()


def _travelling(model: CachedModel) -> str:
    """The handle by which a model is known where it arrives."""
    handle = travelling(model.handle, "The bundle")
    if not handle or isinstance(parse(handle), LocalPath):
        msg = f"{model.handle or model.path} has no handle that other machines know."
        hint = "Copy the archive or the folder itself."
        raise CacheError(msg, handle=model.handle, hint=hint)
    return handle


def _add_model(tar: tarfile.TarFile, key: str, handle: str, model: CachedModel) -> None:
    try:
        manifest = read_manifest(model.path + MANIFEST)[0]
    except FileNotFoundError as error:
        msg = f"{model.handle or model.path} has no manifest."
        remedy = words.command("cache adopt", "cache_adopt")
        hint = f"Another program made it; give it a manifest: {remedy}"
        raise CacheError(msg, handle=model.handle, hint=hint) from error
    except (OSError, ValueError) as error:
        raise _damaged(model, "its manifest cannot be read") from error
    told = {"handle": handle, "time": manifest["time"], "tfhub": __version__}
    for name in CLAIMS:
        if manifest.get(name) is not None:
            told[name] = without_login(shown(manifest[name]))
    files = manifest["files"]
    told |= {"came": IMPORT, "tree": tree_of_listed(files), "files": files}
    content = json.dumps(told, indent=1).encode()
    _add(tar, f"{key}{MANIFEST}", io.BytesIO(content), len(content))
    _add(tar, key, None, 0)
    for folder in sorted(_folders(model)):
        _add(tar, f"{key}/{folder}", None, 0)
    for name, facts in sorted(files.items()):
        _add_file(tar, f"{key}/{name}", model, name, facts)


def _folders(model: CachedModel) -> list[str]:
    try:
        found = everything(model.path)
        return [name for name, _, is_folder in found if is_folder]
    except OSError as error:
        raise _damaged(model, str(error.strerror or error)) from error


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes] | None, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o644
    if content is None:
        member.type, member.mode = tarfile.DIRTYPE, 0o755
    tar.addfile(member, content)


def _add_file(
    tar: tarfile.TarFile, at: str, model: CachedModel, name: str, facts: dict[str, Any]
) -> None:
    try:
        fd = open_file(os.path.join(model.path, name), getattr(os, "O_NOFOLLOW", 0))
        with open(fd, "rb") as file:
            if os.fstat(fd).st_size != facts["size"]:
                raise _damaged(model, f"{shown(name)} has another size")
            content = _Hashed(file)
            _add(tar, at, content, facts["size"])  # type: ignore[arg-type]
            whole = not file.read(1)
    except (OSError, ValueError) as error:
        if isinstance(error, CacheError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise _damaged(model, f"{shown(name)}: {reason}") from error
    if not whole or content.sha256.hexdigest() != facts["sha256"]:
        raise _damaged(model, f"{shown(name)} has changed")


class _Hashed:
    """A file that hashes what is read of it, or written to it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self.tell = file.tell
        self._file = file

    def read(self, size: int) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        return block

    def write(self, block: bytes) -> int:
        self.sha256.update(block)
        return self._file.write(block)


def _damaged(model: CachedModel, what: str) -> CacheError:
    msg = f"{model.handle} is damaged in the cache: {what}."
    tells = words.command("cache verify", "cache_verify")
    hint = f"Resolve it again to fetch it anew; {tells} tells what is wrong."
    return CacheError(msg, handle=model.handle, hint=hint)


def read_bundle(bundle: Path, unpacked: Unpacked, file: str) -> list[Packed]:
    """The models of an unpacked bundle, when all of it is as its manifests say.

    Args:
      bundle: The folder to which it was unpacked.
      unpacked: What was unpacked.
      file: The name of the bundle, for errors.

    Raises:
      ArchiveError: It is none, or damaged.
    """
    left = {
        name: {"size": size, "sha256": digest}
        for name, (size, digest) in unpacked.files.items()
    }
    models = []
    for name in [name for name in left if name.endswith(MANIFEST) and "/" not in name]:
        del left[name]
        key = name.removesuffix(MANIFEST)
        handle, manifest = _manifest(bundle / name, key, file)
        files = manifest["files"]
        for each, facts in files.items():
            came = left.pop(f"{key}/{each}", None)
            if came != facts:
                what = "is missing" if came is None else f"is {came}, not {facts}"
                name = shown(f"{key}/{each}")
                msg = f"The file {file} is damaged: {name} of {handle.text} {what}."
                raise ArchiveError(msg, handle=handle.text, hint=_AGAIN)
        require_model_at_root(files, f"What {file} holds for {handle.text}")
        claims = {each: manifest[each] for each in CLAIMS if manifest.get(each)}
        _compare_pin(handle, claims, file)
        content = {"time": manifest["time"], "came": IMPORT}
        content |= {"tree": tree_of_listed(files), "files": files}
        models.append(Packed(handle, bundle / key, content, claims))
    if not models:
        msg = f"The file {file} is no bundle of cached models."
        line = "cache import --handle HANDLE FILE"
        remedy = words.command(line, "cache_import", "FILE", handle="HANDLE")
        hint = f"For an archive of one model: {remedy}"
        raise ArchiveError(msg, hint=hint)
    if left:
        other = shown(min(left))
        msg = f"The file {file} is damaged: {other} belongs to none of its models."
        raise ArchiveError(msg, hint=_AGAIN)
    return models


def _manifest(path: Path, key: str, file: str) -> tuple[Handle, dict[str, Any]]:
    try:
        manifest = read_manifest(os.fspath(path))[0]
        handle = parse(manifest["handle"])
        fits = KEY.fullmatch(key) and key_of(handle.text) == key
        if fits and handle.text.isprintable() and not isinstance(handle, LocalPath):
            return handle, manifest
        why = "its handle is not one that its name is made of, or names a local path"
    except (ValueError, HandleError) as error:
        why = getattr(error, "message", str(error))
    name = shown(path.name)
    msg = f"The file {file} is damaged: {name} is no manifest of its model ({why})."
    raise ArchiveError(msg, hint=_AGAIN)


def _compare_pin(handle: Handle, claims: dict[str, Any], file: str) -> None:
    if handle.sha256 in (None, claims.get("sha256")):
        return
    msg = (
        f"The file {file} is damaged: it says that {handle.text} came in an archive "
        f"with the sha256 {claims.get('sha256')}, which is not the pinned one."
    )
    raise ArchiveError(msg, handle=handle.text, hint=_AGAIN)


_AGAIN = "Export it again."
