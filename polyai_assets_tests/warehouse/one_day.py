"""One day on its way into the warehouse, alone."""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext

import duckdb
import pyarrow as pa

from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.load import Load, Staged
from polyai_assets.warehouse.replace import LoadRecords, TooManyViolations, replace_partitions


def replace_partition(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    load: Load,
    records: Iterable[pa.RecordBatch],
    changes: Iterable[Mapping[str, object]] = (),
    max_violation_ratio: float = 1.0,
) -> Staged:
    """Replace a partition by what raw records hold. Raises TooManyViolations."""
    (staged,) = replace_partitions(
        connection,
        warehouse,
        [load],
        lambda _: nullcontext(LoadRecords(records, changes)),
        max_violation_ratio,
    )
    if staged.exceeds(max_violation_ratio):
        raise TooManyViolations(staged, max_violation_ratio)
    return staged
