"""`s3://`: Amazon S3, and what speaks its protocol.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode
from xml.etree import ElementTree

from ...errors import DownloadError
from ...handles import BucketPath
from ..protocol import Job
from .buckets import BucketSource, Object


class S3Source(BucketSource):
    """A folder or an archive in a bucket of S3.

    `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` names another store. Without one, the
    global endpoint finds a bucket in whatever region it is; China has its own.
    """

    scheme = "s3"
    extra = "s3"

    def list(self, handle: BucketPath, prefix: str, job: Job) -> Iterator[Object]:
        """The objects of a public bucket whose names begin with the prefix."""
        from ...net.http import get_bytes

        query = {"list-type": "2", "encoding-type": "url", "prefix": prefix}
        while True:
            url = f"{_base(handle.bucket)}/?{urlencode(query)}"
            page = _parsed(get_bytes(url, job.client), handle)
            for each in page.iterfind("{*}Contents"):
                name = f"{handle.bucket}/{unquote_plus(each.findtext('{*}Key', ''))}"
                tag = each.findtext("{*}ETag", "")
                size = each.findtext("{*}Size", "")
                yield self.object({"name": name, "size": size, "ETag": tag})
            token = page.findtext("{*}NextContinuationToken")
            if not token:
                return
            query["continuation-token"] = token

    def url(self, handle: BucketPath, name: str) -> str:
        """The URL of a public object."""
        return f"{_base(handle.bucket)}/{quote(name)}"

    def filesystem(self) -> Any:
        """With the credentials of AWS's own tools."""
        import s3fs

        return s3fs.S3FileSystem(skip_instance_cache=True)

    def object(self, info: dict[str, Any]) -> Object:
        """From a listing, with the bucket before the name as s3fs has it."""
        name = info["name"].partition("/")[2]
        tag = info["ETag"].strip('"')
        # The ETag of an object that was uploaded in parts is no md5.
        md5 = tag if re.fullmatch("[0-9a-f]{32}", tag) else None
        return Object(name, int(info["size"]), tag, md5)


def _base(bucket: str) -> str:
    """The URL of a bucket: its own host, where TLS allows that, else a path."""
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        if endpoint := os.environ.get(name):
            return f"{endpoint.rstrip('/')}/{bucket}"
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    china = ".cn" if region is not None and region.startswith("cn-") else ""
    dotted = "." in bucket
    host = f"s3.{region}." if region and (china or dotted) else "s3."
    host += f"amazonaws.com{china}"
    return f"https://{host}/{bucket}" if dotted else f"https://{bucket}.{host}"


def _parsed(body: bytes, handle: BucketPath) -> ElementTree.Element:
    try:
        if b"<!" in body:  # no listing declares a document type or entities
            raise ElementTree.ParseError
        return ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        msg = f"What came as the listing of {handle.text} is no listing of S3's."
        hint = "Does AWS_ENDPOINT_URL name a store that speaks its protocol?"
        raise DownloadError(msg, handle=handle.text, hint=hint) from error
