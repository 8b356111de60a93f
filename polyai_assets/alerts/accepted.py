"""The rows of drift that people have accepted, beside the tables while findings are gathered."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from polyai_assets.contract.tables import DETAIL_DRIFT, SCHEMA_DRIFT
from polyai_assets.raw.accepted_drift import AcceptedDrift, accepting
from polyai_assets.warehouse.attach import SCHEMA

Decisions = Callable[[str], Sequence[AcceptedDrift]]
"""From the key of a project to what was accepted of it."""

_COLUMNS = pa.schema(
    [("project", pa.string()), ("date", pa.date32()), ("path", pa.string()), ("kind", pa.string())]
)


@contextmanager
def accepted_drift(
    connection: duckdb.DuckDBPyConnection,
    tables: Collection[str],
    projects: Sequence[str],
    decisions: Decisions,
) -> Iterator[None]:
    """Let queries find as `accepted_drift` the project, date, path and kind of what is accepted in the attached tables.

    Only of projects that have drift is it asked what was decided.
    """
    of_drift = [table.name for table in (SCHEMA_DRIFT, DETAIL_DRIFT) if table.name in tables]
    found = [row for table in of_drift for row in _accepted(connection, table, projects, decisions)]
    connection.register("accepted_drift", pa.Table.from_pylist(found, _COLUMNS))
    try:
        yield
    finally:
        connection.unregister("accepted_drift")


def _accepted(
    connection: duckdb.DuckDBPyConnection, table: str, projects: Sequence[str], decisions: Decisions
) -> Iterator[dict[str, object]]:
    drifting = connection.execute(
        f"SELECT DISTINCT project FROM {SCHEMA}.{table} WHERE project IN (SELECT unnest(?))", [list(projects)]
    ).fetchall()
    for (project,) in drifting:
        decided = decisions(project)
        rows = connection.execute(
            f"SELECT date, path, kind, example FROM {SCHEMA}.{table} "
            "WHERE project = ? AND path IN (SELECT unnest(?::VARCHAR[]))",
            [project, [decision.path for decision in decided]],
        ).fetchall()
        for day, path, kind, example in rows:
            if accepting(decided, path, kind, example, day) is not None:
                yield {"project": project, "date": day, "path": path, "kind": kind}
