"""The rows of `migration_parity`, as they are loaded."""

import pyarrow as pa

from polyai_assets.contract.parity import DayParity


def rows_of(parity: DayParity) -> pa.Table:
    """Give the rows of a day, with the columns of the table but project and date."""
    rows = parity.rows
    return pa.table(
        {
            "path": pa.array([one.path for one in rows], pa.string()),
            "verdict": pa.array([one.verdict.told(parity.versions) for one in rows], pa.string()),
            "count": pa.array([one.count for one in rows], pa.int64()),
            "total": pa.array([one.total for one in rows], pa.int64()),
            "example_conversation_id": pa.array([one.example_conversation_id for one in rows], pa.string()),
            "example": pa.array([one.example for one in rows], pa.string()),
            "old_version": pa.array([parity.versions.old] * len(rows), pa.string()),
            "new_version": pa.array([parity.versions.new] * len(rows), pa.string()),
            "compared_at": pa.array([parity.compared_at] * len(rows), pa.timestamp("us", tz="UTC")),
        }
    )
