"""The work of an erasure, store by store. Each step may be done again: what it removes may be gone already."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

from polyai_assets.api.project import Project
from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.days import Ingest
from polyai_assets.assets.guard import FORESEEN
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.erasure.dagster_storage import check_dagster, erase_from_dagster
from polyai_assets.erasure.erasure_plan import ErasurePlan
from polyai_assets.erasure.figures import keep_figures
from polyai_assets.erasure.local_files import Needles, erase_files, files_with
from polyai_assets.erasure.raw_day import erase_raw_day
from polyai_assets.erasure.sheets import erase_from_sheets, sheets_elsewhere
from polyai_assets.erasure.survey import folders_of, places_of
from polyai_assets.erasure.tables import erase_rows, loaded_days
from polyai_assets.erasure.targets import erase_from_target
from polyai_assets.machine.secrets import masked
from polyai_assets.privacy.erased_contacts import keep_contact
from polyai_assets.privacy.tombstones import Tombstone, keep_tombstones
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.held_copies import HeldBy
from polyai_assets.retention.rewrite import remake_copy, republish, rewrite_target, rewrite_warehouse
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.compact import check_room

log = logging.getLogger(__name__)

Say = Callable[[str], None]


@dataclass(slots=True)
class ErasureWork:
    """An erasure at work for the Dagster project in `root`; `troubles` are what keeps it from being done.

    `left` are files of this machine that hold an id or the contact still, and that are not ours to change; `held` is
    what was found to hold copies that this does not reach.
    """

    root: Path
    platforms: Sequence[PlatformConfig]
    plan: ErasurePlan
    say: Say
    dagster_home: Path | None = None
    troubles: list[str] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)
    held: list[HeldBy] = field(default_factory=list)

    def run(self) -> None:
        """Do every step of every platform; what fails is in `troubles`, and the other steps are done.

        Raises what keeps it from beginning: then nothing was changed.
        """
        check_dagster(self._home)
        for platform in self.concerned:
            check_room(_warehouse(platform))
        for key in self.plan.days.keys() - {key for platform in self.platforms for key in _keys(platform)}:
            self.troubles.append(f"{key} is configured no more: add it to defs.yaml again")
        for platform in self.concerned if self.plan.keep_kpis else ():
            keep_figures(platform, self._names(platform), self._connect, self.plan.id)
        for platform in self.concerned:
            self._keep_contact(platform)
        for platform in self.concerned:
            steps: tuple[tuple[str, Callable[[PlatformConfig], None]], ...] = (
                ("tombstones", self._keep_tombstones),
                ("raw store", self._erase_raw),
                ("tables", self._erase_tables),
                ("warehouse file", self._compact),
                ("read-only copy", self._copy),
                ("published days", self._publish),
                ("targets", self._deliver),
            )
            for name, step in steps:
                self.say(name)
                self._guarded(name, partial(step, platform))
        self.say("review sheets")
        self._guarded("review sheets", self._erase_sheets)
        self.say("files on this machine")
        needles = Needles(self.plan.every_name)
        self._guarded("Dagster's storage", partial(self._erase_from_dagster, needles))
        self._guarded("files on this machine", partial(self._erase_files, needles))

    @property
    def _home(self) -> Path:
        return self.dagster_home or self.root / "data"

    @property
    def concerned(self) -> list[PlatformConfig]:
        """The platforms that have something of it."""
        return [
            platform
            for platform in self.platforms
            if self._configs(platform) or any(_is_of(platform, scope) for scope in self.plan.future)
        ]

    def _configs(self, platform: PlatformConfig) -> list[ProjectConfig]:
        return [config for config in platform.projects if config.project.key in self.plan.days]

    def _partitions(self, platform: PlatformConfig) -> Iterator[tuple[Partition, set[str]]]:
        """Give the days of a platform, each with all conversations of its project: some have been on several."""
        names = self.plan.names
        for config in self._configs(platform):
            for day in sorted(self.plan.days[config.project.key]):
                yield Partition(config.project, day), names[config.project.key]

    def _names(self, platform: PlatformConfig) -> dict[str, set[str]]:
        names = self.plan.names
        return {config.project.key: names[config.project.key] for config in self._configs(platform)}

    def _guarded(self, name: str, step: Callable[[], None]) -> None:
        try:
            step()
        except FORESEEN as error:
            log.error("%s: %s", name, error)
            self.troubles.append(masked(f"{name}: {error}"))

    def _keep_tombstones(self, platform: PlatformConfig) -> None:
        store = RawStore(platform.raw_store)
        tombstone = Tombstone(self.plan.begun_at.isoformat(timespec="seconds"), self.plan.id)
        for project, names in self._names(platform).items():
            keep_tombstones(store, Project.parse(project), names, tombstone)

    def _keep_contact(self, platform: PlatformConfig) -> None:
        tombstone = Tombstone(self.plan.begun_at.isoformat(timespec="seconds"), self.plan.id)
        for scope in self.plan.future:
            if _is_of(platform, scope):
                keep_contact(RawStore(platform.raw_store), scope, self.plan.contact, tombstone)

    def _erase_raw(self, platform: PlatformConfig) -> None:
        store = RawStore(platform.raw_store)
        for partition, names in self._partitions(platform):
            self._guarded(
                str(partition), partial(erase_raw_day, store, partition, names, self.plan.every_name)
            )

    def _erase_tables(self, platform: PlatformConfig) -> None:
        warehouse = _warehouse(platform)
        with self._connect() as connection:
            loaded = loaded_days(connection, warehouse)
            erase_rows(connection, warehouse, self._names(platform), self.plan.every_name)
        store = RawStore(platform.raw_store)
        work = Ingest(
            store,
            warehouse,
            self._spool,
            self._connect,
            contract=platform.contract,
            fetches=False,
            loads=True,
        )
        for config in self._configs(platform):
            days = [Partition(config.project, day) for day in sorted(self.plan.days[config.project.key])]
            kept = [
                partition
                for partition in days
                if (partition.project.key, partition.date) in loaded
                and store.certificate(partition) is not None
            ]
            for outcome in work.run(config, kept):
                if outcome.error is not None:
                    self.troubles.append(f"tables of {outcome.partition}: {outcome.error}")

    def _compact(self, platform: PlatformConfig) -> None:
        rewrite_warehouse(_warehouse(platform), self._connect)

    def _copy(self, platform: PlatformConfig) -> None:
        remake_copy(platform, datetime.now(UTC))

    def _publish(self, platform: PlatformConfig) -> None:
        days = [partition for partition, _ in self._partitions(platform)]
        republish(platform, _warehouse(platform), days, self._connect, datetime.now(UTC))

    def _deliver(self, platform: PlatformConfig) -> None:
        days = [partition for partition, _ in self._partitions(platform)]
        for delivery in platform.deliveries:
            step = partial(erase_from_target, platform, delivery, days, self._names(platform), self._connect)
            self._guarded(f"the delivery {delivery.name}", step)
            rewrite = partial(rewrite_target, delivery, self._connect)
            self._guarded(f"the file of the delivery {delivery.name}", rewrite)

    def _erase_from_dagster(self, needles: Needles) -> None:
        self.held += erase_from_dagster(self._home, needles)

    def _erase_sheets(self) -> None:
        folders = folders_of(self.root, self.platforms)
        self.held += erase_from_sheets(self.root, folders, self.plan.names)

    def _erase_files(self, needles: Needles) -> None:
        folders = folders_of(self.root, self.platforms)
        if self.dagster_home is not None and not self.dagster_home.is_relative_to(self.root / "data"):
            folders.append(self.dagster_home)
        partitions = [partition for platform in self.platforms for partition, _ in self._partitions(platform)]
        erase_files(needles, folders, self._spool, partitions)
        everywhere = [*folders, *places_of(self.platforms), *sheets_elsewhere(self.root)]
        self.left = list(files_with(needles, everywhere))

    @property
    def _spool(self) -> Path:
        return self.root / "data" / "spool"

    def _connect(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return connect(duckdb_resource(self._spool))


def _warehouse(platform: PlatformConfig) -> Warehouse:
    return Warehouse(platform.warehouse, platform.warehouse_data, run="an erasure")


def _keys(platform: PlatformConfig) -> Iterator[str]:
    yield from (config.project.key for config in platform.projects)


def _is_of(platform: PlatformConfig, scope: str) -> bool:
    """Tell whether a scope has projects of a platform."""
    return not scope or any(
        scope in (config.project.account_id, config.project.key) for config in platform.projects
    )
