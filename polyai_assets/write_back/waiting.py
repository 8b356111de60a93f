"""Whether there is anything to publish: a look that changes nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import duckdb

from polyai_assets.machine.actionable import Actionable
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.write_back.lease import Leases
from polyai_assets.write_back.state import State
from polyai_assets.write_back.tables import REQUEST_TABLES, moment_of, qualified, statement

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOK_AGAIN = timedelta(minutes=1)


class NoTables(Actionable):
    """The tables of the requests are not there yet."""


def first_due(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    projects: Sequence[str],
    leases: Leases,
    now: datetime,
) -> datetime | None:
    """Find when the first request of these projects is due; None if there is none.

    What a live publisher is sending is looked at again in a minute. Raises NoTables, WarehouseBusy and
    WarehouseUnreachable.
    """
    with warehouse.attached(connection, read_only=True):
        found = connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'warehouse' AND schema_name = 'main' "
            "AND list_contains($names, table_name)",
            {"names": [table.name for table in REQUEST_TABLES]},
        ).fetchone()
        if found != (len(REQUEST_TABLES),):
            raise NoTables
        pending = connection.execute(statement("waiting"), {"projects": list(projects)}).fetchone()
        moments = [moment_of(pending[0])] if pending and pending[0] is not None else []
        for table in REQUEST_TABLES:
            sending = connection.execute(
                f"SELECT DISTINCT sending_by, epoch_us(sending_until) FROM {qualified(table)} WHERE state = $state",
                {"state": State.SENDING.value},
            )
            for publisher, until in sending.fetchall():
                gone = leases.is_gone(publisher, None if until is None else moment_of(until), now)
                moments.append(_EPOCH if gone else now + _LOOK_AGAIN)
    return min(moments, default=None)
