"""A handle, which is a string or a path, becomes a frozen dataclass. No I/O."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .errors import HandleError
from .shown import brief, shown

ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")

_FORMAT = "tf-hub-format"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PIN = re.compile(r"#sha256=([^#]*)$")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NAME = r"(?!(?:frameworks|variations|versions)/)([^/?#]+)"
_KAGGLE = re.compile(
    rf"{_NAME}/{_NAME}/(?:frameworks/)?{_NAME}/(?:variations/)?{_NAME}"
    r"(?:/(?:versions/)?([1-9][0-9]{0,9}))?/?"
)
# A pull request's revision has slashes; in others they are written %2F.
_HUGGING_FACE = re.compile(
    r"([\w.-]+/[\w.-]+)(?:@(refs/(?:pr|convert)/[^/]+|[^/]+))?(/.*)?"
)
_BLANKS = " \t\u00a0"  # copied with a handle, of which they are no part
_LONGEST = 8192  # characters of a handle
# What no handle has: controls, and what changes the order in which text is shown.
_CONTROLS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_HOST = re.compile(r"[\w.~-]+(:\d*)?|\[[0-9A-Fa-f:.]+\](:\d*)?")
_GOOGLE_CN = "https://hub.tensorflow.google.cn/"
KINDS = (
    "a folder, an archive file, or a URL of file://, http://, https://, gs://, s3://, "
    "kaggle:// or hf://"
)


@dataclass(frozen=True)
class Handle:
    """A handle of any kind.

    Attributes:
      text: The handle as the user gave it; the key of its entry in the cache.
      sha256: What the archive's sha256 must be, or None.
    """

    text: str
    sha256: str | None


@dataclass(frozen=True)
class LocalPath(Handle):
    """A folder or an archive file on this machine."""

    path: str


@dataclass(frozen=True)
class HubUrl(Handle):
    """A URL that speaks the hosting protocol."""

    url: str

    @property
    def download_url(self) -> str:
        """The URL of the archive: the query as given, and the wanted format."""
        if self.url.startswith(_GOOGLE_CN):  # this host has its archives elsewhere
            model = self.url.removeprefix(_GOOGLE_CN).partition("?")[0].rstrip("/")
            return f"https://gcs.tensorflow.google.cn/tfhub-modules/{model}.tar.gz"
        return self._asking_for("compressed")

    @property
    def uncompressed_url(self) -> str:
        """The URL that answers with the place of the model's folder."""
        return self._asking_for("uncompressed")

    def _asking_for(self, form: str) -> str:
        if re.search(rf"[?&]{_FORMAT}=", self.url):
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{_FORMAT}={form}"


@dataclass(frozen=True)
class ArchiveUrl(Handle):
    """The URL of an archive file; asked for as it is."""

    url: str

    @property
    def download_url(self) -> str:
        """The URL of the archive."""
        return self.url


@dataclass(frozen=True)
class BucketPath(Handle):
    """A folder or an archive in an object store: `gs://` or `s3://`."""

    scheme: str
    bucket: str
    path: str

    @property
    def is_archive(self) -> bool:
        """Whether it names an archive, and not a folder."""
        return self.path.lower().endswith(ARCHIVES)


@dataclass(frozen=True)
class KaggleModel(Handle):
    """A model on Kaggle. Without a version, the newest one is meant."""

    owner: str
    model: str
    framework: str
    variation: str
    version: int | None


@dataclass(frozen=True)
class HuggingFaceRepo(Handle):
    """A repository on the Hugging Face Hub, or a folder in one.

    Without a revision (a branch, a tag or a commit), the main branch is meant.
    """

    repo: str
    revision: str | None
    folder: str


@dataclass(frozen=True)
class OtherUrl(Handle):
    """A URL of a scheme that is not known here; another package may know it."""

    scheme: str
    url: str


def parse(handle: str | os.PathLike[str]) -> Handle:
    """Parses a handle.

    Raises:
      HandleError: It is empty, malformed, or not a string or path.
    """
    if isinstance(handle, str):
        return _parse(handle.strip(_BLANKS) or handle)
    if not isinstance(handle, os.PathLike):
        msg = f"Expected a string, got {type(handle).__name__}, which is no handle."
        raise HandleError(msg, hint=f"A handle is {KINDS}, or a path.")
    return _parse(os.fspath(handle))


def folder_of(path: str | os.PathLike[str]) -> Path:
    """The path of a folder on this machine, which may be given as a `file://` URL."""
    is_url = isinstance(path, str) and path.lower().startswith("file://")
    found = parse(path) if is_url else None
    return Path(found.path if isinstance(found, LocalPath) else path)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Handle:
    if not text.strip():
        msg = "The handle is empty."
        raise HandleError(msg, handle=text, hint=f"Give {KINDS}.")
    if len(text) > _LONGEST:
        msg = f"The handle {brief(text)} has {len(text):,} characters, more than "
        msg += f"{_LONGEST:,}."
        raise HandleError(msg, handle=brief(text), hint=f"Give {KINDS}.")
    _refuse_controls(text, text)
    scheme = _SCHEME.match(text)
    bare, sha256 = _pin(text)
    if scheme is None:
        return LocalPath(text, sha256, bare)
    kind = scheme[1].lower()
    rest = bare[scheme.end() :]
    if kind == "file":
        return LocalPath(text, sha256, _file_path(text, bare))
    if kind in ("http", "https"):
        return _parse_url(text, bare, sha256)
    if kind in ("gs", "s3"):
        return _parse_bucket(text, sha256, kind, rest)
    if kind == "kaggle":
        return _parse_kaggle(text, sha256, rest)
    if kind == "hf":
        return _parse_hugging_face(text, sha256, rest)
    return OtherUrl(text, sha256, kind, bare)


