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

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.project import Project
from polyai_assets.assets.guard import NothingInRawStore, guarded
from polyai_assets.assets.loading import load_newest
from polyai_assets.assets.outcome import Outcome
from polyai_assets.assets.requests import commit_rules, fetch_request
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.drift import drift_of_pages
from polyai_assets.contract.tables import DAY_PROFILES
from polyai_assets.raw.accepted_drift import read_accepted
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
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.partition import Partition, Staged
from polyai_assets.warehouse.replace import TooManyViolations, replace_partition

_STORE_TROUBLE = (OSError, CertificateUnreadable)

log = logging.getLogger(__name__)

Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


@dataclass(frozen=True, slots=True)
class Ingest:
    """Where the step reads and writes, and which of its two halves a run wants."""

    store: RawStore
    warehouse: Warehouse
    spool: Path
    connect: Connect
    fetches: bool
    loads: bool
    contract: Contract = PACKAGED
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
                # a replay says nothing of what is to be fetched: the index stays as it is
                yield guarded(
                    f"{config.project} {day}",
                    partial(self._replay, config, day),
                    partial(_unread, config.project, day),
                )
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
        return guarded(f"{project} {day}", work, partial(self._red, project, day))

    def _commit(self, config: ProjectConfig, fetched: Fetch, day: date) -> Outcome:
        project = config.project
        if day in fetched.failed:
            raise fetched.failed[day]
        try:
            certificate = commit_day(self.store, fetched, day, commit_rules(config))
        except FetchRefused as error:
            note_refusal(self.store, project, day, error.refusal)
            raise
        note_refusal(self.store, project, day, None)
        outcome = self._load(config, certificate)
        if outcome.error is not None:
            self._note_red(project, day, outcome.error)
            return outcome
        if config.wants_recordings:
            note_changed(self.store, certificate, self.now())
        note_fetched(self.store, certificate, config.settle_after)
        for other in outcome.staged.elsewhere if outcome.staged else []:
            note_moved_away(self.store, project, other, self.now())
        return outcome

    def _failed(self, project: Project, day: date, error: Exception) -> Outcome:
        log.error("%s %s is red: %s", project, day, error)
        return self._red(project, day, error)

    def _red(self, project: Project, day: date, error: Exception) -> Outcome:
        self._note_red(project, day, error)
        return Outcome(project, day, error=error)

    def _note_red(self, project: Project, day: date, error: Exception) -> None:
        try:
            note_failed(self.store, project, day, str(error), self.now())
        except OSError as trouble:
            log.error("%s %s: that it is red cannot be noted in the raw store: %s", project, day, trouble)

    def _replay(self, config: ProjectConfig, day: date) -> Outcome:
        certificate = self.store.certificate(config.project, day)
        if certificate is None:
            raise NothingInRawStore("never fetched: materialize raw_conversations first")
        return self._load(config, certificate)

    def _load(self, config: ProjectConfig, certificate: Certificate) -> Outcome:
        """Load a day from the raw store; where that fails, its records are kept all the same."""
        project, day = config.project, certificate.date
        if not self.loads:
            return Outcome(project, day, certificate)

        def load() -> Outcome:
            with self.connect() as connection:
                loaded, staged = load_newest(
                    certificate,
                    partial(self._replace, connection, config),
                    partial(self.store.certificate, project, day),
                )
            log.info("%s %s: %s", project, day, _describe(staged))
            accepted = read_accepted(self.store, project.key) if staged.drift else ()
            return Outcome(project, day, loaded, staged, accepted)

        def red(error: Exception) -> Outcome:
            staged = error.staged if isinstance(error, TooManyViolations) else None
            return Outcome(project, day, certificate, staged, error=error)

        return guarded(f"{project} {day}", load, red)

    def _replace(
        self, connection: duckdb.DuckDBPyConnection, config: ProjectConfig, certificate: Certificate
    ) -> Staged:
        project = config.project
        until = certificate.fetch_started_at if certificate.is_provisional else None
        version = certificate.query.get("api_version", "v3")
        drift = tuple(drift_of_pages(certificate.unknown, certificate.pages))
        partition = Partition(
            project.key, project.region, certificate.date, until, version, drift, self.contract
        )
        with self.store.records(certificate) as records:
            changes = read_changes(self.store, certificate)
            return replace_partition(
                connection, self.warehouse, partition, records, changes, config.max_violation_ratio
            )


def _unread(project: Project, day: date, error: Exception) -> Outcome:
    return Outcome(project, day, error=error)


def _describe(staged: Staged) -> str:
    counts = [(table, count) for table, count in staged.rows.items() if count and table != DAY_PROFILES.name]
    return ", ".join(f"{count:,} {table}" for table, count in counts) or "no conversations"
