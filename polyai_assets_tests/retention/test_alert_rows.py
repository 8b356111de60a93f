"""What goes of findings and messages: those that are done with for long enough, of one project."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.lasting_tables import FINDINGS, OUTBOX
from polyai_assets.contract.tables import Table
from polyai_assets.raw.retention_days import LOGS
from polyai_assets.retention.rows import RowStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.deployment import BANK, HOTEL, configured
from polyai_assets_tests.looking import looking_into, own_duckdb

pytestmark = pytest.mark.slow

CONFIG = configured(HOTEL, "http://127.0.0.1:1")
BEFORE = date(2025, 3, 5)
OLD, NEW = datetime(2025, 3, 4, 23, 59, tzinfo=UTC), datetime(2025, 3, 5, tzinfo=UTC)


def put(connection: duckdb.DuckDBPyConnection, table: Table, **values: Any) -> None:
    given = {"project": HOTEL.key, **values}
    listed = ", ".join(f"${name}" for name in given)
    connection.execute(f"INSERT INTO {table.name} ({', '.join(given)}) VALUES ({listed})", given)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    file = tmp_path / "polyai.duckdb"
    with duckdb.connect(str(file)) as connection:
        for table in (FINDINGS, OUTBOX):
            connection.execute(table.create("main"))
        put(connection, FINDINGS, path="resolved long ago", resolved_at=OLD)
        put(connection, FINDINGS, path="resolved since", resolved_at=NEW)
        put(connection, FINDINGS, path="open")
        put(connection, FINDINGS, path="of another", resolved_at=OLD, project=BANK.key)
        put(connection, OUTBOX, body="delivered long ago", created_at=OLD, delivered_at=OLD)
        put(connection, OUTBOX, body="delivered since", created_at=OLD, delivered_at=NEW)
        put(connection, OUTBOX, body="given up long ago", created_at=OLD)
        put(connection, OUTBOX, body="still tried", created_at=OLD, next_attempt_at=NEW)
        put(connection, OUTBOX, body="of another", created_at=OLD, project=BANK.key)
    return Warehouse(str(file))


def test_old_findings_and_messages_that_are_done_with_go_and_no_others(warehouse: Warehouse) -> None:
    with own_duckdb() as connection:
        rows = RowStore(connection, warehouse, PACKAGED)
        assert rows.count(CONFIG, {LOGS: BEFORE}).messages == 3
        rows.delete_alerts(CONFIG, BEFORE)
        assert rows.count(CONFIG, {LOGS: BEFORE}).messages == 0
    with looking_into(Path(warehouse.target)) as connection:
        assert connection.execute("SELECT path FROM findings ORDER BY ALL").fetchall() == [
            ("of another",),
            ("open",),
            ("resolved since",),
        ]
        assert connection.execute("SELECT body FROM alert_outbox ORDER BY ALL").fetchall() == [
            ("delivered since",),
            ("of another",),
            ("still tried",),
        ]
