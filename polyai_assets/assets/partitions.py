"""Partitions: a UTC date and a project."""

from collections.abc import Iterable
from datetime import date

import dagster as dg

from polyai_assets.api.project import Project
from polyai_assets.configuration import PlatformConfig

DATE = "date"
PROJECT = "project"


def conversation_partitions(platform: PlatformConfig) -> dg.MultiPartitionsDefinition:
    """Give the partitions of everything that is kept per day and project; today is one of them."""
    return dg.MultiPartitionsDefinition(
        {
            DATE: dg.DailyPartitionsDefinition(platform.start_date.isoformat(), timezone="UTC", end_offset=1),
            PROJECT: dg.StaticPartitionsDefinition([one.project.key for one in platform.projects]),
        }
    )


def partition_key(project: Project, day: date) -> str:
    """Name a partition: `2026-11-03|us-1/acme/hotel-bot`."""
    return f"{day.isoformat()}|{project.key}"


def days_by_project(keys: Iterable[str]) -> dict[str, list[date]]:
    """Group partition keys by project key, with the days of each in order."""
    days: dict[str, list[date]] = {}
    for key in keys:
        day, _, project = key.partition("|")
        days.setdefault(project, []).append(date.fromisoformat(day))
    return {project: sorted(listed) for project, listed in days.items()}
