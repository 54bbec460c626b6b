"""`kaggle://` and pages of models on kaggle.com.

kagglehub knows the user's credentials and Kaggle's API: it tells the newest version and
where the archive of a version is. The archive itself comes as all others do, into our
cache; kagglehub's own stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ... import words
from ..._version import __version__
from ...errors import DependencyError, DownloadError, HandleError, HTTPStatusError
from ...handles import Handle, KaggleModel
from ...shown import brief
from ..protocol import Archive, Job, Source


class KaggleSource(Source):
    """A model on Kaggle."""

    def accepts(self, handle: Handle) -> bool:
        """kaggle:// and https://www.kaggle.com/models/."""
        return isinstance(handle, KaggleModel)

    def open(self, handle: KaggleModel, job: Job) -> Archive | None:
        """The archive of a version, the newest if none is given."""
        if job.etag is not None and job.etag == str(handle.version):
            return None  # a version does not change
        try:
            from kagglehub.config import get_kaggle_credentials
            from kagglehub.handle import ModelHandle
            from kagglesdk.kaggle_client import KaggleClient
        except ImportError as error:
            msg = f"{handle.text} takes the package kagglehub, which is not installed."
            raise DependencyError(
                msg,
                handle=handle.text,
                hint=f"Install it with: {words.install('[kaggle]')}",
                packages=("[kaggle]",),
            ) from error

        model = ModelHandle(
            handle.owner,
            handle.model,
            handle.framework,
            handle.variation,
            handle.version,
        )
        with _told(handle):
            known = get_kaggle_credentials()
            client = KaggleClient(
                username=known and known.username,
                password=known and known.key,
                api_token=known and known.api_key,
                user_agent=f"tfhub/{__version__}",
            )
        with client, _told(handle):
            api = client.models.model_api_client
            version = handle.version or _newest(api, model)
            if str(version) == job.etag:
                return None
            url = _archive_url(api, model.with_version(version))
        from ...net.http import Download

        download = Download(url, job.client)
        facts = {"etag": str(version)}
        return Archive(download.blocks(), download.url, download.size, facts)


def _newest(api: Any, model: Any) -> int:
    from kagglesdk.models.types.model_api_service import ApiGetModelInstanceRequest

    request = ApiGetModelInstanceRequest()
    _name(request, model)
    version: int = api.get_model_instance(request).version_number
    return version


def _archive_url(api: Any, model: Any) -> str:
    from kagglesdk.models.types.model_api_service import (
        ApiDownloadModelInstanceVersionRequest,
    )

    request = ApiDownloadModelInstanceVersionRequest()
    _name(request, model)
    request.version_number = model.version
    response = api.download_model_instance_version(request)
    response.close()  # what counts is where it led: a signed URL of the archive
    url: str = response.url
    return url


def _name(request: Any, model: Any) -> None:
    request.owner_slug = model.owner
    request.model_slug = model.model
    request.framework = model.framework_enum()
    request.instance_slug = model.variation


@contextmanager
def _told(handle: KaggleModel) -> Iterator[None]:
    """Turns what kagglehub raises into errors of ours."""
    import requests

    try:
        yield
    except ValueError as error:  # of framework_enum(), and of a broken kaggle.json
        if isinstance(error, requests.RequestException):
            raise
        msg = f"{handle.text}: {brief(error, 400)}."
        raise HandleError(msg, handle=handle.text, hint=_FRAMEWORKS) from None
    except requests.HTTPError as error:
        response: Any = error.response
        code = response.status_code
        msg = f"Kaggle answered {code} for {handle.text}: {brief(error, 400)}"
        # From None, here and below: a traceback would show URLs with signatures, and
        # the password of a proxy.
        raise HTTPStatusError(
            msg,
            handle=handle.text,
            hint=_HINTS.get(code, "Try again later."),
            code=code,
            url=response.url,
        ) from None
    except requests.RequestException as error:
        msg = f"Asking Kaggle for {handle.text} failed: {brief(error, 400)}."
        hint = "Is the network up?"
        raise DownloadError(msg, handle=handle.text, hint=hint) from None


_FRAMEWORKS = "Frameworks are TensorFlow2, TensorFlow1, TfLite, Keras, ..."
_LOGIN = (
    "Does the model want a licence accepted on its page, or a login? "
    "kagglehub reads KAGGLE_API_TOKEN, or ~/.kaggle/kaggle.json."
)
_HINTS = {
    401: _LOGIN,
    403: _LOGIN,
    404: "Check owner, model, framework, variation and version on the model's page.",
}
