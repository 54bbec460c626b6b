"""Models carried from one cache to another, in a bundle or in the archive of one."""

from __future__ import annotations

import logging
import os
import re
import secrets
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from .. import words
from ..archive.unpacking import file_blocks, unpack
from ..cache.entries import Entry, cache_root
from ..cache.folders import walk
from ..cache.listing import CachedModel, Handles, of_keys, select
from ..cache.maintenance import digest
from ..cache.manifest import IMPORT, key_of, tree_of_listed
from ..cache.workshop import workshop
from ..errors import (
    ArchiveError,
    ChecksumError,
    HandleError,
    HandleNotFoundError,
    HubError,
    ModelExistsError,
    WriteError,
)
from ..handles import Handle, LocalPath, parse
from ..net.progress import Meter, Progress
from ..net.progress import shown as watched
from ..shown import shown
from ..trusted import records
from ..trusted.private import is_private
from .bundle import Packed, read_bundle, write_bundle
from .install import fetch
from .protocol import Job

_log = logging.getLogger("tfhub")


def cache_export(
    file: str | os.PathLike[str], handles: Handles, *, overwrite: bool = False
) -> str:
    """Writes cached models into one file, for `cache_import()` on another machine.

    A bundle holds no password and no signature of a URL: its models go by their handles
    without them.

    Args:
      file: The bundle to write.
      handles: A handle or several.
      overwrite: Whether to replace a file that is there already.

    Returns:
      The path of the bundle, which appears only when it is whole. Its sha256, with
      which `cache_import()` takes more of it, is logged at the level INFO; give it to
      others by another way than the bundle.

    Raises:
      HandleNotFoundError: One of the handles is not in the cache.
      CacheError: One of them is damaged, has no manifest, or is a local path.
      WriteError: The file cannot be written.
      HubError: The file is there already.
    """
    return export(file, handles, overwrite=overwrite)[0]


def export(
    file: str | os.PathLike[str], handles: Handles, *, overwrite: bool = False
) -> tuple[str, str]:
    """As `cache_export()`; returns also the sha256 of the bundle."""
    target = Path(file)
    if os.path.exists(target) and not overwrite:
        msg = f"{target} exists already."
        hint = (
            "Replace it with " + words.option("overwrite", "cache export --force") + "."
        )
        raise HubError(msg, hint=hint)
    models = select(handles)
    if not models:
        msg = "There is no model to export."
        raise HubError(
            msg,
            hint=(
                "Give the handles of some: see "
                f"{words.command('cache list', 'cache_list')}."
            ),
        )
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with part.open("xb") as stream:
            sha256 = write_bundle(models, stream)
        part.replace(target)
    except OSError as error:
        if isinstance(error, HubError):
            raise
        msg = f"{shown(target)} cannot be written: {error.strerror or 'no room'}."
        hint = "Give another path for the bundle, or make its folder writable."
        raise WriteError(msg, hint=hint) from None  # a path may be a URL by mistake
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    _log.info("The sha256 of %s is %s.", shown(target), sha256)
    return str(target), sha256


