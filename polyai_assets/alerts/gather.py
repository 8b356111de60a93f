"""Gathering what is wrong with projects, from the warehouse and from the index of unsettled days."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from importlib import resources
from typing import Any

import duckdb

from polyai_assets.alerts.accepted import Decisions, accepted_drift
from polyai_assets.alerts.finding import COMPLETE, DRIFT, KPI, PROJECT, RED, Finding, Identity, without_people
from polyai_assets.alerts.sources import KPI_SOURCES, SOURCES, FindingSource
from polyai_assets.contract.drift import clean_name, form_of
from polyai_assets.contract.tables import CONTRACT_VIOLATIONS, LOADS, literal
from polyai_assets.contract.violation import DRIFT_RULES
from polyai_assets.raw.accepted_drift import is_acceptable
from polyai_assets.raw.conversations.settle import State, Unsettled
from polyai_assets.raw.remedies import accept_drift_command, backfill_commands, drift_command
from polyai_assets.warehouse.attach import SCHEMA
from polyai_assets.warehouse.catalog import column_names, table_names
from polyai_assets.warehouse.loads import of_conversations


def gather(
    connection: duckdb.DuckDBPyConnection, projects: Sequence[str], decisions: Decisions, *, kpis: bool = True
) -> list[Finding]:
    """Gather what the warehouse, attached to the connection, says of projects, but what `decisions` accept.

    With `kpis` what it says of their calls as well.

    A table that is missing says nothing.
    """
    tables = table_names(connection)
    there = [
        source
        for source in (*SOURCES, *(KPI_SOURCES if kpis else ()))
        if {source.table, source.loaded} <= tables
    ]
    sources = _with_rows(connection, there, projects)
    with accepted_drift(connection, {source.table for source in sources}, projects, decisions):
        found = [_finding(row, source) for source in sources for row in _rows(connection, source, projects)]
    return _merged(found)


def red_days(index: Iterable[Unsettled], projects: Sequence[str]) -> list[Finding]:
    """Find the red days of projects in the index of unsettled days."""
    return [_red_day(day) for day in index if day.project in projects and day.state is State.RED]


def fetched_again(index: Iterable[Unsettled]) -> set[tuple[str, date]]:
    """Find the days that failed and are being fetched again: they are neither red nor good."""
    return {(day.project, day.date) for day in index if day.state is State.FETCHING and day.failures}


def _with_rows(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[FindingSource], projects: Sequence[str]
) -> list[FindingSource]:
    """Leave out the sources whose tables have too few rows of projects: most of them, and each is dear to plan."""
    if not sources:
        return []
    enough = (
        f"(SELECT {literal(source.sql)} FROM {SCHEMA}.{source.table} WHERE list_contains($projects, project) "
        f"LIMIT 1 OFFSET {source.least - 1})"
        for source in sources
    )
    named = connection.execute(" UNION ALL ".join(enough), {"projects": list(projects)}).fetchall()
    return [source for source in sources if (source.sql,) in named]


def _rows(
    connection: duckdb.DuckDBPyConnection, source: FindingSource, projects: Sequence[str]
) -> list[dict[str, Any]]:
    given: dict[str, object] = {"projects": list(projects)}
    if source.table == CONTRACT_VIOLATIONS.name:
        given["drift_rules"] = sorted(DRIFT_RULES)
    loaded = f"FROM {SCHEMA}.{source.loaded}"
    if source.loaded == LOADS.name:
        of_them = of_conversations(column_names(connection, LOADS.name))
        loaded = f"SELECT project, date, loaded_at {loaded} WHERE {of_them}"
    days = "SELECT DISTINCT project, date FROM loaded_partitions WHERE project IN (SELECT unnest($projects))"
    found = f"daily AS ({_sql(source.sql)}), days AS ({days})"
    statement = f"WITH loaded_partitions AS ({loaded}), {found} {_sql('over_days')}"
    rows: list[dict[str, Any]] = connection.execute(statement, given).to_arrow_table().to_pylist()
    return rows


def _finding(row: dict[str, Any], source: FindingSource) -> Finding:
    path, example = row["path"], row["example"]
    # drift and figures name nothing of people; violations quote the field and the value as sent
    if source.check not in (DRIFT, KPI, PROJECT):
        place, in_turns, name = path.rpartition("turns[].")
        path, example = place + in_turns + clean_name(name), _form(example)
    return Finding(
        project=row["project"],
        check=source.check,
        kind=row["kind"],
        path=path,
        severity=row["severity"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        began=row["began"],
        days=row["days"],
        count=row["count"],
        share=None if row["share"] is None else min(row["share"], 1.0),
        example=example,
        next_step=source.next_step.format(
            project=shlex.quote(row["project"]),
            literal=literal(row["project"]),
            first=row["first_seen"],
            last=row["last_seen"],
        )
        or _next_step(row["project"], path),
    )


def _next_step(project: str, path: str) -> str:
    show = drift_command(project)
    if not is_acceptable(path):
        return show
    return f"{show}; or, if it is right as it is: {accept_drift_command(project, path)}"


def _form(quoted: str) -> str:
    return quoted if quoted in ("", "null", "missing") else form_of(quoted)


def _red_day(day: Unsettled) -> Finding:
    return Finding(
        project=day.project,
        check=COMPLETE,
        kind=RED,
        path=day.date.isoformat(),
        severity="ERROR",
        first_seen=day.since.date(),
        last_seen=(day.tried_at or day.since).date(),
        began=day.since.date(),
        days=1,
        count=max(day.failures, 1),
        share=None,
        example=without_people(day.problem),
        next_step=backfill_commands(day.project, [day.date])[0],
    )


def _merged(found: Iterable[Finding]) -> list[Finding]:
    """Join findings whose paths are the same once numbers and addresses are left out of them."""
    merged: dict[Identity, Finding] = {}
    for finding in found:
        other = merged.setdefault(finding.identity, finding)
        if other is not finding:
            merged[finding.identity] = replace(
                other,
                severity=max(finding.severity, other.severity, key=["WARN", "ERROR"].index),
                first_seen=min(finding.first_seen, other.first_seen),
                last_seen=max(finding.last_seen, other.last_seen),
                began=max(finding.began, other.began),
                days=max(finding.days, other.days),
                count=finding.count + other.count,
                share=max(
                    (share for share in (finding.share, other.share) if share is not None), default=None
                ),
            )
    return list(merged.values())


def _sql(name: str) -> str:
    return resources.files("polyai_assets.alerts").joinpath("sql", f"{name}.sql").read_text()
