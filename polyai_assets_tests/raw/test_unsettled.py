from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

from polyai_assets.api.project import Project
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.unsettled import OpenDay, note_day, read_unsettled
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, HOTEL, NOW, project_of
from polyai_assets_tests.raw.test_certificate import certificate

PROJECT = project_of(HOTEL)
RUNNING = {"CA1": "2025-03-01T23:59:00+00:00", "CA/2 é": "2025-03-01T22:00:00+00:00"}


def note(store: RawStore, day: date, in_progress: dict[str, str], project: Project = PROJECT) -> None:
    fetched = certificate(date=day, in_progress=in_progress, fetch_started_at=NOW)
    note_day(store, project, fetched)


def test_nothing_is_open_at_first(store: RawStore):
    assert read_unsettled(store, PROJECT) == {}


def test_a_day_with_conversations_in_progress_is_open(store: RawStore):
    note(store, DAY1, RUNNING)
    starts = {
        "CA1": datetime(2025, 3, 1, 23, 59, tzinfo=UTC),
        "CA/2 é": datetime(2025, 3, 1, 22, tzinfo=UTC),
    }
    assert read_unsettled(store, PROJECT) == {DAY1: OpenDay(NOW, starts)}


def test_a_day_without_is_not_entered(store: RawStore):
    note(store, DAY1, {})
    assert read_unsettled(store, PROJECT) == {}


def test_a_day_is_taken_out_when_nothing_in_it_is_in_progress(store: RawStore):
    note(store, DAY1, RUNNING)
    note(store, DAY2, RUNNING)
    note(store, DAY1, {})
    assert list(read_unsettled(store, PROJECT)) == [DAY2]


def test_a_newer_fetch_replaces_what_was_noted_of_the_day(store: RawStore):
    note(store, DAY1, RUNNING)
    note(store, DAY1, {"CA3": "2025-03-01T12:00:00+00:00"})
    assert list(read_unsettled(store, PROJECT)[DAY1].in_progress) == ["CA3"]


def test_each_project_has_its_own(store: RawStore):
    note(store, DAY1, RUNNING)
    note(store, DAY2, RUNNING, project_of(BANK))
    assert list(read_unsettled(store, PROJECT)) == [DAY1]
    assert list(read_unsettled(store, project_of(BANK))) == [DAY2]


def test_days_come_oldest_first(store: RawStore):
    for day in (DAY2, date(2024, 12, 31), DAY1):
        note(store, day, RUNNING)
    assert list(read_unsettled(store, PROJECT)) == [date(2024, 12, 31), DAY1, DAY2]


def test_runs_that_fetch_different_days_at_once_lose_nothing_of_each_others_notes(store: RawStore):
    days = [DAY1 + timedelta(days=n) for n in range(20)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda day: note(store, day, RUNNING), days))
        assert list(read_unsettled(store, PROJECT)) == days
        list(pool.map(lambda day: note(store, day, {}), days[::2]))
    assert list(read_unsettled(store, PROJECT)) == days[1::2]
