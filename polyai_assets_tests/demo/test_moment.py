"""To which moment the demo turns the simulator's clock back: never before what it has fetched already."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_assets.demo.simulated import busy_moment, last_fetch
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.simulator import Clock, SimulatedProject, Simulator, demo_projects
from polyai_assets_tests.deployment import HOTEL, project_of
from polyai_assets_tests.examples import examples
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

NOW = datetime(2026, 11, 4, 12, 0, 7, tzinfo=UTC)
MOMENTS = st.timedeltas(-timedelta(days=1), timedelta(days=1)).map(lambda span: NOW + span)


def busy_at(*moments: datetime):
    return lambda moment: 2 * sum(abs(moment - one) < timedelta(minutes=3) for one in moments)


def test_it_is_the_latest_at_which_two_conversations_were_in_progress():
    found = busy_moment(busy_at(NOW - timedelta(hours=5), NOW - timedelta(hours=2)), NOW, None)
    assert found is not None
    assert NOW - found < timedelta(hours=2)
    assert busy_at(NOW - timedelta(hours=2))(found) == 2


def test_where_nobody_calls_the_clock_stays():
    assert busy_moment(lambda _: 1, NOW, None) is None


def test_what_has_been_fetched_since_keeps_the_clock_from_going_back():
    busy = busy_at(NOW - timedelta(hours=2))
    assert busy_moment(busy, NOW, NOW - timedelta(hours=1)) is None
    assert busy_moment(busy, NOW, NOW - timedelta(hours=3)) is not None


@settings(max_examples=examples(30))
@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(hours=30)), st.lists(MOMENTS, max_size=6))
def test_a_later_demo_never_goes_back_further(now: datetime, later: timedelta, calls: list[datetime]):
    first = busy_moment(busy_at(*calls), now, None)
    second = busy_moment(busy_at(*calls), now + later, None)
    assert first is None or second is None or second >= first


@settings(max_examples=examples(30))
@given(MOMENTS, MOMENTS, st.lists(MOMENTS, max_size=6))
def test_it_is_never_before_what_was_fetched(now: datetime, fetched_at: datetime, calls: list[datetime]):
    found = busy_moment(busy_at(*calls), now, fetched_at)
    assert found is None or fetched_at < found <= now - timedelta(minutes=10)


def test_the_last_fetch_is_the_newest_of_any_project(tmp_path):
    store = RawStore(str(tmp_path))
    assert last_fetch(store, [project_of(HOTEL)]) is None
    for day in (date(2026, 1, 5), date(2026, 1, 6)):
        CONVERSATION_FILES.put(store, certificate(Hours(0, 24), date=day))
    newest = certificate(Hours(0, 24), date=date(2026, 1, 6)).fetch_finished_at
    assert last_fetch(store, [project_of(HOTEL)]) == newest


@pytest.mark.parametrize("project", demo_projects("k"), ids=lambda project: project.key)
def test_what_is_there_at_a_moment_is_there_later_and_what_has_ended_never_changes(project: SimulatedProject):
    start, earlier, later = NOW - timedelta(days=1), NOW - timedelta(hours=3), NOW
    first, again = Simulator([project], clock=Clock(earlier)), Simulator([project], clock=Clock(later))
    before = {one["id"]: one for one in first.conversations(project.key, start, NOW)}
    after = {one["id"]: one for one in again.conversations(project.key, start, NOW)}
    assert before
    assert before.keys() <= after.keys()
    assert all(one == after[name] for name, one in before.items() if not one["in_progress"])
