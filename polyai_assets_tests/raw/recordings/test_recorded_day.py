"""Two runs that write the manifest of a day: neither takes from it what the other has listed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from polyai_assets.contract.recording import FAILED, NO_RECORDING, OK
from polyai_assets.raw.recordings.manifest import RECORDING_FILES, Manifest, Recording
from polyai_assets.raw.recordings.recorded_day import RecordedDay, save
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

NOW = datetime(2025, 3, 2, tzinfo=UTC)
WHOLE = certificate(Hours(0, 24))


def recording(name: str, status: str = OK, minutes: int = 0) -> Recording:
    at = NOW + timedelta(minutes=minutes)
    return Recording(conversation_id=name, direction="combined", redacted=True, status=status, fetched_at=at)


class Run:
    """A run that has read the manifest, and lists more."""

    def __init__(self, store: RawStore) -> None:
        self._store = store
        self.day = RecordedDay(WHOLE, {})
        listed = self.listed
        self.day.listed = {one.key: one for one in listed}
        self.day.recordings = dict(self.day.listed)

    def save(self, *recordings: Recording) -> None:
        self.day.recordings |= {one.key: one for one in recordings}
        save(self._store, self.day)

    def forget(self, one: Recording) -> None:
        del self.day.recordings[one.key]
        save(self._store, self.day)

    @property
    def listed(self) -> list[Recording]:
        manifest = RECORDING_FILES.read_or_none(self._store, WHOLE.partition)
        return manifest.recordings if manifest else []


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(str(tmp_path))


def test_what_another_run_has_listed_meanwhile_stays(store: RawStore):
    one, other = Run(store), Run(store)
    other.save(recording("theirs"))
    one.save(recording("ours"))
    other.save(recording("theirs again"))
    assert [each.conversation_id for each in one.listed] == ["ours", "theirs", "theirs again"]


@pytest.mark.parametrize(
    ("ours", "theirs", "stays"),
    [
        (recording("a", FAILED, 5), recording("a", OK, 0), OK),
        (recording("a", OK, 0), recording("a", FAILED, 5), OK),
        (recording("a", FAILED, 5), recording("a", NO_RECORDING, 0), FAILED),
        (recording("a", FAILED, 0), recording("a", NO_RECORDING, 5), NO_RECORDING),
    ],
)
def test_a_file_that_came_counts_and_else_the_later_asking(
    store: RawStore, ours: Recording, theirs: Recording, stays: str
):
    one, other = Run(store), Run(store)
    other.save(theirs)
    one.save(ours)
    assert [each.status for each in one.listed] == [stays]


def test_what_a_run_takes_out_of_the_list_does_not_come_back(store: RawStore):
    first = recording("forgotten")
    RECORDING_FILES.put(
        store, Manifest(project=WHOLE.project, date=WHOLE.date, of_records_sha256="", recordings=[first])
    )
    one, other = Run(store), Run(store)
    other.save(recording("b"))
    one.forget(first)
    assert [each.conversation_id for each in one.listed] == ["b"]
    one.save(replace(first, status=FAILED))
    assert len(one.listed) == 2
