"""The index of the days that are not settled, in a folder and in a bucket."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from polyai_assets.api.project import Project
from polyai_assets.automation.decide import Pace, ProjectView, decide
from polyai_assets.raw.conversations.settle import State
from polyai_assets.raw.conversations.unsettled import (
    FOLDER,
    note_failed,
    note_fetched,
    note_fetching,
    note_moved_away,
    read_one,
    read_unsettled,
    rebuild,
)
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets_tests.deployment import BANK, DAY1, DAY2, DAY3, HOTEL, NOW, partitions_of, project_of
from polyai_assets_tests.raw.conversations.test_certificate import certificate

PROJECT = project_of(HOTEL)
HOUR = timedelta(hours=1)
SETTLE = 2 * HOUR
RUNNING = {
    "CA1": datetime(2025, 3, 1, 23, 59, tzinfo=UTC),
    "CA/2 é": datetime(2025, 3, 1, 22, tzinfo=UTC),
}


def note(store: RawStore, day: date, project: Project = PROJECT, **changed: object) -> None:
    given = {"date": day, "project": project.key, "in_progress": RUNNING, "fetch_started_at": NOW} | changed
    note_fetched(store, certificate(**given), SETTLE)


def days(store: RawStore) -> list[date]:
    return [one.date for one in read_unsettled(store)]


def test_nothing_is_unsettled_at_first(store: RawStore):
    assert read_unsettled(store) == []


def test_a_day_with_conversations_in_progress_is_open(store: RawStore):
    note(store, DAY1)
    (found,) = read_unsettled(store)
    assert (found.project, found.date, found.state) == (HOTEL.key, DAY1, State.OPEN)
    assert (found.fetched_at, found.running) == (NOW, RUNNING)


def test_a_day_that_was_fetched_before_it_was_over_is_open(store: RawStore):
    note(store, NOW.date(), in_progress={})
    assert read_unsettled(store)[0].state is State.OPEN


def test_those_given_up_are_not_waited_for(store: RawStore):
    note(store, DAY1, given_up=["CA1", "CA/2 é"])
    (found,) = read_unsettled(store)
    assert (found.state, found.running) == (State.SETTLING, {})
    assert sorted(found.given_up) == ["CA/2 é", "CA1"]


def test_a_day_that_is_over_is_looked_at_again_when_it_should_have_settled(store: RawStore):
    note(store, DAY1, in_progress={}, last_end=datetime(2025, 3, 2, 1, tzinfo=UTC))
    (found,) = read_unsettled(store)
    assert (found.state, found.look_again_at) == (State.SETTLING, datetime(2025, 3, 2, 3, tzinfo=UTC))


def test_a_settled_day_is_taken_out(store: RawStore):
    note(store, DAY1)
    note(store, DAY2)
    note(store, DAY1, settled=True, in_progress={})
    assert days(store) == [DAY2]


def test_a_fetch_that_begins_is_noted_and_keeps_what_was_known(store: RawStore):
    note(store, DAY1)
    note_fetching(store, partitions_of(PROJECT, [DAY1, DAY2]), NOW + HOUR)
    first, second = read_unsettled(store)
    assert (first.state, first.since, first.running) == (State.FETCHING, NOW + HOUR, RUNNING)
    assert (second.state, second.fetched_at) == (State.FETCHING, None)


def test_a_failure_is_counted_and_told_until_a_fetch_is_good(store: RawStore):
    note(store, DAY1)
    for hours in (1, 2):
        note_failed(store, Partition(PROJECT, DAY1), f"for the reason {hours}", NOW + hours * HOUR)
    found = read_one(store, Partition(PROJECT, DAY1))
    assert found is not None
    assert (found.state, found.failures, found.problem) == (State.RED, 2, "for the reason 2")
    assert (found.since, found.tried_at, found.running) == (NOW + HOUR, NOW + 2 * HOUR, RUNNING)
    note(store, DAY1)
    again = read_one(store, Partition(PROJECT, DAY1))
    assert again is not None
    assert (again.state, again.failures, again.problem) == (State.OPEN, 0, "")


def test_failures_are_counted_through_the_notes_of_new_attempts(store: RawStore):
    for hours in (1, 2, 3):
        note_fetching(store, partitions_of(PROJECT, [DAY1]), NOW + hours * HOUR)
        note_failed(store, Partition(PROJECT, DAY1), "again", NOW + hours * HOUR)
    found = read_one(store, Partition(PROJECT, DAY1))
    assert found is not None
    assert (found.failures, found.since) == (3, NOW + HOUR)


def test_a_settled_day_that_conversations_have_left_is_looked_at_again(store: RawStore):
    note_moved_away(store, Partition(PROJECT, DAY2), NOW)
    (found,) = read_unsettled(store)
    assert (found.date, found.state, found.look_again_at) == (DAY2, State.SETTLING, NOW)


def test_a_day_that_is_followed_anyway_is_not_disturbed_by_that(store: RawStore):
    note(store, DAY1)
    before = read_unsettled(store)
    note_moved_away(store, Partition(PROJECT, DAY1), NOW + HOUR)
    assert read_unsettled(store) == before


def test_days_come_oldest_first_and_projects_do_not_mix(store: RawStore):
    for day in (DAY2, date(2024, 12, 31), DAY1):
        note(store, day)
    note(store, DAY1, project_of(BANK))
    assert days(store) == [date(2024, 12, 31), DAY1, DAY1, DAY2]
    note(store, DAY1, settled=True)
    assert [(one.project, one.date) for one in read_unsettled(store)][1] == (BANK.key, DAY1)


def test_it_is_made_again_from_the_certificates(store: RawStore):
    note(store, DAY3)  # left over: DAY3 was settled by a run that died before it said so
    expected = []
    for day, settled in ((DAY1, False), (DAY2, False), (DAY3, True)):
        written = certificate(date=day, settled=settled, in_progress=RUNNING, fetch_started_at=NOW)
        CONVERSATION_FILES.put(store, written)
        if not settled:
            note_fetched(store, written, SETTLE)
            expected.append(read_one(store, Partition(PROJECT, day)))
    store.delete(f"unsettled/us-1%2Facme%2Fhotel-bot@{DAY1}.json")
    assert rebuild(store, PROJECT, SETTLE, NOW) == 2
    assert read_unsettled(store) == expected


def test_runs_that_fetch_different_days_at_once_lose_nothing_of_each_others_notes(any_store: RawStore):
    listed = [DAY1 + timedelta(days=n) for n in range(20)]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda day: note(any_store, day), listed))
        assert days(any_store) == listed
        list(pool.map(lambda day: note(any_store, day, settled=True), listed[::2]))
    assert days(any_store) == listed[1::2]


DAMAGES = [b"", b"{", b'{"project": "\xff"}', b"[" * 100_000, b'{"project": 1}', b"\x00" * 100]


@pytest.mark.parametrize("content", DAMAGES)
def test_a_damaged_note_is_red_until_a_run_writes_it_anew_and_stops_nobody(store: RawStore, content: bytes):
    note(store, DAY1)
    note(store, DAY2)
    (name, _) = store.names(FOLDER)
    store.write(f"{FOLDER}/{name}", content)
    (damaged, other) = read_unsettled(store)
    assert (damaged.project, damaged.date, damaged.state) == (PROJECT.key, DAY1, State.RED)
    assert f"{FOLDER}/{name} cannot be read" in damaged.problem
    assert other.date == DAY2
    (wish,) = decide(ProjectView(days=[damaged]), Pace(), NOW)
    assert (wish.day, wish.around) == (DAY1, None)
    assert read_one(store, Partition(PROJECT, DAY1)) is None
    note_fetching(store, partitions_of(PROJECT, [DAY1]), NOW)
    begun = read_one(store, Partition(PROJECT, DAY1))
    assert begun is not None
    assert begun.state is State.FETCHING


def test_a_file_that_is_no_note_of_ours_is_left_alone(store: RawStore):
    store.write(f"{FOLDER}/README.txt", b"hello")
    store.write(f"{FOLDER}/a@b.json", b"hello")
    note(store, DAY1)
    assert days(store) == [DAY1]


def test_an_index_is_made_again_beside_a_day_whose_certificate_or_refusal_is_damaged(store: RawStore):
    for day in (DAY1, DAY2, DAY3):
        CONVERSATION_FILES.put(store, certificate(project=PROJECT.key, date=day, in_progress=RUNNING))
    store.write(f"{Partition(PROJECT, DAY1).folder}/certificate.json", b"{")
    store.write(f"{Partition(PROJECT, DAY2).folder}/refused.json", b"{")
    assert rebuild(store, PROJECT, SETTLE, NOW) == 3
    assert [(one.date, one.state) for one in read_unsettled(store)] == [
        (DAY1, State.RED),
        (DAY2, State.RED),
        (DAY3, State.OPEN),
    ]


def test_what_a_kill_left_of_a_note_is_removed_by_a_later_run(tmp_path: Path):
    store = RawStore(str(tmp_path))
    store.write(f"{FOLDER}/.abcd1234.tmp", b"{")
    note_fetching(store, partitions_of(PROJECT, [DAY1]), datetime.now(UTC))
    assert ".abcd1234.tmp" in store.names(FOLDER)
    note_fetching(store, partitions_of(PROJECT, [DAY1]), datetime.now(UTC) + 25 * HOUR)
    assert ".abcd1234.tmp" not in store.names(FOLDER)
