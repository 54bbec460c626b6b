"""`gs://`: Google Cloud Storage.

https://cloud.google.com/storage/docs/json_api/v1/objects/list
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from ... import settings
from ...handles import BucketPath
from ..protocol import Job
from .buckets import BucketSource, Object


class GcsSource(BucketSource):
    """A folder or an archive in a bucket of Google Cloud Storage."""

    scheme = "gs"
    extra = "gcs"

    def stays(self, handle: BucketPath) -> bool:
        """A folder does when models are wanted uncompressed."""
        return not handle.is_archive and settings.model_load_format() == "UNCOMPRESSED"

    def place(self, handle: BucketPath, job: Job) -> str:  # noqa: ARG002
        """The handle, which TensorFlow reads itself."""
        return handle.text

    def list(self, handle: BucketPath, prefix: str, job: Job) -> Iterator[Object]:
        """The objects of a public bucket whose names begin with the prefix."""
        from ...net.http import get_bytes

        query = {"prefix": prefix, "maxResults": "1000"}
        while True:
            url = f"{_endpoint()}/storage/v1/b/{handle.bucket}/o?{urlencode(query)}"
            page = json.loads(get_bytes(url, job.client))
            for each in page.get("items", ()):
                yield self.object({**each, "name": f"{handle.bucket}/{each['name']}"})
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]

    def url(self, handle: BucketPath, name: str) -> str:
        """The URL of a public object."""
        return f"{_endpoint()}/{handle.bucket}/{quote(name)}"

    def filesystem(self) -> Any:
        """With Google's default credentials."""
        import gcsfs

        return gcsfs.GCSFileSystem(skip_instance_cache=True)

    def object(self, info: dict[str, Any]) -> Object:
        """From a listing, with the bucket before the name as gcsfs has it."""
        md5 = info.get("md5Hash")  # not of a composite object
        plain = None if md5 is None else base64.b64decode(md5).hex()
        tag = str(info.get("etag") or info.get("generation") or "")
        name = info["name"].partition("/")[2]
        return Object(name, int(info["size"]), tag, plain)


def _endpoint() -> str:
    host = os.environ.get("STORAGE_EMULATOR_HOST", "").rstrip("/")
    if not host:
        return "https://storage.googleapis.com"
    return host if "://" in host else f"http://{host}"
