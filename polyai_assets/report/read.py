"""Reading what a page shows from the read-only copy: sums of measures and their ratios, never a mean of ratios."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

import duckdb

from polyai_assets.contract.marts import COPY_INFO, DAILY_KPIS, PARTITIONS
from polyai_assets.contract.measures import MEASURES
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.contract.tables import SCHEMA_DRIFT
from polyai_assets.marts.copy_file import OLD
from polyai_assets.report.data import Footnote, Measured, ReportData, ReportScope

_SUMS = ", ".join(f"sum({measure.name}) AS {measure.name}" for measure in MEASURES if measure.addable)
_RATIOS = ", ".join(f"{ratio.call} AS {ratio.name}" for ratio in RATIOS)

_MEASURED = f"""
SELECT
    {{keys}}, {_SUMS}, {_RATIOS},
    wilson_low(sum(contained), sum(handoff_known)) AS low, wilson_high(sum(contained), sum(handoff_known)) AS high,
    bool_or(provisional) AS provisional, max(restated_at) IS NOT NULL AS restated,
    min(currency) AS currency,
    coalesce(list_sort(list(DISTINCT currency) FILTER (currency IS NOT NULL)), []) AS currencies,
    CASE WHEN count(*) = 1 THEN min(latency_p50) END AS latency_p50,
    CASE WHEN count(*) = 1 THEN min(latency_p95) END AS latency_p95
FROM {DAILY_KPIS.name}
WHERE level = $level AND list_contains($projects, project) AND business_date BETWEEN $first AND $last
GROUP BY ALL
ORDER BY {{order}}
"""


def read_report(
    connection: duckdb.DuckDBPyConnection, scope: ReportScope, now: datetime | None = None
) -> ReportData:
    """Read what a page of these projects and days shows, from an opened copy.

    Whether the copy is old is judged by `now`, where it is given.
    """
    first, last = scope.first, scope.last
    copied_at = _copied_at(connection)
    sites = _measured(connection, scope, (first, last), "site", "project, site")
    projects = _measured(connection, scope, (first, last), "project", "project")
    return ReportData(
        scope=scope,
        copied_at=copied_at,
        is_old=bool(now and copied_at and now - copied_at > OLD),
        loaded_until=_loaded_until(connection, scope.projects),
        total=_total(connection, scope, (first, last)),
        before=_total(connection, scope, scope.before),
        same_weekdays=_total(connection, scope, scope.same_weekdays),
        days=_measured(connection, scope, (first, last), "project", "business_date"),
        days_before=_measured(connection, scope, scope.before, "project", "business_date"),
        hours=_rows(connection, _read("hours"), scope),
        projects=_with_before(
            projects, _measured(connection, scope, scope.before, "project", "project"), "project"
        ),
        sites=_named_apart(
            _with_before(
                sites, _measured(connection, scope, scope.before, "site", "project, site"), "project", "site"
            )
        ),
        handoffs=_rows(connection, _read("handoffs"), scope),
        releases=_rows(connection, _releases(), scope),
        functions=_rows(connection, _read("functions"), scope),
        topics=_rows(connection, _read("topics"), scope),
        states=_states(connection, scope),
        footnotes=FOOTNOTES,
    )


def newest_day(connection: duckdb.DuckDBPyConnection, projects: Sequence[str], until: date) -> date | None:
    """Give the last local day until a day, this one included, on which there are calls; None where there is none."""
    found = connection.execute(
        f"SELECT max(business_date) FROM {DAILY_KPIS.name} WHERE level = 'project' "
        "AND list_contains($projects, project) AND business_date <= $until",
        {"projects": list(projects), "until": until},
    ).fetchone()
    return found[0] if found else None


def loaded_projects(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Give the projects of which the copy has days."""
    found = connection.execute(f"SELECT DISTINCT project FROM {PARTITIONS.name} ORDER BY project").fetchall()
    return tuple(project for (project,) in found)


def _footnotes() -> dict[str, Footnote]:
    measures = {
        measure.name: Footnote(measure.name.replace("_", " ").capitalize(), measure.comment)
        for measure in MEASURES
    }
    ratios = {
        ratio.name: Footnote(ratio.title, ratio.comment, ratio.formula, ratio.polyai) for ratio in RATIOS
    }
    return measures | ratios


FOOTNOTES: Mapping[str, Footnote] = _footnotes()
"""What figures mean, as it is declared."""


def _total(connection: duckdb.DuckDBPyConnection, scope: ReportScope, days: tuple[date, date]) -> Measured:
    rows = _measured(connection, scope, days, "project", "1 AS every")
    return rows[0] if rows and rows[0]["conversations"] else {}


def _measured(
    connection: duckdb.DuckDBPyConnection, scope: ReportScope, days: tuple[date, date], level: str, keys: str
) -> list[Measured]:
    order = "sum(conversations) DESC, " if level == "site" or keys == "project" else ""
    statement = _MEASURED.format(keys=keys, order=f"{order}{keys.removesuffix(' AS every')}")
    return _rows(connection, statement, scope, days, level=level)


def _rows(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    scope: ReportScope,
    days: tuple[date, date] | None = None,
    **given: Any,
) -> list[Measured]:
    first, last = days or (scope.first, scope.last)
    found = connection.execute(
        statement, {"projects": list(scope.projects), "first": first, "last": last, **given}
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _with_before(rows: list[Measured], before: list[Measured], *keys: str) -> list[Measured]:
    calls = {tuple(row[key] for key in keys): row["conversations"] for row in before}
    return [{**row, "calls_before": calls.get(tuple(row[key] for key in keys))} for row in rows]


def _named_apart(sites: list[Measured]) -> list[Measured]:
    """Say the project of sites whose name several projects have."""
    counted = Counter(row["site"] for row in sites)
    return [
        {**row, "site": f"{row['site'] or '(unknown)'} ({row['project']})"}
        if counted[row["site"]] > 1
        else row
        for row in sites
    ]


def _releases() -> str:
    needed = {"conversations", "handoffs", "handoff_known"}
    ratios = [ratio for ratio in RATIOS if ratio.name in _OF_RELEASES]
    needed.update(name for ratio in ratios for name in ratio.measures)
    return _read("releases").format(
        measures=", ".join(
            f"{measure.formula} AS {measure.name}" for measure in MEASURES if measure.name in needed
        ),
        ratios=", ".join(f"{ratio.name}({', '.join(ratio.measures)}) AS {ratio.name}" for ratio in ratios),
    )


_OF_RELEASES = ("handoff_rate", "poly_score_mean", "function_error_rate", "slow_share")


def _states(connection: duckdb.DuckDBPyConnection, scope: ReportScope) -> list[Measured]:
    found = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [SCHEMA_DRIFT.name]
    ).fetchone()
    drifting = _rows(connection, _read("drift"), scope) if found else []
    drift = {(row["project"], row["date"]): row["drift"] for row in drifting}
    return [
        {**row, "drift": drift.get((row["project"], row["date"]), 0)}
        for row in _rows(connection, _read("states"), scope)
    ]


def _loaded_until(connection: duckdb.DuckDBPyConnection, projects: Sequence[str]) -> dict[str, date]:
    found = connection.execute(
        f"SELECT project, max(date) FROM {PARTITIONS.name} WHERE list_contains($projects, project) GROUP BY project",
        {"projects": list(projects)},
    )
    return dict(found.fetchall())


def _copied_at(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    found = connection.execute(f"SELECT made_at FROM {COPY_INFO.name}").fetchone()
    return found[0] if found else None


@cache
def _read(name: str) -> str:
    return resources.files("polyai_assets.report").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
