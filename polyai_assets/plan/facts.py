"""What a few calls find out about a project: how many conversations, how heavy, and what they were."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from polyai_assets.api.errors import BadRequest, GatewayTimeout, PageTooHeavy, TimedOut
from polyai_assets.api.page import Page, Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.plan.counting import (
    CLOSE,
    MOST_DAYS,
    CountedCalls,
    OffsetsIgnored,
    count_by_days,
    count_by_offset,
    of_day,
    spread,
)
from polyai_assets.plan.estimate import NOTHING, Estimate
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.windows import midnight

_LONGEST = 1e9
"""Seconds: a longer one is no measure of conversations."""
_BEGINNING = Position()
_PAGE = 50
_SMALL_PAGE = 5
_ELSEWHERE = (0.45, 0.9)  # where in the list the second and the third page are taken


class Talk(msgspec.Struct, frozen=True):
    """What is read of a conversation; whatever is missing or of another type is None."""

    id: Any = None
    channel: Any = None
    handoff: Any = None
    total_duration: Any = None

    @property
    def is_call(self) -> bool:
        """Whether it was spoken: chats have no recording."""
        return isinstance(self.channel, str) and self.channel.upper().startswith("VOICE")

    @property
    def seconds(self) -> float:
        """How long it took."""
        found = self.total_duration
        is_length = isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found <= _LONGEST
        return float(found) if is_length else 0.0


class CallShare(msgspec.Struct, frozen=True):
    """Calls among conversations: their share, and the seconds of one."""

    share: Estimate
    seconds: Estimate


def talks_in(pages: Sequence[Page]) -> list[Talk]:
    """Read the records of pages; those that cannot be read are left out."""
    found = []
    for page in pages:
        for record in page.records:
            try:
                found.append(msgspec.json.decode(record.payload, type=Talk))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
    return found


def calls_among(talks: Sequence[Talk], *, handed_off: bool = False) -> CallShare:
    """Estimate the share of calls (or of those that were handed off) and their length; `talks` is not empty."""
    calls = [talk for talk in talks if talk.is_call and (talk.handoff is True or not handed_off)]
    seconds = [talk.seconds for talk in calls] or [0.0]
    return CallShare(Estimate.share_of(len(calls), len(talks)), Estimate.mean_of(seconds, least_error=0.05))


def bytes_sent(pages: Sequence[Page]) -> Estimate:
    """Estimate the JSON bytes of a conversation."""
    return Estimate.mean_of(
        [len(record.payload) for page in pages for record in page.records], least_error=0.05
    )


def share_kept(pages: Sequence[Page], per_day: float) -> float:
    """Write the pages' records as the raw store does, a file for as many as a day has; what is left of their bytes.

    zstd finds more to save the more records lie together.
    """
    # pyarrow takes a while to load, and not every command needs it
    from polyai_assets.raw.conversations.records import RecordWriter
    from polyai_assets.raw.conversations.walk_spool import WalkSpool

    with temporary_folder() as folder:
        walk = WalkSpool(folder / "walk", {}, frozenset(), date.min, datetime.now(UTC))
        for page in pages:
            walk.add(page)
        walk.close()
        records = walk.records
        together = max(1, min(round(per_day), len(records)))
        # the last, smaller file would count for more than it weighs
        used = records.first(len(records) - len(records) % together)
        written = 0
        for place, group in enumerate(used.groups(together)):
            file = folder / f"{place}.parquet"
            with RecordWriter(file, lambda _: None) as writer:
                writer.add_fetched(group)
            written += file.stat().st_size
    return written / used.size


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A project's conversations in a range of days: how many, how heavy, how fast they come.

    `bytes_sent` is the JSON of one, `share_kept` what the raw store's compression leaves of it. A page takes
    `seconds_of_a_call`, and `seconds_of_a_record` more for each conversation in it. `counted` says how.
    """

    days: int
    conversations: Estimate
    counted: str
    bytes_sent: Estimate
    share_kept: float
    seconds_of_a_call: float
    seconds_of_a_record: float
    talks: Sequence[Talk]


@dataclass(frozen=True)
class Span:
    """The days to plan for, both included, and how far they have come by now."""

    since: date
    until: date
    now: datetime

    @property
    def days(self) -> int:
        """How many days."""
        return (self.until - self.since).days + 1

    def over(self, query: ConversationQuery) -> ConversationQuery:
        """Ask for all of them."""
        end = min(midnight(self.until + timedelta(days=1)), self.now)
        return replace(query, start_time=midnight(self.since), end_time=end)


def find_out(asker: CountedCalls, query: ConversationQuery, client_envs: Sequence[str], span: Span) -> Facts:
    """Ask for a few pages and for the count of each environment. Raises as `ConversationsClient.page`."""
    wholes = [span.over(replace(query, client_env=client_env)) for client_env in client_envs]
    pages = [_page(asker, whole) for whole in wholes]
    found = NOTHING
    ways: list[str] = []
    spare = len(_ELSEWHERE)
    for number, (whole, first) in enumerate(list(zip(wholes, pages, strict=True))):
        still_open = sum(page.next is not None for page in pages[number : len(wholes)])
        most_calls = (asker.left - spare) // max(still_open, 1)
        try:
            counted = count_by_offset(asker, whole, first, most_calls)
            ways.append(_describe(counted))
            elsewhere = [(whole, Position(offset=int(share * counted.low))) for share in _ELSEWHERE]
        except (OffsetsIgnored, BadRequest):
            days = spread(span.since, span.until, max(min(MOST_DAYS, most_calls), 1))
            counted = count_by_days(asker, whole, days, span.days, most_calls)
            ways.append(f"extrapolated from {len(days)} days, because the API counts by no offset")
            elsewhere = [(of_day(whole, days[int(share * len(days))]), Position()) for share in _ELSEWHERE]
        found += counted
        if first.next is not None:
            while spare and asker.left:  # of the first environment with more: conversations change with time
                spare -= 1
                pages.append(_page(asker, *elsewhere[spare]))
    return _weighed(
        asker, [page for page in pages if page.records], found, "; ".join(dict.fromkeys(ways)), span
    )


def _page(asker: CountedCalls, query: ConversationQuery, position: Position = _BEGINNING) -> Page:
    """Ask for some conversations with all that a fetch asks for; for fewer where they are too heavy."""
    try:
        return asker.page(query, _PAGE, position)
    except (PageTooHeavy, GatewayTimeout, TimedOut):
        return asker.page(query, _SMALL_PAGE, position)


def _weighed(
    asker: CountedCalls, pages: Sequence[Page], conversations: Estimate, counted: str, span: Span
) -> Facts:
    if not pages:
        return Facts(
            days=span.days,
            conversations=conversations,
            counted=counted,
            bytes_sent=NOTHING,
            share_kept=0.0,
            seconds_of_a_call=0.0,
            seconds_of_a_record=0.0,
            talks=[],
        )
    of_a_call, of_a_record = asker.pace(pages)
    return Facts(
        days=span.days,
        conversations=conversations,
        counted=counted,
        bytes_sent=bytes_sent(pages),
        share_kept=share_kept(pages, conversations.likely / span.days),
        seconds_of_a_call=of_a_call,
        seconds_of_a_record=of_a_record,
        talks=talks_in(pages),
    )


def _describe(counted: Estimate) -> str:
    if counted.low == counted.high:
        return "counted"
    return "counted by offset" if counted.high <= counted.low * CLOSE else "counted by offset, roughly"
