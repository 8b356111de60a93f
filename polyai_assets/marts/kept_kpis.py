"""KPIs that stay when the rows that they were counted from go: kept in the warehouse, and put into every copy.

The copy is made from the rows of calls. Before rows of a day are removed, the KPIs of its local days are kept, and of
the days near it: a call of the week before may be one that was repeated, and a local day lies in two of UTC. Whoever
makes the copy later takes these figures for those days, whatever rows there are.
"""

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

import duckdb

from polyai_assets.contract.marts import DAILY_KPIS, KEPT_KPI_TABLES, KPI_TABLES
from polyai_assets.contract.tables import literal
from polyai_assets.marts.months import NEAR
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.transaction import in_transaction

_KEPT_DAYS = f"SELECT DISTINCT project, business_date FROM {SCHEMA}.{KEPT_KPI_TABLES[DAILY_KPIS.name].name}"


def keep_kpis(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, copy: Path, project: str, before: date
) -> None:
    """Keep the KPIs of the days of a project whose rows may change when those before a date go.

    `copy` is a copy of the warehouse as it is now. Figures that are kept already stay. Raises WarehouseBusy and
    WarehouseUnreachable.
    """
    given = {"project": project, "last": before + timedelta(days=NEAR)}

    def keep(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE new_days AS SELECT DISTINCT project, business_date "
            f"FROM figures.{DAILY_KPIS.name} WHERE project = $project AND business_date <= $last "
            f"AND (project, business_date) NOT IN ({_KEPT_DAYS})",
            given,
        )
        for name, kept in KEPT_KPI_TABLES.items():
            connection.execute(
                f"INSERT INTO {SCHEMA}.{kept.name} BY NAME SELECT * FROM figures.{name} "
                "WHERE (project, business_date) IN (FROM new_days)"
            )

    connection.execute(f"ATTACH {literal(str(copy))} AS figures (READ_ONLY)")
    try:
        in_transaction(connection, warehouse, f"{project} figures", KEPT_KPI_TABLES.values(), keep)
    finally:
        connection.execute("DETACH figures")


def restore_kpis(connection: duckdb.DuckDBPyConnection, tables: Collection[str]) -> None:
    """Put the kept KPIs into the copy that is being made, in the place of what was counted for their days.

    `tables` are those of the attached warehouse.
    """
    if not {kept.name for kept in KEPT_KPI_TABLES.values()} <= set(tables):
        return
    for table in KPI_TABLES:
        kept = KEPT_KPI_TABLES[table.name]
        connection.execute(f"DELETE FROM {table.name} WHERE (project, business_date) IN ({_KEPT_DAYS})")
        connection.execute(f"INSERT INTO {table.name} BY NAME SELECT * FROM {SCHEMA}.{kept.name}")
