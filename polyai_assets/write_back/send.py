"""One call, its outcome, and what of it may stand in logs: a server may quote there what a person wrote."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.writing import Annotation, WriteReceipt
from polyai_assets.api.errors import (
    ConversationNotFound,
    InvalidWrite,
    NotFound,
    OutcomeUnknown,
    PermanentError,
    PolyAIError,
    RateLimited,
    TransientError,
    UnaddressableConversation,
    WriteRefused,
)
from polyai_assets.api.project import AgentsConnection
from polyai_assets.api.retries import logger as _calls
from polyai_assets.raw.ends import ask_again_at
from polyai_assets.write_back.ledger import CallOutcome, Claimed
from polyai_assets.write_back.tables import NOTE_REQUESTS, RequestState

_QUOTE = " The server said: "
MOST_ATTEMPTS = 4
CALL_SECONDS = 120.0
"""A call is given up soon: the request stays pending and is tried again later."""
OpenClient = Callable[[AgentsConnection], AgentsClient]


def without_quotes(message: str) -> str:
    """Leave out of an error's message what the server said."""
    return message.partition(_QUOTE)[0]


@contextmanager
def servers_unquoted() -> Iterator[None]:
    """Leave out of the client's log what servers say, while the context is open."""

    def shorten(record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_quotes(str(argument)) if isinstance(argument, PolyAIError) else argument
                for argument in record.args
            )
        return True

    _calls.addFilter(shorten)
    try:
        yield
    finally:
        _calls.removeFilter(shorten)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A project to which something may be published. `connection` may raise a `PolyAIError`, such as for a missing key.

    Unless `write_back` its requests stay pending.
    """

    project: str
    write_back: bool
    connection: Callable[[], AgentsConnection]


class Sender:
    """Sends to one project. A client is opened with the first call; `close` closes it."""

    def __init__(self, recipient: Recipient, open_client: OpenClient) -> None:
        self._recipient, self._open = recipient, open_client
        self._client: AgentsClient | None = None

    def close(self) -> None:
        """Close the client, if there is one."""
        if self._client is not None:
            self._client.close()

    def send(self, claimed: Claimed, now: datetime) -> CallOutcome:
        """Send what was claimed; whatever the result, as an outcome."""
        try:
            with servers_unquoted():
                written = self._write(claimed)
        except PolyAIError as error:
            return _outcome_of(error, claimed, now)
        return CallOutcome(state=RequestState.DONE, result=_answer(written.status, written.correlation_id))

    def _write(self, claimed: Claimed) -> WriteReceipt:
        if self._client is None:
            connection = self._recipient.connection()
            attempts = min(connection.max_attempts, MOST_ATTEMPTS)
            self._client = self._open(
                replace(
                    connection, max_attempts=attempts, give_up_after=CALL_SECONDS, read_timeout=CALL_SECONDS
                )
            )
        if claimed.unit.table is NOTE_REQUESTS:
            return self._client.note(claimed.unit.conversation_id, claimed.rows[-1]["note"])
        annotations = [
            Annotation(turn_id=row["turn_index"], role=row["role"], annotation_type=row["annotation_type"])
            for row in claimed.rows
        ]
        return self._client.annotate(claimed.unit.conversation_id, annotations)


def _outcome_of(error: PolyAIError, claimed: Claimed, now: datetime) -> CallOutcome:
    outcome = CallOutcome(
        state=RequestState.PENDING,
        result=None if error.status is None else _answer(error.status, error.correlation_id),
        error=str(error),
        explanation=without_quotes(str(error)),
    )
    match error:
        case OutcomeUnknown():
            return replace(outcome, state=RequestState.UNKNOWN)
        case ConversationNotFound():
            again = ask_again_at(claimed.began_at, now) if claimed.began_at else None
            if again is None:
                return replace(
                    outcome,
                    state=RequestState.REFUSED,
                    error=f"PolyAI does not know this conversation. {error}",
                )
            explanation = (
                "PolyAI does not know this conversation yet, which has just begun; it is tried again."
            )
            wait = (again - now).total_seconds()
            return replace(
                outcome,
                error=f"{explanation} {error}",
                explanation=explanation,
                retry_after=wait,
                is_its_own=True,
            )
        case WriteRefused() | InvalidWrite() | UnaddressableConversation():
            return replace(outcome, state=RequestState.REFUSED)
        case TransientError():
            return replace(outcome, for_all=isinstance(error, RateLimited), retry_after=error.retry_after)
        case NotFound() if "/" in claimed.unit.conversation_id:
            return outcome  # a proxy may not let the slash of this id through; the project is not to blame
        case PermanentError():
            return replace(outcome, key_trouble=True, for_all=True)
    raise error


def _answer(status: int, correlation_id: str | None) -> str:
    return f"{status}, correlation id {correlation_id}" if correlation_id else str(status)
