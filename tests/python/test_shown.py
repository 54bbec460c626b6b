"""What is shown or stored: no secret of a URL, nothing that a terminal obeys."""

from __future__ import annotations

import pickle
import random

import pytest

from tfhub.errors import HTTPStatusError, HubError
from tfhub.shown import (
    brief,
    hide,
    shown,
    shown_lines,
    without_header,
    without_secrets,
)

from .conftest import bounded


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
        # What ends a host, within the login
        ("https://u:SEC/RET@h/m", "https://***"),
        ("https://u:SEC?RET@h/m", "https://***"),
        ("https://u:SEC#RET@h/m", "https://***"),
        ("https://SEC/RET==@h.org/m", "https://***"),
        ("https://u:12/SECRET@h.org/m", "https://***"),
        ("https://me@corp.org:12/SECRET@h.org/m", "https://***"),
        ("https://u:p@h/npm/@x/SECRET", "https://***"),
        ("https://u:p@SEC://RET@h/m", "https://***"),
        ("https://u:SECRET", "https://u:***"),
        # Other spellings of a URL
        ("HTTPS://u:SECRET@h/m?X-Amz-Signature=SECRET", "HTTPS://***@h/m?X-Amz-Signature=***"),
        ("//u:SECRET@h/m?t=SECRET", "//***@h/m?t=***"),
        ("https:/u:SECRET@h/", "https:/***@h/"),
        ("https:///u:SECRET@h/", "https:///***@h/"),
        ("s3:/b/m#SECRET", "s3:/b/m#***"),
        ("hf:/o/r#SECRET", "hf:/o/r#***"),
        ("(gs:/b/m#SECRET)", "(gs:/b/m#***)"),
        ("https:\\\\u:SECRET@h/", "https:\\\\***@h/"),
        ("git+ssh://u:SECRET@h/m", "git+ssh://***@h/m"),
        ("jdbc:https://u:SECRET@h", "jdbc:https://***@h"),
        ("https://u%3ASECRET%40h/m", "https://***/m"),
        ("https://u%3ASECRET%2540h/m", "https://***/m"),
        ("https%3A%2F%2Fu%3ASECRET%40h", "https%3A%2F%2F***"),
        ("https://[::1]:80/m?t=SECRET", "https://[::1]:80/m?t=***"),
        ("https://u:SECRET@[::1]:80/m", "https://***@[::1]:80/m"),
        ("http_proxy=u:SECRET@h:3128", "http_proxy=***@h:3128"),
        ("url: /m?sig=SECRET (x)", "url: /m?sig=*** (x)"),
        ("h.org/m?sig=SECRET", "h.org/m?sig=***"),
        # Within each other, and within other text
        ("https://a.org/=https://u:SECRET@h/m/", "https://a.org/=https://***@h/m/"),
        ("https://a.org/https%3A%2F%2Fu%3ASECRET%40h", "https://a.org/https%3A%2F%2F***"),
        ("https://h/?next=https%3A%2F%2Fu%3ASECRET%40h", "https://h/?next=***"),
        ("https://h/?revision=https://u:SECRET@h", "https://***"),
        ("https://h/?version=SECRET%20x", "https://h/?version=***"),
        ("https://a.org/u:SECRET@h/m", "https://a.org/***@h/m"),
        ("https://h/m;k=SECRET/x", "https://h/m;k=***/x"),
        ("https://h/m?U0VDUkVUU0VDUkVU=", "https://h/m?***"),
        ("[x](https://u:SECRET@h/m?t=SECRET)", "[x](https://***@h/m?t=***)"),
        ('<a href="https://u:SECRET@h/m?a=1&amp;t=SECRET">', '<a href="https://***@h/m?a=***&***;t=***">'),
        ("{'a': 'https://u:SECRET@h', 'b': 1}", "{'a': 'https://***@h', 'b': 1}"),
        # No secrets
        ("hf://o/r@main", "hf://o/r@main"),
        ("hf://o/r@refs/pr/7/a", "hf://o/r@refs/pr/7/a"),
        ("https://x.org/npm/@scope/p", "https://x.org/npm/@scope/p"),
        ("http://127.0.0.1:80/m@1", "http://127.0.0.1:80/m@1"),
        ("file:///a/b@c", "file:///a/b@c"),
        ("/a/b@c: no", "/a/b@c: no"),
        ("me@example.org", "me@example.org"),
        ("C:/models/m@1", "C:/models/m@1"),
        ("loc:@x", "loc:@x"),
        ("logs:/a#1", "logs:/a#1"),
        ("https://h/m#sha256=" + "ab" * 32, "https://h/m#sha256=" + "ab" * 32),
        ("https://h/m?tf-hub-format=compressed", "https://h/m?tf-hub-format=compressed"),
    ],
)  # fmt: skip
def test_urls_lose_their_secrets(text: str, fit: str) -> None:
    assert shown(text) == fit
    assert shown_lines(text) == fit
    assert shown(fit) == fit


