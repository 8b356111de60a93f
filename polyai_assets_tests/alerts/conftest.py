"""A warehouse with drift and violations in it, a raw store with red days, and targets on this machine."""

import json
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr

from polyai_assets.alerts.finding import Finding
from polyai_assets.alerts.raising import AlertResult, raise_alerts
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.contract.lasting_tables import ALERT_TABLES
from polyai_assets.contract.tables import (
    CONTRACT_VIOLATIONS,
    CONVERSATION_DETAILS,
    CONVERSATIONS,
    DAY_PROFILES,
    DETAIL_DRIFT,
    QUARANTINED,
    SCHEMA_DRIFT,
    TURNS,
)
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts.raising_process import connect_to
from polyai_assets_tests.conftest import Prepare
from polyai_assets_tests.deployment import HOTEL
from polyai_assets_tests.looking import looking

NOW = datetime(2026, 11, 10, 3, tzinfo=UTC)
DAY = date(2026, 11, 3)
PROJECT = HOTEL.key
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TOKEN = "t0ken-9ac1"

LOOKED_INTO = (
    *(CONVERSATIONS, TURNS, SCHEMA_DRIFT, CONTRACT_VIOLATIONS, QUARANTINED, DAY_PROFILES),
    *(CONVERSATION_DETAILS, DETAIL_DRIFT),
)
"""The tables in which these tests find something. Of all others, each would be read whenever a file is attached."""

Raise = Callable[..., AlertResult]


def next_step(path: str) -> str:
    """What is said to do about drift at a path."""
    accept = f'polyai drift --accept {shlex.quote(path)} --why "…" {PROJECT}'
    return f"polyai drift {PROJECT}; or, if it is right as it is: {accept}"


def finding(**changed: Any) -> Finding:
    """Make a finding of drift, in half of the records of a day."""
    given: dict[str, Any] = {
        "project": PROJECT,
        "check": "no_schema_drift",
        "kind": "type changed",
        "path": "num_turns",
        "severity": "ERROR",
        "first_seen": DAY,
        "last_seen": DAY,
        "began": changed.get("first_seen", DAY),
        "days": 1,
        "count": 60,
        "share": 0.5,
        "example": "text like '99'",
        "next_step": next_step(changed.get("path", "num_turns")),
    }
    return Finding(**given | changed)


def ask(warehouse: Warehouse, statement: str, *given: object) -> list[dict[str, Any]]:
    """Ask the warehouse, or change what is in it."""
    with looking() as connection, warehouse.attached(connection):
        result = connection.execute(statement, given)
        rows: list[dict[str, Any]] = result.to_arrow_table().to_pylist()
        return rows


def open_findings(warehouse: Warehouse) -> list[tuple[str, str]]:
    rows = ask(
        warehouse, "SELECT kind, path FROM warehouse.main.findings WHERE resolved_at IS NULL ORDER BY ALL"
    )
    return [(row["kind"], row["path"]) for row in rows]


def outbox(warehouse: Warehouse) -> list[dict[str, Any]]:
    return ask(warehouse, "SELECT * FROM warehouse.main.alert_outbox ORDER BY created_at, target")


def warehouse_in(folder: Path) -> Warehouse:
    return Warehouse(str(folder / "polyai.duckdb"), wait=30)


def make_tables(warehouse: Warehouse) -> None:
    with looking() as connection, warehouse.attached(connection):
        connection.execute("BEGIN")
        for table in (*LOOKED_INTO, *ALERT_TABLES):
            connection.execute(table.create("warehouse.main"))
        connection.execute("COMMIT")


def drift(warehouse: Warehouse, *days: date, table: str = "schema_drift", **changed: Any) -> None:
    """Put a row for each day into a table of drift: for one day unless several are given."""
    given = {
        "project": PROJECT,
        "path": "num_turns",
        "kind": "type changed",
        "severity": "ERROR",
        "count": 60,
        "total": 120,
        "example": "text like '99'",
    } | changed
    _insert(warehouse, table, *(given | {"date": day} for day in days or (DAY,)))


def conversations(warehouse: Warehouse, number: int, day: date = DAY, project: str = PROJECT) -> None:
    """Put conversations with two turns each into the tables."""
    named = "INSERT INTO warehouse.main.{} BY NAME SELECT ? AS project, ?::DATE AS date, 'CA' || n AS conversation_id{}"
    ask(warehouse, f"{named.format('conversations', '')} FROM range(?) _(n)", project, day, number)
    turns = named.format("turns", ", turn_index")
    ask(warehouse, f"{turns} FROM range(?) _(n), range(2) __(turn_index)", project, day, number)


def violation(warehouse: Warehouse, day: date = DAY, **changed: Any) -> None:
    """Put a row into the table of violations."""
    given = {
        "project": PROJECT,
        "date": day,
        "conversation_id": "CA0",
        "turn_index": None,
        "field": "channel",
        "rule": 'text is "", never null',
        "value": "null",
    } | changed
    _insert(warehouse, "contract_violations", given)


def quarantined(
    warehouse: Warehouse, *reasons: str, day: date = DAY, name: str = "CA9", project: str = PROJECT
) -> None:
    """Put a row into the table of records that could not be loaded."""
    given = {
        "project": project,
        "date": day,
        "conversation_id": name,
        "reasons": list(reasons),
        "payload": "{}",
    }
    _insert(warehouse, "quarantine", given)


def _insert(warehouse: Warehouse, table: str, *rows: dict[str, Any]) -> None:
    names = ", ".join(f'"{name}"' for name in rows[0])
    marks = ", ".join(f"({', '.join('?' for _ in row)})" for row in rows)
    values = [value for row in rows for value in row.values()]
    ask(warehouse, f"INSERT INTO warehouse.main.{table} ({names}) VALUES {marks}", *values)


@dataclass
class Webhook:
    """A target that keeps what it is sent and answers as it is told; `status` None cuts the connection."""

    url: str = ""
    status: int | None = 200
    messages: list[tuple[str, str]] = field(default_factory=list)
    gravities: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        return [title for title, _ in self.messages]

    @property
    def bodies(self) -> list[str]:
        return [body for _, body in self.messages]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hook.paths.append(self.path)
            if hook.status is None:
                self.close_connection = True
                return
            if hook.status == 200:
                hook.messages.append((sent["title"], sent["message"]))
                hook.gravities.append(sent["type"])
            self.send_response(hook.status)
            if hook.status == 302:
                self.send_header("Location", f"http://127.0.0.1:{server.server_port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    hook.url = f"json://127.0.0.1:{server.server_port}/{TOKEN}"
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def empty(tmp_path: Path) -> Warehouse:
    """A warehouse in which nothing was ever loaded."""
    return warehouse_in(tmp_path)


@pytest.fixture
def warehouse(empty: Warehouse, tmp_path: Path, prepared: Prepare) -> Warehouse:
    prepared("empty tables", tmp_path, lambda folder: make_tables(warehouse_in(folder)))
    return empty


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(str(tmp_path / "raw"))


@pytest.fixture
def settings(webhook: Webhook) -> AlertSettings:
    return AlertSettings((SecretStr(webhook.url),))


@pytest.fixture
def alert(empty: Warehouse, store: RawStore, settings: AlertSettings) -> Raise:
    """Raise the alerts of the hotel, unless told otherwise."""

    def alert(
        now: datetime = NOW,
        projects: tuple[str, ...] = (PROJECT,),
        settings: AlertSettings = settings,
        warehouse: Warehouse = empty,
        **options: Any,
    ) -> AlertResult:
        return raise_alerts(connect_to(warehouse), warehouse, store, projects, settings, now, **options)

    return alert
