"""Models behind an http(s) URL."""

from __future__ import annotations

from ... import settings
from ...errors import HandleError, HTTPStatusError, UncompressedError
from ...handles import ArchiveUrl, BucketPath, Handle, HubUrl, parse
from ...shown import brief
from ..protocol import Archive, Job, Source

_LONGEST_PLACE = 4096  # bytes


class HttpSource(Source):
    """A URL, by the hosting protocol or of an archive."""

    def accepts(self, handle: Handle) -> bool:
        """http:// and https://."""
        return isinstance(handle, (HubUrl, ArchiveUrl))

    def open(self, handle: HubUrl | ArchiveUrl, job: Job) -> Archive | None:
        """The archive that the server sends."""
        from ...net.http import Download

        download = Download(handle.download_url, job.client, etag=job.etag)
        if download.status == 304:
            return None
        facts = {"etag": download.etag}
        return Archive(download.blocks(), download.url, download.size, facts)

    def stays(self, handle: HubUrl | ArchiveUrl) -> bool:
        """A model does when it is wanted uncompressed."""
        return (
            isinstance(handle, HubUrl)
            and settings.model_load_format() == "UNCOMPRESSED"
        )

    def place(self, handle: HubUrl, job: Job) -> str:
        """The `gs://` path that the server answers with, by a 303.

        Raises:
          UncompressedError: It answers with something else.
          DownloadError: It cannot be reached.
        """
        url = handle.uncompressed_url
        try:
            response, _ = job.client.open(url, {}, accept=(200, 303))
        except HTTPStatusError as error:
            raise _not_there(handle, f"the status {error.code}") from error
        body = str(response.read(_LONGEST_PLACE), "utf-8", "replace").strip()
        location = str(response.headers.get("Location", ""))
        response.close()
        if response.status != 303:
            raise _not_there(handle, f"the status {response.status}")
        for place in (body, location):
            if place.startswith("gs://") and _is_bucket(place):
                return place
        raise _not_there(handle, f"303 and '{brief(body, 80)}'")


def _is_bucket(place: str) -> bool:
    try:
        return isinstance(parse(place), BucketPath)
    except HandleError:
        return False


def _not_there(handle: HubUrl, answer: str) -> UncompressedError:
    msg = (
        f"{handle.text} is not to be had uncompressed: expected 303 See Other and a "
        f"gs:// path from {handle.uncompressed_url}, got {answer}."
    )
    hint = "Unset TFHUB_MODEL_LOAD_FORMAT to download it."
    url = handle.uncompressed_url
    return UncompressedError(msg, handle=handle.text, hint=hint, url=url)
