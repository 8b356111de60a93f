"""The days of a project as they are delivered to a target."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import dagster as dg

from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.step import DayWork
from polyai_assets.checks import delivered
from polyai_assets.checks.verdict import Verdict
from polyai_assets.configuration import ProjectConfig
from polyai_assets.delivery.deliver import DayDelivered, Deliverer
from polyai_assets.delivery.settings import DeliverySettings, NoConnection, PublishSettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition


@dataclass(frozen=True, slots=True)
class DeliverOutcome(PartitionOutcome):
    """One partition after a run: what its target has of it, and the error if it is red."""

    options = None

    delivery: str
    day: DayDelivered

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the partition by the target's log."""
        return delivered.judge(self.partition, self.delivery, self.day)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the partition."""
        row = self.day.row
        state: dict[str, Any] = {"new_version": self.day.is_new}
        if self.day.reason:
            state["reason"] = self.day.reason
        if self.day.findings:
            state["other_types"] = "; ".join(self.day.findings)
        if row is None:
            return {"dagster/partition_row_count": 0, **state}
        return {
            "dagster/partition_row_count": row.rows_expected,
            **state,
            "version": row.version,
            "restated_count": row.restated_count,
            "nul_characters": row.nul_characters,
            "delivered_at": dg.MetadataValue.timestamp(row.delivered_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverDays(DayWork):
    """Delivers published days to a target."""

    delivery: DeliverySettings
    publish: PublishSettings

    needs = frozenset()

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[DeliverOutcome]:
        """Deliver days of a project; one that fails is red by itself, and the target keeps what it has of it."""
        with self.connect() as connection:
            try:
                target = open_target(self.delivery, connection)
            except NoConnection as error:
                yield from (self._outcome(DayDelivered(partition, error=error)) for partition in partitions)
                return
            with closing(target):
                store = FileStore(self.publish.place)
                deliverer = Deliverer(store, self.delivery, self.contract, target, connection, self.now)
                for day in deliverer.deliver(partitions):
                    yield self._outcome(day)

    def _outcome(self, day: DayDelivered) -> DeliverOutcome:
        return DeliverOutcome(day.partition, self.delivery.name, day, error=day.error)
