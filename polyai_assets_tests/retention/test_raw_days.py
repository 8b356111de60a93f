"""Days of the raw store that are retired: what goes, what their certificates say, and what may be done with them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from polyai_assets.raw.conversations.certificate import TurnCount
from polyai_assets.raw.conversations.unsettled import note_failed, read_unsettled
from polyai_assets.raw.dataset import encode
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, ConversationsState, why_due
from polyai_assets.raw.kept_from import note_kept_from, read_kept_from
from polyai_assets.raw.partition import Partition, RawFile
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.recordings.recordings_due import note_changed, read_due
from polyai_assets.raw.retention_days import AUDIO, RAW, TEXT
from polyai_assets.raw.retired import read_retired
from polyai_assets.raw.retrieval.searches import SEARCH_FILES
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.retention.raw_days import (
    audio_days_due,
    mark_days,
    raw_days_due,
    raw_files,
    retire_audio_day,
    retire_raw_day,
)
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3, HOTEL, project_of
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

PROJECT = project_of(HOTEL)
AT = datetime(2025, 6, 1, 4, 30, tzinfo=UTC)
LATER = datetime(2025, 6, 2, 4, 30, tzinfo=UTC)
NAMES = ("CA-gone-01", "CA-moved-2", "CA-short-3", "CA-twice-4")


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(str(tmp_path / "raw"))


def put_day(store: RawStore, day: date) -> Partition:
    """Keep a day that names conversations wherever a certificate may, with a file of each kind."""
    gone, moved, short, twice = NAMES
    walk = Hours(0, 24).walk()
    kept = certificate(
        date=day,
        walks=[type(walk)("live", walk.start, walk.end, walk.pages, walk.closed_by, 0, [twice])],
        vanished={gone: AT},
        moved={moved: DAY3},
        in_progress={gone: AT},
        given_up=[gone],
        turns=TurnCount(12, 11, "on", 1, {short: (2, 1)}, tolerated=True),
        changes=[RawFile("x.changes", 3, "ab" * 32)],
        unreadable=0,
    )
    CONVERSATION_FILES.put(store, kept)
    partition = kept.partition
    for name in ("x.parquet", "x.changes", "left.parquet", "x.changes.damaged", ".abcdefgh.tmp"):
        store.write(f"{partition.folder}/{name}", b"said")
    for name in ("decisions.json", "refused.json", "details/d.parquet", "details/certificate.json"):
        store.write(f"{partition.folder}/{name}", b"{}")
    store.write(SEARCH_FILES.name(partition), b"{}")
    store.write(f"samples/{partition.folder}/1.json", b"{}")
    note_failed(store, partition, "no answer", AT)
    return partition


def files_in(store: RawStore) -> set[str]:
    root = Path(store.url)
    return {path.name for path in root.rglob("*") if path.is_file()} - {".gitignore"}


def test_a_retired_day_has_no_file_and_its_certificate_says_what_there_was(store: RawStore):
    day = put_day(store, DAY1)
    before = store.certificate(day)
    assert before is not None
    assert sum(raw_files(store, day).values()) == 5 * 4 + 6 * 2
    retire_raw_day(store, day, AT)
    retire_raw_day(store, day, LATER)
    assert files_in(store) == {"certificate.json"}
    after = store.certificate(day)
    assert after is not None
    assert after.retired == {RAW: AT}
    assert not any(name in encode(after).decode() for name in NAMES)
    for said in ("rows", "file", "content_sha256", "pages", "is_complete"):
        assert getattr(after, said) == getattr(before, said)
    assert read_unsettled(store) == []


def test_a_day_is_due_until_nothing_of_it_is_left(store: RawStore):
    for day in (DAY1, DAY2, DAY3):
        put_day(store, day)
    first, second = Partition(PROJECT, DAY1), Partition(PROJECT, DAY2)
    assert raw_days_due(store, PROJECT, DAY3) == [first, second]
    retire_raw_day(store, first, AT)
    assert raw_days_due(store, PROJECT, DAY3) == [second]
    store.write(DETAIL_FILES.name(first), b"{}")  # of a run that was at work meanwhile
    assert raw_days_due(store, PROJECT, DAY3) == [first, second]


def test_a_day_whose_certificate_is_lost_is_retired_as_well(store: RawStore):
    day = Partition(PROJECT, DAY1)
    store.write(f"{day.folder}/x.parquet", b"said")
    assert raw_days_due(store, PROJECT, DAY2) == [day]
    retire_raw_day(store, day, AT)
    assert (files_in(store), raw_days_due(store, PROJECT, DAY2)) == (set(), [])


def test_recordings_go_and_are_not_due_again(store: RawStore):
    day = put_day(store, DAY1)
    folder = RECORDING_FILES.folder(day)
    store.write(f"{folder}/{'a' * 40}.combined.redacted.wav", b"RIFF")
    store.write(f"{folder}/manifest.json", b"no manifest")
    assert audio_days_due(store, PROJECT, DAY1) == []
    assert audio_days_due(store, PROJECT, DAY2) == [day]
    retire_audio_day(store, day, AT)
    assert store.names(folder) == ["manifest.json"]
    assert audio_days_due(store, PROJECT, DAY2) == []
    assert read_retired(store, [day], {RAW, AUDIO}) == {day: {AUDIO: AT}}
    kept = store.certificate(day)
    assert kept is not None
    note_changed(store, kept, AT)
    assert read_due(store) == []


def test_marks_are_read_by_layer_and_one_that_cannot_be_read_is_none(store: RawStore):
    first, second = (put_day(store, day) for day in (DAY1, DAY2))
    mark_days(store, [first, Partition(PROJECT, DAY3)], TEXT, AT)
    mark_days(store, [first], TEXT, LATER)
    store.write(CONVERSATION_FILES.name(second), b"{")
    days = [first, second, Partition(PROJECT, DAY3)]
    assert read_retired(store, days, {RAW, TEXT}) == {first: {TEXT: AT}}
    assert read_retired(store, days, {RAW}) == {}


def test_details_of_a_retired_day_are_never_due():
    retired = ConversationsState("ab", 3, {}, {RAW: AT})
    assert why_due(retired, None, LATER) is None
    assert why_due(ConversationsState("ab", 3, {}), None, LATER) == "its details were never fetched"


def test_what_was_removed_once_is_not_kept_from_earlier(store: RawStore):
    note_kept_from(store, PROJECT, {RAW: DAY2, AUDIO: DAY3})
    note_kept_from(store, PROJECT, {RAW: DAY1})
    assert read_kept_from(store, PROJECT) == {RAW: DAY2, AUDIO: DAY3}
