"""What the demo shows of a day beside its conversations, and the note that it writes back."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from pathlib import Path

import duckdb

from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.lasting_tables import NOTE_REQUESTS
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.write_back.tables import insert, transact

NOTE = "Shown in the demo: the caller was handed off; look at how the agent answered."


@dataclass(frozen=True, slots=True)
class Extras:
    """What there is of a project's day beside its conversations; `note` is the state of the note that was requested."""

    details: int
    scored: int
    function_events: int
    recordings: int
    minutes: float
    summary: str
    note: str
    hits: int
    samples: int


def request_note(platform: PlatformConfig, project: str, day: date) -> str | None:
    """Request a note on a conversation of the day that was handed off; gives its id, None if there is none."""
    with duckdb.connect() as connection:

        def request(connection: duckdb.DuckDBPyConnection) -> str | None:
            found = connection.execute(
                "SELECT conversation_id FROM warehouse.main.conversations "
                "WHERE project = ? AND date = ? AND handoff ORDER BY num_turns DESC, conversation_id LIMIT 1",
                [project, day],
            ).fetchone()
            if found is None:
                return None
            request = {
                "project": project,
                "conversation_id": found[0],
                "note": NOTE,
                "requested_by": "polyai demo",
                "requested_at": datetime.now(UTC),
            }
            insert(connection, NOTE_REQUESTS, [request], "polyai demo")
            return str(found[0])

        return transact(connection, Warehouse(platform.warehouse), request)


def look_at_extras(warehouse: Path, project: str, day: date) -> Extras:
    """Sum up what is in the warehouse."""
    query = resources.files("polyai_assets").joinpath("demo", "extras.sql").read_text()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        row = connection.execute(query, {"project": project, "date": day}).fetchone()
    return Extras(*row) if row else Extras(0, 0, 0, 0, 0.0, "", "none", 0, 0)
