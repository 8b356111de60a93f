"""The warehouse: is it there, can it be opened, and who holds it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from polyai_assets.doctor.finding import Finding, green, yellow
from polyai_assets.warehouse.attach import Warehouse, WarehouseBusy, WarehouseUnreachable

NAME = "warehouse"
HINT = (
    "check `warehouse` in defs.yaml; the raw store can make it anew: move it away and materialize the tables"
)


def look_at_warehouse(target: str, data: str | None) -> Iterator[Finding]:
    """Open the warehouse for a moment, as a run would. Raises what DuckDB says of one that cannot be opened."""
    warehouse = Warehouse(target, data, wait=1.0)
    if not warehouse.is_ducklake and not Path(target).exists():
        yield green(NAME, f"{warehouse.name} is not there yet: the first run makes it")
        return
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        try:
            # a DuckDB file for writing: whoever only reads it keeps a run from writing too
            with warehouse.attached(connection, read_only=warehouse.is_ducklake):
                tables = connection.execute(
                    "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'warehouse'"
                ).fetchone()
        except WarehouseBusy as error:
            holder = str(error).partition(": ")[2].partition(". ")[0]
            yield yellow(
                NAME,
                f"{warehouse.name} is held: {holder}",
                "a run waits for ten minutes; close that program if it is none of Dagster's",
            )
            return
        except (duckdb.Error, WarehouseUnreachable) as error:
            if not (warehouse.is_ducklake and _is_new(error)):
                raise
            yield green(NAME, f"{warehouse.name} is reached, and empty: the first run makes its tables")
            return
    yield green(NAME, f"{warehouse.name} opens, with {tables[0] if tables else 0} tables")


def _is_new(error: Exception) -> bool:
    """Tell whether a DuckLake's catalog is there, but nothing in it yet."""
    text = str(error)
    no_tables = "Existing DuckLake at metadata catalog" in text and "does not exist" in text
    return no_tables or "in read-only mode: database does not exist" in text  # a catalog that is a file
