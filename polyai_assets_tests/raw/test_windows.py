from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.raw.windows import OVERLAP, SHORTEST, Window, midnight, spans

DAY = timedelta(days=1)
dates = st.dates(date(2020, 1, 1), date(2030, 12, 31))
nearby_days = st.builds(
    lambda first, gaps: [first + timedelta(days=sum(gaps[:n])) for n in range(len(gaps) + 1)],
    dates,
    st.lists(st.integers(0, 3), max_size=20),
)
ranges = st.builds(
    lambda first, days: Window(midnight(first), midnight(first) + days * DAY), dates, st.integers(1, 800)
)


@given(nearby_days)
def test_spans_cover_each_day_exactly_once_and_no_other(days: list[date]):
    covered = [day for span in spans(days) for day in span.dates]
    assert covered == sorted(set(days))


@given(nearby_days)
def test_spans_are_as_few_as_possible(days: list[date]):
    assert all(before.end < after.start for before, after in pairwise(spans(days)))


def test_days_may_come_in_any_order():
    days = [date(2025, 3, 4), date(2025, 3, 2), date(2025, 3, 3)]
    assert spans(days) == [Window(midnight(date(2025, 3, 2)), midnight(date(2025, 3, 5)))]


@given(ranges, st.integers(1, 16))
def test_parts_join_without_gap_or_overlap(window: Window, parts: int):
    cut = window.cut(parts)
    assert (cut[0].start, cut[-1].end) == (window.start, window.end)
    assert all(before.end == after.start for before, after in pairwise(cut))
    assert all(part.start < part.end for part in cut)


@given(ranges, st.integers(1, 16))
def test_there_are_as_many_parts_as_asked_unless_they_would_be_too_short(window: Window, parts: int):
    cut = window.cut(parts)
    assert len(cut) == min(parts, (window.end - window.start) // SHORTEST)
    assert all(part.end - part.start >= SHORTEST for part in cut)


@given(ranges, st.integers(1, 16))
def test_a_range_of_enough_days_is_cut_at_midnight(window: Window, parts: int):
    if len(window.dates) >= parts:
        assert all(part.start == midnight(part.start.date()) for part in window.cut(parts))


@given(ranges, st.integers(1, 16))
def test_the_parts_of_a_range_have_about_the_same_length(window: Window, parts: int):
    lengths = [part.end - part.start for part in window.cut(parts)]
    assert max(lengths) - min(lengths) <= DAY


@given(ranges, st.integers(1, 16))
def test_every_date_of_a_range_lies_in_one_of_its_parts(window: Window, parts: int):
    assert {day for part in window.cut(parts) for day in part.dates} == set(window.dates)


@given(ranges)
def test_a_window_is_asked_with_a_second_more_at_both_ends(window: Window):
    assert window.asked == (window.start - OVERLAP, window.end + OVERLAP)
    assert timedelta(seconds=1) == OVERLAP


def test_a_window_that_ends_at_midnight_does_not_reach_into_the_next_day():
    window = Window(midnight(date(2025, 3, 1)), midnight(date(2025, 3, 2)))
    assert window.dates == [date(2025, 3, 1)]


def test_a_day_is_cut_into_quarters_at_most():
    day = Window(midnight(date(2025, 3, 1)), midnight(date(2025, 3, 2)))
    assert [part.start.hour for part in day.cut(16)] == [0, 6, 12, 18]
