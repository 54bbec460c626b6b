"""Old handles in a program."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..catalog.telling import told
from .remarks import Remark

# Which says the same wherever it is said.
MOVED = "handles of tfhub.dev lead to Kaggle, which may ask for a login"
_BUCKET = "/tfhub-modules/"


def of_text(text: str, line: int) -> Remark | None:
    """What to know of one, if it is a handle of a place that has moved."""
    try:
        url = urlsplit(text)
        host = url.hostname or ""
    except ValueError:
        return None
    if url.scheme in ("http", "https") and host in ("tfhub.dev", "www.tfhub.dev"):
        said, advice = told(text)
        if said:
            return Remark(line, f"{text}: {said.rstrip('.')}", advice.rstrip("."))
        return Remark(line, MOVED, "TFHUB_MIRROR names another place, if you have one")
    is_bucket = host == "storage.googleapis.com" and url.path.startswith(_BUCKET)
    if is_bucket or (url.scheme == "gs" and host == _BUCKET.strip("/")):
        what = "the bucket tfhub-modules was behind tfhub.dev, and is no public place"
        return Remark(line, what, "write the model's https://tfhub.dev/ handle")
    return None
