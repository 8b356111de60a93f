"""Erasing conversations from what else the raw store keeps of a day: details, recordings, searches, samples, notes."""

from collections.abc import Set
from datetime import UTC, datetime
from itertools import product
from secrets import token_hex

from msgspec.structs import replace

from polyai_assets.api.query import DIRECTIONS
from polyai_assets.contract.detail import FOUND, MISSING, UNREADABLE
from polyai_assets.privacy.scrub import Scrubber
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.unsettled import FOLDER as UNSETTLED
from polyai_assets.raw.dataset import Cleaning, encode
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.details.files import Asked, DetailWriter, read_details
from polyai_assets.raw.disk import naming_what_is_full, temporary_folder
from polyai_assets.raw.partition import Partition, RawFile
from polyai_assets.raw.recordings.manifest import RECORDING_FILES, Key, Manifest
from polyai_assets.raw.recordings.recordings_due import FOLDER as RECORDINGS_DUE
from polyai_assets.raw.retrieval.samples import SAMPLE_FILES
from polyai_assets.raw.retrieval.searches import SEARCH_FILES, Answers, without_erased
from polyai_assets.raw.store import RawStore


def erase_details(store: RawStore, conversations: Certificate, names: Set[str]) -> int:
    """Erase the details of conversations from a day, of every state that is kept; gives how many files were written.

    `conversations` is the day's certificate after they were erased from it. Raises DamagedRawFile.
    """
    partition, written = conversations.partition, 0
    if DETAIL_FILES.read(store, partition) is None:
        return 0

    def build(current: DetailsCertificate | None) -> tuple[DetailsCertificate, Cleaning | None]:
        nonlocal written
        if current is None:
            raise LookupError(partition)  # only a day that has details is asked for
        files: dict[RawFile, RawFile] = {}
        counts: dict[str, int] = {}
        for file in {*current.versions, current.file}:
            new, erased = _without(store, current, file, names)
            if new != file:
                files[file] = new
            if file == current.file:
                counts = erased
        written = len(files)
        scrubbed = Scrubber(names).json(encode(current))
        if not files and scrubbed == encode(current):
            return current, None
        certificate = replace(
            DETAIL_FILES.read_as(store, partition, DETAIL_FILES.name(partition), scrubbed),
            file=files.get(current.file, current.file),
            versions=[files.get(file, file) for file in current.versions],
            of_records_sha256=conversations.records_sha256,
            conversations=conversations.rows,
            in_progress=len(conversations.in_progress),
            found=current.found - counts.get(FOUND, 0),
            missing=current.missing - counts.get(MISSING, 0),
            unreadable=current.unreadable - counts.get(UNREADABLE, 0),
            not_asked=current.not_asked - len(names & current.errors.keys()),
        )
        return certificate, Cleaning(datetime.now(UTC), None)

    DETAIL_FILES.commit(store, partition, build)
    return written


def _without(
    store: RawStore, current: DetailsCertificate, file: RawFile, names: Set[str]
) -> tuple[RawFile, dict[str, int]]:
    """Give the file of details that stands for one, and how many of the listed were left out, by status."""
    erased: dict[str, int] = {}
    is_new = False
    with DETAIL_FILES.open_file(store, current, file) as path, temporary_folder() as folder:
        listed = {
            row["conversation_id"]: row["listed"] for row in read_details(path, ["conversation_id", "listed"])
        }
        local = folder / "details.parquet"
        with naming_what_is_full(local), DetailWriter(local, listed.__getitem__, lambda *_: None) as writer:
            for row in read_details(path):
                if row["conversation_id"] not in names:
                    writer.add(Asked(*(row[name] for name in Asked._fields)), row["payload"])
                    continue
                is_new = True
                if row["listed"]:
                    erased[row["status"]] = erased.get(row["status"], 0) + 1
        if not is_new:
            return file, erased
        name = f"{file.name.partition('-')[0]}-{token_hex(4)}.parquet"
        return DETAIL_FILES.put_file(store, current.partition, name, local), erased


def erase_recordings(store: RawStore, conversations: Certificate, names: Set[str]) -> int:
    """Remove the recordings of conversations of a day, and their lines in its manifest; gives how many were removed."""
    partition = conversations.partition
    folder = RECORDING_FILES.folder(partition)
    there = set(store.names(folder))
    keys = (Key(*key) for key in product(sorted(names), DIRECTIONS, (True, False)))
    files = [key.file for key in keys if key.file in there]
    for file in files:
        store.delete(f"{folder}/{file}")

    def build(current: Manifest | None) -> tuple[Manifest, None]:
        if current is None:
            raise LookupError(partition)  # only a day that has a manifest is asked for
        kept = [recording for recording in current.recordings if recording.conversation_id not in names]
        if len(kept) == len(current.recordings):
            return current, None
        return replace(current, recordings=kept, of_records_sha256=conversations.records_sha256), None

    if RECORDING_FILES.read_or_none(store, partition) is not None:
        RECORDING_FILES.commit(store, partition, build)
    return len(files)


def erase_retrieval(store: RawStore, partition: Partition, names: Set[str]) -> int:
    """Erase conversations from the answers of searches and the samples of a day; gives how many files were written.

    Their tombstones must be there.
    """
    written = 0

    def build(current: Answers | None) -> tuple[Answers, None]:
        if current is None:
            raise LookupError(partition)  # only a day that has answers is asked for
        kept = without_erased(store, current)
        return current if kept == current else kept, None

    before = SEARCH_FILES.read(store, partition)
    if before is not None:
        written += SEARCH_FILES.commit(store, partition, build) != before
    samples = SAMPLE_FILES.folder(partition)
    return written + scrub_files(store, [f"{samples}/{name}" for name in store.names(samples)], names)


def scrub_notes(store: RawStore, partition: Partition, names: Set[str]) -> int:
    """Take names out of what people and runs have noted of a day; gives how many files were written."""
    notes = [f"{partition.folder}/{name}" for name in ("decisions.json", "refused.json")]
    for folder in (UNSETTLED, RECORDINGS_DUE):
        notes += [f"{folder}/{name}" for name in store.names(folder) if str(partition.date) in name]
    return scrub_files(store, notes, names)


def scrub_files(store: RawStore, files: list[str], names: Set[str]) -> int:
    """Take names out of small files of JSON; gives how many were written."""
    scrubber, written = Scrubber(names), 0
    for name, content in store.read_some(files).items():
        clean = scrubber.json(content)
        if clean != content:
            store.write(name, clean)
            written += 1
    return written
