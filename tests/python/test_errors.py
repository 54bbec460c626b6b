from __future__ import annotations

import pickle
import urllib.error

import pytest

from tfhub import errors

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, errors.HubError)
]


def make(kind: type[errors.HubError]) -> errors.HubError:
    code = {"code": 404} if kind is errors.HTTPStatusError else {}
    return kind("It broke.", handle="h/1", hint="Mend it.", url="http://h/1", **code)


@pytest.mark.parametrize("kind", CLASSES)
def test_reads_well_and_pickles(kind: type[errors.HubError]) -> None:
    error = make(kind)
    assert str(error) == "It broke.\nMend it."
    assert error.message == "It broke."
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


@pytest.mark.parametrize(
    ("kind", "old"),
    [
        (errors.HandleError, ValueError),
        (errors.HandleError, OSError),
        (errors.HandleNotFoundError, FileNotFoundError),
        (errors.DownloadError, urllib.error.URLError),
        (errors.HTTPStatusError, urllib.error.HTTPError),
        (errors.ArchiveError, OSError),
        (errors.UnsafeArchiveError, ValueError),
        (errors.ModelNotFoundError, ValueError),
        (errors.TagsError, ValueError),
        (errors.TagsError, RuntimeError),
        (errors.SignatureNotFoundError, KeyError),
        (errors.InputError, TypeError),
        (errors.OutputError, TypeError),
        (errors.DependencyError, ImportError),
        (errors.AssetError, TypeError),
        (errors.UnfitModuleError, ValueError),
        (errors.EstimatorError, ValueError),
        (errors.EstimatorError, AttributeError),
        (errors.TagsError, KeyError),
        (errors.CheckpointError, ValueError),
        (errors.MessageNotFoundError, KeyError),
        (errors.GraphError, RuntimeError),
        (errors.ModuleFnError, ValueError),
        (errors.LegacyLayersError, AttributeError),
    ],
)
def test_is_caught_as_the_reference_librarys_type(
    kind: type[errors.HubError], old: type[Exception]
) -> None:
    with pytest.raises(old):
        raise make(kind)


def test_http_status_error_has_what_urllib_has() -> None:
    error = errors.HTTPStatusError("No.", code=403, url="http://h/1")
    assert (error.code, error.reason, error.url) == (403, "No.", "http://h/1")
