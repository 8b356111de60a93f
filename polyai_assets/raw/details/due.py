"""Who is asked for: conversations that are new, have changed, or are due by age.

There is a call per conversation. The list of the Agents API brings many at once, but its objects are summaries,
without turns, metrics and function events. It makes no row: that would be of two payloads of different times. It only
tells who of those that are due by age has changed; see `listing`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from polyai_assets.contract.detail import MISSING, UNREADABLE
from polyai_assets.raw.parquet import Row
from polyai_assets.raw.windows import midnight

AGES = (timedelta(days=1), timedelta(days=8), timedelta(days=15))
"""Ages at which a conversation is asked for again: PolyScore and tags come days after it has ended.

A whole day of conversations is due at once, when its youngest conversation is that old.
"""


class Known(NamedTuple):
    """The last asking for a conversation: what came of it, when, and for which state of its record in the list.

    `listed_sha256` identifies its object in the list of the Agents API just before, where that was looked at.
    """

    status: str
    asked_at: datetime
    of_payload_sha256: bytes
    listed_sha256: bytes | None = None


def has_ended(row: Row) -> bool:
    """Tell whether a record of the partition is a conversation that is to be asked for, once at least."""
    return bool(row.conversation_id) and not row.in_progress and row.vanished_at is None


def is_due(row: Row, known: Known | None, day: date, now: datetime) -> bool:
    """Tell whether a conversation that began on `day` is to be asked for now."""
    if not has_ended(row):
        return False
    if known is None or known.of_payload_sha256 != row.payload_sha256:
        return True
    if known.status == UNREADABLE:  # it may have been an answer to something else
        return True
    return known.status != MISSING and any(known.asked_at < moment <= now for moment in moments(day))


def moments(day: date) -> list[datetime]:
    """Give the moments at which the conversations of a day are asked for again."""
    over = midnight(day + timedelta(days=1))
    return [over + age for age in AGES]


def next_due_at(day: date, askings: Iterable[Known]) -> datetime | None:
    """Give when the first conversation of a day is due by age; None when none will be any more."""
    oldest = min((known.asked_at for known in askings if known.status != MISSING), default=None)
    if oldest is None:
        return None
    return next((moment for moment in moments(day) if moment > oldest), None)
