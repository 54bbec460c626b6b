"""Models carried from one cache to another in a file: a bundle.

A bundle is a plain tar archive laid out as the cache is: `<key>.manifest.json`, then
`<key>/...`, for each model. The same entries give the same bundle.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from ..errors import (
    ArchiveError,
    CacheError,
    HandleError,
    HandleNotFoundError,
    HubError,
)
from ..handles import Handle, LocalPath, parse
from .archive import Unpacked, file_blocks, unpack
from .cache import Entry, cache_root, key_of
from .checks import require_model_at_root
from .install import fetch
from .listing import CachedModel, Handles, read_manifest, select
from .locks import KEY, MANIFEST, in_use
from .progress import Meter, Progress, shown
from .protocol import Job
from .workshop import workshop


def cache_export(
    file: str | os.PathLike[str], handles: Handles, *, overwrite: bool = False
) -> str:
    """Writes cached models into one file, for `cache_import()` on another machine.

    Args:
      file: The bundle to write.
      handles: A handle or several.
      overwrite: Whether to replace a file that is there already.

    Returns:
      The path of the bundle. It appears when it is whole, and not before.

    Raises:
      HandleNotFoundError: One of the handles is not in the cache.
      CacheError: One of them is damaged, or has no manifest.
      HubError: The file is there already.
    """
    target = Path(file)
    if target.exists() and not overwrite:
        msg = f"{target} exists already."
        hint = "Replace it with overwrite=True (tfhub cache export --force)."
        raise HubError(msg, hint=hint)
    models = sorted(select(handles), key=lambda model: model.path)
    if not models:
        msg = "There is no model to export."
        raise HubError(msg, hint="Give the handles of some: see tfhub cache list.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with part.open("xb") as stream:
            _write_bundle(models, stream)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return str(target)


def cache_import(
    file: str | os.PathLike[str],
    handle: str | None = None,
    *,
    progress: Progress | None = None,
) -> list[CachedModel]:
    """Installs models from a file into the cache, without the network.

    Args:
      file: A bundle of `cache_export()`; or, with `handle`, the archive that its server
        gives (`.tar`, `.tar.gz`, `.zip`).
      handle: The handle that the archive is for.
      progress: As for `resolve()`.

    Returns:
      The models that were in the file. One that is in the cache already, with the same
      files, stays.

    Raises:
      HandleNotFoundError: There is no such file.
      HandleError: The handle is local, and needs no cache.
      ArchiveError: It is no bundle or no archive of a model, or is damaged; a file is
        not what its manifest says. Nothing was installed.
      UnsafeArchiveError: It holds what must not be unpacked.
      CacheError: The cache cannot be written.
    """
    path = Path(file)
    if not path.is_file():
        msg = f"The file {path} does not exist."
        raise HandleNotFoundError(msg, handle=str(path), hint="Check its spelling.")
    if handle is not None:
        parsed = parse(handle)
        if isinstance(parsed, LocalPath):
            msg = f"{handle} is on this machine, and needs no place in the cache."
            hint = "Give the handle that programs ask for, such as a URL."
            raise HandleError(msg, handle=handle, hint=hint)
        _install_archive(parsed, path, progress)
        return select(handle)
    with workshop(cache_root(), str(path)) as shop, shown(progress) as callback:
        meter = Meter(callback)
        meter.total, meter.url = path.stat().st_size, str(path)
        bundle = shop / "bundle"
        unpacked = unpack(file_blocks(path), bundle, f"The file {path}", meter)
        manifests = _read_manifests(bundle, unpacked, path)
        for key, manifest in manifests.items():
            _install(bundle / key, manifest)
        meter.finish()
    return sorted(select(manifests.keys()), key=lambda model: model.handle)


def _install_archive(handle: Handle, path: Path, progress: Progress | None) -> None:
    entry = Entry(cache_root(), handle.text)
    way = LocalPath(str(path), handle.sha256, str(path))

    def fill(folder: Path) -> dict[str, Any] | None:
        with (
            closing(Job(handle, folder.parent / "scratch", None)) as job,
            shown(progress) as callback,
        ):
            facts = fetch(way, folder, job, callback)
        return {**(facts or {}), "origin": None, "url": ""}

    with entry.locked():
        entry.install(fill)


def _write_bundle(models: list[CachedModel], stream: IO[bytes]) -> None:
    with tarfile.TarFile(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for model in models:
            with in_use(model.path):
                _add_model(tar, model)


def _add_model(tar: tarfile.TarFile, model: CachedModel) -> None:
    key = os.path.basename(model.path)
    try:
        files = read_manifest(model.path + MANIFEST)[0]["files"]
        content = Path(model.path + MANIFEST).read_bytes()
    except FileNotFoundError as error:
        msg = f"{model.handle or model.path} has no manifest."
        hint = "Another program made it; give it a manifest: tfhub cache adopt"
        raise CacheError(msg, handle=model.handle, hint=hint) from error
    except ValueError as error:
        raise _damaged(model, "its manifest cannot be read") from error
    _add(tar, f"{key}{MANIFEST}", io.BytesIO(content), len(content))
    for folder in sorted(_folders(model.path)):
        _add(tar, os.path.normpath(f"{key}/{folder}"), None, 0)
    for name, facts in sorted(files.items()):
        _add_file(tar, model, name, facts)


def _folders(path: str) -> Iterator[str]:
    for folder, _, _ in os.walk(path):
        yield Path(folder).relative_to(path).as_posix()


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes] | None, size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o644
    if content is None:
        member.type, member.mode = tarfile.DIRTYPE, 0o755
    tar.addfile(member, content)


def _add_file(
    tar: tarfile.TarFile, model: CachedModel, name: str, facts: dict[str, Any]
) -> None:
    try:
        with open(os.path.join(model.path, name), "rb") as file:
            content = _Hashed(file)
            key = os.path.basename(model.path)
            _add(tar, f"{key}/{name}", content, facts["size"])  # type: ignore[arg-type]
            whole = not file.read(1)
    except OSError as error:
        raise _damaged(model, f"{name}: {error.strerror or error}") from error
    if not whole or content.sha256.hexdigest() != facts["sha256"]:
        raise _damaged(model, f"{name} has changed")


class _Hashed:
    """A file that hashes what is read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.sha256 = hashlib.sha256()
        self._file = file

    def read(self, size: int) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        return block


