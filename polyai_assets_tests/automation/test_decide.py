from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.automation.decide import (
    LONGEST_WAIT,
    MOST_FAILURES,
    MOST_WINDOWS,
    TRY_AGAIN_AFTER,
    DayRequest,
    Pace,
    ProjectView,
    days_to_refresh,
    decide,
    follows_running,
    is_given_up,
)
from polyai_assets.raw.conversations.settle import State, Unsettled
from polyai_assets.raw.windows import midnight
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = NOW.date()
PACE = Pace(max_open=timedelta(days=30))
MUCH_LATER = NOW + timedelta(days=60)

dates = st.dates(DAY1, TODAY)
names = st.sampled_from(["CA1", "CA2", "CA3", "CA4"])
before_now = st.integers(1, 20_000).map(lambda minutes: NOW - minutes * MINUTE)
notes = st.builds(
    Unsettled,
    project=st.just(HOTEL.key),
    date=dates,
    state=st.sampled_from(State),
    since=before_now,
    fetched_at=st.none() | before_now,
    running=st.dictionaries(names, before_now),
    look_again_at=st.none() | st.integers(-3000, 3000).map(lambda minutes: NOW + minutes * MINUTE),
    failures=st.integers(0, MOST_FAILURES + 1),
    tried_at=st.none() | before_now,
)
views = st.builds(
    ProjectView,
    days=st.lists(notes, unique_by=lambda one: one.date),
    running=st.none() | st.sets(names),
    in_flight=st.sets(dates),
    asked_at=st.dictionaries(dates, before_now),
)


def note(state: State = State.OPEN, **changed: object) -> Unsettled:
    """A day that was fetched after it was over, an hour ago, with two conversations in progress."""
    given = {
        "project": HOTEL.key,
        "date": DAY1,
        "state": state,
        "since": NOW - HOUR,
        "fetched_at": NOW - HOUR,
        "running": {"CA1": midnight(DAY1) + HOUR, "CA2": midnight(DAY1) + 2 * HOUR},
    }
    return Unsettled(**given | changed)


def requests(*days: Unsettled, now: datetime = NOW, pace: Pace = PACE, **known: object) -> list[DayRequest]:
    return decide(ProjectView(days=days, **known), pace, now)


@given(views, st.integers(0, 14))
def test_whatever_is_known_each_day_is_fetched_when_it_has_to_be_and_no_more_often(
    view: ProjectView, minutes: int
):
    # one property with all that holds of a view: to make one takes longer than to decide on it
    found = decide(view, PACE, NOW)
    only_days_that_are_not_settled_are_fetched_each_once_and_oldest_first(view, found)
    a_day_that_a_run_is_fetching_is_left_to_it(view, found)
    a_day_that_was_just_asked_for_is_not_asked_for_again(view, found, NOW + minutes * MINUTE)
    a_day_is_topped_up_only_around_conversations_that_ended(view, found)
    no_day_is_waited_for_without_end(view)
    a_project_is_asked_only_when_a_day_that_nobody_fetches_has_something_running(view)
    while_nobody_knows_what_is_running_no_conversation_counts_as_ended(view)


def only_days_that_are_not_settled_are_fetched_each_once_and_oldest_first(
    view: ProjectView, found: list[DayRequest]
) -> None:
    days = [request.day for request in found]
    assert days == sorted(set(days))
    assert set(days) <= {day.date for day in view.days}


def a_day_that_a_run_is_fetching_is_left_to_it(view: ProjectView, found: list[DayRequest]) -> None:
    assert not {request.day for request in found} & view.in_flight


def a_day_that_was_just_asked_for_is_not_asked_for_again(
    view: ProjectView, found: list[DayRequest], now: datetime
) -> None:
    asked = dict.fromkeys((request.day for request in found), NOW)
    again = replace(view, asked_at={**view.asked_at, **asked})
    assert not {request.day for request in decide(again, PACE, now)} & asked.keys()


def a_day_is_topped_up_only_around_conversations_that_ended(
    view: ProjectView, found: list[DayRequest]
) -> None:
    by_day = {day.date: day for day in view.days}
    for request in found:
        if request.around is not None:
            running = by_day[request.day].running
            known = running.keys() if view.running is None else view.running
            assert set(request.around) == {start for name, start in running.items() if name not in known}
            assert len(request.around) <= MOST_WINDOWS


def no_day_is_waited_for_without_end(view: ProjectView) -> None:
    # whatever is known: once nothing is in flight, nothing runs and time has passed, each is fetched or given up
    idle = replace(view, in_flight=frozenset(), running=frozenset())
    late = {request.day for request in decide(idle, PACE, MUCH_LATER)}
    left = [day for day in view.days if day.date not in late]
    assert all(
        is_given_up(day)
        or (day.state in (State.SETTLING, State.UNPROVEN) and day.look_again_at is None)
        # fetched after it was over, with nothing in progress: such a day is never noted as open
        or (not day.running and day.fetched_at is not None and day.fetched_at >= midnight(day.date + DAY))
        for day in left
    )


def a_project_is_asked_only_when_a_day_that_nobody_fetches_has_something_running(view: ProjectView) -> None:
    waiting = [day for day in view.days if day.running and day.date not in view.in_flight]
    if follows_running(view.days, view.in_flight):
        assert waiting
    assert not follows_running([replace_running(day) for day in view.days], view.in_flight)


