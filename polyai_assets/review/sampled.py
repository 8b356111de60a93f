"""Reading sampled conversations from the warehouse."""

import shlex
from datetime import date
from importlib import resources

import duckdb
import pyarrow as pa

from polyai_assets.contract.tables import CONVERSATIONS, QA_SAMPLES, TURNS
from polyai_assets.raw.remedies import launch_command
from polyai_assets.review.errors import NothingToReview
from polyai_assets.warehouse.attach import SCHEMA, Warehouse
from polyai_assets.warehouse.catalog import table_names

_NEEDED = (QA_SAMPLES, CONVERSATIONS, TURNS)


def sampled_turns(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    project: str,
    since: date | None,
    until: date | None,
) -> pa.Table:
    """Read the turns of a project's sampled conversations, a row each, with `project, date, conversation_id, channel`.

    Without days, those of the newest sample. A conversation without turns has one row, without `turn_index`;
    `is_there` tells whether it is in the table of conversations. Raises NothingToReview, WarehouseBusy and
    WarehouseUnreachable.
    """
    with warehouse.attached(connection, read_only=True):
        _need_tables(connection, project)
        if since is None and until is None:
            since = until = _newest(connection, project)
        given = {"project": project, "since": since or date.min, "until": until or date.max}
        statement = resources.files("polyai_assets.review").joinpath("sql", "sampled_turns.sql").read_text()
        turns = connection.execute(statement, given).to_arrow_table()
    if not turns.num_rows:
        raise NothingToReview(
            f"no conversation of {project} was drawn {_describe(since, until)}: set samples in defs.yaml. Then, "
            f"for a day: {_draw(project, until)}"
        )
    return turns


def _need_tables(connection: duckdb.DuckDBPyConnection, project: str) -> None:
    found = table_names(connection)
    missing = [table.name for table in _NEEDED if table.name not in found]
    if missing:
        step = (
            _draw(project, None)
            if missing == [QA_SAMPLES.name]
            else f"polyai backfill {shlex.quote(project)}"
        )
        raise NothingToReview(f"the warehouse has no table {', '.join(missing)}. First: {step}")


def _draw(project: str, day: date | None) -> str:
    return launch_command(QA_SAMPLES.name, f"{day or 'DAY'}|{project}")


def _newest(connection: duckdb.DuckDBPyConnection, project: str) -> date | None:
    row = connection.execute(
        f"SELECT max(date) FROM {SCHEMA}.{QA_SAMPLES.name} WHERE project = ?", [project]
    ).fetchone()
    return row[0] if row else None


def _describe(since: date | None, until: date | None) -> str:
    if since == until:
        return f"on {since}" if since else "yet"
    return f"from {since or 'the first day'} to {until or 'today'}"
