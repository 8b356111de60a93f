"""Calls whose truth is known, as a delivery leaves them in a DuckDB file and in Postgres."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from pydantic import SecretStr

from polyai_assets.contract.columns import ARROW_TYPES
from polyai_assets.contract.delivery_log import DELIVERY_LOG
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATION_FACTS,
    CONVERSATIONS,
    DETAIL_TURNS,
    FUNCTION_EVENTS,
    METRICS,
    TURN_SAFETY_FINDINGS,
    TURN_TOPICS,
    TURNS,
    Table,
    literal,
    quote,
)
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.manifest import ColumnPublished
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets_tests.dbt_package.base_calls import BASE_DAYS, BASE_STATES
from polyai_assets_tests.marts.planted import FIRST, LAST, LOADED_AT, ZONES, partition_state

SCHEMA = "polyai"
DELIVERED = (
    *(CONVERSATIONS, TURNS, METRICS, CONVERSATION_FACTS),
    *(TURN_TOPICS, FUNCTION_EVENTS, CONVERSATION_DETAILS, DETAIL_TURNS, TURN_SAFETY_FINDINGS),
)
DELIVERED_AT = datetime.now(UTC).replace(microsecond=0)
"""When the last day was delivered; freshness is judged by the clock."""
WITH_TURNS_AT = DELIVERED_AT - timedelta(hours=1)
"""When the last day that has turns was delivered."""

_OF_FACTS = """
SELECT project, date, conversation_id, region, account_id, project_id, environment, channel, started_at,
    false AS in_progress, num_turns, total_seconds AS total_duration, handoff
FROM planted.conversation_facts
"""


def log_rows() -> list[LogRow]:
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    of_base_calls = [_log_row(project, day, BASE_STATES[project]) for project, day in BASE_DAYS.items()]
    return [_log_row(project, day, partition_state(day)) for project in ZONES for day in days] + of_base_calls


def _log_row(project: str, day: date, state: str) -> LogRow:
    is_last = (project, day) == (next(iter(ZONES)), LAST)
    names = [table.name for table in DELIVERED if not (is_last and table is TURNS)]
    return LogRow(
        project=project,
        date=day,
        version=1,
        certificate_sha256="",
        verdict="provisional" if state == "provisional" else "complete",
        settled=state == "settled",
        schema_version="1",
        tables=",".join(names),
        rows_expected=7,
        rows_found=7,
        differing="",
        verified_at=DELIVERED_AT,
        published_at=LOADED_AT,
        delivered_at=DELIVERED_AT if is_last else WITH_TURNS_AT,
        restated_count=0,
        nul_characters=0,
    )


def deliver_to_file(warehouse: Path, base_calls: Path, file: Path) -> None:
    """Write what warehouses of planted and of base calls have into a DuckDB file, as its tables are declared.

    Of base calls the facts are left out.
    """
    with duckdb.connect(str(file)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {literal(str(warehouse))} AS planted (READ_ONLY)")
        connection.execute(f"ATTACH {literal(str(base_calls))} AS base (READ_ONLY)")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        there = connection.execute("SELECT database_name, table_name FROM duckdb_tables()").fetchall()
        for table in (*DELIVERED, DELIVERY_LOG):
            connection.execute(table.create(SCHEMA))
            if ("planted", table.name) in there:
                _insert(connection, table, f"planted.{quote(table.name)}")
            if ("base", table.name) in there and table is not CONVERSATION_FACTS:
                _insert(connection, table, f"base.{quote(table.name)}")
        _insert(connection, CONVERSATIONS, f"({_OF_FACTS})")
        kinds = pa.schema({field.name: ARROW_TYPES[field.kind] for field in DELIVERY_LOG.fields})
        connection.register("given", pa.Table.from_pylist([asdict(row) for row in log_rows()], kinds))
        _insert(connection, DELIVERY_LOG, "given")
        connection.unregister("given")


def _insert(connection: duckdb.DuckDBPyConnection, table: Table, source: str) -> None:
    connection.execute(f"INSERT INTO {SCHEMA}.{quote(table.name)} BY NAME FROM {source}")


def deliver_to_postgres(file: Path, database: str) -> None:
    """Write what such a file has into Postgres, by the types that a delivery gives it there."""
    settings = DeliverySettings("golden", "postgres", SecretStr(database), SCHEMA)
    with duckdb.connect() as connection:
        with closing(open_target(settings, connection)) as target:
            for table in (*DELIVERED, DELIVERY_LOG):
                target.create_table(table.name, published_columns(table), {})
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH {literal(str(file))} AS delivered (READ_ONLY)")
        connection.execute(f"ATTACH {literal(database)} AS server (TYPE postgres)")
        for table in (*DELIVERED, DELIVERY_LOG):
            place = f"{SCHEMA}.{quote(table.name)}"
            connection.execute(f"INSERT INTO server.{place} FROM delivered.{place}")


def published_columns(table: Table) -> Sequence[ColumnPublished]:
    return [ColumnPublished(field.name, field.kind.sql_type) for field in table.fields]
