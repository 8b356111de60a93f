"""Bringing the recordings of a day to what is wanted: a file and a line in the manifest for each."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.contract.recording import FAILED, NO_RECORDING, OK
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.decisions import read_decisions
from polyai_assets.raw.conversations.vanished import KEEP, VanishedPolicy
from polyai_assets.raw.progress import Progress
from polyai_assets.raw.recordings.fetch_recordings import (
    Fetcher,
    local_folder,
    read_found,
)
from polyai_assets.raw.recordings.manifest import (
    RECORDING_FILES,
    Key,
    Manifest,
    Recording,
)
from polyai_assets.raw.recordings.plan import Call, Plan, WantedRecordings, plan, read_calls
from polyai_assets.raw.recordings.wav import NotAWav
from polyai_assets.raw.store import RawStore

log = logging.getLogger(__name__)

_SAVE_EVERY = 200
"""Recordings between two writes of the manifest: what a kill costs is to ask again where there was none."""


@dataclass(slots=True)
class RecordedDay:
    """The recordings of a partition: those that are wanted, with their calls, and all that are known.

    `listed` are those of the manifest as this run has last read or written it. `asked` and `fetched` count what this
    run did. `error` says why the day is red: nothing could be fetched.
    """

    certificate: Certificate
    expected: Mapping[Key, Call]
    recordings: dict[Key, Recording] = field(default_factory=dict)
    listed: dict[Key, Recording] = field(default_factory=dict)
    asked: int = 0
    fetched: int = 0
    error: Exception | None = None

    @property
    def folder(self) -> str:
        """The folder of the files below the root of the raw store."""
        return RECORDING_FILES.folder(self.certificate.partition)

    @property
    def present(self) -> list[Recording]:
        """The recordings that are kept, in the order of their keys."""
        return [recording for _, recording in sorted(self.recordings.items()) if recording.status == OK]

    @property
    def without(self) -> list[Key]:
        """The wanted recordings that the API does not have."""
        return [key for key in self.expected if self._status(key) == NO_RECORDING]

    @property
    def failed(self) -> dict[Key, str]:
        """The wanted recordings that could not be fetched, with the reason of each."""
        return {
            key: self.recordings[key].reason if key in self.recordings else "NotAsked"
            for key in self.expected
            if self._status(key) == FAILED
        }

    def _status(self, key: Key) -> str:
        return self.recordings[key].status if key in self.recordings else FAILED


def collect(
    store: RawStore,
    certificate: Certificate,
    wanted: WantedRecordings,
    client: Callable[[], AgentsClient],
    spool: Path,
    now: Callable[[], datetime],
    vanished: VanishedPolicy = KEEP,
) -> RecordedDay:
    """Fetch what is missing of a day, and write its manifest.

    The client is made only if something is to be asked for. Raises OSError where the store cannot be read or
    written, and what making the client raises.
    """
    calls = read_calls(store, certificate)
    expected = wanted.expected(calls)
    day = RecordedDay(certificate, expected)
    with local_folder(spool, certificate.partition, now()) as local:
        manifest = RECORDING_FILES.read_or_none(store, certificate.partition)
        listed = manifest.recordings if manifest else []
        decided = read_decisions(store, certificate.partition).forget_vanished_until
        forgotten_until = vanished.forget_until(decided, now())
        if not vanished.keeps_text:
            calls, forgotten_until = [call for call in calls if not call.vanished], now()
        made = plan(expected, calls, listed, store.sizes(day.folder), forgotten_until)
        day.recordings = dict(made.known)
        day.listed = {recording.key: recording for recording in listed}
        _tidy(store, day, made, now)
        asking = set(made.ask)
        day.recordings |= {
            recording.key: recording
            for recording in listed
            if recording.key in asking and recording.status != OK
        }
        if made.ask:
            _fetch(store, day, made.ask, Fetcher(client(), store, day.folder, local, now))
        save(store, day)
    return day


def _tidy(store: RawStore, day: RecordedDay, made: Plan, now: Callable[[], datetime]) -> None:
    """Take up files that the manifest does not know, and remove those that belong to no recording."""
    for key in made.found:
        try:
            is_only = key not in day.expected  # it is not asked for any more
            day.recordings[key] = read_found(store, day.folder, key, now(), is_only=is_only)
        except NotAWav as error:
            log.warning("%s/%s: %s", day.folder, key.file, error)
            if key in day.expected:
                made.ask.append(key)
            else:
                reason = f"{type(error).__name__}: {error}"
                day.recordings[key] = Recording(
                    **key._asdict(), status=FAILED, reason=reason, fetched_at=now()
                )
    for file in made.drop:
        log.info("%s/%s is left over and is removed", day.folder, file)
        store.delete(f"{day.folder}/{file}")


def _fetch(store: RawStore, day: RecordedDay, keys: Sequence[Key], fetcher: Fetcher) -> None:
    name = str(day.certificate.partition)
    log.info("%s: fetching %s recordings", name, f"{len(keys):,}")
    failed = 0
    with Progress(name, "fetching", "recordings", len(keys)) as progress:
        for recording in fetcher.fetch(keys):
            day.recordings[recording.key] = recording
            failed += recording.status == FAILED
            progress.add(size=recording.bytes or 0)
            if progress.done % _SAVE_EVERY == 0:
                save(store, day)
    log.info("%s: %s", name, progress)
    day.asked = progress.done
    day.fetched = sum(day.recordings[key].status == OK for key in keys if key in day.recordings)
    breaker = fetcher.breaker
    if day.fetched and breaker.refusal is None:
        return  # the API is there: those that failed, and those after them, are named one by one
    if breaker.is_open or (failed == progress.done and not day.present):
        day.error = breaker.error


def save(store: RawStore, day: RecordedDay) -> None:
    """Write the manifest of a day, where it says something else by now.

    What another run has listed since stays listed: a file that came before one that did not, and the later asking.
    """
    certificate = day.certificate

    def build(current: Manifest | None) -> tuple[Manifest, None]:
        for listed in current.recordings if current else ():
            if day.listed.get(listed.key) != listed:
                ours = day.recordings.get(listed.key)
                day.recordings[listed.key] = listed if ours is None else max(ours, listed, key=_rank)
        _drop_erased(store, day)
        manifest = Manifest(
            project=certificate.project,
            date=certificate.date,
            of_records_sha256=certificate.records_sha256,
            recordings=[recording for _, recording in sorted(day.recordings.items())],
        )
        return current if manifest == current and current else manifest, None

    RECORDING_FILES.commit(store, certificate.partition, build, over_unreadable=True)
    day.listed = dict(day.recordings)


def _drop_erased(store: RawStore, day: RecordedDay) -> None:
    """Remove the recordings of conversations that were erased, also while this run was at work."""
    erased = Tombstones.read(store, day.certificate.partition.project)
    for key in [key for key in day.recordings if key.conversation_id in erased]:
        store.delete(f"{day.folder}/{key.file}")
        del day.recordings[key]


def _rank(recording: Recording) -> tuple[bool, datetime]:
    return recording.status == OK, recording.fetched_at
