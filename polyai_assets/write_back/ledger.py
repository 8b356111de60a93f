"""The ledger: taking a request up before the call, and writing its outcome down afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from polyai_assets.contract.fields import Kind
from polyai_assets.raw.ends import ended_at
from polyai_assets.write_back.look import Unit
from polyai_assets.write_back.tables import (
    ANNOTATION_REQUESTS,
    LEASE,
    MOST_WAIT,
    REQUEST_TABLES,
    Pause,
    RequestState,
    moment_of,
    pause_after,
    qualified,
    select,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Requests that are this publisher's to send, in the order of the table; and when their conversation began."""

    unit: Unit
    rows: Sequence[dict[str, Any]]
    began_at: datetime | None = None

    @property
    def ids(self) -> list[str]:
        """The requests that share the call and its outcome."""
        return [row["request_id"] for row in self.rows]

    @property
    def attempts(self) -> int:
        """How often they were taken up, this time among them."""
        return 1 + max(int(row["attempts"]) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOutcome:
    """The outcome of a call. `RequestState.PENDING` is trouble that may pass: the request waits for a while.

    `result` and `error` are written into the table; `explanation` is the error as logs may have it. `key_trouble`
    means that a person has to act; `for_all` that no other request of the project would fare better; `rest_waits` that
    these are left alone for a while, too; `is_its_own` that the trouble says nothing of the project.
    """

    state: RequestState
    result: str | None = None
    error: str | None = None
    explanation: str | None = None
    key_trouble: bool = False
    for_all: bool = False
    rest_waits: bool = False
    is_its_own: bool = False
    retry_after: float | None = None


def claim(connection: duckdb.DuckDBPyConnection, unit: Unit, publisher: str, now: datetime) -> Claimed | None:
    """Take requests up; None if another publisher was faster, or is sending something to the same conversation."""
    name = qualified(unit.table)
    place = {"project": unit.project, "conversation_id": unit.conversation_id}
    others = connection.execute(
        f"SELECT 1 FROM {name} WHERE state = 'sending' AND project = $project "
        "AND conversation_id = $conversation_id LIMIT 1",
        place,
    ).fetchone()
    # Times of a request are no business of ours: a person may have written one that Python cannot hold.
    wanted = [field.name for field in unit.table.fields if field.kind is not Kind.TIMESTAMP]
    rows = select(
        connection,
        f"SELECT {', '.join(wanted)} FROM {name} WHERE state = 'pending' AND request_id IN (SELECT unnest($ids)) "
        "ORDER BY rowid",
        {"ids": list(unit.request_ids)},
    )
    if others or not rows:
        return None
    claimed = Claimed(unit=unit, rows=rows, began_at=_began_at(connection, place))
    connection.execute(
        f"UPDATE {name} SET state = 'sending', attempts = attempts + 1, sending_by = $publisher, "
        "sending_until = $until, sent_at = $now, next_attempt_at = NULL, paused = NULL "
        "WHERE request_id IN (SELECT unnest($ids))",
        {"publisher": publisher, "until": now + LEASE, "now": now, "ids": claimed.ids},
    )
    return claimed


def _began_at(connection: duckdb.DuckDBPyConnection, place: Mapping[str, object]) -> datetime | None:
    """Find when a conversation began, or at the latest the end of its day; None for one that is not known."""
    found = connection.execute(
        "SELECT max(date), max(epoch_us(started_at)) FROM warehouse.main.conversations "
        "WHERE project = $project AND conversation_id = $conversation_id",
        place,
    ).fetchone()
    if found is None or found[0] is None:
        return None
    day, started_at = found
    return ended_at(day, None if started_at is None else moment_of(started_at), None)


def settle(
    connection: duckdb.DuckDBPyConnection,
    claimed: Claimed,
    outcome: CallOutcome,
    publisher: str,
    now: datetime,
) -> datetime | None:
    """Write an outcome down; gives when it, or the rest of its project, is tried again, None for at once.

    Should another publisher have taken this one for dead, what this one knows is better.
    """
    asked = timedelta(seconds=min(outcome.retry_after or 0.0, MOST_WAIT.total_seconds()))
    until = now + max(pause_after(claimed.attempts), asked)
    again = until if outcome.state is RequestState.PENDING else None
    pause = (Pause.PROJECT if outcome.for_all else Pause.REQUEST).value
    connection.execute(
        f"UPDATE {qualified(claimed.unit.table)} SET state = $state, result = $result, error = $error, "
        "finished_at = $finished_at, sending_until = NULL, next_attempt_at = $again, paused = $pause "
        "WHERE request_id IN (SELECT unnest($ids)) AND sending_by = $publisher AND state IN ('sending', 'unknown')",
        {
            "state": outcome.state.value,
            "result": outcome.result,
            "error": outcome.error,
            "finished_at": None if again else now,
            "again": again,
            "pause": pause if again else None,
            "ids": claimed.ids,
            "publisher": publisher,
        },
    )
    if outcome.rest_waits:
        _pause_rest(connection, claimed.unit.project, until, pause)
    return until if again or outcome.rest_waits else None


def _pause_rest(connection: duckdb.DuckDBPyConnection, project: str, until: datetime, pause: str) -> None:
    """Let the rest of a project's pending requests wait as long as the one that met trouble."""
    for table in REQUEST_TABLES:
        connection.execute(
            f"UPDATE {qualified(table)} SET next_attempt_at = $until, paused = $pause "
            "WHERE project = $project AND state = 'pending' "
            "AND (next_attempt_at IS NULL OR next_attempt_at < $until)",
            {"project": project, "until": until, "pause": pause},
        )


def count_by_state(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Count the requests of each project, '' for none, by state."""
    counts: dict[str, dict[str, int]] = {}
    for table in REQUEST_TABLES:
        rows = connection.execute(
            "SELECT coalesce(project, ''), coalesce(state, 'pending'), count(*) "
            f"FROM {qualified(table)} GROUP BY ALL"
        )
        for project, state, count in rows.fetchall():
            of_project = counts.setdefault(project, {})
            of_project[state] = of_project.get(state, 0) + count
    return counts


def retry_unknown(connection: duckdb.DuckDBPyConnection, request_ids: Sequence[str]) -> list[str]:
    """Let annotations be sent again of which a person has found that they did not arrive; gives those it concerns."""
    name = qualified(ANNOTATION_REQUESTS)
    rows = connection.execute(
        f"SELECT request_id FROM {name} WHERE state = 'unknown' AND request_id IN (SELECT unnest($ids))",
        {"ids": list(request_ids)},
    )
    found = [request_id for (request_id,) in rows.fetchall()]
    connection.execute(
        f"UPDATE {name} SET state = 'pending', error = NULL, finished_at = NULL, sending_by = NULL "
        "WHERE request_id IN (SELECT unnest($ids))",
        {"ids": found},
    )
    return found
