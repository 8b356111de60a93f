from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from polyai_assets.automation.decide import TRY_AGAIN_AFTER, ProjectView, days_to_fetch, days_to_refresh
from polyai_assets.raw.unsettled import OpenDay
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, NOW

HOUR = timedelta(hours=1)
names = st.sets(st.sampled_from(["CA1", "CA2", "CA3", "CA4"]))
days = st.dates(date(2025, 3, 1), date(2025, 3, 8))
moments = st.integers(-240, 120).map(lambda minutes: NOW + timedelta(minutes=minutes))
open_days = st.dictionaries(
    days,
    st.builds(OpenDay, moments, names.filter(bool).map(lambda found: dict.fromkeys(found, NOW))),
)
views = st.builds(
    ProjectView,
    open_days=open_days,
    running=names,
    in_flight=st.sets(days),
    asked_at=st.dictionaries(days, moments),
)


def opened(*conversations: str, fetched_at: datetime = NOW - HOUR) -> OpenDay:
    return OpenDay(fetched_at, dict.fromkeys(conversations, NOW - HOUR))


def view(**changed: object) -> ProjectView:
    given: dict[str, object] = {"open_days": {}, "running": set(), "in_flight": set(), "asked_at": {}}
    return ProjectView(**given | changed)  # type: ignore[arg-type]  # each test says what it needs


@given(views)
def test_only_days_with_a_conversation_that_no_longer_runs_are_fetched(known: ProjectView):
    for day in days_to_fetch(known, NOW):
        assert set(known.open_days[day].in_progress) - known.running


@given(views)
def test_a_day_that_a_run_is_fetching_is_left_to_it(known: ProjectView):
    assert not set(days_to_fetch(known, NOW)) & known.in_flight


@given(views)
def test_days_come_oldest_first_and_once(known: ProjectView):
    found = days_to_fetch(known, NOW)
    assert found == sorted(set(found))


@given(views)
def test_every_finished_day_is_fetched_in_the_end(known: ProjectView):
    # once no run is in flight and any earlier request lies long enough back
    later = NOW + timedelta(days=1)
    idle = replace(known, in_flight=set())
    finished = [day for day, one in known.open_days.items() if set(one.in_progress) - known.running]
    assert days_to_fetch(idle, later) == sorted(finished)


@given(views)
def test_a_day_that_was_just_asked_for_is_not_asked_for_again(known: ProjectView):
    first = days_to_fetch(known, NOW)
    assume(all(known.open_days[day].fetched_at < NOW for day in first))
    asked = replace(known, asked_at={**known.asked_at, **dict.fromkeys(first, NOW)})
    assert not set(days_to_fetch(asked, NOW + timedelta(minutes=1))) & set(first)


def test_a_day_is_fetched_as_soon_as_one_of_its_conversations_has_finished():
    known = view(open_days={DAY1: opened("CA1", "CA2"), DAY2: opened("CA3")}, running={"CA2", "CA3"})
    assert days_to_fetch(known, NOW) == [DAY1]


def test_while_all_still_run_nothing_is_fetched():
    assert days_to_fetch(view(open_days={DAY1: opened("CA1")}, running={"CA1", "CA9"}), NOW) == []


def test_a_day_that_was_asked_for_lately_in_vain_is_left_alone_for_a_while():
    asked = {DAY1: NOW}
    known = view(open_days={DAY1: opened("CA1")}, asked_at=asked)
    assert days_to_fetch(known, NOW + TRY_AGAIN_AFTER - timedelta(seconds=1)) == []
    assert days_to_fetch(known, NOW + TRY_AGAIN_AFTER) == [DAY1]


def test_a_day_that_was_fetched_since_it_was_asked_for_need_not_wait():
    known = view(open_days={DAY1: opened("CA1", fetched_at=NOW)}, asked_at={DAY1: NOW - timedelta(minutes=1)})
    assert days_to_fetch(known, NOW) == [DAY1]


def test_the_refresh_takes_yesterday_and_the_days_before():
    found = days_to_refresh(datetime(2025, 3, 4, 2, 15, tzinfo=UTC), 2, date(2020, 1, 1))
    assert found == [DAY1, DAY2, DAY3]


def test_without_lookback_the_refresh_takes_yesterday():
    assert days_to_refresh(datetime(2025, 3, 4, tzinfo=UTC), 0, date(2020, 1, 1)) == [DAY3]


def test_the_refresh_takes_no_day_before_the_first():
    assert days_to_refresh(datetime(2025, 3, 4, 2, tzinfo=UTC), 60, DAY2) == [DAY2, DAY3]
    assert days_to_refresh(datetime(2025, 3, 4, 2, tzinfo=UTC), 60, date(2025, 3, 4)) == []
