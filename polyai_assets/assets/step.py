"""What every step does around its own work on a range of partitions."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import dagster as dg

from polyai_assets.assets.connection import resource_key
from polyai_assets.assets.liveness import show_alive
from polyai_assets.assets.partitions import (
    backfill_policy,
    by_project,
    conversation_partitions,
    need_days,
)
from polyai_assets.assets.report import PartitionOutcome, Report, Results, reports_interrupt
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.machine.actionable import without_secrets
from polyai_assets.raw.partition import Partition

POOL = "polyai_api"

Reported = TypeVar("Reported", bound=PartitionOutcome)

REASON = "polyai/reason"
"""Why a run was asked for, shown in the list of runs: a tag of those that a sensor or a schedule of ours asked for."""

# The others are documented tags of Dagster whose constants are not public.
_BY_ITSELF = (REASON, "dagster/sensor_name", "dagster/schedule_name")

_EVERY = 10.0  # seconds between two lines of progress

log = logging.getLogger(__name__)


def partitioned_step(
    platform: PlatformConfig, name: str, specs: Sequence[dg.AssetSpec], **options: Any
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Make a function the step of assets that are partitioned by day and project.

    No retry policy: Dagster applies one to interrupts too. A run that may fare better later asks for it (`report`).
    """
    return dg.multi_asset(
        name=name,
        specs=specs,
        partitions_def=conversation_partitions(platform),
        backfill_policy=backfill_policy(platform),
        pool=POOL,
        required_resource_keys={resource_key(platform)},
        **options,
    )


def begin_step(context: dg.AssetExecutionContext, spool: Path) -> None:
    """Show in `spool` that the run is worked on. Raises dagster.Failure for a run that names no days."""
    show_alive(spool, context.run.run_id)
    need_days(context)


def run_step(
    context: dg.AssetExecutionContext,
    projects: Mapping[str, ProjectConfig],
    run: Callable[[ProjectConfig, Sequence[Partition]], Iterable[Reported]],
    at_end: Callable[[Sequence[Reported]], None] = lambda _: None,
) -> Results:
    """Call `run` with the partitions of each project, and report each partition to Dagster as soon as it is done.

    `at_end` is given the outcomes of all, unless the run is tried again. Our log is the log of the run meanwhile.
    Raises dagster.Failure when a partition is red.
    """
    report = Report[Reported](context)
    with reports_interrupt(context.run), forwarded_to(context.log):
        progress = _Progress(len(context.partition_keys))
        for project, partitions in by_project(context.partition_keys).items():
            for outcome in run(projects[project], partitions):
                report.add(outcome)
                progress.add(project)
        if not report.is_retried:
            at_end(report.outcomes)
    yield from report.end()


def is_by_hand(context: dg.AssetExecutionContext) -> bool:
    """Tell whether a person asked for the run of a step, and no sensor or schedule."""
    return not any(tag in context.run.tags for tag in _BY_ITSELF)


@dataclass(slots=True)
class _Progress:
    """Says how many days of a run are done and how long the others may take, every ten seconds."""

    total: int
    done: int = 0
    started: float = field(default_factory=monotonic)
    said: float = field(default_factory=monotonic)

    def add(self, project: str) -> None:
        """Count a day of a project."""
        self.done += 1
        now = monotonic()
        if self.done < self.total and now - self.said >= _EVERY:
            self.said = now
            left = (now - self.started) / self.done * (self.total - self.done)
            log.info("%s: %s of %s days, %s left", project, self.done, self.total, about(left))


def about(seconds: float) -> str:
    """Say a duration as people do: `about 3 minutes`."""
    for size, noun in ((3600, "hour"), (60, "minute")):
        if seconds >= size:
            number = round(seconds / size)
            return f"about {number} {noun}{'' if number == 1 else 's'}"
    return "less than a minute"


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
