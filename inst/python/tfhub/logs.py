"""What the logger `tfhub` is given is fit to be shown, whoever logs it.

So is what urllib3 logs of the requests that are made here: it has their URLs.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from .shown import shown, shown_lines
from .words import said, spoken

_TEXTS = (str, BaseException, os.PathLike)
REQUESTS = "tfhub-request"  # the threads in which they are made
_HOST = "http://h"
_TENSORFLOW = ("absl", "tensorflow")
_URLLIB3 = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


def install() -> None:
    """Puts the filters on the loggers, once."""
    _add(logging.getLogger("tfhub"), _Fit())
    urllib3 = logging.root.getChild("urllib3")
    for name in _URLLIB3:  # a filter counts for its own logger, and none below
        _add(urllib3.getChild(name), _FitRequests())


def _add(logger: logging.Logger, fit: logging.Filter) -> None:
    if not any(isinstance(each, _Fit) for each in logger.filters):
        logger.addFilter(fit)


@contextmanager
def of_tensorflow() -> Iterator[None]:
    """Within, what TensorFlow logs is fit to be shown: it has names of models."""
    loggers, fit = [logging.root.getChild(name) for name in _TENSORFLOW], _Fit()
    for logger in loggers:
        logger.addFilter(fit)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(fit)


class _Fit(logging.Filter):
    """Makes a record's text fit before any handler sees it.

    Its arguments become part of the text, and an exception becomes the text of its
    traceback: both may hold what must not be shown.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):  # each whole, as a URL may hold spaces
            record.args = tuple(
                shown(each) if isinstance(each, _TEXTS) else each
                for each in record.args
            )
        record.msg = shown_lines(said(record.getMessage(), spoken()))
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            lines = traceback.format_exception(*record.exc_info)
            record.exc_text = shown_lines("".join(lines).rstrip())
        record.exc_info = None
        return True


class _FitRequests(_Fit):
    """The same, for what is logged of our own requests; other programs' stay."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.threadName == REQUESTS:
            if isinstance(record.args, tuple):
                record.args = tuple(map(_target, record.args))
            super().filter(record)
        return True


def _target(value: object) -> object:
    """What a request asks a host for, as a part of the URL that it is."""
    if not isinstance(value, str) or not value.startswith("/"):
        return value
    return shown(f"{_HOST}{value}").removeprefix(_HOST)
