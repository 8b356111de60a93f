"""Claiming a name in a DuckLake while what it stands for is written: a partition, or tables without any.

DuckLake sees a conflict where two transactions touch rows that were there before both. Two that fill a
partition that was empty touch none, and both would commit: every row twice. So whoever replaces a partition
holds an advisory lock of the Postgres catalog meanwhile, which ends with its connection whatever happens. A
DuckDB file needs no claim: one process has it at a time.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from polyai_assets.warehouse.attach import CATALOG, Warehouse, WarehouseBusy


@contextmanager
def claimed(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, names: Sequence[str]
) -> Iterator[None]:
    """Keep other processes from claiming the names; the warehouse is attached to the connection.

    Raises WarehouseBusy when another process holds one for longer than the warehouse's `wait`.
    """
    if not warehouse.is_on_postgres:
        yield
        return
    with connection.cursor() as holder:
        holder.execute("BEGIN")
        try:
            holder.execute("CALL postgres_execute(?, ?)", [CATALOG, _lock(warehouse, names)])
        except duckdb.Error as error:
            if "lock timeout" not in str(error):
                raise
            raise WarehouseBusy(
                f"{_shown(names)} was being written in {warehouse.name} by another process for more than "
                f"{warehouse.wait:.0f} seconds"
            ) from error
        try:
            yield
        finally:
            holder.execute("ROLLBACK")


def _shown(names: Sequence[str]) -> str:
    return (
        names[0] if len(names) == 1 else f"{names[0]}, or another of {len(names)} that are written together,"
    )


def _lock(warehouse: Warehouse, names: Sequence[str]) -> str:
    """Give the statement that locks all names, in one order: who waits for another holds none that it waits for."""
    keys = sorted(
        int.from_bytes(hashlib.sha256(f"polyai_assets {name}".encode()).digest()[:8], signed=True)
        for name in names
    )
    milliseconds = max(1, int(warehouse.wait * 1000))
    locks = "; ".join(f"SELECT pg_advisory_xact_lock({key})" for key in keys)
    return f"SET LOCAL lock_timeout = {milliseconds}; {locks}"
