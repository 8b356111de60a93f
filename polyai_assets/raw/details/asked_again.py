"""Who is asked for: conversations that are new, have changed, are due by age, or were not there and may still come.

There is a call per conversation. The list of the Agents API returns many at once, but its objects are summaries,
without turns, metrics and function events. It makes no row: that would be of two payloads of different times. It only
shows which of those that are due by age have changed; see `listing`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from polyai_assets.api.agents.endpoints import is_addressable
from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.raw.ends import ask_again_at, ended_at
from polyai_assets.raw.header import Row
from polyai_assets.raw.windows import midnight

AGES = (timedelta(days=1), timedelta(days=8), timedelta(days=15))
"""Ages at which a conversation is asked for again: PolyScore and tags come days after it has ended.

A whole day of conversations is due at once, when its youngest conversation is that old.
"""


class Known(NamedTuple):
    """The last asking for a conversation: its result, when, and for which state of its record in the list.

    `listed_sha256` identifies its object in the list of the Agents API just before, where that was looked at. What is
    found and has a `reason` is of an earlier asking: the last one did not return it.
    """

    status: str
    asked_at: datetime
    of_payload_sha256: bytes
    listed_sha256: bytes | None = None
    reason: str = ""


def has_ended(row: Row) -> bool:
    """Tell whether a record of the partition is a conversation that is to be asked for, once at least."""
    return bool(row.conversation_id) and not row.in_progress and row.vanished_at is None


def is_due(row: Row, known: Known | None, day: date, now: datetime, *, by_hand: bool = False) -> bool:
    """Tell whether a conversation that began on `day` is to be asked for now.

    One that is missing is asked for `by_hand` however long it has been so.
    """
    if not has_ended(row):
        return False
    if known is None or known.of_payload_sha256 != row.payload_sha256:
        return True
    if known.status == UNREADABLE:  # it may have been an answer to something else
        return True
    if (known.status == FOUND and known.reason) or (known.status == MISSING and by_hand):
        return True
    moment = due_at(row, known, day)
    return moment is not None and moment <= now


def moments(day: date) -> list[datetime]:
    """Give the moments at which the conversations of a day are asked for again."""
    over = midnight(day + timedelta(days=1))
    return [over + age for age in AGES]


def due_at(row: Row, known: Known, day: date) -> datetime | None:
    """Give when a conversation is asked for again though its record does not change; None when it never is.

    What is missing follows the rule of what may still come; an id that no URL leads to is missing for good.
    """
    if known.status != MISSING:
        return next((moment for moment in moments(day) if moment > known.asked_at), None)
    if not is_addressable(row.conversation_id or ""):
        return None
    return ask_again_at(ended_at(day, row.started_at, row.ended_at), known.asked_at)


def next_due_at(day: date, askings: Iterable[tuple[Row, Known]]) -> datetime | None:
    """Give when the first conversation of a day is due; None when none will be any more."""
    found = (due_at(row, known, day) for row, known in askings)
    return min((moment for moment in found if moment is not None), default=None)
