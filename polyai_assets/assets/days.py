"""What the ingest step does with the days of one project: fetch them, commit each, load each.

A day that cannot be fetched, committed or loaded is red by itself; the others go on.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.project import Project
from polyai_assets.api.query import ConversationQuery
from polyai_assets.assets.outcome import Outcome
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.certificate import Certificate, CertificateUnreadable
from polyai_assets.raw.commit import commit_day
from polyai_assets.raw.fetch import Fetch, FetchRequest, fetch
from polyai_assets.raw.spool import spool
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.unsettled import note_day
from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy
from polyai_assets.warehouse.partition import Partition, Staged
from polyai_assets.warehouse.replace import replace_partition

_STORE_TROUBLE = (OSError, CertificateUnreadable)
_LOAD_TROUBLE = (OSError, WarehouseBusy, duckdb.Error, pa.ArrowException)

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

    def run(self, config: ProjectConfig, days: Sequence[date]) -> Iterator[Outcome]:
        """Work through the days of a project; yields what became of each, in order."""
        if not self.fetches:
            for day in days:
                yield self._replay(config.project, day)
            return
        with spool(self.spool) as records:
            try:
                fetched = fetch(fetch_request(config, days), records)
            except PolyAIError as error:
                log.error("%s", error)
                yield from (Outcome(config.project, day, error=error) for day in days)
                return
            for day in days:
                yield self._commit(fetched, day)

    def _commit(self, fetched: Fetch, day: date) -> Outcome:
        project = fetched.request.project
        if day in fetched.failed:
            return Outcome(project, day, error=fetched.failed[day])
        try:
            certificate = commit_day(self.store, fetched, day)
            note_day(self.store, project, certificate)
        except _STORE_TROUBLE as error:
            log.error("%s %s could not be committed: %s", project, day, error)
            return Outcome(project, day, error=error)
        return self._load(project, certificate)

    def _replay(self, project: Project, day: date) -> Outcome:
        try:
            certificate = self.store.certificate(project, day)
        except _STORE_TROUBLE as error:
            log.error("%s %s could not be read: %s", project, day, error)
            return Outcome(project, day, error=error)
        if certificate is None:
            never = f"{day} of {project} was never fetched: materialize raw_conversations for it first"
            return Outcome(project, day, error=NothingInRawStore(never))
        return self._load(project, certificate)

    def _load(self, project: Project, certificate: Certificate) -> Outcome:
        day = certificate.date
        if not self.loads:
            return Outcome(project, day, certificate)
        partition = Partition(project.key, project.region, day)
        try:
            with self.connect() as connection, self.store.records(project, certificate) as records:
                staged = replace_partition(connection, self.warehouse, partition, records)
        except _LOAD_TROUBLE as error:
            log.error("%s %s could not be loaded: %s", project, day, error)
            return Outcome(project, day, certificate, error=error)
        log.info("%s %s: %s", project, day, _describe(staged))
        return Outcome(project, day, certificate, staged)


def fetch_request(config: ProjectConfig, days: Sequence[date]) -> FetchRequest:
    """Make a configured project's request for days. Raises MissingKey."""
    return FetchRequest(
        connection=config.connection(),
        days=tuple(days),
        client_envs=config.client_env,
        query=ConversationQuery(**filters(config)),
        page_size=config.page_size,
        parallel_windows=config.parallel_windows,
    )


def filters(config: ProjectConfig) -> dict[str, Any]:
    """Give the filters and options of every query of a project."""
    names = (
        "channels",
        "variant_id",
        "variant_name",
        "include_latency",
        "include_turn_metadata",
        "include_context_state",
    )
    return {name: getattr(config, name) for name in names}


def _describe(staged: Staged) -> str:
    return (
        ", ".join(f"{count:,} {table}" for table, count in staged.rows.items() if count) or "no conversations"
    )
