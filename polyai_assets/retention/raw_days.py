"""Days of the raw store that were kept for long enough: found, and retired.

A certificate is marked before the files are removed, so that nothing reads what is about to go.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from msgspec.structs import replace

from polyai_assets.api.project import Project
from polyai_assets.privacy.scrub import Scrubber
from polyai_assets.raw.conversations import unsettled
from polyai_assets.raw.conversations.certificate import Certificate, decode
from polyai_assets.raw.conversations.records import read_rows
from polyai_assets.raw.dataset import Cleaning, DamagedRawFile, encode
from polyai_assets.raw.datasets import BESIDE_RECORDS
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.leftovers import DAMAGED
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.recordings.manifest import MANIFEST, RECORDING_FILES, Manifest
from polyai_assets.raw.recordings.recordings_due import forget_due
from polyai_assets.raw.retention_days import AUDIO, RAW
from polyai_assets.raw.retired import read_marks
from polyai_assets.raw.retrieval.samples import SAMPLE_FILES
from polyai_assets.raw.retrieval.searches import SEARCH_FILES
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore

_RECORDS = (".parquet", ".changes", DAMAGED, ".tmp")
_DECIDED = ("decisions.json", "refused.json")


def raw_files(store: RawStore, partition: Partition) -> dict[str, int]:
    """Give the files of a day that go with its raw records, by name, and their bytes: all but the certificate."""
    found = {
        f"{partition.folder}/{name}": size
        for name, size in store.sizes(partition.folder).items()
        if name.endswith(_RECORDS) or name in _DECIDED
    }
    for dataset in BESIDE_RECORDS:
        found |= dataset.sizes(store, partition)
    return found


def audio_files(store: RawStore, partition: Partition) -> dict[str, int]:
    """Give the recordings of a day, and what is on its way to be some, by name, and their bytes."""
    folder = RECORDING_FILES.folder(partition)
    return {f"{folder}/{name}": size for name, size in store.sizes(folder).items() if name != MANIFEST}


def raw_days_due(store: RawStore, project: Project, before: date) -> list[Partition]:
    """Find the days before a date whose raw records are not retired, or of which something has come since."""
    beside = {
        *_dates(store.names(SAMPLE_FILES.folder(Partition(project, before)).rpartition("/")[0])),
        *_dates(store.names(SEARCH_FILES.name(Partition(project, before)).rpartition("/")[0])),
    }
    days = [Partition(project, day) for day in store.days(project) if day < before]
    certificates = store.read_some(map(CONVERSATION_FILES.name, days))
    marked = [day for day in days if RAW in read_marks(certificates.get(CONVERSATION_FILES.name(day), b""))]
    detailed = {*store.read_some(map(DETAIL_FILES.name, marked))}
    due = {day for day in marked if DETAIL_FILES.name(day) in detailed}  # of a run that was at work meanwhile
    due |= {
        day
        for day in {*days} - {*marked}
        if CONVERSATION_FILES.name(day) in certificates or raw_files(store, day)
    }
    listed = {Partition(project, day) for day in beside if day < before} - due
    return sorted(due | {day for day in listed if raw_files(store, day)})  # an empty folder may be left


def audio_days_due(store: RawStore, project: Project, before: date) -> list[Partition]:
    """Find the days before a date whose recordings are not retired."""
    folder = RECORDING_FILES.folder(Partition(project, before)).rpartition("/")[0]
    days = [Partition(project, day) for day in _dates(store.names(folder)) if day < before]
    manifests = store.read_some(map(RECORDING_FILES.name, days))
    return [
        day
        for day in days
        if AUDIO not in read_marks(manifest := manifests.get(RECORDING_FILES.name(day), b""))
        and (manifest or audio_files(store, day))
    ]


def retire_raw_day(store: RawStore, partition: Partition, at: datetime) -> None:
    """Remove the raw records of a day with all that goes with them; its certificate says so, and what there was.

    Raises CertificateUnreadable and StoreUnavailable.
    """

    def build(current: Certificate | None) -> tuple[Certificate, Cleaning | None]:
        if current is None:
            raise LookupError(partition)  # only a day that has a certificate is asked for
        if current.is_retired:
            return current, None
        return _without_names(store, current, at), Cleaning(at, None)

    if store.certificate(partition) is not None:
        CONVERSATION_FILES.commit(store, partition, build)
    for name in raw_files(store, partition):
        store.delete(name)
    unsettled.forget(store, partition)
    forget_due(store, partition)


def retire_audio_day(store: RawStore, partition: Partition, at: datetime) -> None:
    """Remove the recordings of a day; its manifest says so. Raises StoreUnavailable."""

    def build(current: Manifest | None) -> tuple[Manifest, None]:
        if current is not None and current.retired_at is not None and not current.recordings:
            return current, None
        before = current.of_records_sha256 if current else ""
        retired = Manifest(
            project=partition.project.key,
            date=partition.date,
            of_records_sha256=before,
            recordings=[],
            retired_at=at,
        )
        return retired, None

    RECORDING_FILES.commit(store, partition, build, over_unreadable=True)
    for name in audio_files(store, partition):
        store.delete(name)
    forget_due(store, partition)


def mark_days(store: RawStore, partitions: Iterable[Partition], layer: str, at: datetime) -> None:
    """Mark that nothing of a layer is kept of days any more, in those that have a certificate."""

    def build(current: Certificate | None) -> tuple[Certificate, Cleaning | None]:
        if current is None:
            raise LookupError(layer)  # only days that have one are asked for
        if layer in current.retired:
            return current, None
        return replace(current, retired={**current.retired, layer: at}), None

    for partition in partitions:
        if store.certificate(partition) is not None:
            CONVERSATION_FILES.commit(store, partition, build)


def _without_names(store: RawStore, current: Certificate, at: datetime) -> Certificate:
    """Give a certificate that says what there was, and names no conversation."""
    names = {*_identities(store, current), *current.moved, *current.vanished, *current.in_progress}
    names |= {*current.turns.lost, *current.given_up}
    clean = decode(Scrubber(names).json(encode(current)))
    return replace(
        clean,
        file=current.file,
        changes=current.changes,
        versions=[],
        moved={},
        vanished={},
        in_progress={},
        given_up=[],
        turns=replace(clean.turns, lost={}),
        walks=[replace(walk, duplicates=[]) for walk in clean.walks],
        retired={**current.retired, RAW: at},
    )


def _identities(store: RawStore, current: Certificate) -> Iterator[str]:
    """Name the conversations of a day; none where its file is damaged."""
    try:
        with store.local_file(current, current.file) as path:
            yield from [row.identity for row in read_rows(path)]
    except DamagedRawFile:
        return


def _dates(names: Iterable[str]) -> Iterator[date]:
    for name in names:
        try:
            yield date.fromisoformat(name[:10])
        except ValueError:
            continue
