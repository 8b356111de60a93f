"""Removing what a plan names, place by place. Each step may be done again: what it removes may be gone already."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import dagster as dg

from polyai_assets.assets.connection import Connect
from polyai_assets.assets.guard import FORESEEN
from polyai_assets.assets.read_only_copy import copy_platform
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.machine.secrets import masked
from polyai_assets.marts.build import NothingToCopy
from polyai_assets.marts.kept_kpis import keep_kpis
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.progress import Progress
from polyai_assets.raw.retention_days import AUDIO, FACTS, LOGS, RAW, TEXT
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.raw_days import mark_days, retire_audio_day, retire_raw_day
from polyai_assets.retention.retention_plan import RetentionPlan
from polyai_assets.retention.rewrite import (
    redeliver,
    remake_copy,
    republish,
    rewrite_target,
    rewrite_warehouse,
)
from polyai_assets.retention.rows import RowStore
from polyai_assets.retention.run_logs import delete_runs, logs_before, old_requests
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.compact import check_room

log = logging.getLogger(__name__)

_IN_TABLES = (TEXT, AUDIO, FACTS)
"""The layers of which rows are changed, or go."""

_OF_PEOPLE = (TEXT, FACTS)
"""Those of which no block may hold what was in rows."""


@dataclass(slots=True)
class RetentionWork:
    """A plan at work for the Dagster project in `root`; `troubles` are what keeps it from being done."""

    root: Path
    platform: PlatformConfig
    plan: RetentionPlan
    connect: Connect
    instance: dg.DagsterInstance | None
    troubles: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Do every step; what fails is in `troubles`, and the steps that do not depend on it are done."""
        for config in self._configs():
            self._retire_days(config, RAW, retire_raw_day)
            self._retire_days(config, AUDIO, retire_audio_day)
        if self._changes_rows and self._guarded("figures that stay", self._keep_kpis):
            for config in self._configs():
                self._guarded(f"tables of {config.project}", partial(self._clear_rows, config))
            if self._rewrites:
                self._guarded("warehouse file", partial(rewrite_warehouse, self.warehouse, self.connect))
                self._guarded("read-only copy", partial(remake_copy, self.platform, datetime.now(UTC)))
            self._guarded("published days", self._republish)
            for delivery in self.platform.deliveries:
                self._guarded(f"the delivery {delivery.name}", partial(self._redeliver, delivery))
                if self._rewrites:
                    rewrite = partial(rewrite_target, delivery, self.connect)
                    self._guarded(f"the file of the delivery {delivery.name}", rewrite)
        self._guarded("runs and logs", self._delete_logs)

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse, for which one run waits once."""
        return Warehouse(self.platform.warehouse, self.platform.warehouse_data, run="retention")

    @property
    def store(self) -> RawStore:
        """The raw store."""
        return RawStore(self.platform.raw_store)

    def check(self) -> None:
        """See that there is room to write the warehouse anew, before anything is changed. Raises NoRoomToCompact."""
        if self._rewrites:
            check_room(self.warehouse)

    @property
    def _changes_rows(self) -> bool:
        messages = any(row.layer == LOGS and row.project in self.plan.before for row in self.plan.found)
        return messages or any(self.plan.days.get(layer) for layer in _IN_TABLES)

    @property
    def _rewrites(self) -> bool:
        """Whether what people said goes, or rows of conversations: then the warehouse is written anew."""
        return any(self.plan.days.get(layer) for layer in _OF_PEOPLE)

    def _configs(self) -> Iterator[ProjectConfig]:
        """Give the projects of which something goes, or went before the plan was interrupted."""
        planned = {key for days in self.plan.days.values() for key in days} | self.plan.before.keys()
        yield from (config for config in self.platform.projects if config.project.key in planned)

    def _before(self, config: ProjectConfig, layer: str) -> date | None:
        return self.plan.before.get(config.project.key, {}).get(layer)

    def _retire_days(
        self,
        config: ProjectConfig,
        layer: str,
        retire: Callable[[RawStore, Partition, datetime], None],
    ) -> None:
        days, store = self.plan.days_of(layer, config.project), self.store
        if not days:
            return
        with Progress(f"{config.project} {layer}", "removing", "days", len(days)) as progress:
            for partition in days:
                self._guarded(
                    f"{layer} of {partition}", partial(retire, store, partition, self.plan.begun_at)
                )
                progress.add()

    def _keep_kpis(self) -> None:
        """Keep the figures of days whose rows change, and of those near them."""
        changing = [
            (config, max(filter(None, (self._before(config, TEXT), self._before(config, FACTS)))))
            for config in self._configs()
            if any(self.plan.days_of(layer, config.project) for layer in _OF_PEOPLE)
        ]
        if not changing:
            return
        try:
            copy_platform(self.platform, "retention")
        except NothingToCopy:
            return  # there are no facts, and so no figures
        with self.connect() as connection:
            for config, before in changing:
                copy = Path(self.platform.read_only_copy)
                keep_kpis(connection, self.warehouse, copy, config.project.key, before)

    def _clear_rows(self, config: ProjectConfig) -> None:
        with self.connect() as connection:
            self._clear(config, RowStore(connection, self.warehouse, self.platform.contract))
        for layer in _OF_PEOPLE:
            mark_days(self.store, self.plan.days_of(layer, config.project), layer, self.plan.begun_at)

    def _clear(self, config: ProjectConfig, rows: RowStore) -> None:
        text, facts = (self._before(config, layer) for layer in (TEXT, FACTS))
        recordings, logs = (self._before(config, layer) for layer in (AUDIO, LOGS))
        old = [day.date for day in self.plan.days_of(TEXT, config.project)]
        if facts is not None:
            rows.delete_rows(config, facts)
        if text is not None:
            rows.clear_text(config, [day for day in old if facts is None or day >= facts], text)
        if recordings is not None:
            rows.clear_recordings(config, recordings)
        if logs is not None:
            rows.delete_alerts(config, logs)

    def _changed_days(self) -> list[Partition]:
        """Give the days whose rows were changed, or are gone."""
        return sorted(
            {
                partition
                for config in self._configs()
                for layer in _IN_TABLES
                for partition in self.plan.days_of(layer, config.project)
            }
        )

    def _republish(self) -> None:
        republish(self.platform, self.warehouse, self._changed_days(), self.connect, datetime.now(UTC))

    def _redeliver(self, delivery: DeliverySettings) -> None:
        redeliver(self.platform, delivery, self._changed_days(), self.connect, lambda: datetime.now(UTC))

    def _delete_logs(self) -> None:
        before = logs_before(self.plan.before)
        for file in old_requests(self.platform, self.root, before):
            file.unlink(missing_ok=True)
        if self.instance is not None:
            delete_runs(self.instance, self.plan.runs, self.plan.run_logs)

    def _guarded(self, name: str, step: Callable[[], None]) -> bool:
        """Do a step; tell whether it was done."""
        log.info("removing: %s", name)
        try:
            step()
        except (*FORESEEN, dg.DagsterError) as error:
            log.error("%s: %s", name, error)
            self.troubles.append(masked(f"{name}: {error}"))
            return False
        return True
