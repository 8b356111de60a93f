"""What every step does with the partitions that a run names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

import dagster as dg

from polyai_assets.assets.logs import forwarded_to
from polyai_assets.assets.partitions import days_by_project
from polyai_assets.configuration import ProjectConfig

T = TypeVar("T")

REASON = "polyai/reason"
"""Why a run was asked for, shown in the list of runs: a tag of those that a sensor or a schedule of ours asked for."""

# The others are documented tags of Dagster whose constants are not public.
_BY_ITSELF = (REASON, "dagster/sensor_name", "dagster/schedule_name")


def is_by_hand(context: dg.AssetExecutionContext) -> bool:
    """Tell whether a person asked for the run of a step, and no sensor or schedule."""
    return not any(tag in context.run.tags for tag in _BY_ITSELF)


def worked_through(
    context: dg.AssetExecutionContext,
    projects: Mapping[str, ProjectConfig],
    run: Callable[[ProjectConfig, Sequence[date]], Iterable[T]],
    at_end: Callable[[list[T]], None] = lambda _: None,
) -> list[T]:
    """Call `run` with the days of each project, then `at_end` with what came of all.

    Our log is the log of the run meanwhile.
    """

    def outcomes() -> Iterator[T]:
        for project, days in days_by_project(context.partition_keys).items():
            yield from run(projects[project], days)

    with forwarded_to(context.log):
        done = list(outcomes())
        at_end(done)
        return done
