"""What the logger `tfhub` is given is fit to be shown, whoever logs it."""

from __future__ import annotations

import logging
import traceback

from .shown import shown, shown_lines


def install() -> None:
    """Puts the filter on the logger, once."""
    logger = logging.getLogger("tfhub")
    if not any(isinstance(each, _Fit) for each in logger.filters):
        logger.addFilter(_Fit())


class _Fit(logging.Filter):
    """Makes a record's text fit before any handler sees it.

    Its arguments become part of the text, and an exception becomes the text of its
    traceback: both may hold what must not be shown.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):  # each whole, as a URL may hold spaces
            record.args = tuple(
                shown(each) if isinstance(each, (str, BaseException)) else each
                for each in record.args
            )
        record.msg = shown_lines(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[0] is not None:
            lines = traceback.format_exception(*record.exc_info)
            record.exc_text = shown_lines("".join(lines).rstrip())
        record.exc_info = None
        return True
