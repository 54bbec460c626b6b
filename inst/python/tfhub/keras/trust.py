"""Which models may be loaded while Keras is in safe mode.

A SavedModel is a program: what it holds runs with the rights of who loads it. Under
safe mode, the default of `load_model()`, Keras loads no program that a file brings or
names. So the user has to say from outside the file which models are trusted: what the
file says of itself, its digest for one, is no proof of anything.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from .. import settings
from ..errors import HubError, TrustError
from ..fetch.listing import read_manifest
from ..fetch.locks import MANIFEST
from ..fetch.resolve import resolve

_trusted: set[str] = set()
_SHA256 = re.compile(r"[0-9a-f]{64}")


def trust(sha256: str) -> None:
    """Trusts a model, in this process, to be loaded within a saved Keras model.

    Keras' safe mode is to keep a file from running code of its own. A layer that was
    saved with `embed=True`, or by its handle, is a SavedModel, which is code. This
    says of one that it may be loaded; get its digest from whom you trust. The handles
    that `TFHUB_TRUSTED` begins are trusted without.

    Args:
      sha256: Of the archive that was downloaded, as the configuration of the layer has
        it; for an embedded model what `layer.get_config()["embed"]["sha256"]` said
        where it was saved.

    Raises:
      HubError: It is not the 64 hexadecimal digits of a sha256.
    """
    digest = sha256.strip().lower().removeprefix("sha256=")
    if not _SHA256.fullmatch(digest):
        msg = f"{sha256!r} is not a sha256."
        raise HubError(msg, hint="Give its 64 hexadecimal digits.")
    _trusted.add(digest)


def require_embedded(handle: str, sha256: str) -> None:
    """Raises TrustError unless an embedded model is trusted.

    Args:
      handle: What it was; that says nothing about what is embedded.
      sha256: Its digest, computed from what is to be loaded.
    """
    if sha256 in _trusted:
        return
    msg = (
        f"The file holds a model that was {handle}, and a model can run code. Keras' "
        "safe mode is on, and nobody said that this model is trusted."
    )
    hint = (
        f"If you trust it, call hub.trust({sha256!r}) first, or load the file with "
        "safe_mode=False."
    )
    raise TrustError(msg, handle=handle, hint=hint, sha256=sha256)


def require_handle(handle: str, claimed: str | None) -> None:
    """Raises TrustError unless the model of a handle is trusted.

    Args:
      handle: The handle.
      claimed: The sha256 that the file has for it. What is not trusted is not even
        downloaded; what is has to be what it is claimed to be.
    """
    if is_trusted(handle):
        return
    if claimed in _trusted:
        found = known_sha256(resolve(handle))
        if found == claimed:
            return
        msg = (
            f"You trust the model with the sha256 {claimed}, which the file says is "
            f"{handle}. But that is {found or 'a folder, without a known sha256'}."
        )
    else:
        msg = (
            f"The file asks for the model {handle}, and a model can run code. Keras' "
            "safe mode is on, and nobody said that this model is trusted."
        )
    hint = (
        "If you trust it, set TFHUB_TRUSTED to the beginning of its handle, up to a "
        "slash, or load the file with safe_mode=False."
    )
    if claimed is not None and claimed not in _trusted:
        hint = f"If you trust it, call hub.trust({claimed!r}) first, or" + hint[21:]
    raise TrustError(msg, handle=handle, hint=hint, sha256=claimed)


def is_trusted(handle: str) -> bool:
    """Whether the settings trust the handle."""
    parts = unquote(handle).replace("\\", "/").split("/")
    if ".." in parts:  # it may lead out of what it begins with
        return False
    return any(
        handle == prefix or handle.startswith(prefix.rstrip("/") + "/")
        for prefix in settings.trusted()
    )


def known_sha256(path: str) -> str | None:
    """The sha256 of the archive that a folder of the cache was; None if not known."""
    try:
        manifest, _ = read_manifest(path + MANIFEST)
    except (OSError, ValueError):
        return None
    found = manifest.get("sha256")
    return found if isinstance(found, str) else None


def is_there(handle: str) -> bool:
    """Whether the handle leads to a model."""
    try:
        resolve(handle)
    except HubError:
        return False
    return True
