"""Looking at the requests: what is new, what a dead publisher left, what cannot be published, what is to be sent; when.

All of it happens in one transaction, before any call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from polyai_assets.contract.write_back import ANNOTATION_TYPES, ROLES
from polyai_assets.machine.actionable import Actionable
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.catalog import table_names
from polyai_assets.write_back.lease import Leases
from polyai_assets.write_back.tables import (
    ANNOTATION_REQUESTS,
    NOTE_REQUESTS,
    REQUEST_TABLES,
    RequestState,
    Table,
    moment_of,
    qualified,
    select,
    statement,
)

_LEFT = "the publisher ended while it was sending this"
_LOOK_FIRST = (
    "look at the conversation before it is sent again: polyai write-back --retry-unknown does that, "
    "and if it is there, UPDATE … SET state = 'done'"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is sent in one call: all pending annotations of a conversation, or its note."""

    table: Table
    project: str
    conversation_id: str
    request_ids: Sequence[str]


@dataclass(slots=True)
class PendingWork:
    """What a look found: what is to be sent, by project and in order; what it refused; what became unknown."""

    units: list[Unit] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Project and request id."""
    unknown: list[tuple[str, str]] = field(default_factory=list)
    """Project and request id."""
    gone: set[str] = field(default_factory=set)
    """Publishers that have died; nothing is theirs any more."""


def look(
    connection: duckdb.DuckDBPyConnection,
    projects: Sequence[str],
    leases: Leases,
    now: datetime,
    *,
    only_due: bool = False,
) -> PendingWork:
    """Bring the requests up to date, and find what is to be sent for `projects`; of the others nothing is judged.

    With `only_due`, what waits is left alone until its time has come.
    """
    found = PendingWork()
    tables = [table for table in REQUEST_TABLES if _has_rows(connection, table)]
    for table in tables:
        _take_note(connection, table, now)
        _recover(connection, table, leases, now, found)
    given = {"projects": list(projects)}
    words = {"roles": list(ROLES), "annotation_types": list(ANNOTATION_TYPES)}
    if ANNOTATION_REQUESTS in tables:
        _refuse(connection, ANNOTATION_REQUESTS, "refuse_annotations", {**given, **words}, now, found)
    if NOTE_REQUESTS in tables:
        _refuse(connection, NOTE_REQUESTS, "refuse_notes", given, now, found)
        _refuse(connection, NOTE_REQUESTS, "supersede_notes", given, now, found)
    for table in tables:
        connection.execute(statement("project_pauses").format(table=qualified(table)))
    found.units = _units(connection, tables, projects, now, only_due=only_due)
    return found


def _has_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> bool:
    """Tell whether there was ever a request: the statements that follow take longer to plan than to do nothing."""
    return connection.execute(f"SELECT 1 FROM {qualified(table)} LIMIT 1").fetchone() is not None


def _take_note(connection: duckdb.DuckDBPyConnection, table: Table, now: datetime) -> None:
    """Fill in what whoever made a request has left out."""
    name = qualified(table)
    connection.execute(
        f"UPDATE {name} SET request_id = uuid()::VARCHAR WHERE trim(coalesce(request_id, '')) = ''"
    )
    # What comes again under an id that is known may be a statement that was run twice.
    connection.execute(
        f"UPDATE {name} SET request_id = uuid()::VARCHAR, state = 'refused', finished_at = $now, "
        "error = 'the request_id ' || request_id || ' was used before' "
        f"WHERE rowid IN (SELECT rowid FROM {name} QUALIFY row_number() OVER "
        "(PARTITION BY request_id ORDER BY coalesce(state, 'pending') = 'pending', rowid) > 1)",
        {"now": now},
    )
    connection.execute(
        f"UPDATE {name} SET state = coalesce(state, 'pending'), requested_at = coalesce(requested_at, $now), "
        "source = coalesce(source, 'sql'), attempts = coalesce(attempts, 0) "
        "WHERE state IS NULL OR requested_at IS NULL OR source IS NULL OR attempts IS NULL",
        {"now": now},
    )


def _recover(
    connection: duckdb.DuckDBPyConnection, table: Table, leases: Leases, now: datetime, found: PendingWork
) -> None:
    """Decide about what publishers were sending that have died: only a note may be sent again."""
    sending = select(
        connection,
        "SELECT request_id, project, sending_by, epoch_us(sending_until) AS until "
        f"FROM {qualified(table)} WHERE state = $state",
        {"state": RequestState.SENDING.value},
    )
    left = [
        request
        for request in sending
        if leases.is_gone(
            request["sending_by"], None if request["until"] is None else moment_of(request["until"]), now
        )
    ]
    if not left:
        return
    found.gone |= {request["sending_by"] for request in left if request["sending_by"]}
    again = table is NOTE_REQUESTS
    connection.execute(
        f"UPDATE {qualified(table)} SET state = $state, error = $error, finished_at = $finished_at, "
        "sending_until = NULL WHERE request_id IN (SELECT unnest($ids))",
        {
            "state": (RequestState.PENDING if again else RequestState.UNKNOWN).value,
            "error": f"{_LEFT}; it is sent again" if again else f"{_LEFT}; {_LOOK_FIRST}",
            "finished_at": None if again else now,
            "ids": [request["request_id"] for request in left],
        },
    )
    if not again:
        found.unknown += [(request["project"], request["request_id"]) for request in left]


def _refuse(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    judge: str,
    given: dict[str, Any],
    now: datetime,
    found: PendingWork,
) -> None:
    """Refuse what a statement finds a problem with."""
    problems = connection.execute(statement(judge), given).fetchall()
    if not problems:
        return
    ids = [request_id for request_id, _ in problems]
    connection.execute(
        f"UPDATE {qualified(table)} SET state = 'refused', error = judged.problem, finished_at = $now "
        "FROM (SELECT unnest($ids) AS request_id, unnest($problems) AS problem) AS judged "
        f"WHERE {qualified(table)}.request_id = judged.request_id",
        {"ids": ids, "problems": [problem for _, problem in problems], "now": now},
    )
    refused = connection.execute(
        f"SELECT coalesce(project, ''), request_id FROM {qualified(table)} WHERE request_id IN (SELECT unnest($ids))",
        {"ids": ids},
    )
    found.refused += refused.fetchall()


def _units(
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[Table],
    projects: Iterable[str],
    now: datetime,
    *,
    only_due: bool,
) -> list[Unit]:
    """Find what is to be sent: what was tried less often first, so that no request holds up the others for ever.

    A project in which something was tried in vain comes after the others: its calls may take minutes again.
    """
    waiting = []
    for table in tables:
        rows = select(
            connection,
            "SELECT project, conversation_id, list(request_id ORDER BY rowid) AS request_ids, "
            "min(attempts) AS attempts, coalesce(min(epoch_us(requested_at)), 0) AS since, min(rowid) AS place "
            f"FROM {qualified(table)} WHERE state = 'pending' AND project IN (SELECT unnest($projects)) "
            "GROUP BY project, conversation_id "
            "HAVING NOT $only_due OR bool_or(next_attempt_at IS NULL OR next_attempt_at <= $now)",
            {"projects": list(projects), "only_due": only_due, "now": now},
        )
        waiting += [(row["project"], row["attempts"], row["since"], row["place"], table, row) for row in rows]
    in_trouble = {project for project, attempts, *_ in waiting if attempts}
    waiting.sort(key=lambda row: (row[0] in in_trouble, *row[:4]))
    return [
        Unit(
            table=table,
            project=project,
            conversation_id=row["conversation_id"],
            request_ids=row["request_ids"],
        )
        for project, *_, table, row in waiting
    ]


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
        if not table_names(connection) >= {table.name for table in REQUEST_TABLES}:
            raise NoTables
        pending = connection.execute(statement("waiting"), {"projects": list(projects)}).fetchone()
        moments = [moment_of(pending[0])] if pending and pending[0] is not None else []
        for table in REQUEST_TABLES:
            sending = connection.execute(
                f"SELECT DISTINCT sending_by, epoch_us(sending_until) FROM {qualified(table)} WHERE state = $state",
                {"state": RequestState.SENDING.value},
            )
            for publisher, until in sending.fetchall():
                gone = leases.is_gone(publisher, None if until is None else moment_of(until), now)
                moments.append(_EPOCH if gone else now + _LOOK_AGAIN)
    return min(moments, default=None)