def _damaged(model: CachedModel, what: str) -> CacheError:
    msg = f"{model.handle} is damaged in the cache: {what}."
    hint = "Resolve it again to fetch it anew; tfhub cache verify tells what is wrong."
    return CacheError(msg, handle=model.handle, hint=hint)


def _read_manifests(
    bundle: Path, unpacked: Unpacked, file: Path
) -> dict[str, dict[str, Any]]:
    """The manifests of an unpacked bundle, by key, when all of it is as they say."""
    left = {
        name: {"size": size, "sha256": digest}
        for name, (size, digest) in unpacked.files.items()
    }
    manifests = {}
    for name in [name for name in left if name.endswith(MANIFEST) and "/" not in name]:
        key = name.removesuffix(MANIFEST)
        del left[name]
        try:
            manifest = read_manifest(str(bundle / name))[0]
            fits = bool(KEY.fullmatch(key)) and key_of(manifest["handle"]) == key
            files = manifest["files"].items()
            wanted = {f"{key}/{each}": facts for each, facts in files}
        except (ValueError, KeyError, TypeError, AttributeError):
            fits, wanted = False, {}
        if not fits or not wanted:
            msg = f"The file {file} is damaged: {name} is no manifest of its model."
            raise ArchiveError(msg, hint="Export it again.")
        for each, facts in wanted.items():
            came = left.pop(each, None)
            if came != facts:
                what = "is missing" if came is None else f"is {came}, not {facts}"
                handle = manifest["handle"]
                msg = f"The file {file} is damaged: {each} of {handle} {what}."
                raise ArchiveError(msg, handle=handle, hint="Export it again.")
        label = f"What {file} holds for {manifest['handle']}"
        require_model_at_root(manifest["files"], label)
        manifests[key] = manifest
    if not manifests:
        msg = f"The file {file} is no bundle of cached models."
        hint = "For an archive of one model: tfhub cache import --handle HANDLE FILE"
        raise ArchiveError(msg, hint=hint)
    if left:
        msg = f"The file {file} is damaged: {min(left)} belongs to none of its models."
        raise ArchiveError(msg, hint="Export it again.")
    return manifests


def _install(folder: Path, manifest: dict[str, Any]) -> None:
    entry = Entry(cache_root(), manifest["handle"])

    def fill(target: Path) -> dict[str, Any]:
        os.rename(folder, target)
        return manifest

    with entry.locked():
        if not (entry.is_valid() and entry.facts().get("files") == manifest["files"]):
            entry.install(fill)
