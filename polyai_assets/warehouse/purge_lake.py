"""Removing from a DuckLake what its snapshots keep of rows that were deleted, in its data and in its catalog.

A lake marks rows as deleted and keeps their files for the snapshots before. So files with deleted rows are written
anew, all snapshots but the newest expire, and the files that only they had are removed. A query that reads an older
snapshot meanwhile may fail, and succeeds when it is tried again.
"""

import re

import duckdb

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.compact import compact
from polyai_assets.warehouse.target import LAKE

_STEPS = (
    "CALL ducklake_flush_inlined_data('warehouse')",
    "CALL ducklake_rewrite_data_files('warehouse', delete_threshold => 0)",
    "CALL ducklake_expire_snapshots('warehouse', older_than => now())",
    "CALL ducklake_cleanup_old_files('warehouse', cleanup_all => true)",
    # files that younger transactions have not named yet stay
    "CALL ducklake_delete_orphaned_files('warehouse', older_than => now() - INTERVAL 1 HOUR)",
)

_OTHER_DATABASE = re.compile(r"(postgres|sqlite|mysql):")


def purge_lake(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    """Purge a DuckLake; a catalog that is a DuckDB file is written anew, too.

    Raises NoRoomToCompact, WarehouseBusy, WarehouseUnreachable and ExtensionMissing.
    """
    with warehouse.attached(connection):
        for step in _STEPS:
            connection.execute(step).fetchall()
    catalog = _catalog_file(warehouse)
    if catalog is not None:
        compact(connection, Warehouse(catalog, wait=warehouse.wait))


def _catalog_file(warehouse: Warehouse) -> str | None:
    """Give the DuckDB file in which a lake has its catalog; None where that is another database."""
    place = warehouse.target.removeprefix(LAKE).removeprefix("duckdb:")
    return None if _OTHER_DATABASE.match(place) else place
