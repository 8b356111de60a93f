"""What every step is around its own work: the assets, the run over their partitions, and the report.

A family of assets gives its specs, its checks, and a `DayWork` for a run: what is done with the days of one project.

    build_step(platform, spool, "audio_step", [spec], lambda run: run.work(Recordings), checks=[…])
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import dagster as dg

from polyai_assets.assets.connection import Connect, connect, duckdb_of, resource_key
from polyai_assets.assets.links import links_of
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.partition_outcome import PartitionOutcome
from polyai_assets.assets.partitions import (
    backfill_policy,
    by_project,
    conversation_partitions,
    need_days,
)
from polyai_assets.assets.report import Report, Results
from polyai_assets.assets.retired_days import find_retired_days
from polyai_assets.assets.specs import step_name
from polyai_assets.assets.watching import reports_interrupt
from polyai_assets.checks.evaluations import check_spec
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.machine.actionable import without_secrets
from polyai_assets.machine.collector import sparing_what_is_there
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.progress import Progress, progress_in_log
from polyai_assets.raw.retention_days import RAW

if TYPE_CHECKING:
    from polyai_assets.raw.store import RawStore
    from polyai_assets.warehouse.attach import Warehouse

POOL = "polyai_api"

REASON = "polyai/reason"
"""Why a run was asked for, shown in the list of runs: a tag of those that a sensor or a schedule of ours asked for."""

RETIRED_TAG, FETCH = "polyai/retired", "fetch"
"""A tag of a run, and its value: it fetches days that were retired, too."""

BY_HAND = "polyai/by_hand"
"""The tag of runs that have a reason, and yet a person asked for them."""

# The others are documented tags of Dagster whose constants are not public.
_BY_ITSELF = (REASON, "dagster/sensor_name", "dagster/schedule_name")


@dataclass(frozen=True, slots=True)
class StepStores:
    """Where a step reads and writes, by which contract, and what time it is."""

    store: "RawStore"
    warehouse: "Warehouse"
    spool: Path
    connect: Connect
    contract: Contract = field(default=PACKAGED, kw_only=True)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), kw_only=True)


@dataclass(frozen=True, slots=True)
class DayWork(StepStores, ABC):
    """What a run of a step does with the days of a project."""

    @property
    def raises_alerts(self) -> bool:
        """Whether alerts are raised of what the run found."""
        return False

    needs: ClassVar[frozenset[str]] = frozenset({RAW})
    """The layers that it works on: a day of which one of them was removed is left as it is."""

    def run(
        self,
        config: ProjectConfig,
        partitions: Sequence[Partition],
        *,
        includes_retired: bool = False,
    ) -> Iterator[PartitionOutcome]:
        """Work through partitions of a project; yields the outcome of each: first those that are left as they are.

        With `includes_retired` none is.
        """
        retired = {} if includes_retired else find_retired_days(self.store, partitions, self.needs)
        yield from retired.values()
        due = [partition for partition in partitions if partition not in retired]
        if due:
            with sparing_what_is_there():
                yield from self.run_days(config, due)

    @abstractmethod
    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterable[PartitionOutcome]:
        """Work through partitions of a project, none of which is retired; yields the outcome of each, in order."""


S = TypeVar("S", bound=StepStores)
Config = TypeVar("Config", bound=dg.Config)


@dataclass(frozen=True, slots=True)
class StepRun:
    """A run of a step of a platform; `spool` is a local folder for what is on its way."""

    platform: PlatformConfig
    spool: Path
    context: dg.AssetExecutionContext

    def work(self, kind: type[S], **options: Any) -> S:
        """Open the stores of the platform for a kind of work, which has further options."""
        # pyarrow takes longer to import than Dagster: only runs pay for it.
        from polyai_assets.raw.store import RawStore
        from polyai_assets.warehouse.attach import Warehouse

        platform = self.platform
        return kind(
            RawStore(platform.raw_store),
            Warehouse(platform.warehouse, platform.warehouse_data, run=self.context.run.run_id),
            self.spool,
            lambda: connect(duckdb_of(self.context, platform)),
            contract=platform.contract,
            **options,
        )

    def config(self, kind: type[Config]) -> Config:
        """Give the configuration of the run."""
        return kind(**self.context.op_execution_context.op_config)

    def fetches(self, raw: dg.AssetKey) -> bool:
        """Whether the raw asset of the step is to be made; else its tables are made again from what is stored."""
        return raw in self.context.selected_asset_keys

    def loads(self, raw: dg.AssetKey) -> bool:
        """Whether anything but the raw asset is to be made.

        A check on a table, asked for by itself, is judged by loading the table again.
        """
        checked = {check.asset_key for check in self.context.selected_asset_check_keys}
        return bool({*self.context.selected_asset_keys, *checked} - {raw})

    @property
    def is_by_hand(self) -> bool:
        """Whether a person asked for the run, and no sensor or schedule."""
        tags = self.context.run.tags
        return BY_HAND in tags or not any(tag in tags for tag in _BY_ITSELF)


def build_step(
    platform: PlatformConfig,
    spool: Path,
    name: str,
    specs: Sequence[dg.AssetSpec],
    begin: Callable[[StepRun], DayWork],
    *,
    checks: Iterable[tuple[dg.AssetKey, str, str]] = (),
    config: type[dg.Config] | None = None,
    can_subset: bool = False,
    pool: str = POOL,
) -> dg.AssetsDefinition:
    """Make the step of assets that are partitioned by day and project.

    `begin` makes what a run does with the days of a project; it imports what only runs need. `checks` are the asset,
    the name and the description of each. No retry policy: Dagster applies one to interrupts too. A run that may fare
    better later asks for it (`report`). Of a `pool` Dagster starts as many at once as its settings allow.
    """
    partitions = conversation_partitions(platform)
    projects = {project.project.key: project for project in platform.projects}

    @dg.multi_asset(
        name=step_name(platform, name),
        specs=specs,
        check_specs=[check_spec(*check, partitions) for check in checks],
        can_subset=can_subset,
        partitions_def=partitions,
        backfill_policy=backfill_policy(platform),
        pool=pool,
        required_resource_keys={resource_key(platform)},
        config_schema=config.to_fields_dict() if config else None,
    )
    def step(context: dg.AssetExecutionContext) -> Results:
        show_alive(spool, context.run.run_id)
        need_days(context)
        work = begin(StepRun(platform, spool, context))
        today = work.now().date()
        report = Report(context, lambda name, partition: links_of(platform, name, partition, today))
        days_of = by_project(context.partition_keys)
        name, count = next(iter(days_of)), len(context.partition_keys)
        if len(days_of) > 1:
            name = f"{len(days_of)} projects"
        progress = Progress(name, "at work", "days done", count, shown=count > 1)
        with forwarded_to(context.log), reports_interrupt(context.run), progress_in_log(), progress:
            for project, days in days_of.items():
                includes_retired = context.run.tags.get(RETIRED_TAG) == FETCH
                for outcome in work.run(projects[project], days, includes_retired=includes_retired):
                    report.add(outcome)
                    progress.add()
            if work.raises_alerts and not report.is_retried:
                from polyai_assets.assets.alerting import raise_findings

                raise_findings(platform, work, report.outcomes)
        yield from report.end()

    return step


ROOT = "polyai_assets"


class _Forward(logging.Handler):
    def __init__(self, target: logging.Logger) -> None:
        super().__init__(logging.INFO)
        self._target = target

    def emit(self, record: logging.LogRecord) -> None:
        self._target.log(record.levelno, self.format(record))


@contextmanager
def forwarded_to(target: logging.Logger) -> Iterator[None]:
    """Send the log lines of this package to `target` (a run's log) while the context is open.

    An error that leaves it quotes no secret.
    """
    logger = logging.getLogger(ROOT)
    handler = _Forward(target)
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        with without_secrets():
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
