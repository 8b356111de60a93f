"""Files of the raw store that are damaged: they are never believed, and the next fetch of the day replaces them."""

import logging
from datetime import datetime, timedelta

import pytest

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.changes import LOST, VANISHED, read_changes
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.decisions import forget_vanished
from polyai_assets.raw.conversations.suspicion import Doubt, FetchRefused
from polyai_assets.raw.dataset import DamagedRawFile
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.plan import read_calls
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import Window, midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_commit import FOLDER, change_one, payloads_of
from polyai_assets_tests.raw.damaging import damage, place_of

PROJECT = project_of(HOTEL)
HOUR = timedelta(hours=1)
HOWS = ("flipped", "torn", "gone")


class Days:
    """Fetches and commits the day, an hour later each time."""

    def __init__(self, store: RawStore, fetch_days: FetchDays, polyai: Simulator) -> None:
        self.store, self._fetch_days, self._polyai = store, fetch_days, polyai
        self.now = NOW

    def commit(self, *windows: Window) -> Certificate:
        self.now += HOUR
        fetched = self._fetch_days(DAY1, now=self.now, windows=windows)
        return commit_day(self.store, fetched, DAY1, RULES)

    def ids(self) -> list[str]:
        return [one["id"] for one in self._polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))]

    def remove(self, *names: str) -> None:
        for name in names:
            self._polyai.remove(HOTEL.key, name)

    def fates(self) -> list[tuple[str, datetime, str, str]]:
        current = self.store.certificate(Partition(PROJECT, DAY1))
        assert current is not None
        return [
            (one["conversation_id"], one["changed_at"], one["before"], one["after"])
            for one in read_changes(self.store, current)
        ]


@pytest.fixture
def days(store: RawStore, fetch_days: FetchDays, polyai: Simulator) -> Days:
    return Days(store, fetch_days, polyai)


def test_damaged_records_are_not_read(days: Days):
    made = days.commit()
    damage(days.store, made, made.file, "flipped")
    with pytest.raises(DamagedRawFile):
        payloads_of(days.store, made)
    with pytest.raises(DamagedRawFile):
        read_calls(days.store, made)


@pytest.mark.parametrize("how", HOWS)
def test_the_next_fetch_replaces_a_damaged_file_also_by_the_same_records(
    days: Days, how: str, caplog: pytest.LogCaptureFixture
):
    made = days.commit()
    good = payloads_of(days.store, made)
    damage(days.store, made, made.file, how)
    again = days.commit()
    assert payloads_of(days.store, again) == good
    assert again.file.name != made.file.name
    assert [version.file for version in again.versions] == [again.file]
    assert [name for name in days.store.names(FOLDER) if name.endswith(".parquet")] == [again.file.name]
    (warning,) = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert f"{place_of(made, made.file)} is" in warning
    assert warning.endswith("replaced by what was fetched now")


def test_what_only_an_earlier_state_holds_is_taken_from_there(days: Days, polyai: Simulator):
    gone, later, *_ = days.ids()
    days.commit()
    days.remove(gone)
    found_at = days.commit().fetch_started_at
    change_one(polyai)
    made = days.commit()
    damage(days.store, made, made.file, "flipped")
    days.remove(later)
    again = days.commit()
    assert again.vanished == {gone: found_at, later: days.now}
    assert len(payloads_of(days.store, again)) == 3
    assert made.file not in [version.file for version in again.versions]


def test_changes_that_were_told_are_not_told_again_when_a_damaged_file_is_replaced(
    days: Days, polyai: Simulator
):
    days.commit()
    change_one(polyai)
    made = days.commit()
    told = days.fates()
    assert told != []
    damage(days.store, made, made.file, "flipped")
    days.commit()
    assert days.fates() == told


def test_one_that_vanished_and_returned_meanwhile_is_not_taken_for_vanished(days: Days, polyai: Simulator):
    name, *_ = days.ids()
    record = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))[0]
    days.commit()
    days.remove(name)
    days.commit()
    polyai.put(HOTEL.key, record)
    made = days.commit()
    damage(days.store, made, made.file, "torn")
    again = days.commit()
    assert (again.vanished, again.rows) == ({}, 3)
    assert [fate[2:] for fate in days.fates()] == [("present", "vanished"), ("vanished", "present")]


def test_vanished_records_that_only_the_damaged_file_held_are_lost_and_told_so(
    days: Days, caplog: pytest.LogCaptureFixture
):
    gone, *_ = days.ids()
    first = days.commit()
    days.remove(gone)
    made = days.commit()
    for file in (first.file, made.file):
        damage(days.store, made, file, "torn")
    again = days.commit()
    assert (again.vanished, again.rows) == ({}, 2)
    assert days.fates()[-1] == (gone, days.now, VANISHED, LOST)
    assert f"Lost are records of vanished conversations: {gone}" in caplog.text


def test_what_was_to_be_forgotten_is_not_lost_and_does_not_come_back(days: Days):
    gone, *_ = days.ids()
    days.commit()
    days.remove(gone)
    made = days.commit()
    damage(days.store, made, made.file, "torn")
    forget_vanished(days.store, Partition(PROJECT, DAY1), "ada", days.now + HOUR / 2)
    again = days.commit()
    assert (again.vanished, again.rows) == ({}, 2)
    assert LOST not in [fate[-1] for fate in days.fates()]


def test_a_part_of_a_day_does_not_take_the_place_of_a_damaged_whole(days: Days):
    made = days.commit()
    damage(days.store, made, made.file, "flipped")
    with pytest.raises(DamagedRawFile):
        days.commit(Window(midnight(DAY1), midnight(DAY1) + HOUR))
    assert days.store.certificate(Partition(PROJECT, DAY1)) == made
    assert days.commit().rows == 3


def test_a_fetch_that_brings_far_less_than_a_damaged_file_held_is_not_believed(days: Days, polyai: Simulator):
    for number in range(20):
        polyai.put(HOTEL.key, {"id": f"CA-{number}", "started_at": f"{DAY1}T10:00:00Z"})
    made = days.commit()
    damage(days.store, made, made.file, "gone")
    days.remove(*days.ids()[:15])
    with pytest.raises(FetchRefused) as refused:
        days.commit()
    assert refused.value.refusal.doubt is Doubt.FEWER


def test_a_damaged_file_of_changes_is_told_and_the_next_fetch_does_without_it(
    days: Days, polyai: Simulator, caplog: pytest.LogCaptureFixture
):
    gone, *_ = days.ids()
    days.commit()
    change_one(polyai)
    made = days.commit()
    (file,) = made.changes
    content = days.store.read(place_of(made, file)) or b""
    days.store.write(place_of(made, file), content.replace(b"+1", b"+7"))
    with pytest.raises(DamagedRawFile, match=file.name):
        days.fates()
    days.remove(gone)
    days.commit()
    assert days.fates() == [(gone, days.now, "present", "vanished")]
    assert file.name not in days.store.names(FOLDER)
    assert days.store.read(f"{place_of(made, file)}.damaged") == content.replace(b"+1", b"+7")
    assert f"{file.name} is damaged: its changes count no more; what is left is in" in caplog.text
    for _ in range(2):
        current = days.commit()
        assert current.changes_lost == [file.name]
        assert days.store.read(f"{place_of(made, file)}.damaged")
