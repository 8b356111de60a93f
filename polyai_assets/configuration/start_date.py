"""The first day to have, where none is configured: stable enough to be the first partition.

"90 days ago" moves every day, and a partition that leaves at the front takes what is known of its day out of Dagster's
sight and breaks backfills that name it. So the default moves in whole months only, and never past a day that is in the
raw store: what was fetched stays a partition.

    today      in the raw store   first partition
    15 March   nothing            1 December
    2 April    from 1 December    1 December        (without anything fetched: 1 January)
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from polyai_assets.api.project import Project
from polyai_assets.configuration.problems import FieldPath, Problems
from polyai_assets.configuration.rules import Rule
from polyai_assets.raw.partition import days_among, project_folder

BACK = timedelta(days=90)


def day() -> Rule:
    """Take a date as YYYY-MM-DD."""

    def read(value: object) -> date:
        if isinstance(value, date):
            return value.date() if isinstance(value, datetime) else value
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value).strip()):
            raise ValueError("must be a date, written YYYY-MM-DD")
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            raise ValueError("is a day that no calendar has; write a date as YYYY-MM-DD") from None

    return Rule(read, {"type": "string", "format": "date"}, "date")


def default_start(raw_store: Path, projects: Iterable[Project], today: date) -> date:
    """Give the first day of the month of 90 days ago, or the first day in the raw store if that is earlier."""
    first = (today - BACK).replace(day=1)
    folders = [raw_store / project_folder(project.key) for project in projects]
    days = [days_among(day.name for day in folder.iterdir())[:1] for folder in folders if folder.is_dir()]
    return min([first, *chain.from_iterable(days)])


def check_start(
    problems: Problems, read: Mapping[str, Any], given: Mapping[str, Any], today: date, path: FieldPath
) -> None:
    """Note what `start_date` may not be, and where it has to be written."""
    start: date | None = read.get("start_date")
    if given.get("start_date") is None and "://" in read.get("raw_store", ""):
        problems.add(
            path,
            "is missing: a raw store behind a URL is not searched for its first day while definitions load. "
            f"Write the first day to have, such as {(today - BACK).replace(day=1)}.",
        )
    if start and start > today:
        problems.add(
            path,
            f"{start} is in the future; today is {today} in UTC. Write the first day to have.",
        )
