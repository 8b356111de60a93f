"""Conversations that have vanished and are forgotten on request: nothing of the day holds them any more."""

import io
from datetime import UTC, date, datetime, timedelta

import msgspec
import pyarrow.parquet as pq
import pytest

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.changes import WHOLE, Change, forgotten_in, read_changes
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.decisions import forget_vanished
from polyai_assets.raw.conversations.request import Fetch
from polyai_assets.raw.leftovers import leftover_before
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.raw.windows import Window, midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1, DAY2, HOTEL, NOW, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_commit import FOLDER

PROJECT = project_of(HOTEL)
HOUR = timedelta(hours=1)
LEFT = "20250301T120000000000Z-0a1b2c3d.parquet"


def holding(store: RawStore, name: str) -> list[str]:
    """The files in the day's folder that hold a conversation."""
    contents = {file: store.read(f"{FOLDER}/{file}") or b"" for file in store.names(FOLDER)}
    return [
        file
        for file, content in contents.items()
        if name.encode() in (told(content) if file.endswith(".parquet") else content)
    ]


def told(content: bytes) -> bytes:
    return repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()


class Days:
    """A day whose first conversation changes twice and vanishes, and whose second changes."""

    def __init__(self, store: RawStore, fetch_days: FetchDays, polyai: Simulator) -> None:
        self.store, self._fetch_days, self.polyai = store, fetch_days, polyai
        self.now = NOW
        self.gone, self.other, *_ = polyai.conversations(HOTEL.key, midnight(DAY1), midnight(DAY2))
        self.name = self.gone["id"]
        self.commit()
        for text in ("first", "second"):
            self.change(self.gone, text)
            self.change(self.other, text)
            self.commit()
        polyai.remove(HOTEL.key, self.name)
        self.current = self.commit()

    def change(self, record: dict[str, object], text: str) -> None:
        self.polyai.put(HOTEL.key, record | {"from_number": text})

    def commit(self, *windows: Window, now: datetime | None = None) -> Certificate:
        return commit_day(self.store, self.fetch(DAY1, windows=windows, now=now), DAY1, RULES)

    def fetch(self, *days: date, windows: tuple[Window, ...] = (), now: datetime | None = None) -> Fetch:
        self.now = now or self.now + HOUR
        return self._fetch_days(*days, now=self.now, windows=windows)

    def forget(self, at: datetime | None = None) -> None:
        forget_vanished(self.store, Partition(PROJECT, DAY1), "ada: erasure", at or self.now + HOUR / 2)

    def changes(self) -> list[tuple[str, str, str, str]]:
        current = self.store.certificate(Partition(PROJECT, DAY1))
        assert current is not None
        return [
            (one["conversation_id"], one["field"], one["before"], one["after"])
            for one in read_changes(self.store, current)
        ]


@pytest.fixture
def days(store: RawStore, fetch_days: FetchDays, polyai: Simulator) -> Days:
    return Days(store, fetch_days, polyai)


def test_after_it_no_file_of_the_day_holds_them(days: Days):
    # four states, the changes between them, the certificate
    assert len(holding(days.store, days.name)) == 8
    others = [change for change in days.changes() if change[0] != days.name]
    assert len(others) == 2
    days.forget()
    made = days.commit()
    assert holding(days.store, days.name) == []
    assert (made.rows, made.vanished) == (2, {})
    assert [version.file for version in made.versions] == [made.file]
    assert days.changes() == others
    assert len([name for name in days.store.names(FOLDER) if name.endswith((".parquet", ".changes"))]) == 2


def test_a_part_of_the_day_is_enough(days: Days):
    days.forget()
    days.commit(Window(midnight(DAY1), midnight(DAY1) + timedelta(microseconds=1)))
    assert holding(days.store, days.name) == []