def replace_running(day: Unsettled) -> Unsettled:
    return msgspec.structs.replace(day, running={})


def while_nobody_knows_what_is_running_no_conversation_counts_as_ended(view: ProjectView) -> None:
    unknown = replace(view, running=None)
    assert not any("ended" in request.reason for request in decide(unknown, PACE, NOW))


def test_a_day_is_topped_up_as_soon_as_one_of_its_conversations_has_ended():
    (request,) = requests(note(), running={"CA2", "CA9"})
    assert request == DayRequest(DAY1, "a conversation ended", (midnight(DAY1) + HOUR,))


def test_while_all_still_run_nothing_is_fetched():
    assert requests(note(), running={"CA1", "CA2", "CA9"}) == []


def test_a_day_with_many_conversations_that_ended_is_fetched_whole():
    running = {f"CA{n}": midnight(DAY1) + n * MINUTE for n in range(MOST_WINDOWS + 1)}
    assert requests(note(running=running), running=set()) == [DayRequest(DAY1, "21 conversations ended")]


def test_a_conversation_open_for_too_long_is_given_up_by_a_whole_fetch():
    (request,) = requests(note(), running={"CA1", "CA2"}, pace=Pace(max_open=timedelta(days=9)))
    assert request == DayRequest(DAY1, "2 conversations open for too long, to be given up")


@pytest.mark.parametrize(("minutes", "asked"), [(14, False), (15, True)])
def test_today_is_topped_up_every_quarter_of_an_hour(minutes: int, asked: bool):
    today = note(date=TODAY, fetched_at=NOW, running={})
    expected = [DayRequest(TODAY, "new conversations of today", ())] if asked else []
    assert requests(today, now=NOW + minutes * MINUTE) == expected


def test_a_day_that_was_open_at_midnight_is_topped_up_once_it_is_over():
    night = midnight(TODAY + DAY)
    yesterday = note(date=TODAY, fetched_at=night - MINUTE, running={})
    assert requests(yesterday, now=night) == [DayRequest(TODAY, "the day is over", ())]


def test_a_day_that_should_have_settled_is_looked_at_once_more_and_not_before():
    day = note(State.SETTLING, running={}, look_again_at=NOW)
    assert requests(day, now=NOW - timedelta(seconds=1)) == []
    assert requests(day) == [DayRequest(DAY1, "a last look before it is settled")]


def test_a_day_that_could_not_be_proven_is_looked_at_again_when_that_is_due_and_then_left_to_people():
    day = note(State.UNPROVEN, running={}, look_again_at=NOW)
    assert requests(day, now=NOW - timedelta(seconds=1)) == []
    assert requests(day) == [DayRequest(DAY1, "it could not be proven that nothing is missing")]
    assert requests(note(State.UNPROVEN, running={}), now=MUCH_LATER) == []


def test_a_fetch_that_was_interrupted_is_done_again():
    assert requests(note(State.FETCHING)) == [DayRequest(DAY1, "the run that fetched it was interrupted")]


@given(st.integers(1, MOST_FAILURES - 1))
def test_a_day_that_failed_is_left_alone_longer_each_time(failures: int):
    red = note(State.RED, failures=failures, tried_at=NOW)
    wait = min(TRY_AGAIN_AFTER * 2**failures, LONGEST_WAIT)
    assert requests(red, now=NOW + wait - timedelta(seconds=1)) == []
    assert requests(red, now=NOW + wait) == [DayRequest(DAY1, f"it failed ({failures} times in a row)")]


def test_a_day_that_failed_too_often_is_left_to_people():
    assert requests(note(State.RED, failures=MOST_FAILURES, tried_at=NOW), now=MUCH_LATER) == []


def test_a_day_that_was_asked_for_in_vain_is_left_alone_for_a_while():
    asked = {DAY1: NOW}
    assert requests(note(), running=set(), asked_at=asked, now=NOW + TRY_AGAIN_AFTER - MINUTE) == []
    assert requests(note(), running=set(), asked_at=asked, now=NOW + TRY_AGAIN_AFTER)


def test_a_day_that_was_fetched_since_it_was_asked_for_need_not_wait():
    assert requests(note(fetched_at=NOW), running=set(), asked_at={DAY1: NOW - MINUTE})


def test_the_refresh_takes_today_yesterday_and_the_days_before():
    found = days_to_refresh(datetime(2025, 3, 3, 2, 15, tzinfo=UTC), 1, date(2020, 1, 1))
    assert found == [DAY1, DAY2, DAY3]


def test_without_lookback_the_refresh_takes_yesterday_and_today():
    assert days_to_refresh(datetime(2025, 3, 3, tzinfo=UTC), 0, date(2020, 1, 1)) == [DAY2, DAY3]


def test_the_refresh_takes_no_day_before_the_first():
    assert days_to_refresh(datetime(2025, 3, 3, 2, tzinfo=UTC), 60, DAY2) == [DAY2, DAY3]
    assert days_to_refresh(datetime(2025, 3, 3, 2, tzinfo=UTC), 60, date(2025, 3, 4)) == []
