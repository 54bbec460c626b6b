"""A model folder becomes the archive that the hosting protocol asks for."""

from __future__ import annotations

import gzip
import logging
import os
import secrets
import tarfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from .. import settings, words
from ..errors import (
    ArchiveError,
    HandleNotFoundError,
    HubError,
    ModelFormatError,
    UnsafeArchiveError,
    WriteError,
)
from ..formats.amiss import require_whole
from ..formats.contents import read_contents
from ..formats.files import require_model
from ..formats.names import DEEPEST, Names, fault_of
from ..formats.walking import Entry, UnfitTreeError, walk
from ..shown import shown
from .measured import Content, Measured, Measures

_BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Archive:
    """A packed model: the file, and what was measured while it was written."""

    path: Path
    measures: Measures


def pack(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
) -> str:
    """Packs a model folder into a `.tar.gz` that any client of the protocol can read.

    The root of the archive is the folder itself (`./`, `./saved_model.pb`, ...), with
    members in order of their names, no owner, no times and modes 0644 and 0755: the
    same folder gives the same tar on every machine, and the same file on one machine.

    Hidden files and folders (`.git`, `.DS_Store`, ...) are left out, except those below
    `assets/`, which a model may need. So is what file managers and Python leave behind
    (`Thumbs.db`, `desktop.ini`, `__pycache__`, and `.DS_Store` everywhere).

    What is packed can be unpacked on every system. So names are refused that Windows
    does not allow (`aux.txt`, `a:b`), that some file systems take for the same (`a` and
    `A`), that are not in UTF-8 or longer than 255 bytes, and more files than readers
    unpack (`TFHUB_MAX_ENTRIES`). No link is followed, not even one that takes the place
    of a file during packing.

    Readers refuse an archive that grows to more than `TFHUB_MAX_RATIO` times its size,
    as a model of almost nothing but zeros does. It is packed all the same, and a
    warning is logged.

    Args:
      folder: A SavedModel or a TF1 Hub module.
      out: The archive to write, `*.tar.gz` or `*.tgz`, or a folder to write it into.
        Left out, it is `<name of the folder>.tar.gz` in the current folder;
        for a version folder, `mnist/3`, that is `mnist_3.tar.gz`.
      overwrite: Whether to replace an archive that is there already.

    Returns:
      The path of the archive, which appears only when it is whole.

    Raises:
      ModelNotFoundError: The folder holds no model.
      ModelFormatError: A file of the model is missing, cut, damaged, or a pointer of
        Git LFS.
      UnsafeArchiveError: The folder holds a link, a device, a pipe or a socket, or a
        name that cannot be unpacked everywhere.
      WriteError: The archive cannot be written, or a file of the model cannot be read.
      HubError: The archive is there already, or would lie inside the folder.
    """
    return str(packed(folder, out, overwrite=overwrite).path)


def packed(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
) -> Archive:
    """As `pack()`; what is known of the archive."""
    require_model(Path(folder), handle=os.fspath(folder))
    root = Path(folder).resolve()
    try:
        read_contents(root, handle=os.fspath(folder))
        require_whole(root)
    except ModelFormatError as error:
        error.handle = os.fspath(folder)
        raise
    target = _target(root, out, overwrite=overwrite)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with part.open("xb") as stream:
            measures = write_archive(root, stream)
        part.replace(target)
    except OSError as error:
        if isinstance(error, HubError):
            raise
        msg = f"{root} cannot be packed into {target}: {error}."
        hint = "Give another place for the archive, or look at who may read and write."
        raise WriteError(msg, handle=str(folder), hint=hint) from error
    finally:
        part.unlink(missing_ok=True)
    if measures.warning:
        logging.getLogger("tfhub").warning("%s: %s", target, measures.warning)
    return Archive(target, measures)


def write_archive(folder: Path, stream: IO[bytes]) -> Measures:
    """Writes the archive of a folder, of its real path, to a stream, block by block.

    Each file is read once: what is measured is of the bytes that were written.

    Raises:
      UnsafeArchiveError: At what cannot be packed, or not be unpacked everywhere.
      ArchiveError: A file changes while it is packed.
    """
    measured = Measured(stream)
    # PAX differs from USTAR only in members whose name or size USTAR cannot hold.
    with (
        gzip.GzipFile(
            "", "wb", compresslevel=6, fileobj=cast("IO[bytes]", measured), mtime=0
        ) as packing,
        tarfile.TarFile(
            fileobj=cast("IO[bytes]", measured.before(cast("IO[bytes]", packing))),
            mode="w",
            format=tarfile.PAX_FORMAT,
            copybufsize=_BLOCK,
        ) as tar,
    ):
        _add(tar, ".", None, measured)
        try:
            with closing(members(folder)) as entries:
                for entry in entries:
                    _add(tar, entry.path, entry, measured)
        except UnfitTreeError as error:  # what was a file is none when it is opened
            raise _unfit(folder, error) from error
    return measured.result()


