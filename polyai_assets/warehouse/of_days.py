"""Days of one project, as statements name their rows."""

from collections.abc import Sequence
from typing import Any

from polyai_assets.warehouse.load import Load

OF_DAYS = "project = $project AND date BETWEEN $first AND $last AND list_contains($dates, date)"
"""The condition; DuckDB reads only what lies between the first and the last day."""


def of_days(loads: Sequence[Load]) -> dict[str, Any]:
    """Give the values of the condition. The partitions are of one project."""
    dates = [load.date for load in loads]
    return {"project": loads[0].project, "first": min(dates), "last": max(dates), "dates": dates}
