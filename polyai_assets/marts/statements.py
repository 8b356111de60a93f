"""The statements that make KPIs, from what is declared of measures and ratios."""

from collections.abc import Iterable
from functools import cache
from importlib import resources

import duckdb

from polyai_assets.contract.conversation import PLATFORM_METRICS
from polyai_assets.contract.marts import KPI_TABLES
from polyai_assets.contract.measures import MEASURES
from polyai_assets.contract.ratios import RATIOS
from polyai_assets.contract.tables import literal

_LEVEL = """CASE
            WHEN grouping(channel_group) = 0 AND grouping(site) = 0 THEN 'part'
            WHEN grouping(site) = 0 THEN 'site'
            WHEN grouping(channel_group) = 0 THEN 'channel'
            ELSE 'project'
        END"""
_LEVELS = """
        (project, business_date, channel_group, direction, site),
        (project, business_date, site),
        (project, business_date, channel_group),
        (project, business_date)
    """


@cache
def read_sql(name: str) -> str:
    """Read a packaged statement."""
    return resources.files("polyai_assets.marts").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def _daily_kpis() -> str:
    made = [measure for measure in MEASURES if measure.formula]
    measures = ",\n        ".join(f"{measure.formula} AS {measure.name}" for measure in made)
    sums = ",\n        ".join(
        f"{'sum' if measure.addable else 'min'}({measure.name}) AS {measure.name}" for measure in made
    )
    return read_sql("daily_kpis").format(level=_LEVEL, levels=_LEVELS, measures=measures, sums=sums)


KPI_STATEMENTS = {table.name: read_sql(table.name) for table in KPI_TABLES} | {"daily_kpis": _daily_kpis()}
"""The rows of each table of KPIs of the local days from $first to $last."""


def execute_all(connection: duckdb.DuckDBPyConnection, statements: Iterable[str]) -> None:
    """Execute statements in one transaction: each by itself would wait for the disk."""
    connection.execute(";\n".join(["BEGIN", *statements, "COMMIT"]))


def macro_statements() -> list[str]:
    """Give the statements that make the macros: every ratio, and bounds of shares."""
    described = [f"COMMENT ON MACRO {ratio.name} IS {literal(ratio.comment)}" for ratio in RATIOS]
    return [read_sql("macros").rstrip().rstrip(";"), *(ratio.macro for ratio in RATIOS), *described]


def view_statements() -> list[str]:
    """Give the statements that make the views: what is no test and has ended, who called again, metrics, ratios."""
    ratios = ", ".join(f"{ratio.name}({', '.join(ratio.measures)}) AS {ratio.name}" for ratio in RATIOS)
    platform = f"[{', '.join(map(literal, PLATFORM_METRICS))}]"
    return [
        read_sql("views").rstrip().rstrip(";"),
        read_sql("metric_catalog").format(platform=platform).rstrip(),
        "CREATE VIEW daily_ratios AS SELECT project, business_date, level, channel_group, direction, site, "
        f"conversations, {ratios}, provisional FROM daily_kpis",
        "COMMENT ON VIEW daily_ratios IS 'The ratios of each row of daily_kpis. Never average them: use the macros "
        "over sums of daily_kpis'",
    ]
