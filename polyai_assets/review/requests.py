"""From verdicts to requests of annotations, each made once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from polyai_assets.review.read import SheetVerdict
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.write_back.tables import ANNOTATION_REQUESTS, insert, qualified, transact

_IDENTIFIES = ("project", "conversation_id", "turn_index", "role", "annotation_type")
"""Columns by which two requests are the same, whatever the outcome of the first."""

Wanted = tuple[str, str, int, str, str]


@dataclass(frozen=True, slots=True)
class Requested:
    """How many requests were made, and how many were there already, from this sheet or otherwise."""

    made: int
    known: int


def request_annotations(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    verdicts: Sequence[SheetVerdict],
    source: str,
    by: str,
    now: datetime,
) -> Requested:
    """Make a request of each verdict for which there is none. Raises WarehouseBusy and WarehouseUnreachable."""
    wanted = dict.fromkeys(_wanted(verdict) for verdict in verdicts)

    def work(connection: duckdb.DuckDBPyConnection) -> Requested:
        known = _known(connection, sorted({conversation for _, conversation, *_ in wanted}))
        rows = [_row(row, by, now) for row in wanted if row not in known]
        if rows:
            insert(connection, ANNOTATION_REQUESTS, rows, source)
        return Requested(len(rows), len(wanted) - len(rows))

    return transact(connection, warehouse, work)


def _wanted(verdict: SheetVerdict) -> Wanted:
    return verdict.project, verdict.conversation_id, verdict.turn_index, verdict.role, verdict.annotation_type


def _row(wanted: Wanted, by: str, now: datetime) -> Mapping[str, object]:
    return dict(zip(_IDENTIFIES, wanted, strict=True)) | {"requested_by": by, "requested_at": now}


def _known(connection: duckdb.DuckDBPyConnection, conversations: Sequence[str]) -> set[tuple[object, ...]]:
    found = connection.execute(
        f"SELECT {', '.join(_IDENTIFIES)} FROM {qualified(ANNOTATION_REQUESTS)} "
        "WHERE conversation_id IN (SELECT unnest($conversations))",
        {"conversations": list(conversations)},
    )
    return set(found.fetchall())
