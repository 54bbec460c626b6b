"""What of a handle is given to others."""

from __future__ import annotations

import warnings

import pytest

from tfhub.travelling import as_given, travelling, without_login

PIN = "#sha256=" + "ab" * 32


@pytest.mark.parametrize(
    ("handle", "travels"),
    [
        ("https://h/m", "https://h/m"),
        ("https://u:SECRET@h:80/m", "https://h:80/m"),
        ("https://SECRET@h/m", "https://h/m"),
        ("https://u@x:SECRET@h/m", "https://h/m"),
        ("https://h/m?sig=SECRET", "https://h/m"),
        ("https://h/m?version=2&sig=SECRET;raw=true&SECRET", "https://h/m?version=2&raw=true"),
        (f"https://u:SECRET@h/m?sig=SECRET{PIN}", f"https://h/m{PIN}"),
        (f"https://h/m?version=1{PIN}", f"https://h/m?version=1{PIN}"),
        ("https://h/m?version=SE%20CRET", "https://h/m"),
        ("https://h/m#SECRET", "https://h/m"),
        ("https://h/m;k=SECRET/x", "https://h/m/x"),
        ("https://h.org/https://u:SECRET@x/m", "https://h.org/https://***@x/m"),
        ("HTTPS://u:SECRET@h/m", "HTTPS://h/m"),
        ("ftp://u:SECRET@h/m", "ftp://h/m"),
        ("/models/a?b=c@d", "/models/a?b=c@d"),
        ("file:///models/a?b", "file:///models/a?b"),
        ("s3://b/a b?c/", "s3://b/a b?c/"),
        ("hf://o/r@main/x", "hf://o/r@main/x"),
        ("hf://o/r@main/x?token=SECRET", "hf://o/r@main/x"),
        ("kaggle://o/m/f/v/1", "kaggle://o/m/f/v/1"),
        ("kaggle://o/m/f/v/1?token=SECRET", "kaggle://o/m/f/v/1"),
    ],
)  # fmt: skip
def test_logins_and_signatures_stay(handle: str, travels: str) -> None:
    assert without_login(handle) == travels
    assert "SECRET" not in travels
    assert without_login(travels) == travels
    if handle != travels:
        assert as_given(travels) == handle


def test_it_is_said_once() -> None:
    with pytest.warns(UserWarning, match=r"The file has .*https://once.org/m, wit"):
        travelling("https://u:SECRET@once.org/m?sig=SECRET", "The file")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert travelling("https://u:SECRET@once.org/m", "x") == "https://once.org/m"
        assert travelling("https://h/m", "x") == "https://h/m"