def test_a_url_that_stands_alone_may_have_spaces_in_it() -> None:
    url = "https://u:SEC RET@h.org/m?a=SECRET SECRET"
    assert shown(url) == "https://***@h.org/m?a=***"
    text = f"Asking {url!r} or {url} failed."
    assert hide(text, url) == f"Asking '{shown(url)}' or {shown(url)} failed."
    error = HubError(text, handle=url, hint=f"See {url}")
    assert "RET" not in f"{error}{vars(error)}{error.args}"


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        (r"Invalid header value b'Bearer SECRET\n'", "Invalid header value b'***"),
        ("characters in header value: 'SECRET'", "characters in header value: '***"),
        ("Illegal header value b'Token SECRET'", "Illegal header value b'***"),
        ("got Authorization: Bearer SECRET, and more", "got Authorization: Bearer ***"),
        ("Basic U0VDUkVU", "Basic ***"),
        ("bearer\\nSECRET", "bearer\\n***"),
        ("the token is missing", "the token is missing"),
        ("no such host", "no such host"),
    ],
)  # fmt: skip
def test_headers_that_others_quote_lose_their_logins(text: str, fit: str) -> None:
    assert without_header(text) == fit


def test_no_password_is_shown_whatever_is_in_it() -> None:
    """All that is printable, but a space, may be in a password."""
    number = random.Random(0)
    letters = [chr(code) for code in range(33, 127)] + ["://", "%40", "%2F", "\u00e9"]
    around = ["{}", "'{}'", "({}).", "see {} and", '{{"a": "{}"}}', "<{}>", "a={}"]
    for _ in range(20_000):
        some = "".join(number.choices(letters, k=number.randrange(6)))
        more = "".join(number.choices(letters, k=number.randrange(6)))
        scheme = number.choice(["http", "https", "HTTPS", "ftp"])
        user = number.choice(["user", "user@corp.org", "u.v"])
        end = number.choice(["", "/m", "/m?a=b", "/m?a@b", ":80/m@1"])
        url = f"{scheme}://{user}:{some}SECRET{more}@h.org{end}"
        text = number.choice(around).format(url)
        for fit in (shown(text), shown_lines(text)):
            assert "SECRET" not in fit, text
            assert shown(fit) == fit, text


def test_no_value_of_a_query_is_shown_whatever_is_in_it() -> None:
    number = random.Random(0)
    letters = [chr(code) for code in range(33, 127)] + ["://", "%26", "\u00e9"]
    for _ in range(20_000):
        some = "".join(number.choices(letters, k=number.randrange(6)))
        more = "".join(number.choices(letters, k=number.randrange(6)))
        host = number.choice(["h.org", "u@h.org", "h:80", "[::1]"])
        name = number.choice(["sig", "X-Amz-Signature", "to%6ben", "a[b]", "k.v"])
        url = f"https://{host}/m?version=1&{name}={some.lstrip('&;')}SECRET{more}"
        if "&" in some or ";" in some:
            continue  # then it is another name
        assert "SECRET" not in shown(url), url
        assert "SECRET" not in shown_lines(f"see {url}, or not"), url


@pytest.mark.parametrize(
    "piece",
    ["://", "@", "?&", "a:", "%25", "https://", "https:/", "//", "(//", ";=", "a@",
     "://a:b@c/", "?a=b", "https://u:p@h/ ", "%3A%2F%2F", "x.", "https://a:b", "'"],
)  # fmt: skip
def test_a_long_text_takes_no_longer_than_it_is(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    for start in ("", "https://", "https://h/", "https://h/?"):
        with bounded(2):  # by squares it would take longer than that
            shown_lines(start + text)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com/publisher/model-1/1",
        "http://127.0.0.1:8000/m/1/",
        "https://tfhub.dev/google/nnlm-en-dim50/2",
        "https://h/a.tar.gz",
        "https://h",
    ],
)
def test_a_plain_url_is_what_it_was_on_the_long_way(text: str) -> None:
    assert shown(text) == text == without_secrets(text)
    for odd in (":p@h", "\x1b", "?k=v", "#f", "/;k=v", "\u202e", "\n"):
        assert shown(text + odd) != text + odd


def test_what_a_server_says_is_cut() -> None:
    assert brief("ok") == "ok"
    assert brief("x" * 1_000_000) == "x" * 197 + "..."
    assert len(brief("\x1b" * 1000, 80)) == 80
    assert "SECRET" not in brief("y" * 180 + " https://u:SECRET@h/m", 200)


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