def _refuse_controls(part: str, text: str) -> None:
    """Raises HandleError where a part of a handle has what no handle has."""
    if part.isascii() and part.isprintable():
        return
    if _SURROGATES.search(part):
        msg = f"The handle '{shown(text)}' is not UTF-8."
        raise HandleError(msg, handle=text, hint="Check its encoding.")
    if _CONTROLS.search(part):
        msg = f"The handle '{shown(text)}' contains a control character."
        raise HandleError(msg, handle=text, hint="Look for a line break at its end.")


def _parse_url(text: str, bare: str, sha256: str | None) -> Handle:
    bare = bare.partition("#")[0].strip()
    what = ""
    try:
        parts = urlsplit(bare)
        _ = parts.port  # raises where it is not a number
    except ValueError:  # whose text may have a part of a password
        what = "its host or port is malformed"
    else:
        if not parts.hostname or " " in bare:
            what = "it has no host" if not parts.hostname else "it contains a space"
        elif "\\" in parts.netloc or not _HOST.fullmatch(_place(parts.netloc)):
            # Or others may take another part of it for the host than we do.
            what = "its host or port is malformed"
    if what:
        msg = f"The handle '{shown(text)}' is not a URL: {what}."
        hint = "Check its spelling. In a user or password, / ? # @ and spaces are "
        hint += "written %2F %3F %23 %40 %20."
        raise HandleError(msg, handle=text, hint=hint)
    on_kaggle = parts.hostname in ("kaggle.com", "www.kaggle.com")
    if on_kaggle and parts.path.startswith("/models/"):
        return _parse_kaggle(text, sha256, parts.path.removeprefix("/models/"))
    is_archive = parts.path.lower().endswith(ARCHIVES)
    return (ArchiveUrl if is_archive else HubUrl)(text, sha256, bare)


def _place(netloc: str) -> str:
    return netloc.rpartition("@")[2]


def _parse_bucket(text: str, sha256: str | None, scheme: str, rest: str) -> BucketPath:
    bucket, _, path = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        msg = f"The handle '{shown(text)}' does not name a bucket."
        raise HandleError(msg, handle=text, hint=f"Give {scheme}://BUCKET/FOLDER.")
    return BucketPath(text, sha256, scheme, bucket, path)


def _parse_kaggle(text: str, sha256: str | None, rest: str) -> KaggleModel:
    found = _KAGGLE.fullmatch(rest.partition("?")[0])
    if found is None:
        msg = f"The handle '{shown(text)}' does not name a model on Kaggle."
        hint = (
            "Give kaggle://OWNER/MODEL/FRAMEWORK/VARIATION/VERSION, or the URL of the "
            "model's page with its framework and variation."
        )
        raise HandleError(msg, handle=text, hint=hint)
    owner, model, framework, variation, version = found.groups()
    number = None if version is None else int(version)
    return KaggleModel(text, sha256, owner, model, framework, variation, number)


def _parse_hugging_face(text: str, sha256: str | None, rest: str) -> HuggingFaceRepo:
    found = _HUGGING_FACE.fullmatch(rest)
    if found is None:
        msg = f"The handle '{shown(text)}' does not name a repository."
        hint = "Give hf://OWNER/REPOSITORY, hf://OWNER/REPOSITORY@REVISION/FOLDER, ..."
        raise HandleError(msg, handle=text, hint=hint)
    repo, revision, folder = found.groups()
    revision = None if revision is None else unquote(revision)
    _refuse_controls(f"{revision}", text)
    return HuggingFaceRepo(text, sha256, repo, revision, (folder or "").strip("/"))


def _pin(text: str) -> tuple[str, str | None]:
    match = _PIN.search(text)
    if match is None:
        return text, None
    digest = match[1].lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        msg = f"The handle '{shown(text)}' pins sha256={brief(match[1], 80)}, not 64 "
        msg += "hexadecimal digits."
        raise HandleError(msg, handle=text, hint="Compute it with: sha256sum FILE")
    return text[: match.start()], digest


def _file_path(text: str, url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        msg = f"The handle '{shown(text)}' is not a URL: its host is malformed."
        hint = "For a file on this machine write file:///PATH."
        raise HandleError(msg, handle=text, hint=hint) from None
    if parts.netloc not in ("", "localhost"):
        host = shown(parts.netloc)
        msg = f"The handle '{shown(text)}' names the host '{host}'."
        hint = f"For a file on this machine write file:///{host}{parts.path}."
        raise HandleError(msg, handle=text, hint=hint)
    path = unquote(parts.path)
    _refuse_controls(path, text)
    # file:///C:/models/x on Windows
    return path[1:] if re.match(r"/[A-Za-z]:", path) and os.name == "nt" else path
