"""The days of a project as they are published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from polyai_assets.assets.guard import guarded
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.step import DayWork
from polyai_assets.configuration import ProjectConfig
from polyai_assets.delivery.publish import DayPublished, Publisher
from polyai_assets.delivery.settings import PublishSettings
from polyai_assets.raw.partition import Partition


@dataclass(frozen=True, slots=True)
class PublishOutcome(PartitionOutcome):
    """One partition after a run: its newest version, or why it has none, and the error if it is red."""

    options = None

    published: DayPublished | None = None

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the partition."""
        if self.published is None:
            return {}
        manifest = self.published.manifest
        state: dict[str, Any] = {"new_version": self.published.is_new}
        if self.published.reason:
            state["reason"] = self.published.reason
        if manifest is None:
            return {"dagster/partition_row_count": 0, **state}
        rows = {table: file.rows for table, file in manifest.tables.items()}
        return {
            "dagster/partition_row_count": sum(rows.values()),
            **state,
            "version": manifest.version,
            "verdict": manifest.verdict,
            "settled": manifest.settled,
            "rows": rows,
            "bytes": sum(file.bytes for file in manifest.tables.values()),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishDays(DayWork):
    """Publishes days."""

    settings: PublishSettings

    needs = frozenset()

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[PublishOutcome]:
        """Publish days of a project; one that fails is red by itself and keeps the version that it has."""
        publisher = Publisher(self.store, self.warehouse, self.contract, self.settings)

        def publish(partition: Partition) -> PublishOutcome:
            with self.connect() as connection:
                return PublishOutcome(partition, publisher.publish(connection, partition, self.now()))

        def red(partition: Partition, error: Exception) -> PublishOutcome:
            return PublishOutcome(partition, error=error)

        for partition in partitions:
            yield guarded(partition, partial(publish, partition), partial(red, partition))
