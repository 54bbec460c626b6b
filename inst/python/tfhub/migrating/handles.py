"""Old handles in a program."""

from __future__ import annotations

from urllib.parse import urlsplit

import libcst as cst

from .remarks import Remark
from .scopes import Scopes

_BUCKET = "/tfhub-modules/"


def remarks(scopes: Scopes) -> list[Remark]:
    """What to know of the places that handles name: once for each kind of place."""
    found = []
    for node in scopes.nodes:
        if isinstance(node, cst.SimpleString):
            text = node.evaluated_value
            remark = of_text(text, scopes.line(node)) if isinstance(text, str) else None
            if remark is not None:
                found.append(remark)
    return found


def of_text(text: str, line: int) -> Remark | None:
    """What to know of one, if it is a handle of a place that has moved."""
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError:
        return None
    if url.scheme in ("http", "https") and host in ("tfhub.dev", "www.tfhub.dev"):
        what = "handles of tfhub.dev lead to Kaggle, which may ask for a login"
        return Remark(line, what, "TFHUB_MIRROR names another place, if you have one")
    is_bucket = host == "storage.googleapis.com" and url.path.startswith(_BUCKET)
    if is_bucket or (url.scheme == "gs" and host == _BUCKET.strip("/")):
        what = "the bucket tfhub-modules was behind tfhub.dev, and is no public place"
        return Remark(line, what, "write the model's https://tfhub.dev/ handle")
    return None
