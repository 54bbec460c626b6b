"""The spellings of a handle that name one and the same model."""

from __future__ import annotations

import re

from ..handles import Handle, HubUrl, KaggleModel

_KAGGLE_SITES = ("https://www.kaggle.com/models/", "https://kaggle.com/models/")
_TFHUB = ("https://tfhub.dev/", "https://www.tfhub.dev/")
# What kaggle.com adds where tfhub.dev sends a browser there.
_REDIRECTED = re.compile(r"[?&]tfhub-redirect=true(?=&|$)")


def spellings(handle: Handle) -> list[str]:
    """A handle as it was given, without its pin, and as it could be written as well.

    A URL with http:// for https://, and the hosts with and without www.; a model of
    Kaggle by `kaggle://` and by its page, short and with all words, and its framework
    with a capital letter and with a small one, as Kaggle itself writes either.
    """
    text = handle.text.partition("#")[0]
    found = [text]
    if isinstance(handle, KaggleModel):
        version = None if handle.version is None else str(handle.version)
        name = handle.framework
        for framework in (
            name,
            name[:1].lower() + name[1:],
            name[:1].upper() + name[1:],
        ):
            parts = [handle.owner, handle.model, framework, handle.variation]
            short = "/".join([*parts, *([version] if version else [])])
            parts.insert(2, "frameworks")
            parts.insert(4, "variations")
            long = "/".join([*parts, *(["versions", version] if version else [])])
            for site in ("kaggle://", *_KAGGLE_SITES):
                found += [site + short, site + long]
    elif isinstance(handle, HubUrl):
        bare = _without_redirect(text)
        found.append(bare)
        found += [
            other + bare.partition("://")[2].partition("/")[2]
            for other in _TFHUB
            if _secure(bare).startswith(_TFHUB)
        ]
    found += [_other_scheme(each) for each in found if "://" in each]
    return list(dict.fromkeys(found))


def _without_redirect(text: str) -> str:
    bare = _REDIRECTED.sub("", text)
    return bare.replace("&", "?", 1) if "?" in text and "?" not in bare else bare


def _secure(url: str) -> str:
    return f"https://{url.partition('://')[2]}" if url.startswith("http://") else url


def _other_scheme(url: str) -> str:
    if url.startswith("http://"):
        return _secure(url)
    return f"http://{url[8:]}" if url.startswith("https://") else url
