"""The outbox: messages on their way, in the warehouse, so that none is lost and none is sent twice.

A message is written once for every target. Whoever sends it claims it first, in a transaction; a claim that is ten
minutes old was left by a process that died, and is taken over. The messages to a target about a project go out in
the order in which they were written: "resolved" must not arrive before what was resolved.
"""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import duckdb
from pydantic import SecretStr

from polyai_assets.alerts.send import describe
from polyai_assets.alerts.text import Gravity, Message
from polyai_assets.machine.secrets import masked
from polyai_assets.raw.trouble import growing_pause
from polyai_assets.warehouse.attach import SCHEMA

log = logging.getLogger(__name__)

CLAIMED_FOR = timedelta(minutes=10)
"""How long a message counts as being sent; a batch is small enough to be sent by then."""

MOST_AT_ONCE = 20

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=6)
KEEP_TRYING = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message on its way to a target."""

    id: str
    target: str
    project: str
    title: str
    body: str
    gravity: Gravity | None
    created_at: datetime
    attempts: int
    next_attempt_at: datetime
    sending_since: datetime | None = None
    attachment: str | None = None


def write_message(
    connection: duckdb.DuckDBPyConnection, message: Message, targets: Mapping[str, SecretStr], now: datetime
) -> None:
    """Write a message for each target that has not got it; none where there are no targets."""
    for name, url in targets.items():
        row = {
            "id": f"{message.once}-{name}" if message.once else uuid4().hex,
            "target": name,
            "destination": describe(url),
            "project": message.project,
            "title": masked(message.title),
            "body": masked(message.body),
            "gravity": message.gravity,
            "attachment": message.attachment or None,
            "created_at": now,
            "attempts": 0,
            "next_attempt_at": now,
            "last_error": "",
        }
        marks = ", ".join("?" for _ in row)
        connection.execute(
            f"INSERT INTO {SCHEMA}.alert_outbox ({', '.join(row)}) SELECT {marks} "
            f"WHERE NOT EXISTS (FROM {SCHEMA}.alert_outbox WHERE id = ?)",
            [*row.values(), row["id"]],
        )


def is_waiting(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether any message waits."""
    found = connection.execute(
        f"SELECT 1 FROM {SCHEMA}.alert_outbox WHERE next_attempt_at IS NOT NULL LIMIT 1"
    )
    return found.fetchone() is not None


def claim_due(
    connection: duckdb.DuckDBPyConnection, targets: Collection[str], now: datetime
) -> list[Outgoing]:
    """Claim what is due for these targets, oldest first.

    When any message to a target about a project is due, so are those before it: a target may be back sooner than
    was thought.
    """
    due: list[Outgoing] = []
    waiting = sorted(
        _undelivered(connection, targets),
        key=lambda message: (message.target, message.project, message.created_at),
    )
    for _, group in groupby(waiting, key=lambda message: (message.target, message.project)):
        listed = list(group)
        if any(_is_claimed(message, now) for message in listed):
            continue
        last_due = max((n for n, message in enumerate(listed) if message.next_attempt_at <= now), default=-1)
        due += listed[: last_due + 1]
    # Of a group that is cut, the first ones stay: its order does not suffer.
    due = sorted(due, key=lambda message: message.created_at)[:MOST_AT_ONCE]
    for message in due:
        _set(connection, message, "sending_since = ?", now)
    return due


def next_attempt(
    connection: duckdb.DuckDBPyConnection, targets: Collection[str], now: datetime
) -> datetime | None:
    """Give when something is due for these targets; None when nothing waits."""
    moments = [
        message.sending_since + CLAIMED_FOR
        if message.sending_since is not None and _is_claimed(message, now)
        else message.next_attempt_at
        for message in _undelivered(connection, targets)
    ]
    return min(moments, default=None)


def note_delivered(connection: duckdb.DuckDBPyConnection, message: Outgoing, now: datetime) -> None:
    """Note that a target took a message."""
    _set(connection, message, "delivered_at = ?, sending_since = NULL, next_attempt_at = NULL", now)


def note_failed(
    connection: duckdb.DuckDBPyConnection, message: Outgoing, error: str, now: datetime
) -> datetime | None:
    """Note that an attempt failed, and why; gives when the next one is due, None if that was the last.

    The pauses grow from a minute to six hours, for seven days.
    """
    pause = growing_pause(_FIRST_PAUSE, _LONGEST_PAUSE, message.attempts)
    due = now + pause if now + pause <= message.created_at + KEEP_TRYING else None
    if due is None:
        error = f"given up after {message.attempts + 1} attempts in {KEEP_TRYING.days} days: {error}"
    _set(
        connection,
        message,
        "attempts = attempts + 1, sending_since = NULL, next_attempt_at = ?, last_error = ?",
        due,
        error,
    )
    return due


def release(connection: duckdb.DuckDBPyConnection, message: Outgoing, due: datetime) -> None:
    """Give back a message that was claimed and not tried."""
    _set(connection, message, "sending_since = NULL, next_attempt_at = ?", due)


def give_up_orphans(connection: duckdb.DuckDBPyConnection, targets: Collection[str], now: datetime) -> None:
    """Give up messages for targets that are not configured any more.

    Until they are a week old they may be another process's to send.
    """
    orphans = (
        f"FROM {SCHEMA}.alert_outbox WHERE next_attempt_at IS NOT NULL AND created_at < ? "
        "AND target NOT IN (SELECT unnest(?::VARCHAR[]))"
    )
    given = [now - KEEP_TRYING, sorted(targets)]
    (count,) = connection.execute(f"SELECT count(*) {orphans}", given).fetchall()[0]
    if count:
        connection.execute(
            f"UPDATE {SCHEMA}.alert_outbox SET next_attempt_at = NULL, sending_since = NULL, "
            f"last_error = 'given up: its target is no longer configured' WHERE id IN (SELECT id {orphans})",
            given,
        )
        log.error("%s alerts were given up: their targets are no longer configured", count)


def _undelivered(connection: duckdb.DuckDBPyConnection, targets: Collection[str]) -> list[Outgoing]:
    rows: list[dict[str, Any]] = (
        connection.execute(
            "SELECT id, target, project, title, body, gravity, created_at, attempts, next_attempt_at, sending_since, "
            "attachment "
            f"FROM {SCHEMA}.alert_outbox WHERE delivered_at IS NULL AND next_attempt_at IS NOT NULL "
            "AND target IN (SELECT unnest(?))",
            [sorted(targets)],
        )
        .to_arrow_table()
        .to_pylist()
    )
    return [Outgoing(**row) for row in rows]


def _is_claimed(message: Outgoing, now: datetime) -> bool:
    return message.sending_since is not None and message.sending_since > now - CLAIMED_FOR


def _set(connection: duckdb.DuckDBPyConnection, message: Outgoing, assigned: str, *values: object) -> None:
    connection.execute(f"UPDATE {SCHEMA}.alert_outbox SET {assigned} WHERE id = ?", [*values, message.id])
