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


@pytest.mark.parametrize("kind", CLASSES)
def test_what_is_made_of_the_arguments_has_the_hint(
    kind: type[errors.HubError],
) -> None:
    assert make(kind).args == ("It broke.\nMend it.",)
    assert errors.HubError("It broke.").args == ("It broke.",)


def test_the_original_of_an_error_that_was_made_anew_is_found() -> None:
    error = errors.InputError("Two\n  lines.", handle="h/1", hint="Mend it.")
    assert errors.original(error) is error
    plain = ValueError("Two lines.")
    assert errors.original(plain) is plain


def handled(first: BaseException, then: BaseException) -> BaseException:
    """The second error, as it is when it was raised while the first was handled."""

    def fail() -> None:
        try:
            raise first
        except Exception:
            raise then from None

    with pytest.raises(type(then)) as caught:
        fail()
    return caught.value


@pytest.mark.parametrize("last", [errors.InputError, RuntimeError])
def test_keras_and_autograph_make_errors_anew(last: type[Exception]) -> None:
    error = errors.InputError("Two\n  lines.", handle="h/1", hint="Mend it.")
    around = "Exception encountered when calling f.\n"
    keras = handled(error, errors.InputError(f"{around}\x1b[1m{error}\x1b[0m"))
    assert errors.original(keras) is error
    indented = str(keras).replace("\n", "\n    ")
    assert errors.original(handled(keras, last(around + indented))) is error


@pytest.mark.parametrize("later", [ValueError("So."), errors.TagsError("It broke.")])
def test_an_error_that_came_after_another_is_not_taken_for_it(
    later: Exception,
) -> None:
    broken = errors.InputError("It broke.", hint="Mend it.")
    assert errors.original(handled(broken, later)) is later
