"""Every `TFHUB_*` environment variable, read when asked and never before.

| variable | meaning | default |
|---|---|---|
| `TFHUB_CACHE_DIR` | folder of the cache | `<temporary folder>/tfhub_modules` |
| `TFHUB_MODEL_LOAD_FORMAT` | `AUTO`, `COMPRESSED` or `UNCOMPRESSED` | `AUTO` |
| `TFHUB_DOWNLOAD_PROGRESS` | show progress: any value but `0` | a terminal decides |
| `TFHUB_DISABLE_CERT_VALIDATION` | `true` accepts any TLS certificate | `false` |
| `TFHUB_CONNECT_TIMEOUT` | seconds to wait for a connection | 30 |
| `TFHUB_READ_TIMEOUT` | seconds to wait for the next bytes | 30 |
| `TFHUB_MAX_RATIO` | inflated to packed bytes, beyond the first 64 MB | 200 |
| `TFHUB_MAX_ENTRIES` | files and folders in one archive | 20000 |
"""

from __future__ import annotations

import os

from .errors import HubError


def cache_dir() -> str | None:
    """The folder that the user chose for the cache, or None. Empty counts as unset."""
    return os.environ.get("TFHUB_CACHE_DIR") or None


def download_progress() -> bool | None:
    """True or False when the user said so, else None."""
    value = os.environ.get("TFHUB_DOWNLOAD_PROGRESS")
    return None if not value else value != "0"


def disable_cert_validation() -> bool:
    """Whether TLS certificates go unchecked: `true`, to the letter."""
    return os.environ.get("TFHUB_DISABLE_CERT_VALIDATION") == "true"


def connect_timeout() -> float:
    """Seconds to wait for a connection to a server."""
    return _number("TFHUB_CONNECT_TIMEOUT", 30.0)


def read_timeout() -> float:
    """Seconds to wait for the next bytes of a download."""
    return _number("TFHUB_READ_TIMEOUT", 30.0)


def max_ratio() -> float:
    """How many bytes one byte of an archive may become, beyond the first 64 MB."""
    return _number("TFHUB_MAX_RATIO", 200.0)


def max_entries() -> int:
    """How many files and folders one archive may hold."""
    return int(_number("TFHUB_MAX_ENTRIES", 20000.0))


def _number(name: str, default: float) -> float:
    text = os.environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not value > 0:
        msg = f"The environment variable {name} is {text!r}, not a number above 0."
        raise HubError(msg, hint=f"Unset it for the default, {default:g}.")
    return value
