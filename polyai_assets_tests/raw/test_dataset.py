"""What every dataset of the raw store guarantees of a commit, whatever is kept in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from polyai_assets.raw.conversations.certificate import Version
from polyai_assets.raw.dataset import CertificateUnreadable, Certified, Cleaning, DamagedRawFile, Dataset
from polyai_assets.raw.datasets import DATASETS
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.leftovers import LEFT_BEHIND
from polyai_assets.raw.partition import Partition, RawFile
from polyai_assets.raw.recordings.manifest import RECORDING_FILES, Manifest
from polyai_assets.raw.retrieval.samples import SAMPLE_FILES, Drawing
from polyai_assets.raw.retrieval.searches import SEARCH_FILES, Answers
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets_tests.checks.test_details_complete import details
from polyai_assets_tests.raw.conversations.test_certificate import Hours, certificate

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
PARTITION = Partition.parse("2026-03-01|us-1/acme/hotel-bot")
OF = {"project": PARTITION.project.key, "date": PARTITION.date}
NAMES = [f"20260309T12000000000{number}Z-0a1b2c3d.parquet" for number in range(5)]
"""What files of records are called."""


@dataclass(frozen=True)
class Family:
    """A dataset, and how a certificate of it is made, on top of an earlier one and with a new file, if it has files.

    `fetch_again` is the command that its messages name.
    """

    dataset: Dataset[Any]
    make: Callable[[str, Certified | None, RawFile | None], Any]
    fetch_again: str
    has_files: bool = True


def of_conversations(label: str, current: Any, file: RawFile | None) -> Any:
    assert file is not None
    versions = [*(current.versions if current else []), Version(label, file)]
    return replace(certificate(Hours(0, 24), **OF, fetch_id=label), file=file, versions=versions)


def of_details(label: str, current: Any, file: RawFile | None) -> Any:
    assert file is not None
    return replace(
        details(**OF, id=label), file=file, versions=[*(current.versions if current else []), file]
    )


BACKFILL = "polyai backfill us-1/acme/hotel-bot --since 2026-03-01 --until 2026-03-01"
FAMILIES = {
    "conversations": Family(CONVERSATION_FILES, of_conversations, BACKFILL),
    "details": Family(DETAIL_FILES, of_details, f"{BACKFILL} --details"),
    "recordings": Family(
        RECORDING_FILES,
        lambda label, *_: Manifest(**OF, of_records_sha256=label, recordings=[]),
        f"{BACKFILL} --audio",
        has_files=False,
    ),
    "searches": Family(
        SEARCH_FILES,
        lambda label, *_: Answers(**OF, version=int(label), searches=[]),
        f"{BACKFILL} --searches",
        has_files=False,
    ),
    "samples": Family(
        SAMPLE_FILES,
        lambda label, *_: Drawing(
            **OF, number=1, wanted=int(label), drawn_at=NOW, asks={}, ids=[], code_version="1"
        ),
        "dg launch --assets qa_samples --partition '2026-03-01|us-1/acme/hotel-bot'",
        has_files=False,
    ),
}


@dataclass
class Committing:
    """Commits numbered certificates of a family, each with a file of its own."""

    family: Family
    store: RawStore
    local: Path

    @property
    def dataset(self) -> Dataset[Any]:
        return self.family.dataset

    @property
    def current(self) -> Any:
        return self.dataset.read(self.store, PARTITION)

    @property
    def files(self) -> list[str]:
        own = self.dataset.name(PARTITION).rpartition("/")[2]
        return [
            name for name in self.store.names(self.dataset.folder(PARTITION)) if name not in (own, "details")
        ]

    def commit(self, number: int, meanwhile: Callable[[], object] = lambda: None, now: datetime = NOW) -> Any:
        """Commit, and let something else happen between building and putting, the first time."""
        happens = [meanwhile]

        def build(current: Any) -> tuple[Any, Cleaning | None]:
            file = self.put(NAMES[number]) if self.family.has_files else None
            made = self.family.make(str(number), current, file)
            if happens:
                happens.pop()()
            return made, Cleaning(now, None) if self.family.has_files else None

        return self.dataset.commit(self.store, PARTITION, build)

    def put(self, name: str) -> RawFile:
        path = self.local / name
        path.write_bytes(name.encode())
        return self.dataset.put_file(self.store, PARTITION, name, path)


SLOW = pytest.mark.slow
PLACES = [
    *(pytest.param(("store", name), id=name) for name in FAMILIES),
    *(pytest.param(("store_in_s3", name), id=f"{name}-S3", marks=SLOW) for name in ("details", "searches")),
]
"""The datasets in a folder, and one of each kind in a bucket: with files beside the certificate, and without."""


@pytest.fixture
def work(request: pytest.FixtureRequest, tmp_path: Path) -> Committing:
    place, name = request.param
    return Committing(FAMILIES[name], request.getfixturevalue(place), tmp_path)


every_dataset = pytest.mark.parametrize("work", PLACES, indirect=True)
with_files = pytest.mark.parametrize(
    "work", [place for place in PLACES if FAMILIES[place.values[0][1]].has_files], indirect=True
)


def test_no_dataset_is_left_out() -> None:
    tested = sorted(family.dataset.asset for family in FAMILIES.values())
    assert tested == sorted(dataset.asset for dataset in DATASETS)


@every_dataset
def test_nothing_was_committed_at_first(work: Committing) -> None:
    assert work.current is None


@every_dataset
def test_what_is_committed_is_current(work: Committing) -> None:
    made = work.commit(1)
    assert work.current == made
    again = work.commit(2)
    assert work.current == again != made


@every_dataset
def test_a_certificate_that_is_given_back_stays_and_nothing_is_written(work: Committing) -> None:
    made = work.commit(1)
    before = work.store.modified(work.dataset.name(PARTITION))
    kept = work.dataset.commit(work.store, PARTITION, lambda current: (current, None))
    assert (kept, work.store.modified(work.dataset.name(PARTITION))) == (made, before)


@every_dataset
def test_what_another_run_committed_meanwhile_is_built_upon_and_leaves_no_file_that_is_not_named(
    work: Committing,
) -> None:
    work.commit(1)
    built_on: list[Any] = []
    made = work.commit(3, meanwhile=lambda: built_on.append(work.commit(2)))
    assert work.current == made
    if work.family.has_files:
        assert NAMES[2] in {file.name for file in built_on[0].files}
        assert sorted(work.files) == [NAMES[1], NAMES[2], NAMES[3]]


@every_dataset
def test_an_error_while_building_changes_nothing(work: Committing) -> None:
    made = work.commit(1)

    def fail() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        work.commit(2, meanwhile=fail)
    assert work.current == made


@pytest.mark.parametrize("work", PLACES[: len(FAMILIES)], indirect=True)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b"null"])
def test_a_certificate_that_cannot_be_read_is_named_with_what_to_do_and_is_never_taken_for_none(
    work: Committing, content: bytes
) -> None:
    work.commit(1)
    work.store.write(work.dataset.name(PARTITION), content)
    with pytest.raises(CertificateUnreadable) as raised:
        _ = work.current
    for part in (work.dataset.name(PARTITION), f"`{work.family.fetch_again}`"):
        assert part in str(raised.value)
    with pytest.raises(CertificateUnreadable):
        work.commit(2)
    assert work.store.read(work.dataset.name(PARTITION)) == content


@every_dataset
def test_what_can_be_made_again_is_committed_over_a_certificate_that_cannot_be_read(
    work: Committing, caplog: pytest.LogCaptureFixture
) -> None:
    work.store.write(work.dataset.name(PARTITION), b"{")
    made = work.family.make("1", None, RawFile("x", 1, "y"))
    work.dataset.commit(work.store, PARTITION, lambda current: (made, None), over_unreadable=True)
    assert work.current == made
    assert work.dataset.name(PARTITION) in caplog.text


@every_dataset
def test_other_partitions_are_left_alone(work: Committing) -> None:
    work.commit(1)
    for other in (
        Partition(PARTITION.project, date(2026, 3, 2)),
        Partition.parse("2026-03-01|uk-1/acme/hotel-bot"),
    ):
        assert work.dataset.read(work.store, other) is None


@with_files
@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_a_damaged_file_is_named_with_the_command_that_replaces_it_and_an_earlier_one_is_found(
    work: Committing, how: str
) -> None:
    work.commit(1)
    made = work.commit(2)
    name = f"{work.dataset.folder(PARTITION)}/{NAMES[2]}"
    content = work.store.read(name)
    assert content is not None
    if how == "gone":
        work.store.delete(name)
    else:
        work.store.write(name, content[:-1] if how == "cut" else bytes([content[0] ^ 1, *content[1:]]))
    with (
        pytest.raises(DamagedRawFile, match=f"{NAMES[2]} is .*: `{work.family.fetch_again}`"),
        work.dataset.open_file(work.store, made, made.file),
    ):
        pass
    with pytest.raises(DamagedRawFile):
        work.dataset.read_file(work.store, made, made.file)
    assert not work.dataset.is_sound(work.store, made)
    with work.dataset.newest_sound(work.store, made) as path:
        assert path is not None
        assert path.name == NAMES[1]


@with_files
def test_what_killed_runs_left_is_removed_by_the_next_commit_when_it_is_a_day_old(work: Committing) -> None:
    work.commit(1)
    work.put(NAMES[4])
    folder = work.dataset.folder(PARTITION)
    work.store.write(f"{folder}/.abcdefgh.tmp", b"on its way")
    work.store.write(f"{folder}/notes by a person.txt", b"stays")
    soon, later = (
        datetime.now(UTC) + wait for wait in (timedelta(hours=1), LEFT_BEHIND + timedelta(hours=1))
    )
    work.commit(2, now=soon)
    assert {NAMES[4], ".abcdefgh.tmp"} <= {*work.files}
    work.commit(3, now=later)
    assert sorted(work.files) == sorted([NAMES[1], NAMES[2], NAMES[3], "notes by a person.txt"])


@pytest.mark.slow
@pytest.mark.parametrize("work", [("store_in_s3", "details")], indirect=True)
def test_a_damaged_file_of_a_bucket_leaves_no_local_copy(
    work: Committing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = work.commit(1)
    work.store.write(f"{work.dataset.folder(PARTITION)}/{NAMES[1]}", b"damaged")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with pytest.raises(DamagedRawFile), work.dataset.open_file(work.store, made, made.file):
        pass
    assert list(temporary.iterdir()) == []
