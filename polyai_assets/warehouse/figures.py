"""A few figures of a staged partition, for whoever looks at it in Dagster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import duckdb

from polyai_assets.contract.profile import HOUR
from polyai_assets.contract.tables import CONTRACT_VIOLATIONS, DAY_PROFILES

_FIGURES = f"""
SELECT
    count(*),
    count(*) FILTER (in_progress),
    count(*) FILTER (handoff),
    avg(total_duration) FILTER (NOT in_progress),
    (SELECT avg(latency) FROM staged_turns),
    (SELECT count(*) FROM staged_{CONTRACT_VIOLATIONS.name})
FROM staged_conversations
"""
_BY_HOUR = f"SELECT value, count FROM staged_{DAY_PROFILES.name} WHERE aspect = '{HOUR}'"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a day: counts, means in seconds (None where there is nothing to average), conversations by hour (UTC).

    `before` are the conversations of the days before that were loaded, of the last 30.
    """

    conversations: int
    in_progress: int
    handoffs: int
    mean_duration: float | None
    mean_latency: float | None
    violations: int
    by_hour: tuple[int, ...]
    before: Mapping[date, int] = field(default_factory=dict)


def read_figures(connection: duckdb.DuckDBPyConnection) -> Figures:
    """Read the figures of the staged partition, whose profile is staged."""
    hours = dict(connection.execute(_BY_HOUR).fetchall())
    (row,) = connection.execute(_FIGURES).fetchall()
    conversations, in_progress, handoffs, duration, latency, violations = row
    return Figures(
        conversations=conversations,
        in_progress=in_progress,
        handoffs=handoffs,
        mean_duration=duration,
        mean_latency=latency,
        violations=violations,
        by_hour=tuple(hours.get(f"{hour:02d}", 0) for hour in range(24)),
    )
