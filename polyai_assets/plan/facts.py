"""What a few calls find out about a project."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from polyai_assets.api.errors import BadRequest, GatewayTimeout, PageTooHeavy, TimedOut
from polyai_assets.api.page import Page, Position
from polyai_assets.api.query import ConversationQuery
from polyai_assets.plan.asking import Asker
from polyai_assets.plan.counting import CLOSE, OffsetsIgnored, count_by_offset
from polyai_assets.plan.day_sample import MOST_DAYS, count_by_days, of_day, spread
from polyai_assets.plan.estimate import NOTHING, Estimate
from polyai_assets.plan.talk import Talk, talks_in
from polyai_assets.plan.weighing import bytes_sent, share_kept
from polyai_assets.raw.windows import midnight

_BEGINNING = Position()
_PAGE = 50
_SMALL_PAGE = 5
_ELSEWHERE = (0.45, 0.9)  # where in the list the second and the third page are taken


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


def find_out(asker: Asker, query: ConversationQuery, client_envs: Sequence[str], span: Span) -> Facts:
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
            ways.append(_told(counted))
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


def _page(asker: Asker, query: ConversationQuery, position: Position = _BEGINNING) -> Page:
    """Ask for some conversations with all that a fetch asks for; for fewer where they are too heavy."""
    try:
        return asker.page(query, _PAGE, position)
    except (PageTooHeavy, GatewayTimeout, TimedOut):
        return asker.page(query, _SMALL_PAGE, position)


def _weighed(asker: Asker, pages: Sequence[Page], conversations: Estimate, counted: str, span: Span) -> Facts:
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


def _told(counted: Estimate) -> str:
    if counted.low == counted.high:
        return "counted"
    return "counted by offset" if counted.high <= counted.low * CLOSE else "counted by offset, roughly"
