"""The tables of a day that is to be published: whether it is, and that they hold what its certificate is about."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from polyai_assets.contract.tables import CONVERSATION_FACTS, LOADS
from polyai_assets.delivery.settings import Include
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.remedies import backfill_command
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import StoredColumns, read_columns
from polyai_assets.warehouse.loads import of_conversations


class NotLoaded(Actionable):
    """The tables do not hold what the certificate of a day is about; says how to load it."""


@contextmanager
def day_read(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, certificate: Certificate
) -> Iterator[StoredColumns]:
    """Read the tables of a day as one load has left them, that of the certificate; gives which there are.

    Raises NotLoaded, WarehouseBusy and WarehouseUnreachable.
    """
    with warehouse.attached(connection, read_only=True):
        connection.execute("BEGIN")
        try:
            stored = read_columns(connection)
            _check_loaded(connection, stored, certificate)
            yield stored
        finally:
            connection.execute("ROLLBACK")


def why_left_out(certificate: Certificate | None, include: Include) -> str:
    """Say why a day is not to be published; nothing where it is."""
    if certificate is None:
        return "it was never fetched"
    if include == "settled" and not certificate.settled:
        return "it is not settled"
    if include == "certified" and not certificate.is_complete:
        return f"it is {verdict_of(certificate)}"
    return ""


def verdict_of(certificate: Certificate) -> str:
    """Say in a word what a certificate says of its day."""
    if certificate.is_provisional:
        return "provisional"
    return "complete" if certificate.is_complete else "incomplete"


def _check_loaded(
    connection: duckdb.DuckDBPyConnection, stored: StoredColumns, certificate: Certificate
) -> None:
    loaded = None
    of_them = of_conversations(stored.get(LOADS.name, {}))
    # facts name it too, and `loads` has no row of a day of which too much was found wrong
    for table, column, chosen in (
        (LOADS.name, "records_sha256", of_them),
        (CONVERSATION_FACTS.name, "certificate_sha256", "true"),
    ):
        if loaded is None and table in stored:
            loaded = connection.execute(
                f"SELECT {column} FROM {SCHEMA}.{table} WHERE project = ? AND date = ? AND {chosen} LIMIT 1",
                [certificate.project, certificate.date],
            ).fetchone()
    if loaded is None or loaded[0] != certificate.content_sha256:
        held = "nothing of this day" if loaded is None else "another fetch of this day"
        raise NotLoaded(
            f"the tables hold {held}, and not what its certificate is about. "
            f"Load it: `{backfill_command(certificate.partition, '--replay')}`"
        )
