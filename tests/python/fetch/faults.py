"""Every fault that a download can meet, what happens then, and the test that holds it.

The page "Trust and security" of the documentation shows this table; a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tfhub.errors import ArchiveError, DownloadError, HubError, UnsafeArchiveError


@dataclass(frozen=True)
class Fault:
    """A row of the table.

    Attributes:
      what: The fault, as the documentation names it.
      outcome: What happens, likewise.
      mode: How `tfhub.testing.FaultServer` makes it; `test_a_fault` then holds the row.
      error: What `resolve()` raises; None where the model is right.
      says: What the error says, a regular expression.
      extra: The files that are in the model beside its own.
      test: The test that holds the row, where it takes more than a mode.
    """

    what: str
    outcome: str
    mode: str = ""
    error: type[HubError] | None = None
    says: str = ""
    extra: dict[str, bytes] = field(default_factory=dict)
    test: str = "test_faults.py::test_a_fault"


_WHOLE = "the model, whole"
_CUT = "error: the archive is cut short"
_DAMAGED = "error: the archive is damaged"
_LINK = "error: a link is not unpacked"


def _right(what: str, mode: str, outcome: str = _WHOLE, **extra: bytes) -> Fault:
    return Fault(what, outcome, mode, extra=extra)


def _down(what: str, mode: str, outcome: str, says: str) -> Fault:
    return Fault(what, f"error: {outcome}", mode, DownloadError, says)


def _bad(what: str, mode: str, outcome: str, says: str) -> Fault:
    return Fault(what, outcome, mode, ArchiveError, says)


def _unsafe(what: str, mode: str, outcome: str, says: str) -> Fault:
    return Fault(what, f"error: {outcome}", mode, UnsafeArchiveError, says)


def _held(what: str, outcome: str, test: str) -> Fault:
    return Fault(what, outcome, test=test)


TABLE: dict[str, list[Fault]] = {
    "The server and the network": [
        _right(
            "connection dropped",
            "drop",
            "resumed where it broke, if the ETag is strong",
        ),
        _right("connection dropped, no ETag", "drop-without-etag", "begun again"),
        _down(
            "connection dropped each time",
            "drop-always",
            "so many bytes of so many came",
            r"0 of [\d,]+ bytes had come",
        ),
        _right("connection reset", "reset", "begun again, or resumed"),
        _bad(
            "connection dropped, no length known",
            "drop-without-length",
            _CUT,
            "is cut short",
        ),
        _right(
            "connection dropped within chunks",
            "drop-in-chunk",
            "begun again, or resumed",
        ),
        _down(
            "`Content-Length` too long",
            "length-too-long",
            "so many bytes of so many came",
            r"broke off: [\d,]+ of [\d,]+ bytes came",
        ),
        _bad("`Content-Length` too short", "length-too-short", _CUT, "is cut short"),
        _held(
            "429, 500, 502, 503, 504",
            "asked again, up to `TFHUB_RETRIES` times",
            "../net/test_http.py::test_tries_again",
        ),
        _held(
            "`Retry-After`, seconds or a date",
            "waited for, at most a minute",
            "../net/test_http.py::test_obeys_retry_after",
        ),
        _held(
            "401, 403, 404, 410",
            "error: names the handle, and what to look at",
            "../net/test_http.py::test_an_error_status",
        ),
        _down(
            "redirect in circles",
            "redirect-loop",
            "more than 10 redirects",
            "More than 10 redirects",
        ),
        _held(
            "redirect, of any kind",
            "followed",
            "../net/test_http.py::test_follows_redirects",
        ),
        _down(
            "redirect to `file://`",
            "redirect-to-file",
            "not followed",
            "is not followed",
        ),
        _down(
            "redirect to `ftp://`", "redirect-to-ftp", "not followed", "is not followed"
        ),
        _held(
            "redirect from https to http",
            "error: not followed",
            "../net/test_http.py::test_never_from_https_to_http",
        ),
        _held(
            "redirect to another host",
            "followed, without the login of the first",
            "../net/test_connection.py::test_a_login_stays_with_its_host",
        ),
        _held(
            "certificate that nobody vouches for",
            "error; `SSL_CERT_FILE` names certificates to trust",
            "../net/test_http.py::test_certificates_are_checked",
        ),
        _down(
            "nothing comes any more",
            "stall",
            "after `TFHUB_READ_TIMEOUT`, and retries",
            "bytes (had come|came)",
        ),
        _right("slow, but steady", "drip"),
        _held(
            "slower than `TFHUB_MIN_SPEED`",
            "error, after retries",
            "../net/test_connection.py::test_a_body_that_drips_in",
        ),
        _down(
            "head of the answer, byte by byte",
            "head-drips",
            "after the connect and read timeouts, and retries",
            "took more than .* to begin its answer",
        ),
        _held(
            "proxy that is not there",
            "error: names the proxy",
            "../net/test_http.py::test_names_a_dead_proxy",
        ),
        _held(
            "offline, not cached",
            "error: what is cached instead, and how to bring a file",
            "test_offline.py::test_a_miss_names_what_is_cached",
        ),
    ],
    "The archive": [
        _bad("gzip cut in half", "cut-in-half", _CUT, "is cut short|is damaged"),
        _bad("gzip, last 4 kB cut", "last-4-kB-cut", _CUT, "is cut short|is damaged"),
        _bad("gzip, last 8 bytes cut", "last-8-bytes-cut", _CUT, "is cut short"),
        _bad("gzip, wrong CRC", "wrong-CRC", _DAMAGED, "is damaged"),
        _bad("one bit changed", "one-bit", _DAMAGED, "is damaged"),
        _bad(
            "bytes after the gzip",
            "bytes-after",
            "error: they do not belong to it",
            "do not belong to it",
        ),
        _bad(
            "bytes after the tar, within the gzip",
            "bytes-after-the-tar",
            "error: they do not belong to it",
            "do not belong to it",
        ),
        _bad("tar cut within a good gzip", "tar-cut", _CUT, "is cut short"),
        _right(
            "tar without its end blocks", "no-end-blocks", f"{_WHOLE}, and a warning"
        ),
        _right("gzip of several members", "two-gzip-members"),
        _right("plain tar under the name of a gzip", "plain-tar"),
        _right("bzip2", "bzip2"),
        _right("`Content-Encoding: gzip`, which is the archive's own", "labelled-gzip"),
        _right("`Content-Encoding: gzip`, packed once more", "encoded-again"),
        _right("no entries for folders", "no-folder-entries"),
        _right("empty file", "empty-file", "kept", **{"assets/nothing": b""}),
        _bad(
            "folder around the model",
            "wrapper-folder",
            "error: names the folder",
            "in the folder 'wrapper'",
        ),
        _bad(
            "web page",
            "web-page",
            "error: a web page; a login or a licence?",
            "is a web page",
        ),
        _bad("nothing", "nothing", "error: it is empty", "is empty"),
        _bad("empty tar", "empty-tar", "error: it holds no model", "holds no model"),
    ],
    "What is in the archive": [
        _unsafe(
            "`../`", "parent", "leads out of the folder", "leads out of the folder"
        ),
        _unsafe("absolute path", "absolute", "an absolute path", "an absolute path"),
        _unsafe("symbolic link out", "link-out", _LINK[7:], "a link"),
        _unsafe("symbolic link within", "link-within", _LINK[7:], "a link"),
        _unsafe("hard link within", "hard-link-within", _LINK[7:], "a link"),
        _unsafe("hard link out", "hard-link-out", _LINK[7:], "a link"),
        _unsafe("pipe", "pipe", "a pipe is not unpacked", "a pipe"),
        _unsafe("device", "device", "a device is not unpacked", "a device"),
        _right("mode bits, setuid", "setuid", "dropped"),
        _right("the same file twice", "equal-twins", "kept once", twin=b"1"),
        _unsafe(
            "two files of one name",
            "unequal-twins",
            "twice, with different contents",
            "twice, with different contents",
        ),
        _unsafe(
            "names that differ in case",
            "case",
            "one file on other disks",
            "take for 'Twin'",
        ),
        _unsafe(
            "names that differ in Unicode's form",
            "normal-form",
            "one file on other disks",
            "some file systems take for",
        ),
        _unsafe(
            "`con.txt`",
            "reserved-name",
            "a name that Windows does not have",
            "Windows does not have",
        ),
        _right("name of 204 letters", "long-name", "kept", **{"n" * 204: b""}),
        _unsafe(
            "file that is a folder, too",
            "file-as-folder",
            "a file and a folder at once",
            "at once",
        ),
        _unsafe(
            "folder that is a file, too",
            "folder-as-file",
            "a file and a folder at once",
            "at once",
        ),
        _unsafe(
            "bomb of 1 GiB in 1 MB",
            "bomb",
            "more than `TFHUB_MAX_RATIO` times its size, beyond 64 MB",
            "200 times its size",
        ),
        _unsafe(
            "bomb within a bomb", "bomb-in-a-bomb", "likewise", "200 times its size"
        ),
        _unsafe(
            "100,000 empty files",
            "100,000-entries",
            "more than `TFHUB_MAX_ENTRIES`",
            "more than 20,000 files",
        ),
        _unsafe(
            "1,000,000 empty files",
            "1,000,000-entries",
            "likewise, as soon",
            "more than 20,000 files",
        ),
    ],
    "The disk and the cache": [
        _held(
            "disk full",
            "error: so much is needed, so much is free; nothing is left behind",
            "test_disks.py::test_a_full_disk",
        ),
        _held(
            "files are limited in size",
            "error, nothing is left behind",
            "test_disks.py::test_a_limit_on_the_size_of_files",
        ),
        _held(
            "`TFHUB_MIN_FREE` would be touched",
            "error",
            "test_disks.py::test_room_that_is_to_stay_free",
        ),
        _held(
            "read-only cache that has the model",
            "the model",
            "test_disks.py::test_a_read_only_disk",
        ),
        _held(
            "read-only cache that does not",
            "fetched into the user's own cache folder",
            "test_disks.py::test_a_read_only_disk",
        ),
        _held(
            "cache of two users",
            "each uses what the other fetched",
            "test_disks.py::test_two_users",
        ),
        _held(
            "cache deleted during the download",
            "made again",
            "test_disks.py::test_a_cache_that_is_deleted_meanwhile",
        ),
        _held(
            "cleaner that is at work all the time",
            "the model or an error, never a part of it",
            "test_disks.py::test_a_cleaner_at_work",
        ),
        _held(
            "files deleted, folders left",
            "fetched again",
            "test_resolve.py::test_a_damaged_entry_is_fetched_again",
        ),
        _held(
            "`saved_model.pb` deleted",
            "fetched again",
            "test_resolve.py::test_a_damaged_entry_is_fetched_again",
        ),
    ],
    "Processes": [
        _held(
            "Ctrl-C, SIGTERM",
            "nothing is left behind, or the next call sweeps it",
            "test_sweeps.py::test_an_end_by_a_signal",
        ),
        _held(
            "SIGKILL, at any moment",
            "the next call goes on at once, and sweeps what was left",
            "test_sweeps.py::test_killed_at_any_moment",
        ),
        _held(
            "2, 20 or 100 processes want one model",
            "one request, all are right, at most 0.5 s after it",
            "test_sweeps.py::test_a_race",
        ),
        _held(
            "the same, where locks do not work",
            "more requests, all are right",
            "test_sweeps.py::test_a_race_without_locks",
        ),
    ],
}


def as_markdown() -> str:
    """The table, as the documentation has it."""
    parts = []
    for title, faults in TABLE.items():
        rows = [f"| {fault.what} | {fault.outcome} |" for fault in faults]
        parts.append("\n".join([f"| {title} | what happens |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"
