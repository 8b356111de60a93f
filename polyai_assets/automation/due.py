"""Which days want their details fetched, decided as a pure function of what the stores say of each day."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import msgspec

from polyai_assets.automation.decide import LONGEST_WAIT, TRY_AGAIN_AFTER
from polyai_assets.raw.trouble import growing_pause

LOOK_BACK = timedelta(days=17)
"""How old a day may be to be looked at: it is due for the last time 16 days after its date."""


class ConversationsState(msgspec.Struct, frozen=True):
    """What is read of a certificate of conversations: which they are, how many, and who is in progress."""

    records_sha256: str
    rows: int
    in_progress: dict[str, datetime]


class DetailsState(msgspec.Struct, frozen=True):
    """What is read of a certificate of details: of which conversations, who could not be asked, when one is due."""

    of_records_sha256: str
    not_asked: int
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class DayState:
    """A day that holds conversations, and its details, if it has any."""

    day: date
    conversations: ConversationsState
    details: DetailsState | None


class Request(msgspec.Struct, frozen=True):
    """What a tick leaves for the next one about a day: what was wanted, when a run was last asked for, how often."""

    wanted: str
    asked_at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """The days to fetch, each with the reason, and what to remember."""

    wishes: dict[date, str] = field(default_factory=dict)
    memory: dict[date, Request] = field(default_factory=dict)


def decide_details(
    days: Iterable[DayState], in_flight: Set[date], memory: Mapping[date, Request], now: datetime
) -> Decision:
    """Decide of which days of a project the details are to be fetched now.

    A day that a run is on is left to it. One for which a run was asked that brought nothing is asked for again after
    a while, longer each time.
    """
    decision = Decision()
    for state in days:
        reason = why_due(state, now)
        if reason is None:
            continue
        known = memory.get(state.day)
        wanted = f"{state.conversations.records_sha256} {state.details and state.details.next_due_at}"
        again = known is not None and known.wanted == wanted
        if known is not None and again:
            decision.memory[state.day] = known
        if state.day in in_flight or (known is not None and again and now < _not_before(known)):
            continue
        decision.wishes[state.day] = reason
        decision.memory[state.day] = Request(
            wanted, now, known.times + 1 if known is not None and again else 1
        )
    return decision


def why_due(state: DayState, now: datetime) -> str | None:
    """Say why a day's details are to be fetched; None if they are not."""
    details = state.details
    if details is None:
        has_ended = state.conversations.rows > len(state.conversations.in_progress)
        return "its details were never fetched" if has_ended else None
    if details.of_records_sha256 != state.conversations.records_sha256:
        return "its conversations have changed"
    if details.not_asked:
        return "conversations could not be asked for"
    if details.next_due_at is not None and details.next_due_at <= now:
        return "its conversations are due by age"
    return None


def _not_before(request: Request) -> datetime:
    return request.asked_at + growing_pause(TRY_AGAIN_AFTER, LONGEST_WAIT, request.times - 1)
