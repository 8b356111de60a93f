"""Loading records of any start into a partition."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets_tests.contract.records import payload
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.warehouse.conftest import batch
from polyai_assets_tests.warehouse.one_day import replace_partition


def replace_records(warehouse: Warehouse, load: Load, records: Sequence[dict[str, Any]]) -> Staged:
    """Replace a partition by records, each at its own start."""
    batches = [
        batch(payload(record), start=datetime.fromisoformat(record["started_at"])) for record in records
    ]
    whole = pa.Table.from_batches(batches).combine_chunks().to_batches() if batches else []
    with own_duckdb(memory_limit="200MB") as connection:
        return replace_partition(connection, warehouse, load, whole)
