"""The index of the partitions that are not settled: small, so that a sensor need not read certificates.

One small JSON file per partition, in one folder for the whole store: runs that fetch different days at the same
time do not overwrite each other's notes, and a single listing finds them all. A note is written before a fetch
begins, so that a run that is killed leaves a trace; after it, it follows from the certificate.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from urllib.parse import quote

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.raw.certificate import Certificate
from polyai_assets.raw.decisions import read_refusal
from polyai_assets.raw.settle import State, Unsettled, state_of
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.suspicion import FetchRefused

log = logging.getLogger(__name__)

FOLDER = "unsettled"


def read_unsettled(store: RawStore) -> list[Unsettled]:
    """Read the partitions of all projects that are not settled, oldest first."""
    found = []
    for content in store.read_all(FOLDER):
        try:
            found.append(msgspec.json.decode(content, type=Unsettled))
        except msgspec.MsgspecError as error:
            log.warning(
                "a note in %s/%s cannot be read (%s): `polyai status --rebuild` makes them again",
                store.url,
                FOLDER,
                error,
            )
    return sorted(found, key=lambda one: (one.date, one.project))


def read_one(store: RawStore, project: Project, day: date) -> Unsettled | None:
    """Read the note of a partition; None when it is settled or was never fetched."""
    content = store.read(_name(project.key, day))
    return msgspec.json.decode(content, type=Unsettled) if content else None


def note_fetching(store: RawStore, project: Project, days: Iterable[date], now: datetime) -> None:
    """Note that a run begins to fetch days. What was known of them stays, and since when a day has been failing."""
    for day in days:
        known = read_one(store, project, day) or Unsettled(
            project=project.key, date=day, state=State.FETCHING, since=now
        )
        since = known.since if known.failures else now
        _write(store, msgspec.structs.replace(known, state=State.FETCHING, since=since))


def note_fetched(store: RawStore, certificate: Certificate, settle_after: timedelta) -> None:
    """Note what follows from a certificate; a settled partition has no note."""
    if certificate.settled:
        store.delete(_name(certificate.project, certificate.date))
    else:
        _write(store, state_of(certificate, settle_after))


def note_moved_away(store: RawStore, project: Project, day: date, now: datetime) -> None:
    """Note that conversations of a day were found on another: it has to be looked at again, whole."""
    known = read_one(store, project, day)
    if known is None:
        known = Unsettled(project=project.key, date=day, state=State.SETTLING, since=now)
        _write(store, msgspec.structs.replace(known, look_again_at=now))


def note_failed(store: RawStore, project: Project, day: date, problem: str, now: datetime) -> None:
    """Note that a day could not be fetched, or that its fetch was refused."""
    known = read_one(store, project, day) or Unsettled(
        project=project.key, date=day, state=State.RED, since=now
    )
    since = known.since if known.failures else now
    _write(
        store,
        msgspec.structs.replace(
            known, state=State.RED, since=since, tried_at=now, problem=problem, failures=known.failures + 1
        ),
    )


def rebuild(store: RawStore, project: Project, settle_after: timedelta) -> int:
    """Make the notes of a project again from its certificates and refusals; returns how many days are not settled."""
    unsettled = 0
    for day in store.days(project):
        certificate = store.certificate(project, day)
        if certificate is not None:
            note_fetched(store, certificate, settle_after)
        refusal = read_refusal(store, project, day)
        if refusal is not None:
            note_failed(store, project, day, str(FetchRefused(refusal)), refusal.fetched_at)
        unsettled += refusal is not None or (certificate is not None and not certificate.settled)
    return unsettled


def _write(store: RawStore, unsettled: Unsettled) -> None:
    store.write(_name(unsettled.project, unsettled.date), msgspec.json.encode(unsettled))


def _name(project: str, day: date) -> str:
    return f"{FOLDER}/{quote(project, safe='')}@{day.isoformat()}.json"
