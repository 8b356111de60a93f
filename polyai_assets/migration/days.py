"""What the step `migration_parity` does with the days of one project: fetch each from both versions, compare, list.

Both versions are asked anew, at the same time, and what they send is not kept: a record of the raw store that was
fetched some hours earlier would show changes of the meantime as differences between the versions. One day at a time,
so that memory does not grow with the range. A day that fails is red by itself.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

import dagster as dg
import pyarrow as pa

from polyai_assets.api.errors import PolyAIError, TransientError
from polyai_assets.api.halt import Halt
from polyai_assets.api.versions import API_VERSIONS
from polyai_assets.assets.guard import guarded
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.requests import fetch_request
from polyai_assets.assets.step import DayWork
from polyai_assets.checks.verdict import Verdict
from polyai_assets.configuration import MissingKey, ProjectConfig
from polyai_assets.contract.tables import MIGRATION_PARITY
from polyai_assets.migration.check import judge
from polyai_assets.migration.compare import compare_day
from polyai_assets.migration.parity import DayParity
from polyai_assets.migration.versions import CountDoubted, NothingToCompare, versions_of
from polyai_assets.raw.conversations.fetch import fetch
from polyai_assets.raw.conversations.proof import ProofState
from polyai_assets.raw.conversations.request import Fetch, FetchRequest
from polyai_assets.raw.conversations.spool import Spool, spool
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.trouble import EVERY_WINDOW
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.replace import replace_tables

_FOLDER = "comparison"
"""Below the spool, so that no run that keeps records goes on with walks of a comparison."""

_OF_EVERY_DAY = (*EVERY_WINDOW, MissingKey, NothingToCompare)
"""Errors that every other day of the project would meet."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ParityOutcome(PartitionOutcome):
    """One partition after a run: how the versions compare, and the error if it is red."""

    options = ("--compare",)

    parity: DayParity | None = None

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge how the versions compare."""
        return judge(self.partition, self.parity, self.error)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the partition."""
        if self.parity is None:
            return {}
        return {
            "dagster/partition_row_count": len(self.parity.rows),
            "old_version": self.parity.versions.old,
            "new_version": self.parity.versions.new,
            "conversations": self.parity.conversations,
            "equal": self.parity.equal,
            "in_flight": self.parity.in_flight,
            "to_look_at": len(self.parity.to_look_at()),
            "compared_at": dg.MetadataValue.timestamp(self.parity.compared_at),
        }


class Comparing(DayWork):
    """Compares what two versions of the API say of a day."""

    __slots__ = ()

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[ParityOutcome]:
        """Work through partitions of a project; yields the outcome of each, in order."""
        last: Exception | None = None
        for partition in partitions:
            if isinstance(last, _OF_EVERY_DAY):
                log.error("%s is red: %s", partition, last)
                yield ParityOutcome.red(partition, last)
                continue
            outcome = self._guarded(config, partition, hasty=isinstance(last, TransientError))
            last = outcome.error
            yield outcome

    def _guarded(self, config: ProjectConfig, partition: Partition, *, hasty: bool) -> ParityOutcome:
        """Compare a partition; whatever happens makes this one red, and only this one."""

        def compare() -> ParityOutcome:
            parity = self._compare(config, partition.date, hasty=hasty)
            with self.connect() as connection:
                replace_tables(
                    connection, self.warehouse, Load(partition), {MIGRATION_PARITY: rows_of(parity)}
                )
            log.info("%s: %s", partition, _summary(parity))
            return ParityOutcome(partition, parity)

        return guarded(partition, compare, partial(ParityOutcome.red, partition))

    def _compare(self, config: ProjectConfig, day: date, *, hasty: bool) -> DayParity:
        now, halt = self.now(), Halt()
        requests = [
            replace(
                request, halt=halt, connection=request.connection.hasty() if hasty else request.connection
            )
            for request in comparison_requests(config, day, not_before=now)
        ]
        # An error is raised when the spool is closed: it would keep the records for a run that goes on with them.
        with (
            spool(self.spool / _FOLDER, now, self.store.frames(config.project.key)) as records,
            ThreadPoolExecutor(2, "version") as pool,
            halt.on_interrupt(),
        ):
            old, new = pool.map(partial(self._fetch, records, day), requests)
            if isinstance(old, Fetch) and isinstance(new, Fetch):
                return compare_day(old, new, day, now - config.settle_after, now, self.contract)
        raise next(error for error in (old, new) if isinstance(error, Exception))

    def _fetch(self, records: Spool, day: date, request: FetchRequest) -> Fetch | PolyAIError | CountDoubted:
        try:
            fetched = fetch(request, records, self.now)
        except PolyAIError as error:
            return error
        proof = fetched.proofs.get(day)
        if proof is not None and proof.state is ProofState.REFUTED:
            return CountDoubted(
                f"{request.connection.api_version} is not to be believed: {proof.explanation}"
            )
        return fetched.failed.get(day, fetched)


def _summary(parity: DayParity) -> str:
    return (
        f"{parity.conversations:,} conversations of {parity.versions.old} and {parity.versions.new} compared, "
        f"{parity.equal:,} equal in every field, {parity.in_flight:,} in flight; "
        f"{len(parity.to_look_at()):,} findings to look at"
    )


def comparison_requests(
    config: ProjectConfig, day: date, not_before: datetime
) -> tuple[FetchRequest, FetchRequest]:
    """Make the requests for a day by both of a project's versions of the API, the older first.

    Each is asked for all details that it knows, whatever the project keeps of them, and for the project's channels only
    where both versions know that filter. They share the project's tempo, for they are asked at the same time. Raises
    NothingToCompare and MissingKey.
    """
    versions = [API_VERSIONS[name] for name in versions_of(config)]
    connections = (config.connection(), config.compared_connection())
    reached = {connection.api_version: connection for connection in connections if connection}
    kept = fetch_request(config, [day])
    query = replace(
        kept.query,
        channels=config.channels if all("channel" in version.parameters for version in versions) else (),
        include_latency=True,
        include_turn_metadata=True,
        include_context_state=True,
    )
    old, new = (
        replace(
            kept,
            connection=replace(reached[version.name], requests_per_second=config.requests_per_second / 2),
            query=query,
            not_before=not_before,
            page_size=min(config.page_size, version.max_limit) if config.page_size else None,
        )
        for version in versions
    )
    return old, new


def rows_of(parity: DayParity) -> pa.Table:
    """Give the rows of a day, with the columns of the table but project and date."""
    rows = parity.rows
    return pa.table(
        {
            "path": pa.array([row.path for row in rows], pa.string()),
            "verdict": pa.array([row.verdict.named(parity.versions) for row in rows], pa.string()),
            "count": pa.array([row.count for row in rows], pa.int64()),
            "total": pa.array([row.total for row in rows], pa.int64()),
            "example_conversation_id": pa.array([row.example_conversation_id for row in rows], pa.string()),
            "example": pa.array([row.example for row in rows], pa.string()),
            "old_version": pa.array([parity.versions.old] * len(rows), pa.string()),
            "new_version": pa.array([parity.versions.new] * len(rows), pa.string()),
            "compared_at": pa.array([parity.compared_at] * len(rows), pa.timestamp("us", tz="UTC")),
        }
    )
