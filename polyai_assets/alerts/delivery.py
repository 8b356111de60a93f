"""Delivering what was claimed: the warehouse is not held while a target is talked to."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import duckdb
from pydantic import SecretStr

from polyai_assets.alerts import outbox
from polyai_assets.alerts.outbox import Outgoing
from polyai_assets.alerts.send import describe, send
from polyai_assets.alerts.state import in_transaction
from polyai_assets.warehouse.attach import Warehouse

log = logging.getLogger(__name__)

Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]

SENDING_TIME = 240.0
"""Seconds after which nothing more is sent in one go: long before another process may take over what is claimed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of sending messages: how many were delivered, how many could not be, and when the next one is due."""

    delivered: int = 0
    failed: int = 0
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that are this process's to send, and when the next one is due; None if none waits."""

    messages: Sequence[Outgoing] = ()
    next_attempt_at: datetime | None = None


def claim(connection: duckdb.DuckDBPyConnection, targets: Mapping[str, SecretStr], now: datetime) -> Claim:
    """Claim what is due, in a transaction of the caller."""
    if not outbox.is_waiting(connection):
        return Claim()
    outbox.give_up_orphans(connection, targets, now)
    if not targets:
        return Claim()
    return Claim(outbox.claim_due(connection, targets, now), outbox.next_attempt(connection, targets, now))


def deliver(
    connect: Connect,
    warehouse: Warehouse,
    targets: Mapping[str, SecretStr],
    claimed: Claim,
    now: datetime,
    sending_time: float = SENDING_TIME,
) -> Delivery:
    """Send what was claimed, and note the outcome.

    A target that fails is left alone for this time, and the others go on; what it did not take waits, longer each time
    it fails. Raises WarehouseBusy and WarehouseUnreachable when the outcome cannot be noted: then what was sent may be
    sent again.
    """
    if not claimed.messages:
        return Delivery(next_attempt_at=claimed.next_attempt_at)
    outcomes = _send_all(claimed.messages, targets, sending_time)

    def note(connection: duckdb.DuckDBPyConnection) -> tuple[datetime | None, list[Outgoing]]:
        given_up = []
        postponed: dict[str, datetime] = {}  # what follows a message that failed waits as long as it does
        for message in claimed.messages:
            if message.id not in outcomes:
                due = max(message.next_attempt_at, postponed.get(message.target, message.next_attempt_at))
                outbox.release(connection, message, due)
                continue
            error = outcomes[message.id]
            if error is None:
                outbox.note_delivered(connection, message, now)
                continue
            again_at = outbox.note_failed(connection, message, error, now)
            if again_at is not None:
                postponed[message.target] = again_at
            else:
                given_up.append(message)
        return outbox.next_attempt(connection, targets, now), given_up

    with connect() as connection:
        due, given_up = in_transaction(connection, warehouse, note)
    failed = {
        message.target: error
        for message in claimed.messages
        if (error := outcomes.get(message.id)) is not None
    }
    for target, error in failed.items():
        log.warning(
            "an alert could not be delivered to %s: %s; the table alert_outbox says when it is tried again",
            describe(targets[target]),
            error,
        )
    for message in given_up:
        log.error(
            "an alert about %s is given up: %s did not take it for a week",
            message.project,
            describe(targets[message.target]),
        )
    return Delivery(len(outcomes) - len(failed), len(failed), due)


def _send_all(
    messages: Sequence[Outgoing], targets: Mapping[str, SecretStr], sending_time: float
) -> dict[str, str | None]:
    """Send messages in order; gives the error of each that was tried, None if it was delivered."""
    outcomes: dict[str, str | None] = {}
    down: set[str] = set()
    ends = time.monotonic() + sending_time
    for message in messages:
        if message.target in down or time.monotonic() >= ends:
            continue
        outcomes[message.id] = error = send(
            targets[message.target],
            message.title,
            message.body,
            message.gravity or "warning",
            message.attachment,
        )
        if error is not None:
            down.add(message.target)
    return outcomes
