"""What killed runs leave in a folder of the raw store: which of it is removed, and which stays."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from polyai_assets.raw.leftovers import LEFT_BEHIND, clean, remove_leftovers
from polyai_assets.raw.store import RawStore

FOLDER = "us-1/acme/hotel-bot/2025-03-01"
NAMED = "20260309T120000000000Z-0a1b2c3d.parquet"
EARLIER = "20260308T120000000000Z-0a1b2c3d.parquet"
ON_THEIR_WAY = (
    "29991231T120000000000Z-0a1b2c3d.parquet",
    "29991231T120000000000Z-0a1b2c3d.changes",
    ".x8f2_k3q.tmp",
)
ASIDE = "20260309T120000000000Z-0a1b2c3d.changes.damaged"
OF_OTHERS = ("certificate.json", "decisions.txt", "notes.parquet", ".other.program.tmp")
HOUR = timedelta(hours=1)
LATER = datetime.now(UTC) + LEFT_BEHIND + HOUR


def leave(store: RawStore, *names: str) -> None:
    for name in names:
        store.write(f"{FOLDER}/{name}", b"whole records")


def test_what_no_certificate_names_is_removed_and_nothing_else(store: RawStore) -> None:
    leave(store, NAMED, EARLIER, ASIDE, *ON_THEIR_WAY, *OF_OTHERS)
    clean(store, FOLDER, {NAMED}, {NAMED}, None, LATER)
    assert set(store.names(FOLDER)) == {NAMED, EARLIER, ASIDE, *OF_OTHERS}


def test_where_a_person_has_decided_to_forget_what_is_left_of_earlier_goes_too(store: RawStore) -> None:
    leave(store, NAMED, EARLIER, ASIDE, *ON_THEIR_WAY, *OF_OTHERS)
    clean(store, FOLDER, {NAMED}, {NAMED}, LATER, LATER)
    assert set(store.names(FOLDER)) == {NAMED, *OF_OTHERS}


def test_what_was_named_before_a_commit_and_is_no_more_goes_at_once(store: RawStore) -> None:
    leave(store, NAMED, EARLIER)
    clean(store, FOLDER, {EARLIER}, {NAMED}, None, datetime.now(UTC))
    assert store.names(FOLDER) == [NAMED]


@pytest.mark.parametrize(("hours", "stays"), [(23, True), (25, False)])
def test_what_another_run_may_be_writing_stays(store: RawStore, hours: int, stays: bool) -> None:
    leave(store, *ON_THEIR_WAY)
    now = datetime.now(UTC)
    written = (now - hours * HOUR).timestamp()
    for name in ON_THEIR_WAY:
        os.utime(Path(store.url) / FOLDER / name, (written, written))
    clean(store, FOLDER, set(), {NAMED}, None, now)
    assert set(store.names(FOLDER)) == (set(ON_THEIR_WAY) if stays else set())


def test_what_cannot_be_removed_is_no_error(store: RawStore, caplog: pytest.LogCaptureFixture) -> None:
    (Path(store.url) / FOLDER / ".x8f2_k3q.tmp").mkdir(parents=True)
    remove_leftovers(store, FOLDER, set(), LATER, spares_older=True)
    assert ".x8f2_k3q.tmp" in caplog.text


def test_a_folder_that_is_not_there_has_no_leftovers(any_store: RawStore) -> None:
    remove_leftovers(any_store, "us-1/nowhere", set(), datetime.now(UTC), spares_older=True)


def test_when_a_file_was_written_is_known_in_utc(any_store: RawStore) -> None:
    leave(any_store, "a")
    written_at = any_store.modified(f"{FOLDER}/a")
    assert written_at is not None
    assert abs(written_at - datetime.now(UTC)) < HOUR
    assert any_store.modified(f"{FOLDER}/b") is None
