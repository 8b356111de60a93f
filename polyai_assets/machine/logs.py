"""Log lines without secrets, whichever handler takes them: a run's log, a terminal, the log of another program."""

import logging
import traceback
from collections.abc import Callable
from typing import Any

from polyai_assets.machine.secrets import masked


class _Factory:
    """Makes the records of all loggers of the process as before, and then hides what is secret in them."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._make(*args, **kwargs)
        text = _text_of(record)
        shown = masked(text)
        if shown != text:
            record.msg, record.args = shown, ()
        if record.exc_info and record.exc_info[1] is not None:
            _hide_in_traceback(record, record.exc_info[1])
        return record


def mask_log_lines() -> None:
    """See to it that no log line of this process holds a secret, from now on."""
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Factory):
        logging.setLogRecordFactory(_Factory(make))


def _text_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit: whoever handles the record reports that
        return f"{record.msg} {record.args}"


def _hide_in_traceback(record: logging.LogRecord, error: BaseException) -> None:
    text = "".join(traceback.format_exception(error)).rstrip("\n")
    shown = masked(text)
    if shown != text:
        record.exc_text, record.exc_info = shown, None
