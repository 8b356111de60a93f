"""The index of the partitions that are not settled: small, so that a sensor need not read certificates.

A note is written before a fetch begins, so that a run that is killed leaves a trace; after it, it follows from the
certificate.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.machine.secrets import masked
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.decisions import read_refusal
from polyai_assets.raw.conversations.settle import State, Unsettled, state_of
from polyai_assets.raw.conversations.suspicion import FetchRefused
from polyai_assets.raw.dataset import CertificateUnreadable
from polyai_assets.raw.notes import DamagedNote, Notes
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight

FOLDER = "unsettled"

_NOTES = Notes(FOLDER, Unsettled)


def read_unsettled(store: RawStore) -> list[Unsettled]:
    """Read the partitions of all projects that are not settled, oldest first.

    One whose note is damaged is red, so that it is seen and fetched again.
    """
    notes, damaged = _NOTES.read_all(store)
    return sorted([*notes, *map(_unknown, damaged)], key=lambda note: (note.date, note.project))


def read_one(store: RawStore, partition: Partition) -> Unsettled | None:
    """Read the note of a partition; None when it is settled or was never fetched, or its note is damaged."""
    return _NOTES.read(store, partition)


def note_fetching(store: RawStore, partitions: Iterable[Partition], now: datetime) -> None:
    """Note that a run begins to fetch partitions. What was known of them stays, and since when one has been failing."""
    _NOTES.tidy(store, now)
    for partition in partitions:
        known = read_one(store, partition) or Unsettled(
            project=partition.project.key, date=partition.date, state=State.FETCHING, since=now
        )
        since = known.since if known.failures else now
        _NOTES.write(store, msgspec.structs.replace(known, state=State.FETCHING, since=since))


def note_fetched(store: RawStore, certificate: Certificate, settle_after: timedelta) -> None:
    """Note what follows from a certificate; a settled partition has no note."""
    if certificate.settled or certificate.is_retired:
        _NOTES.delete(store, certificate.partition)
    else:
        _NOTES.write(store, state_of(certificate, settle_after))


def note_moved_away(store: RawStore, partition: Partition, now: datetime) -> None:
    """Note that conversations of a day were found on another: it has to be looked at again, whole."""
    known = read_one(store, partition)
    if known is None:
        known = Unsettled(project=partition.project.key, date=partition.date, state=State.SETTLING, since=now)
        _NOTES.write(store, msgspec.structs.replace(known, look_again_at=now))


def note_failed(store: RawStore, partition: Partition, problem: str, now: datetime) -> None:
    """Note that a day could not be fetched, or that its fetch was refused."""
    known = read_one(store, partition) or Unsettled(
        project=partition.project.key, date=partition.date, state=State.RED, since=now
    )
    since = known.since if known.failures else now
    _NOTES.write(
        store,
        msgspec.structs.replace(
            known,
            state=State.RED,
            since=since,
            tried_at=now,
            problem=masked(problem),
            failures=known.failures + 1,
        ),
    )


def forget(store: RawStore, partition: Partition) -> None:
    """Forget what was noted of a day, of which nothing more is to be fetched."""
    _NOTES.delete(store, partition)


def rebuild(store: RawStore, project: Project, settle_after: timedelta, now: datetime) -> int:
    """Make the notes of a project again from its certificates and refusals; returns how many days are not settled.

    A day whose certificate or refusal is damaged is red by itself.
    """
    unsettled = 0
    for day in store.days(project):
        partition = Partition(project, day)
        try:
            unsettled += _rebuild_day(store, partition, settle_after)
        except CertificateUnreadable as error:
            note_failed(store, partition, str(error), now)
            unsettled += 1
    return unsettled


def _rebuild_day(store: RawStore, partition: Partition, settle_after: timedelta) -> bool:
    certificate = store.certificate(partition)
    if certificate is not None:
        note_fetched(store, certificate, settle_after)
    refusal = read_refusal(store, partition)
    if refusal is not None:
        note_failed(store, partition, str(FetchRefused(refusal)), refusal.fetched_at)
    if certificate is None or certificate.is_retired:
        return refusal is not None
    return refusal is not None or not certificate.settled


def _unknown(note: DamagedNote) -> Unsettled:
    problem = f"{note.problem}. It is fetched again by itself, and the note is written anew"
    return Unsettled(
        project=note.partition.project.key,
        date=note.partition.date,
        state=State.RED,
        since=midnight(note.partition.date),
        problem=problem,
    )