def members(folder: Path) -> Generator[Entry]:
    """What is in the archive of a folder, of its real path, sorted by name.

    Raises:
      UnsafeArchiveError: At what cannot be packed, or not be unpacked everywhere.
    """
    names = Names()
    try:
        most = settings.max_entries() - 1
        for entry in walk(folder, at_most=most, is_real=True):
            fault = fault_of(entry.path.split("/"), everywhere=True)
            fault = fault or names.clash(entry.path, is_file=not entry.is_folder)
            if fault is not None:
                msg = f"{folder} holds {entry.path!r}, {fault}. No archive may hold it."
                hint = "Rename it, and what refers to it in the model."
                raise UnsafeArchiveError(msg, handle=str(folder), hint=hint)
            yield entry
    except UnfitTreeError as error:
        raise _unfit(folder, error) from error


def archive_name(folder: Path) -> str:
    """The file name for the archive of a folder: `mnist/3` becomes `mnist_3.tar.gz`."""
    name = folder.name or "model"
    return f"{folder.parent.name}_{name}.tar.gz" if name.isdigit() else f"{name}.tar.gz"


def _add(
    tar: tarfile.TarFile, name: str, entry: Entry | None, measured: Measured
) -> None:
    member = tarfile.TarInfo(name if entry is None else f"./{name}")
    if entry is None or entry.is_folder:
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        tar.addfile(member)
        if entry is not None:
            measured.see(entry.path, entry.status)
        return
    with open(entry.open(), "rb") as file:
        before = os.fstat(file.fileno())
        measured.see(entry.path, before)
        member.size, member.mode = before.st_size, 0o644
        content = Content(file)
        try:
            tar.addfile(member, cast("IO[bytes]", content))
        finally:
            after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) != (
                after.st_size,
                after.st_mtime_ns,
            ):
                msg = f"{shown(name)} changed while it was packed."
                hint = "Wait until the model is written, then pack it again."
                raise ArchiveError(msg, hint=hint)
    measured.add(entry.path, content)


def _unfit(folder: Path, error: UnfitTreeError) -> UnsafeArchiveError:
    msg = f"{shown(folder / error.path)} is {error.kind}"
    if error.is_bound:
        hint = f"An archive has {settings.max_entries():,} files and folders, at most "
        hint += (
            f"{DEEPEST} within each other. TFHUB_MAX_ENTRIES raises the first, here "
        )
        hint += "and where it is unpacked."
        return UnsafeArchiveError(f"{msg}.", handle=str(folder), hint=hint)
    msg += ", and an archive of a model may hold none."
    hint = "Copy the folder with every link followed (cp -rL), and pack that."
    return UnsafeArchiveError(msg, handle=str(folder), hint=hint)


def _target(root: Path, out: str | os.PathLike[str] | None, *, overwrite: bool) -> Path:
    target = Path(archive_name(root) if out is None else out)
    if target.is_dir():
        target = target / archive_name(root)
    if not target.name.endswith((".tar.gz", ".tgz")):
        name = shown(target)
        msg = f"The name {name} does not say that the archive is a gzipped tar."
        raise HubError(msg, hint="Give it a name that ends in .tar.gz or .tgz.")
    if not target.parent.is_dir():
        msg = f"The folder {shown(target.parent)} for the archive does not exist."
        raise HandleNotFoundError(msg, hint="Make it first, or give another place.")
    if target.parent.resolve().is_relative_to(root):
        msg = (
            f"The archive {shown(target)} would lie inside the folder that it packs, "
            f"{shown(root)}."
        )
        raise HubError(
            msg, hint=f"Give another place: {shown(root.parent / archive_name(root))}"
        )
    if target.exists() and not overwrite:
        msg = f"{shown(target)} exists already."
        hint = f"Replace it with {words.option('overwrite', 'pack --force')}."
        raise HubError(msg, hint=hint)
    return target
