"""What the ingest step does with the days of one project: fetch them, commit each, load each.

A day that cannot be fetched, committed or loaded is red by itself; the others go on. The index of unsettled
days is told before a day is touched and after it was dealt with, so that a run that is killed leaves a trace.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.project import Project
from polyai_assets.assets.outcome import Outcome
from polyai_assets.assets.requests import commit_rules, fetch_request
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import DAY_PROFILES
from polyai_assets.raw.certificate import Certificate, CertificateUnreadable
from polyai_assets.raw.changes import read_changes
from polyai_assets.raw.commit import commit_day
from polyai_assets.raw.decisions import note_refusal
from polyai_assets.raw.fetch import fetch
from polyai_assets.raw.recordings.due import note_changed
from polyai_assets.raw.request import Fetch
from polyai_assets.raw.spool import Spool, spool
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.suspicion import FetchRefused
from polyai_assets.raw.top_up import top_up_windows
from polyai_assets.raw.unsettled import note_failed, note_fetched, note_fetching, note_moved_away
from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy
from polyai_assets.warehouse.partition import Partition, Staged
from polyai_assets.warehouse.replace import TooManyViolations, replace_partition

_STORE_TROUBLE = (OSError, CertificateUnreadable)
_LOAD_TROUBLE = (OSError, WarehouseBusy, duckdb.Error, pa.ArrowException, CertificateUnreadable)

log = logging.getLogger(__name__)

Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


class NothingInRawStore(Exception):
    """Tables were to be rebuilt for a day that was never fetched."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """Where the step reads and writes, and which of its two halves a run wants."""

    store: RawStore
    warehouse: Warehouse
    spool: Path
    connect: Connect
    fetches: bool
    loads: bool
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def run(
        self, config: ProjectConfig, days: Sequence[date], top_up_around: Sequence[datetime] | None = None
    ) -> Iterator[Outcome]:
        """Work through the days of a project; yields what became of each, in order.

        With `top_up_around`, the days are not fetched whole but topped up: with what began since their last
        fetch, and with the conversations that began at these moments.
        """
        if not self.fetches:
            for day in days:
                yield self._guarded(config.project, day, partial(self._replay, config, day))
            return
        try:
            note_fetching(self.store, config.project, days, self.now())
        except OSError as error:  # nothing could be committed: nobody is asked
            yield from (self._failed(config.project, day, error) for day in days)
            return
        with spool(self.spool, self.now()) as records:
            if top_up_around is None:
                yield from self._fetch(config, days, records)
                return
            for day in days:
                yield from self._fetch(config, [day], records, top_up_around)

    def _fetch(
        self,
        config: ProjectConfig,
        days: Sequence[date],
        records: Spool,
        top_up_around: Sequence[datetime] | None = None,
    ) -> Iterator[Outcome]:
        try:
            request = replace(
                fetch_request(config, days), not_before=self._newest_fetch(config.project, days)
            )
            if top_up_around is not None:
                current = self.store.certificate(config.project, days[0])
                request = replace(request, windows=top_up_windows(current, days[0], top_up_around))
            fetched = fetch(request, records, self.now)
        except (PolyAIError, *_STORE_TROUBLE) as error:
            log.error("%s", error)
            yield from (self._failed(config.project, day, error) for day in days)
            return
        for day in days:
            yield self._guarded(config.project, day, partial(self._commit, config, fetched, day))

    def _newest_fetch(self, project: Project, days: Sequence[date]) -> datetime | None:
        """Find when the newest fetch began that is kept of any of the days."""
        began = []
        for day in days:
            with suppress(*_STORE_TROUBLE):  # told when the day is committed, and red by itself
                certificate = self.store.certificate(project, day)
                began += [certificate.fetch_started_at] if certificate else []
        return max(began, default=None)

    def _guarded(self, project: Project, day: date, work: Callable[[], Outcome]) -> Outcome:
        """Deal with a day; what nobody foresaw makes this day red, and only this one."""
        try:
            return work()
        except _STORE_TROUBLE as error:
            return self._failed(project, day, error)
        except Exception as error:  # told in full in the log
            log.exception("%s %s met an error that nobody foresaw", project, day)
            return self._failed(project, day, error)

    def _commit(self, config: ProjectConfig, fetched: Fetch, day: date) -> Outcome:
        project = config.project
        if day in fetched.failed:
            return self._failed(project, day, fetched.failed[day])
        try:
            certificate = commit_day(self.store, fetched, day, commit_rules(config))
            note_refusal(self.store, project, day, None)
        except FetchRefused as error:
            note_refusal(self.store, project, day, error.refusal)
            return self._failed(project, day, error)
        outcome = self._load(config, certificate)
        if outcome.error is not None:
            self._note_red(project, day, outcome.error)
            return outcome
        if config.audio.calls != "none":
            note_changed(self.store, certificate, self.now())
        note_fetched(self.store, certificate, config.settle_after)
        for other in outcome.staged.elsewhere if outcome.staged else []:
            note_moved_away(self.store, project, other, self.now())
        return outcome

    def _failed(self, project: Project, day: date, error: Exception) -> Outcome:
        log.error("%s %s is red: %s", project, day, error)
        self._note_red(project, day, error)
        return Outcome(project, day, error=error)

    def _note_red(self, project: Project, day: date, error: Exception) -> None:
        try:
            note_failed(self.store, project, day, str(error), self.now())
        except OSError as trouble:
            log.error("%s %s: that it is red cannot be noted in the raw store: %s", project, day, trouble)

    def _replay(self, config: ProjectConfig, day: date) -> Outcome:
        project = config.project
        try:
            certificate = self.store.certificate(project, day)
        except _STORE_TROUBLE as error:
            log.error("%s %s could not be read: %s", project, day, error)
            return Outcome(project, day, error=error)
        if certificate is None:
            never = NothingInRawStore("never fetched: materialize raw_conversations first")
            return Outcome(project, day, error=never)
        return self._load(config, certificate)

    def _load(self, config: ProjectConfig, certificate: Certificate) -> Outcome:
        """Load a day from the raw store, again if another run has committed a newer fetch of it meanwhile."""
        project, day = config.project, certificate.date
        if not self.loads:
            return Outcome(project, day, certificate)
        try:
            with self.connect() as connection:
                while True:
                    until = certificate.fetch_started_at if certificate.is_provisional else None
                    version = certificate.query.get("api_version", "v3")
                    partition = Partition(project.key, project.region, day, until, version)
                    with self.store.records(certificate) as records:
                        changes = read_changes(self.store, certificate)
                        staged = replace_partition(
                            connection,
                            self.warehouse,
                            partition,
                            records,
                            changes,
                            config.max_violation_ratio,
                        )
                    newest = self.store.certificate(project, day)
                    if newest is None or newest.records_sha256 == certificate.records_sha256:
                        break
                    certificate = newest
        except TooManyViolations as error:
            log.error("%s %s is red: %s", project, day, error)
            return Outcome(project, day, certificate, error.staged, error=error)
        except _LOAD_TROUBLE as error:
            log.error("%s %s could not be loaded: %s", project, day, error)
            return Outcome(project, day, certificate, error=error)
        log.info("%s %s: %s", project, day, _describe(staged))
        return Outcome(project, day, certificate, staged)


def _describe(staged: Staged) -> str:
    counts = [(table, count) for table, count in staged.rows.items() if count and table != DAY_PROFILES.name]
    return ", ".join(f"{count:,} {table}" for table, count in counts) or "no conversations"
