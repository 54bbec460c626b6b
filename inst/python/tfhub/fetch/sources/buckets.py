"""Models in object stores: what `gs://` and `s3://` have in common.

Public buckets are read over plain HTTPS. Where that is denied, the package that knows
the user's credentials (gcsfs, s3fs) reads them, if it is installed.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ... import settings, words
from ...errors import (
    BrokenDownloadError,
    DownloadError,
    HandleNotFoundError,
    HTTPStatusError,
    HubError,
    UnsafeArchiveError,
)
from ...handles import BucketPath, Handle
from ...net.pipeline import Block
from ...shown import brief, without_header
from ..protocol import Archive, File, Files, Job, Source

_BLOCK = 1 << 20
_SPELLING = "Check its spelling; upper and lower case matter in a bucket."


@dataclass(frozen=True)
class Object:
    """An object in a bucket; `tag` changes with its content, `md5` is hexadecimal."""

    name: str
    size: int
    tag: str
    md5: str | None


class BucketSource(Source):
    """A folder or an archive in a bucket."""

    scheme: str
    extra: str  # of this package, which installs what knows credentials

    def accepts(self, handle: Handle) -> bool:
        """Those of its scheme."""
        return isinstance(handle, BucketPath) and handle.scheme == self.scheme

    def open(self, handle: BucketPath, job: Job) -> Archive | Files | None:
        """The archive, or every object below the folder."""
        try:
            return self._open_public(handle, job)
        except HTTPStatusError as error:
            return self._as_user(handle, error).open(job)

    @abstractmethod
    def list(self, handle: BucketPath, prefix: str, job: Job) -> Iterator[Object]:
        """The objects of a public bucket whose names begin with the prefix."""

    @abstractmethod
    def url(self, handle: BucketPath, name: str) -> str:
        """The URL of a public object."""

    @abstractmethod
    def filesystem(self) -> Any:
        """The fsspec file system that knows the user's credentials."""

    @abstractmethod
    def object(self, info: dict[str, Any]) -> Object:
        """An object, as that file system describes it."""

    def _open_public(self, handle: BucketPath, job: Job) -> Archive | Files | None:
        from ...net.http import Download

        def blocks(name: str) -> Iterable[Block]:
            try:
                return Download(self.url(handle, name), job.client).blocks()
            except HTTPStatusError as error:  # a listing may be public, and they not
                return self._as_user(handle, error).blocks(name)

        if handle.is_archive:
            url = self.url(handle, handle.path)
            download = Download(url, job.client, etag=job.etag)
            if download.status == 304:
                return None
            facts = {"etag": download.etag}
            return Archive(download.blocks(), url, download.size, facts)
        return _files(handle, self._listed(handle, job), blocks, job)

    def _listed(self, handle: BucketPath, job: Job) -> Iterator[Object]:
        try:
            yield from self.list(handle, _folder(handle), job)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
            if isinstance(e, HubError):
                raise
            msg = f"What came as the listing of {handle.text} is none that can be read."
            hint = "Does the endpoint that is set name a store of this kind?"
            raise DownloadError(msg, handle=handle.text, hint=hint) from None

    def _as_user(self, handle: BucketPath, denied: HTTPStatusError) -> _UserView:
        if denied.code not in (401, 403):
            raise denied
        try:
            filesystem = self.filesystem()
        except ImportError:
            denied.hint = (
                "Is it public, and spelled well? To read it with your credentials: "
                + words.install(f"[{self.extra}]")
            )
            raise denied from None
        return _UserView(self, handle, filesystem)


class _UserView:
    """What a user sees of a bucket with their credentials."""

    def __init__(self, source: BucketSource, handle: BucketPath, system: Any) -> None:
        self._source = source
        self._handle = handle
        self._system = system

    def open(self, job: Job) -> Archive | Files | None:
        handle = self._handle
        where = f"{handle.bucket}/{handle.path}"
        with _told(handle):
            if handle.is_archive:
                found = self._source.object(self._system.info(where))
                if found.tag == job.etag:
                    return None
                facts = {"etag": found.tag}
                content = self.blocks(handle.path)
                return Archive(content, handle.text, found.size, facts)
            infos = self._system.find(where, detail=True).values()
            objects = [self._source.object(info) for info in infos]
        return _files(handle, objects, self.blocks, job)

    def blocks(self, name: str) -> Iterator[Block]:
        path = f"{self._handle.bucket}/{name}"
        with _told(self._handle), self._system.open(path, "rb") as file:
            yield from iter(lambda: file.read(_BLOCK), b"")


def _files(
    handle: BucketPath,
    objects: Iterable[Object],
    blocks: Callable[[str], Iterable[Block]],
    job: Job,
) -> Files | None:
    folder = _folder(handle)
    found = []
    for each in objects:
        if not each.name.endswith("/"):  # else it only stands for a folder
            found.append(each)
        if len(found) > settings.max_entries():
            msg = f"{handle.text} holds more than {settings.max_entries():,} objects."
            hint = "If you trust it, raise TFHUB_MAX_ENTRIES."
            raise UnsafeArchiveError(msg, handle=handle.text, hint=hint)
    if not found:
        msg = f"There is nothing below {handle.text}."
        raise HandleNotFoundError(msg, handle=handle.text, hint=_SPELLING)
    listing = "\n".join(sorted(f"{each.tag} {each.name}" for each in found))
    etag = hashlib.sha256(listing.encode()).hexdigest()
    if etag == job.etag:
        return None
    files = [
        File(each.name.removeprefix(folder), each.size, _checked(handle, each, blocks))
        for each in found
    ]
    return Files(files, handle.text, {"etag": etag})


def _folder(handle: BucketPath) -> str:
    path = handle.path.rstrip("/")
    return f"{path}/" if path else ""


def _checked(
    handle: BucketPath, wanted: Object, blocks: Callable[[str], Iterable[Block]]
) -> Callable[[], Iterator[Block]]:
    def read() -> Iterator[Block]:
        digest = hashlib.md5(usedforsecurity=False)
        for block in blocks(wanted.name):
            digest.update(block)
            yield block
        if wanted.md5 not in (None, digest.hexdigest()):
            msg = (
                f"{brief(wanted.name)} of {handle.text} came with the md5 "
                f"{digest.hexdigest()}, and was listed with {wanted.md5}."
            )
            hint = "Is somebody writing it? Try again later."
            raise BrokenDownloadError(msg, handle=handle.text, hint=hint)

    return read


@contextmanager
def _told(handle: BucketPath) -> Iterator[None]:
    """Turns whatever a file system raises into an error of ours."""
    try:
        yield
    except FileNotFoundError as error:
        msg = f"There is no {handle.text}."
        raise HandleNotFoundError(msg, handle=handle.text, hint=_SPELLING) from error
    except HubError:
        raise
    except Exception as error:  # of aiohttp, botocore, google.auth, ...
        reason = brief(without_header(error), 400).rstrip(".") or type(error).__name__
        msg = f"Reading {handle.text} with your credentials failed: {reason}."
        hint = "Do they give access to this bucket?"
        # From None: a traceback would show what they have of URLs and tokens.
        raise DownloadError(msg, handle=handle.text, hint=hint) from None
