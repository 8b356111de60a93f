"""Partitions: a UTC date and a project."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg

from polyai_assets.configuration import PlatformConfig
from polyai_assets.raw.partition import Partition

log = logging.getLogger(__name__)

MOST_PARTITIONS = 100_000
DATE = "date"
PROJECT = "project"


def conversation_partitions(platform: PlatformConfig) -> dg.MultiPartitionsDefinition:
    """Give the partitions of everything that is kept per day and project; today is one of them.

    Dagster is made for up to 100,000 partitions an asset; beyond that it is said in the log.
    """
    days = (datetime.now(UTC).date() - platform.start_date).days + 1
    if days * len(platform.projects) > MOST_PARTITIONS:
        log.warning(
            "%s projects over %s days make %s partitions, more than the %s that Dagster is made for: "
            "choose a later start_date, or put some projects into a second instance with a key_prefix",
            len(platform.projects),
            days,
            days * len(platform.projects),
            MOST_PARTITIONS,
        )
    return dg.MultiPartitionsDefinition(
        {
            DATE: dg.DailyPartitionsDefinition(platform.start_date.isoformat(), timezone="UTC", end_offset=1),
            PROJECT: dg.StaticPartitionsDefinition([config.project.key for config in platform.projects]),
        }
    )


def by_project(keys: Iterable[str]) -> dict[str, list[Partition]]:
    """Group partitions, given by their keys, by project key; those of each by date."""
    partitions: dict[str, list[Partition]] = {}
    for partition in sorted(map(Partition.parse, keys)):
        partitions.setdefault(partition.project.key, []).append(partition)
    return partitions


def backfill_policy(platform: PlatformConfig) -> dg.BackfillPolicy:
    """Say how many days of a project a backfill takes in one run."""
    if platform.backfill_days_per_run is None:
        return dg.BackfillPolicy.single_run()
    return dg.BackfillPolicy.multi_run(platform.backfill_days_per_run)


def need_days(context: dg.AssetExecutionContext) -> None:
    """Refuse a run that names no days: "Execute all" in the UI asks for checks without saying of which days."""
    if not (context.has_partition_key or context.has_partition_key_range):
        raise dg.Failure(
            "this run names no days. The checks of its steps are judged per partition, whenever one is "
            "materialized: materialize the days you want judged, or execute the freshness checks alone",
            allow_retries=False,
        )
