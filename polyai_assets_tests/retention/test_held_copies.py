"""What a receipt says of copies that a removal does not reach."""

import re
from pathlib import Path

from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.retention.held_copies import of_target
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect


def test_the_statements_for_a_ducklake_leave_nothing_of_a_deleted_row(tmp_path: Path):
    data = tmp_path / "files"
    lake = Warehouse(f"ducklake:{tmp_path / 'lake.ducklake'}", str(data))
    statements = re.findall(
        r"ducklake_\w+\([^()]*(?:\(\))?\)", of_target(DeliverySettings("share", "ducklake", None)).until
    )
    assert len(statements) == 4
    with connect() as connection, lake.attached(connection):
        connection.execute(
            "CREATE TABLE warehouse.calls AS SELECT range AS id, 'caller ' || range AS who FROM range(99)"
        )
        connection.execute("DELETE FROM warehouse.calls WHERE id = 7")
        assert len(holding(data)) == 1
        for statement in statements:
            connection.execute(f"CALL {statement}".replace("'lake'", "'warehouse'"))
        assert holding(data) == []
        assert connection.execute("SELECT count(*) FROM warehouse.calls").fetchall() == [(98,)]


def holding(folder: Path) -> list[Path]:
    with connect() as connection:
        return [
            file
            for file in folder.rglob("*.parquet")
            if "delete" not in file.name
            and connection.execute(
                "SELECT 1 FROM read_parquet(?) WHERE who = 'caller 7'", [str(file)]
            ).fetchall()
        ]