def cache_import(
    file: str | os.PathLike[str],
    handle: str | None = None,
    *,
    sha256: str | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> list[CachedModel]:
    """Installs models from a file into the cache, without the network.

    Each file is checked against what the bundle says of it. Nobody can check which
    archives its models came in, so that is left out unless you vouch for the bundle
    with `sha256`.

    Args:
      file: A bundle of `cache_export()`; or, with `handle`, the archive that its server
        gives (`.tar`, `.tar.gz`, `.zip`).
      handle: The handle that the archive is for.
      sha256: What the sha256 of the file must be; `tfhub cache export` prints it. If
        you vouch for a bundle in this way, it also brings the sha256 of the archives
        that its models came in, and models whose handles pin one.
      replace: Whether to replace models that are in the cache with other files.
      progress: As for `resolve()`.

    Returns:
      The models that were in the file. One that is already in the cache with the same
      files stays as it is. Models that another process has removed meanwhile are not
      listed.

    Raises:
      HandleNotFoundError: There is no such file.
      HandleError: The handle is local, and needs no cache.
      ArchiveError: It is neither a bundle nor an archive of a model, or is damaged; a
        file is not what its manifest says; or a handle pins an archive, and nobody
        vouched for the bundle. Nothing was installed.
      ChecksumError: The file has another sha256.
      UnsafeArchiveError: It holds what must not be unpacked.
      ModelExistsError: A model is in the cache, with other files.
      CacheError: The cache cannot be written.
      HubError: `sha256` is not one.
    """
    path = Path(file)
    wanted = _digest(sha256)
    if not os.path.isfile(path):
        msg = f"The file {shown(path)} does not exist."
        raise HandleNotFoundError(msg, handle=str(path), hint="Check its spelling.")
    if handle is not None:
        return _import_archive(parse(handle), path, wanted, replace, progress)
    with workshop(cache_root(), str(path)) as shop, watched(progress) as callback:
        meter = Meter(callback)
        meter.total, meter.url = path.stat().st_size, str(path)
        bundle = shop / "bundle"
        unpacked = unpack(file_blocks(path), bundle, f"The file {shown(path)}", meter)
        if wanted not in (None, unpacked.sha256):
            msg = f"The file {shown(path)} is not the one that was vouched for: "
            msg += f"expected sha256 {wanted}, got {unpacked.sha256}."
            raise ChecksumError(msg, hint="Ask who exported it for its sha256.")
        models = read_bundle(bundle, unpacked, shown(path))
        for model in models:
            _check(model, vouched=wanted is not None, replace=replace)
        for model in models:
            _install(model, vouched=wanted is not None, replace=replace)
        meter.finish()
    return of_keys([key_of(model.handle.text) for model in models])


def _digest(sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    digest = sha256.strip().lower().removeprefix("sha256=")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        msg = f"{shown(sha256)[:80]!r} is not a sha256."
        raise HubError(msg, hint="Give its 64 hexadecimal digits.")
    return digest


def _import_archive(
    handle: Handle,
    path: Path,
    wanted: str | None,
    replace: bool,  # noqa: FBT001
    progress: Progress | None,
) -> list[CachedModel]:
    if isinstance(handle, LocalPath):
        msg = (
            f"{shown(handle.text)} is on this machine, and needs no place in the cache."
        )
        hint = "Give the handle that programs ask for, such as a URL."
        raise HandleError(msg, handle=handle.text, hint=hint)
    pin = handle.sha256 or wanted
    if wanted not in (None, pin):
        msg = f"{handle.text} pins another sha256 than {wanted}."
        raise HubError(msg, handle=handle.text, hint="Give one of the two.")
    way = LocalPath(str(path), pin, str(path))
    with (
        workshop(cache_root(), shown(path)) as shop,
        closing(Job(handle, shop / "scratch", None)) as job,
        watched(progress) as callback,
    ):
        facts = fetch(way, shop / "model", job, callback) or {}
        files = facts["files"]
        # Not as something downloaded: it says nothing about what is at that place.
        content = {"came": IMPORT, "tree": tree_of_listed(files), "files": files}
        model = Packed(handle, shop / "model", content, {"sha256": facts["sha256"]})
        _install(model, vouched=True, replace=replace)
    return of_keys([key_of(handle.text)])


def _check(model: Packed, *, vouched: bool, replace: bool) -> bool:
    """Whether a model of a bundle is there already, as it would be installed.

    Raises:
      ArchiveError: Its handle pins an archive, and nobody vouched for the bundle.
      ModelExistsError: There is another one, which is not to be replaced.
    """
    handle = model.handle.text
    if model.handle.sha256 is not None and not vouched:
        msg = (
            f"The bundle has a model for {handle}, and nobody can check here that it "
            "came in the archive that is pinned."
        )
        hint = (
            "If you trust the bundle, give its sha256, which its export printed: "
            + words.command(
                "cache import --sha256 SHA256 FILE",
                "cache_import",
                "FILE",
                sha256="SHA256",
            )
            + ". Or import the archive itself: "
            + words.command(
                f"cache import --handle {words.in_shell(handle)} FILE",
                "cache_import",
                "FILE",
                handle=handle,
            )
        )
        raise ArchiveError(msg, handle=handle, hint=hint)
    entry = Entry(cache_root(), handle)
    if replace or not entry.is_valid():
        return False
    facts = entry.facts()
    if (facts.get("files") or _files_of(entry.folder)) != model.content["files"]:
        msg = f"{handle} is in the cache, with other files."
        hint = (
            "Replace it with " + words.option("replace", "cache import --replace") + "."
        )
        raise ModelExistsError(msg, handle=handle, hint=hint)
    return bool(facts) and (not vouched or bool(facts.get("sha256")))


def _files_of(folder: str) -> dict[str, Any]:
    """The files of an entry of another program, as a manifest has them."""
    return {name: digest(Path(folder, name)) for name, _ in walk(folder)}


def _install(model: Packed, *, vouched: bool, replace: bool) -> None:
    root, handle = cache_root(), model.handle.text
    entry = Entry(root, handle)
    content = model.content
    if vouched:
        content = {**content, **model.claims, "vouched": True}

    def fill(target: Path) -> dict[str, Any]:
        os.rename(model.folder, target)
        return content

    with entry.locked():
        if not _check(model, vouched=vouched, replace=replace):
            entry.install(fill)
    archive = model.claims.get("sha256")
    if vouched and archive and not is_private(root):
        records.record(content["tree"], handle=None, archive=archive)
