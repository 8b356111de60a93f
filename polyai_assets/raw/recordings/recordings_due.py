"""The index of the partitions whose recordings are to be looked at: small, so that a sensor reads nothing else.

A note is written when the conversations of a
day have changed, and before its recordings are fetched, so that a run that is killed leaves a trace; it is gone when
nothing is to come any more.
"""

from datetime import UTC, datetime, timedelta

from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.notes import Notes
from polyai_assets.raw.partition import Partition, Partitioned
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.trouble import MOST_FAILURES, growing_pause

FOLDER = "recordings_due"
_FIRST_WAIT = timedelta(minutes=15)
_LONGEST_WAIT = timedelta(hours=6)


class Due(Partitioned, frozen=True, kw_only=True):
    """A partition whose recordings are to be looked at from `at` on; `failures` is how often in a row that failed."""

    at: datetime
    reason: str
    failures: int = 0


_NOTES = Notes(FOLDER, Due)


def read_due(store: RawStore) -> list[Due]:
    """Read the index, oldest day first. A day whose note is damaged is due at once."""
    notes, damaged = _NOTES.read_all(store)
    at_once = datetime.min.replace(tzinfo=UTC)
    unknown = [_due(note.partition, at_once, note.problem) for note in damaged]
    return sorted([*notes, *unknown], key=lambda note: (note.date, note.project))


def note_changed(store: RawStore, certificate: Certificate, now: datetime) -> None:
    """Note that a day is to be looked at, if its recordings were last asked for of other conversations."""
    manifest = RECORDING_FILES.read_or_none(store, certificate.partition)
    if manifest is not None and manifest.retired_at is not None:
        return
    if manifest is None or manifest.of_records_sha256 != certificate.records_sha256:
        _NOTES.write(store, _due(certificate.partition, now, "its conversations have changed"))


def note_begun(store: RawStore, partition: Partition, now: datetime) -> Due:
    """Note that a run begins with a day; gives what was known of it."""
    known = _NOTES.read(store, partition)
    if known is None:
        known = _due(partition, now, "the run that fetched them was interrupted")
        _NOTES.write(store, known)
    return known


def note_done(store: RawStore, partition: Partition, next_look: datetime | None) -> None:
    """Note that nothing is to be done for a day, or not before `next_look`: recordings may still come."""
    if next_look is None:
        _NOTES.delete(store, partition)
    else:
        _NOTES.write(store, _due(partition, next_look, "recordings may have come meanwhile"))


def forget_due(store: RawStore, partition: Partition) -> None:
    """Forget that a day is to be looked at."""
    _NOTES.delete(store, partition)


def note_failed(store: RawStore, known: Due, now: datetime) -> None:
    """Note that some or all recordings of a day could not be fetched: ever more rarely they are tried again."""
    failures = known.failures + 1
    if failures >= MOST_FAILURES:
        _NOTES.delete(store, known.partition)
        return
    at = now + growing_pause(_FIRST_WAIT, _LONGEST_WAIT, failures - 1)
    reason = f"recordings could not be fetched ({failures} times in a row)"
    _NOTES.write(store, Due(project=known.project, date=known.date, at=at, reason=reason, failures=failures))


def _due(partition: Partition, at: datetime, reason: str) -> Due:
    return Due(project=partition.project.key, date=partition.date, at=at, reason=reason)
