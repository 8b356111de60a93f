"""Keeping what a person wrote out of logs: a server may quote it in an error."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.retries import logger as _calls

_QUOTE = " The server said: "


def without_quotes(message: str) -> str:
    """Leave out of an error's message what the server said."""
    return message.partition(_QUOTE)[0]


@contextmanager
def servers_unquoted() -> Iterator[None]:
    """Leave out of the client's log what servers say, while the context is open."""

    def shorten(record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_quotes(str(one)) if isinstance(one, PolyAIError) else one for one in record.args
            )
        return True

    _calls.addFilter(shorten)
    try:
        yield
    finally:
        _calls.removeFilter(shorten)
