"""Counting where no offset can be asked for: a few days are walked, and stand for all."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from polyai_assets.api.page import Page
from polyai_assets.api.query import ConversationQuery
from polyai_assets.plan.asking import Asker
from polyai_assets.plan.estimate import Estimate
from polyai_assets.raw.windows import midnight

MOST_DAYS = 7
"""One of each weekday: they differ more than weeks do."""

_PAGE = 1000
_MOST_PAGES = 2  # of a day


def spread(first: date, last: date, most: int = MOST_DAYS) -> list[date]:
    """Choose days between two (both included), evenly spread and of as many weekdays as can be."""
    days = (last - first).days + 1
    if days <= most:
        return [first + timedelta(days=n) for n in range(days)]
    chosen: list[date] = []
    for number in range(most):
        aim = first + timedelta(days=int((number + 0.5) * days / most))
        near = [aim + timedelta(days=off) for off in (0, 1, -1, 2, -2, 3, -3)]
        free = [day for day in near if first <= day <= last and day not in chosen]
        weekdays = {day.weekday() for day in chosen}
        chosen.append(next((day for day in free if day.weekday() not in weekdays), free[0]))
    return sorted(chosen)


def count_by_days(
    asker: Asker, query: ConversationQuery, days: Sequence[date], of: int, most_calls: int
) -> Estimate:
    """Count the conversations of some days, and extrapolate to `of` days.

    A day that is too big to be walked in a few calls counts as at least what came. The interval is no less than 10%.
    """
    counts: list[int] = []
    cut = False
    left = min(asker.left, most_calls)
    for day in days:
        if left <= 0:
            break
        bare = replace(
            of_day(query, day),
            include_latency=False,
            include_turn_metadata=False,
            include_context_state=False,
        )
        pages = _walk(asker, bare, min(left, _MOST_PAGES))
        left -= len(pages)
        counts.append(sum(len(page.records) for page in pages))
        cut = cut or pages[-1].next is not None
    if len(counts) == of and not cut:
        return Estimate.exactly(sum(counts))
    estimate = Estimate.mean_of(counts, least_error=0.1) * of
    return estimate.between(1, 5) if cut else estimate


def of_day(query: ConversationQuery, day: date) -> ConversationQuery:
    """Ask the same of one day only."""
    return replace(query, start_time=midnight(day), end_time=midnight(day + timedelta(days=1)))


def _walk(asker: Asker, query: ConversationQuery, most_pages: int) -> list[Page]:
    pages = [asker.page(query, _PAGE)]
    while len(pages) < most_pages and (following := pages[-1].next) is not None:
        pages.append(asker.page(query, _PAGE, following))
    return pages
