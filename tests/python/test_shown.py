"""What is shown or stored: no secret of a URL, nothing that a terminal obeys."""

from __future__ import annotations

import pickle

import pytest

from tfhub.errors import HTTPStatusError, HubError
from tfhub.shown import shown, shown_lines


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("https://h/m/1", "https://h/m/1"),
        ("https://user:SECRET@h:80/m", "https://***@h:80/m"),
        ("https://SECRET@h/m", "https://***@h/m"),
        ("https://u:SEC'RET\"@x@h/m", "https://***@h/m"),
        ("https://h/m?token=SECRET&tf-hub-format=compressed",
         "https://h/m?token=***&tf-hub-format=compressed"),
        ("https://h/m?SECRET", "https://h/m?***"),
        ("https://h/m?a=SECRET;b=SECRET#sha256=ab", "https://h/m?a=***;b=***#sha256=ab"),
        ("https://h/m#access_token=SECRET", "https://h/m#***"),
        ("(at https://h/?sig=SECRET). Next", "(at https://h/?sig=***). Next"),
        ("s3://u:SECRET@bucket/m 'gs://b/?k=SECRET'", "s3://***@bucket/m 'gs://b/?k=***'"),
        ("a?b=c", "a?b=c"),
    ],
)  # fmt: skip
def test_urls_lose_their_secrets(text: str, fit: str) -> None:
    assert shown(text) == fit
    assert shown_lines(text) == fit
    assert shown(fit) == fit


def test_nothing_is_left_that_a_terminal_obeys() -> None:
    for number in range(0x110000):
        text = f"a{chr(number)}b"
        fit = shown(text)
        assert fit.isprintable()
        assert (fit == text) == text.isprintable()


def test_lines_stay_only_where_they_are_ours() -> None:
    assert shown("a\nb") == "a\\nb"
    assert shown_lines("a\nb\x1b[2J\r") == "a\nb\\x1b[2J\\r"


def test_errors_are_fit_in_all_their_parts() -> None:
    url = "https://u:SECRET@h/m?sig=SECRET\x1b]0;x\x07"
    error: HubError = HTTPStatusError(
        f"No: {url}",
        hint=f"See {url}",
        handle=url,
        code=403,
        url=url,
        tried=[(url, {"at": url})],
    )
    error.handle = url
    error.hint = f"{error.hint}, {url}"
    for each in (error, pickle.loads(pickle.dumps(error))):
        everything = f"{each!s} {each!r} {each.args} {vars(each)} {each.filename}"
        assert "SECRET" not in everything
        assert "\x1b" not in everything
        assert "https://***@h/m?sig=***" in str(each)
