"""What the ingest step does with the days of one project: fetch them, commit each, load each.

A day that cannot be fetched, committed or loaded is red by itself; the others go on. The index of unsettled
days is written before a day is touched and after it was dealt with, so that a run that is killed leaves a trace.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from polyai_assets.api.errors import PolyAIError
from polyai_assets.assets.guard import NothingInRawStore, guarded
from polyai_assets.assets.loading import Loader, together
from polyai_assets.assets.outcome import Outcome
from polyai_assets.assets.requests import commit_rules, fetch_request
from polyai_assets.assets.step import DayWork
from polyai_assets.configuration import ProjectConfig
from polyai_assets.privacy.master_key import MasterKeyUnusable
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.conversations.decisions import note_refusal
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.request import Fetch, top_up_windows
from polyai_assets.raw.conversations.spool import Spool, spool
from polyai_assets.raw.conversations.suspicion import FetchRefused
from polyai_assets.raw.conversations.unsettled import (
    note_failed,
    note_fetched,
    note_fetching,
    note_moved_away,
)
from polyai_assets.raw.dataset import CertificateUnreadable
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.progress import Progress
from polyai_assets.raw.recordings.recordings_due import note_changed
from polyai_assets.raw.sealed_store import EncryptionMissing

_STORE_TROUBLE = (OSError, CertificateUnreadable, MasterKeyUnusable, EncryptionMissing)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest(DayWork):
    """Which of the step's two halves a run wants.

    With `top_up_around`, days are not fetched whole but topped up: with what began since their last fetch, and with the
    conversations that began at these moments.
    """

    fetches: bool
    loads: bool
    top_up_around: Sequence[datetime] | None = None

    @property
    def raises_alerts(self) -> bool:
        """Whether tables are loaded, in which something may be found."""
        return self.loads

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[Outcome]:
        """Work through partitions of a project; yields the outcome of each, in order."""
        if not self.fetches:
            # a replay says nothing of what is to be fetched: the index stays as it is
            for _, outcome in self._load(config, map(self._certified, partitions)):
                yield outcome
            return
        try:
            note_fetching(self.store, partitions, self.now())
            frames = self.store.frames(config.project.key)
        except _STORE_TROUBLE as error:  # nothing could be committed: PolyAI is not asked
            yield from (self._failed(partition, error) for partition in partitions)
            return
        with spool(self.spool, self.now(), frames) as records:
            if self.top_up_around is None:
                yield from self._fetch(config, partitions, records)
                return
            for partition in partitions:
                yield from self._fetch(config, [partition], records)

    def _fetch(
        self,
        config: ProjectConfig,
        partitions: Sequence[Partition],
        records: Spool,
    ) -> Iterator[Outcome]:
        try:
            request = replace(
                fetch_request(config, [partition.date for partition in partitions]),
                not_before=self._newest_fetch(partitions),
            )
            if self.top_up_around is not None:
                current = self.store.certificate(partitions[0])
                windows = top_up_windows(current, partitions[0].date, self.top_up_around)
                request = replace(request, windows=windows)
            fetched = fetch(request, records, self.now)
        except (PolyAIError, *_STORE_TROUBLE) as error:
            log.error("%s", error)
            yield from (self._failed(partition, error) for partition in partitions)
            return
        for day, outcome in self._load(config, self._committed(config, fetched, partitions)):
            if outcome.error is not None:
                self._note_red(outcome.partition, outcome.error)
                yield outcome
            else:
                yield guarded(
                    outcome.partition,
                    partial(self._note, config, day, outcome),
                    partial(self._red, outcome.partition),
                )

    def _committed(
        self, config: ProjectConfig, fetched: Fetch, partitions: Sequence[Partition]
    ) -> Iterator[Outcome]:
        """Commit the days of a fetch; it lets go of its records after the last, before that is loaded."""
        for partition in partitions:
            commit = partial(self._commit, config, fetched, partition)
            outcome = guarded(partition, commit, partial(Outcome.red, partition))
            if partition == partitions[-1]:
                fetched.entries.clear()
            yield outcome

    def _newest_fetch(self, partitions: Sequence[Partition]) -> datetime | None:
        """Find when the newest fetch began that is kept of any of the partitions."""
        began = []
        for partition in partitions:
            with suppress(*_STORE_TROUBLE):  # reported when the day is committed, and red by itself
                certificate = self.store.certificate(partition)
                began += [certificate.fetch_started_at] if certificate else []
        return max(began, default=None)

    def _commit(self, config: ProjectConfig, fetched: Fetch, partition: Partition) -> Outcome:
        if partition.date in fetched.failed:
            raise fetched.failed[partition.date]
        try:
            with Progress(
                str(partition), "writing", "records", done=len(fetched.entries.get(partition.date, ()))
            ):
                certificate = commit_day(self.store, fetched, partition.date, commit_rules(config))
        except FetchRefused as error:
            note_refusal(self.store, partition, error.refusal)
            raise
        note_refusal(self.store, partition, None)
        return Outcome(partition, certificate)

    def _load(self, config: ProjectConfig, days: Iterable[Outcome]) -> Iterator[tuple[Outcome, Outcome]]:
        """Load days that were committed; gives each with its outcome, in order."""
        loader = Loader(self, config, is_replay=not self.fetches)
        for group in together(days):
            yield from zip(group, loader.load(group) if self.loads else group, strict=True)

    def _note(self, config: ProjectConfig, day: Outcome, outcome: Outcome) -> Outcome:
        """Note in the index what a day that is green says of what is to be fetched."""
        if day.certificate is not None:
            if config.wants_recordings:
                note_changed(self.store, day.certificate, self.now())
            note_fetched(self.store, day.certificate, config.settle_after)
        for other in outcome.staged.elsewhere if outcome.staged else []:
            note_moved_away(self.store, Partition(outcome.partition.project, other), self.now())
        return outcome

    def _failed(self, partition: Partition, error: Exception) -> Outcome:
        log.error("%s is red: %s", partition, error)
        return self._red(partition, error)

    def _red(self, partition: Partition, error: Exception) -> Outcome:
        self._note_red(partition, error)
        return Outcome(partition, error=error)

    def _note_red(self, partition: Partition, error: Exception) -> None:
        try:
            note_failed(self.store, partition, str(error), self.now())
        except OSError as trouble:
            log.error("%s: that it is red cannot be noted in the raw store: %s", partition, trouble)

    def _certified(self, partition: Partition) -> Outcome:
        """Give a day as it was committed."""

        def read() -> Outcome:
            certificate = self.store.certificate(partition)
            if certificate is None:
                raise NothingInRawStore("never fetched: materialize raw_conversations first")
            return Outcome(partition, certificate)

        return guarded(partition, read, partial(Outcome.red, partition))