def test_without_a_decision_all_of_it_stays(days: Days):
    days.commit()
    assert len(holding(days.store, days.name)) == 8
    assert [change[1:] for change in days.changes() if change[0] == days.name][-1] == (
        WHOLE,
        "present",
        "vanished",
    )


def test_one_that_vanished_after_the_decision_is_kept_and_its_changes_are(days: Days):
    days.forget()
    days.polyai.remove(HOTEL.key, days.other["id"])
    made = days.commit()
    assert list(made.vanished) == [days.other["id"]]
    assert [change[3] for change in days.changes()] == ["first", "second", "vanished"]


def test_states_are_kept_again_afterwards(days: Days):
    days.forget()
    days.commit()
    for text in ("third", "fourth"):
        days.change(days.other, text)
        made = days.commit()
    assert len(made.versions) == 3
    assert [change[3] for change in days.changes()] == ["first", "second", "third", "fourth"]


def test_one_that_returned_keeps_its_changes(days: Days):
    days.change(days.gone, "third")
    days.forget()
    days.commit()
    mine = [change[1:] for change in days.changes() if change[0] == days.name]
    assert (WHOLE, "vanished", "present") in mine
    assert ("from_number", "first", "second") in mine


def test_what_an_earlier_forgetting_left_in_earlier_states_is_removed_by_another(days: Days):
    contents = {name: days.store.read(f"{FOLDER}/{name}") for name in days.store.names(FOLDER)}
    days.forget()
    made = days.commit()
    for name, content in contents.items():
        if name.endswith((".parquet", ".changes")):
            days.store.write(f"{FOLDER}/{name}", content or b"")
    left = msgspec.structs.replace(
        made, versions=[*days.current.versions, *made.versions], changes=days.current.changes
    )
    CONVERSATION_FILES.put(days.store, left)
    assert len(holding(days.store, days.name)) == 7
    days.forget()
    days.commit()
    assert holding(days.store, days.name) == []


def test_what_a_killed_run_left_before_the_decision_goes_too_however_young(days: Days):
    days.store.write(f"{FOLDER}/{LEFT}", days.store.read(f"{FOLDER}/{days.current.file.name}") or b"")
    days.commit(now=datetime.now(UTC) + HOUR)
    assert LEFT in days.store.names(FOLDER)
    days.forget(datetime.now(UTC) + 2 * HOUR)
    days.commit(now=datetime.now(UTC) + 3 * HOUR)
    assert holding(days.store, days.name) == []


def test_what_is_written_after_the_decision_is_no_leftover():
    assert leftover_before(None, NOW) == NOW - 24 * HOUR
    assert leftover_before(NOW - HOUR, NOW) == NOW - HOUR
    assert leftover_before(NOW - 48 * HOUR, NOW) == NOW - 24 * HOUR
    assert leftover_before(NOW + HOUR, NOW) == NOW


def test_changes_of_whom_the_day_holds_no_more_are_forgotten_unless_they_are_newer():
    left = [
        Change(name, NOW, WHOLE, "present", fate) for name, fate in (("A", "vanished"), ("B", "moved to …"))
    ]
    changes = [*left, Change("C", NOW, "x", "", "y"), Change("D", NOW + HOUR, WHOLE, "present", "vanished")]
    assert forgotten_in(changes, NOW, {"C"}) == {"A", "B"}
    assert forgotten_in(changes, NOW - HOUR, {"C"}) == set()


def test_one_that_moves_in_the_fetch_that_forgets_keeps_its_changes(days: Days):
    days.forget()
    days.polyai.put(HOTEL.key, days.other | {"started_at": f"{DAY2}T10:00:00Z", "from_number": "second"})
    fetched = days.fetch(DAY1, DAY2)
    commit_day(days.store, fetched, DAY1, RULES)
    assert holding(days.store, days.name) == []
    assert [change[3] for change in days.changes()] == ["first", "second", f"moved to {DAY2}"]
    days.forget()
    days.commit()
    assert days.changes() == []
