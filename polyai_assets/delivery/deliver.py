"""Delivering days to a target: what is due by its log, a month of a project at a time, and compared afterwards.

Example: the log has version 1 of a day, and version 2 is published. Its rows are deleted and inserted, and its row of
the log replaced, in one transaction. A run that is killed before the commit has left version 1, whole; one that is
killed after it has left version 2, which the next run compares and does not deliver again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby

import duckdb

from polyai_assets.api.project import Project
from polyai_assets.contract.contract import Contract
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import DayManifest, ManifestUnreadable, newest_manifests
from polyai_assets.delivery.prepare import ChunkMaker
from polyai_assets.delivery.retry import retried
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.standing import Standing, in_chunks, is_included, standing_of
from polyai_assets.delivery.targets.target import DeliveryConflict, DeliveryTarget, TargetUnreachable
from polyai_assets.delivery.verify import compare_days
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore, StoreUnavailable
from polyai_assets.raw.partition import Partition

log = logging.getLogger(__name__)


class DeliveryRefused(Actionable):
    """The target has another version of a day than is to be delivered, and it stays. Says what to do."""


@dataclass(frozen=True, slots=True)
class DayDelivered:
    """The result of delivering a day.

    `row` is its row of the log, None where the target has nothing of it. `is_new` says whether this delivered it, and
    `reason` why not. `findings` are columns that have another type in the target. With an `error` it is red.
    """

    partition: Partition
    row: LogRow | None = None
    is_new: bool = False
    reason: str = ""
    findings: tuple[str, ...] = ()
    error: Exception | None = None


@dataclass
class Deliverer:
    """Delivers published days to one target, by a connection of DuckDB, which reads the files.

    Where it `erases` conversations, a day that the target has is replaced although it is not of `settings.include`.
    """

    store: FileStore
    settings: DeliverySettings
    contract: Contract
    target: DeliveryTarget
    connection: duckdb.DuckDBPyConnection
    now: Callable[[], datetime]
    erases: bool = False

    def deliver(self, partitions: Iterable[Partition]) -> Iterator[DayDelivered]:
        """Deliver those days that are due; gives each when its transaction has ended.

        What fails is the error of its days. Once target or store does not answer, all that are left are red.
        """
        ordered = sorted(partitions)
        left = dict.fromkeys(ordered)
        try:
            for project, days in groupby(ordered, key=lambda partition: partition.project):
                for day in self._deliver_project(project, list(days)):
                    del left[day.partition]
                    yield day
        except (Actionable, DeliveryConflict, duckdb.Error, OSError) as error:
            for partition in left:
                yield DayDelivered(partition, error=error)

    def _deliver_project(self, project: Project, partitions: Sequence[Partition]) -> Iterator[DayDelivered]:
        published = newest_manifests(self.store, project, [partition.date for partition in partitions])
        rows = {row.date: row for row in self.target.read_log(project.key)}
        due: list[DayManifest] = []
        for partition in partitions:
            manifest, row = published.get(partition.date), rows.get(partition.date)
            settled = self._without_delivery(partition, manifest, row)
            if settled is not None:
                yield settled
            elif isinstance(manifest, DayManifest):
                due.append(manifest)
        for chunk in in_chunks(due, self.settings.tables):
            yield from self._work_off(chunk)

    def _without_delivery(
        self, partition: Partition, manifest: DayManifest | ManifestUnreadable | None, row: LogRow | None
    ) -> DayDelivered | None:
        """Give the result of a day for which nothing is to be done, or nothing can be; None for all others."""
        if isinstance(manifest, ManifestUnreadable):
            return DayDelivered(partition, row, error=manifest)
        if manifest is None:
            return DayDelivered(partition, row, reason="it is not published")
        standing = standing_of(manifest, row, self.settings.tables)
        if row is not None and standing in (Standing.NEWER_THERE, Standing.OTHER_THERE):
            return DayDelivered(partition, row, error=_refusal(manifest, row, standing))
        if standing is Standing.DELIVERED:
            return DayDelivered(partition, row, reason=standing.value)
        is_replaced = self.erases and row is not None
        if not is_replaced and not is_included(manifest, self.settings.include):
            return DayDelivered(partition, row, reason=f"its newest version is not {self.settings.include}")
        return None

    def _work_off(self, manifests: Sequence[DayManifest]) -> Iterator[DayDelivered]:
        """Deliver days in one transaction and compare them; where they fail together, each by itself."""
        try:
            days = self._deliver_chunk(manifests)
        except (TargetUnreachable, StoreUnavailable):
            raise
        except (Actionable, DeliveryConflict, duckdb.Error, OSError) as error:
            if len(manifests) == 1:
                yield DayDelivered(manifests[0].partition, error=error)
                return
            log.warning("%s days are delivered each by itself: %s", len(manifests), error)
            for manifest in manifests:
                yield from self._work_off([manifest])
        else:
            for day in days:
                if day.is_new and day.row is not None and day.error is None:
                    log.info(
                        "%s: version %s is delivered to %s",
                        day.partition,
                        day.row.version,
                        self.settings.name,
                    )
            yield from days

    def _deliver_chunk(self, manifests: Sequence[DayManifest]) -> list[DayDelivered]:
        with self._chunks.make(manifests) as chunk:
            written = {row.date for row in retried(self.target.deliver, chunk, self.now())}
            compared = retried(compare_days, self.target, chunk, self.now())
        findings = tuple(text for plan in chunk.plans.values() for text in plan.findings)
        return [
            DayDelivered(
                manifest.partition,
                compared[manifest.date].row if manifest.date in compared else None,
                manifest.date in written,
                "" if manifest.date in written else Standing.DELIVERED.value,
                findings,
                compared[manifest.date].error if manifest.date in compared else None,
            )
            for manifest in manifests
        ]

    @cached_property
    def _chunks(self) -> ChunkMaker:
        return ChunkMaker(self.store, self.settings, self.contract, self.target, self.connection)


def _refusal(manifest: DayManifest, row: LogRow, standing: Standing) -> DeliveryRefused:
    return DeliveryRefused(
        f"{standing.value}: version {row.version}, published at {row.published_at:%Y-%m-%d %H:%M:%S} UTC; the newest "
        f"manifest here is version {manifest.version}. The target keeps what it has. If the place of `publish` was "
        "restored or made anew, delete the day's row of polyai_delivery_log in the target, and deliver it again; if "
        "another platform delivers to the same schema, give this one a schema of its own"
    )
