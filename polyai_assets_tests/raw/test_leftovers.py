"""What killed runs leave in a folder of the raw store is removed by the next commit to it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.leftovers import remove_leftovers
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets_tests.deployment import DAY1
from polyai_assets_tests.raw.conftest import RULES, FetchDays
from polyai_assets_tests.raw.conversations.test_commit import FOLDER, PROJECT, change_one

LEFT = ("29991231T120000000000Z-0a1b2c3d.parquet", "29991231T120000000000Z-0a1b2c3d.changes", ".x8f2_k3q.tmp")
HOUR = timedelta(hours=1)


def leave(store: RawStore, *names: str) -> None:
    for name in names:
        store.write(f"{FOLDER}/{name}", b"whole records")


def test_a_commit_removes_what_no_certificate_names_and_nothing_else(
    store: RawStore, fetch_days: FetchDays, polyai: Simulator
):
    others = {"notes.parquet", "decisions.txt", ".other.program.tmp"}
    leave(store, *LEFT, *others)
    first = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    assert set(store.names(FOLDER)) == {
        *LEFT,
        *others,
        first.file.name,
        "certificate.json",
    }
    change_one(polyai)
    later = datetime.now(UTC) + 25 * HOUR
    second = commit_day(store, fetch_days(DAY1, now=later), DAY1, RULES)
    kept = [*(version.file for version in second.versions), *second.changes]
    assert len(kept) == 3
    assert set(store.names(FOLDER)) == {
        *(file.name for file in kept),
        "certificate.json",
        *others,
    }


def test_a_commit_that_changes_nothing_removes_leftovers_too(store: RawStore, fetch_days: FetchDays):
    commit_day(store, fetch_days(DAY1), DAY1, RULES)
    leave(store, *LEFT)
    certificate = commit_day(store, fetch_days(DAY1, now=datetime.now(UTC) + 25 * HOUR), DAY1, RULES)
    assert store.names(FOLDER) == sorted([certificate.file.name, "certificate.json"])


@pytest.mark.parametrize(("hours", "stays"), [(23, True), (25, False)])
def test_what_another_run_may_be_writing_stays(
    tmp_path: Path, fetch_days: FetchDays, hours: int, stays: bool
):
    store = RawStore(str(tmp_path / "raw"))
    leave(store, *LEFT)
    now = datetime.now(UTC)
    written = (now - hours * HOUR).timestamp()
    for name in LEFT:
        os.utime(tmp_path / "raw" / FOLDER / name, (written, written))
    commit_day(store, fetch_days(DAY1, now=now), DAY1, RULES)
    assert [(tmp_path / "raw" / FOLDER / name).exists() for name in LEFT] == [stays] * 3


def test_what_is_left_of_a_day_whose_certificate_was_lost_stays(store: RawStore, fetch_days: FetchDays):
    lost = commit_day(store, fetch_days(DAY1), DAY1, RULES)
    store.delete(f"{FOLDER}/certificate.json")
    now = datetime.now(UTC)
    commit_day(store, fetch_days(DAY1, now=now + HOUR), DAY1, RULES)
    commit_day(store, fetch_days(DAY1, now=now + 99 * HOUR), DAY1, RULES)
    assert lost.file.name in store.names(FOLDER)


def test_what_cannot_be_removed_makes_no_day_red(tmp_path: Path, fetch_days: FetchDays):
    store = RawStore(str(tmp_path / "raw"))
    (tmp_path / "raw" / FOLDER / ".x8f2_k3q.tmp").mkdir(parents=True)
    certificate = commit_day(store, fetch_days(DAY1, now=datetime.now(UTC) + 99 * HOUR), DAY1, RULES)
    assert store.certificate(Partition(PROJECT, DAY1)) == certificate


def test_a_folder_that_is_not_there_has_no_leftovers(store: RawStore):
    remove_leftovers(store, "us-1/nowhere", set(), datetime.now(UTC), spares_older=True)


def test_when_a_file_was_written_is_known_in_utc(store: RawStore):
    leave(store, "a")
    written_at = store.modified(f"{FOLDER}/a")
    assert written_at is not None
    assert abs(written_at - datetime.now(UTC)) < HOUR
    assert store.modified(f"{FOLDER}/b") is None
