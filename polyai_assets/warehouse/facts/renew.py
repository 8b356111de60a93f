"""Making the facts of a partition anew without loading it: when the settings or the state of its day have changed."""

import duckdb

from polyai_assets.contract.tables import CONVERSATION_FACTS, CONVERSATIONS
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import empty_tables
from polyai_assets.warehouse.facts.figures_of_facts import FactTally
from polyai_assets.warehouse.facts.make import facts_tables, make_facts, settings_hash
from polyai_assets.warehouse.facts.masked import check_policy
from polyai_assets.warehouse.load import FactFigures, Load
from polyai_assets.warehouse.threads import MANY_ROWS, threads_for
from polyai_assets.warehouse.transaction import in_transaction

_OTHERWISE = f"""
SELECT
    (SELECT count(*) FROM {SCHEMA}.{CONVERSATIONS.name} WHERE project = $project AND date = $date) + $erased <> count(*)
    OR bool_or((settings_hash, partition_state, certificate_sha256)
        IS DISTINCT FROM ($settings_hash, $state, $records))
FROM {SCHEMA}.{CONVERSATION_FACTS.name} WHERE project = $project AND date = $date
"""


def renew_facts(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, load: Load) -> FactFigures:
    """Make the facts of a partition of what its tables hold; gives what is shown of them.

    Raises MaskedOtherwise, WarehouseBusy and WarehouseUnreachable.
    """

    def work(connection: duckdb.DuckDBPyConnection) -> FactFigures:
        check_policy(connection, load)
        empty = empty_tables(connection, warehouse)
        return make_facts(connection, [load], empty=empty)[load.date]

    written = (CONVERSATIONS, *facts_tables(load.kpi))
    with threads_for(connection, MANY_ROWS):  # how many there are is known when they are made
        return in_transaction(
            connection,
            warehouse,
            str(load.partition),
            written,
            work,
        )


def stored_facts(connection: duckdb.DuckDBPyConnection, load: Load) -> FactFigures | None:
    """Give what is shown of the facts of a partition, if they are made with what they would be made with now.

    The warehouse is attached. None where they are not, or are not there.
    """
    given = {
        "project": load.project,
        "date": load.date,
        "settings_hash": settings_hash(load.kpi, has_details=load.has_details, policy=load.policy),
        "state": load.state,
        "records": load.records,
        "erased": len(load.erased_facts),
    }
    try:
        ((otherwise,),) = connection.execute(_OTHERWISE, given).fetchall()
        return None if otherwise else _figures(connection, load)
    except (duckdb.CatalogException, duckdb.BinderException):
        return None


def _figures(connection: duckdb.DuckDBPyConnection, load: Load) -> FactFigures:
    """Add up the facts that are stored of a partition."""
    tally, rows = FactTally(), 0
    for batch in connection.execute(
        f"SELECT {', '.join(FactTally.COLUMNS)} FROM {SCHEMA}.{CONVERSATION_FACTS.name} "
        "WHERE project = ? AND date = ?",
        [load.project, load.date],
    ).to_arrow_reader():
        tally.add(batch)
        rows += len(batch)
    return tally.figures(rows)
