"""`hf://`: repositories on the Hugging Face Hub.

huggingface_hub knows the user's token and the Hub's API: it tells the commit and its
files. The files themselves come as all others do, into our cache; huggingface_hub's
own stays as it is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ... import words
from ...errors import (
    BrokenDownloadError,
    DependencyError,
    DownloadError,
    HandleError,
    HandleNotFoundError,
    HTTPStatusError,
)
from ...handles import Handle, HuggingFaceRepo
from ...net.pipeline import Block
from ...shown import brief, listed
from ..protocol import File, Files, Job, Source


class HuggingFaceSource(Source):
    """A repository, or a folder in one, at a commit."""

    def accepts(self, handle: Handle) -> bool:
        """hf://."""
        return isinstance(handle, HuggingFaceRepo)

    def open(self, handle: HuggingFaceRepo, job: Job) -> Files | None:
        """The files of the commit that the revision names now."""
        if job.etag is not None and job.etag == handle.revision:
            return None  # a commit does not change
        try:
            from huggingface_hub import HfApi, get_token, hf_hub_url
        except ImportError as error:
            msg = (
                f"{handle.text} takes the package huggingface_hub, which is not "
                "installed."
            )
            raise DependencyError(
                msg,
                handle=handle.text,
                hint=f"Install it with: {words.install('[hf]')}",
                packages=("[hf]",),
            ) from error

        from ...net.http import Download

        # huggingface_hub itself reads it only once, when it is imported.
        endpoint = os.environ.get("HF_ENDPOINT") or None
        with _told(handle):
            info = HfApi(endpoint=endpoint).model_info(
                handle.repo, revision=handle.revision, files_metadata=True
            )
        if info.sha == job.etag:
            return None
        token = get_token()
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}

        def read(name: str) -> Iterator[Block]:
            url = hf_hub_url(handle.repo, name, revision=info.sha, endpoint=endpoint)
            return Download(url, job.client, headers=headers).blocks()

        folder = f"{handle.folder}/" if handle.folder else ""
        if not all(isinstance(each.size, int) for each in info.siblings):
            msg = f"The Hugging Face Hub lists files of {handle.text} without a size."
            raise DownloadError(msg, handle=handle.text, hint="Try again later.")
        files = [
            File(
                each.rfilename.removeprefix(folder),
                each.size,
                _checked(each, read, handle),
            )
            for each in info.siblings
            if each.rfilename.startswith(folder)
        ]
        if not files:
            folders = sorted(
                {each.rfilename.partition("/")[0] for each in info.siblings}
            )
            msg = f"{handle.text}: the repository has no folder {handle.folder!r}."
            hint = f"It holds: {listed(folders[:12])}."
            raise HandleNotFoundError(msg, handle=handle.text, hint=hint)
        return Files(files, f"hf://{handle.repo}@{info.sha}", {"etag": info.sha})


def _checked(
    wanted: Any, read: Callable[[str], Iterator[Block]], handle: HuggingFaceRepo
) -> Callable[[], Iterator[Block]]:
    """Reads a file and compares its hash: that of git, or of git's large files."""

    def blocks() -> Iterator[Block]:
        if wanted.lfs is not None:
            digest, expected = hashlib.sha256(), wanted.lfs.sha256
        else:
            digest = hashlib.sha1(b"blob %d\0" % wanted.size, usedforsecurity=False)
            expected = wanted.blob_id
        for block in read(wanted.rfilename):
            digest.update(block)
            yield block
        if digest.hexdigest() != expected:
            msg = (
                f"{brief(wanted.rfilename)} of {handle.text} came with the "
                f"{digest.name} {digest.hexdigest()}, and was listed with {expected}."
            )
            hint = "It was changed on its way. Try again later."
            raise BrokenDownloadError(msg, handle=handle.text, hint=hint)

    return blocks


@contextmanager
def _told(handle: HuggingFaceRepo) -> Iterator[None]:
    """Turns what huggingface_hub raises into errors of ours."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        yield
    except HFValidationError as error:
        msg = f"The handle {handle.text!r} does not name a repository: {error}"
        raise HandleError(msg, handle=handle.text, hint="Check its spelling.") from None
    except HfHubHTTPError as error:
        code, url = error.response.status_code, str(error.response.url)
        msg = f"The Hugging Face Hub answered {code} for {handle.text}."
        hint = (
            "Check repository and revision. One that is private or gated takes a "
            "token: hf auth login, or HF_TOKEN."
        )
        # From None, here and below: a traceback would show URLs with signatures, and
        # the password of a proxy.
        raise HTTPStatusError(
            msg, handle=handle.text, hint=hint, code=code, url=url
        ) from None
    except Exception as error:  # of the HTTP library that it uses
        reason = brief(error, 400).rstrip(".") or type(error).__name__
        msg = f"Asking the Hugging Face Hub for {handle.text} failed: {reason}."
        hint = "Is the network up?"
        raise DownloadError(msg, handle=handle.text, hint=hint) from None
