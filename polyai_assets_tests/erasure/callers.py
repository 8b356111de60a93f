"""A caller of two projects, and where a byte of theirs may lie."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from polyai_assets.simulator import SimulatedProject, Simulator
from polyai_assets_tests.delivery.test_postgres import ask
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.steps import Steps

NUMBER = "+442079460958"
FORMS = ("+44 20 7946 0958", "sip:+442079460958@pbx", "0044 (20) 7946-0958", "020 7946 0958")
OURS = "+44 20 7946 0000"
"""The number of the agent, by which the last of them has its country."""
NAME = "Zebedee Quillfeather"
SAID = {
    "user_input": f"this is {NAME}, is there a place to park",
    "agent_response": "yes",
    "entities": [{"name": "caller", "value": NAME}],
}


def id_of(project: SimulatedProject, day: date) -> str:
    return f"CA{project.project_id}{day:%Y%m%d}"


def call(polyai: Simulator, project: SimulatedProject, day: date, **changed: object) -> str:
    """Let the caller call on a day; gives the id of the conversation."""
    name = id_of(project, day)
    record = {
        "id": name,
        "account_id": project.account_id,
        "project_id": project.project_id,
        "environment": "live",
        "channel": "VOICE-SIP",
        "started_at": f"{day}T10:30:00Z",
        "in_progress": False,
        "from_number": FORMS[day.toordinal() % len(FORMS)],
        "to_number": OURS,
        "total_duration": 2,
        "num_turns": 1,
        "state": {"guest": NAME},
        "turns": [SAID],
    }
    polyai.put(project.key, record | changed)
    return name


def days_from(first: date, many: int) -> list[date]:
    return [first + timedelta(days=number) for number in range(many)]


def needles(calls: Mapping[SimulatedProject, Sequence[date]]) -> list[bytes]:
    """What must be in no byte: ids, number and name."""
    ids = [id_of(project, day) for project, days in calls.items() for day in days]
    return [text.encode() for text in (*ids, NUMBER, NUMBER[1:], *FORMS, NAME)]


def holding(folder: Path, wanted: list[bytes]) -> list[str]:
    """The files below a folder that hold one of these, also where they are packed, and the tables that do."""
    return sorted(
        {name for name, content in _contents(folder) if any(needle in content for needle in wanted)}
    )


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(
        path for path in folder.rglob("*") if path.is_file() and path.parent.name != "erasure"
    ):
        content, name = path.read_bytes(), str(path.relative_to(folder))
        yield name, content
        if path.suffix == ".parquet":
            yield name, repr(pq.read_table(io.BytesIO(content)).to_pylist()).encode()
        if path.suffix in (".duckdb", ".ducklake"):
            yield from _rows(path)


def _rows(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        listed = "SELECT schema_name, table_name FROM duckdb_tables()"
        for schema, table in connection.execute(listed).fetchall():
            rows = connection.execute(f'SELECT t::VARCHAR FROM "{schema}"."{table}" t').fetchall()
            yield f"{path.name}: {table}", repr(rows).encode()


def holds(row: str, wanted: list[bytes]) -> bool:
    """Tell whether a row, as text, holds one of these."""
    return any(needle in row.encode() for needle in wanted)


def dumped(database: str) -> list[str]:
    """Give the rows of every table that a target of deliveries has, as text."""
    rows: list[str] = []
    for (table,) in ask(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'polyai'"):
        found = ask(database, f'SELECT t::text AS row FROM polyai."{table}" t')
        rows += [f"{table}: {row}" for (row,) in found]
    return sorted(rows)


def without_log(rows: Sequence[str]) -> list[str]:
    return [row for row in rows if not row.startswith("polyai_delivery_")]


def others(steps: Steps, table: str, leaving_out: str = "") -> list[tuple[object, ...]]:
    """The rows of a table that are of nobody's but other people."""
    columns = f"* EXCLUDE ({leaving_out})" if leaving_out else "*"
    ours = f"conversation_id NOT LIKE 'CA{HOTEL.project_id}%' AND conversation_id NOT LIKE 'CAcard-support%'"
    return steps.ask(f"SELECT {columns} FROM {table} WHERE {ours} ORDER BY ALL")


def open_to_others(folder: Path) -> list[str]:
    """The folders and files below a folder that other users may enter, read or write; locks are empty."""
    found = [path for path in folder.rglob("*") if path.stat().st_mode & 0o077]
    return sorted(str(path.relative_to(folder)) for path in found if path.is_dir() or path.stat().st_size)
