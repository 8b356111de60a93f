"""A warehouse that knows two projects' conversations of a day, and a publisher on the simulator."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.lasting_tables import REQUEST_TABLES
from polyai_assets.contract.tables import CONVERSATIONS, TURNS
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import SimulatedProject, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.write_back.lease import Leases
from polyai_assets.write_back.publish import publish
from polyai_assets.write_back.report import Published
from polyai_assets.write_back.send import Recipient
from polyai_assets_tests.deployment import BANK, DAY1, HOTEL, configured
from polyai_assets_tests.looking import looking, own_duckdb

if (
    TYPE_CHECKING
):  # the processes of these tests import this module, and need neither pytest's plugins nor Dagster
    from polyai_assets_tests.conftest import Prepare

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)
OUTLASTED = timedelta(hours=2)
"""Longer than any pause and any lease."""


@contextmanager
def connect() -> Iterator[duckdb.DuckDBPyConnection]:
    with own_duckdb() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def recipient(config: ProjectConfig) -> Recipient:
    return Recipient(
        project=config.project.key, write_back=config.write_back, connection=config.agents_connection
    )


def warehouse_in(folder: Path) -> Warehouse:
    return Warehouse(str(folder / "polyai.duckdb"), wait=30)


def load(warehouse: Warehouse, polyai: Simulator, *projects: SimulatedProject) -> None:
    """Fill the tables of conversations and turns as far as requests are held against them."""
    with looking() as connection, warehouse.attached(connection):
        connection.execute("BEGIN")
        for table in (CONVERSATIONS, TURNS, *REQUEST_TABLES):
            connection.execute(table.create("warehouse.main"))
        for project in projects:
            for one in polyai.conversations(project.key, midnight(DAY1), midnight(DAY1) + timedelta(days=1)):
                connection.execute(
                    "INSERT INTO warehouse.main.conversations (project, date, conversation_id, num_turns) "
                    "VALUES (?, ?, ?, ?)",
                    [project.key, DAY1, one["id"], one["num_turns"]],
                )
                connection.execute(
                    "INSERT INTO warehouse.main.turns (project, date, conversation_id, turn_index) "
                    "SELECT ?, ?, ?, unnest(range(?))",
                    [project.key, DAY1, one["id"], len(one["turns"])],
                )
        connection.execute("COMMIT")


def prepare_conversations(folder: Path, polyai: Simulator, prepared: "Prepare") -> None:
    """Lay a warehouse with a day of two projects into a folder."""
    prepared(
        "conversations of two projects",
        folder,
        lambda fresh: load(warehouse_in(fresh), polyai, HOTEL, BANK),
    )


@dataclass
class Desk:
    """Where people make requests, and where they are published from."""

    warehouse: Warehouse
    folder: Path
    url: str
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def sql(self, statement: str, *given: object) -> list[dict[str, Any]]:
        """Ask the warehouse, or change what is in it, as a person does."""
        with looking() as connection, self.warehouse.attached(connection):
            connection.execute("USE warehouse.main")
            try:
                rows: list[dict[str, Any]] = connection.execute(statement, given).to_arrow_table().to_pylist()
            finally:
                connection.execute("USE memory")
            return rows

    def annotate(
        self, conversation: str, turn: int = 1, *, of: SimulatedProject = HOTEL, **more: object
    ) -> None:
        given = {
            "project": of.key,
            "conversation_id": conversation,
            "turn_index": turn,
            "role": "agent",
            "annotation_type": "wrong_info",
        } | more
        self._insert("annotation_requests", given)

    def note(
        self, conversation: str, text: str = "x", *, of: SimulatedProject = HOTEL, **more: object
    ) -> None:
        given = {"project": of.key, "conversation_id": conversation, "note": text} | more
        self._insert("note_requests", given)

    def _insert(self, table: str, given: dict[str, object]) -> None:
        columns, places = ", ".join(given), ", ".join("?" * len(given))
        self.sql(f"INSERT INTO {table} ({columns}) VALUES ({places})", *given.values())

    def publish(
        self,
        *configs: ProjectConfig,
        later: timedelta = timedelta(0),
        only_due: bool = False,
        sleep: Callable[[float], Any] | None = None,
    ) -> dict[str, Published]:
        """Publish; without configurations for the hotel, which is switched on."""
        self.now += later
        found = publish(
            connect,
            self.warehouse,
            [recipient(one) for one in configs or (self.configured(),)],
            self.leases,
            lambda: self.now,
            only_due=only_due,
            open_client=partial(AgentsClient, sleep=sleep or self.slept.append),
        )
        return {one.project: one for one in found}

    def configured(
        self, project: SimulatedProject = HOTEL, key: str | None = "", **options: object
    ) -> ProjectConfig:
        given = {"agents_base_url": self.url, "write_back": True, **options}
        return configured(project, self.url, key, **given)

    @property
    def leases(self) -> Leases:
        return Leases(self.folder / "publishers")

    def annotations(self) -> list[dict[str, Any]]:
        return self.sql("SELECT * FROM annotation_requests ORDER BY rowid")

    def notes(self) -> list[dict[str, Any]]:
        return self.sql("SELECT * FROM note_requests ORDER BY rowid")

    def states(self) -> list[str]:
        """The states of all requests, annotations first."""
        return [row["state"] for row in (*self.annotations(), *self.notes())]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return warehouse_in(tmp_path)


@pytest.fixture
def desk(
    warehouse: Warehouse, tmp_path: Path, polyai: Simulator, polyai_url: str, prepared: "Prepare"
) -> Desk:
    prepare_conversations(tmp_path, polyai, prepared)
    return Desk(warehouse, tmp_path, polyai_url)


@pytest.fixture
def names(polyai: Simulator) -> list[str]:
    """The ids of the hotel's conversations, each of which has more than two turns."""
    return names_of(polyai, HOTEL)


def names_of(polyai: Simulator, project: SimulatedProject) -> list[str]:
    found = polyai.conversations(project.key, midnight(DAY1), midnight(DAY1) + timedelta(days=1))
    return [one["id"] for one in found if one["num_turns"] > 2]


def annotated(polyai: Simulator, project: SimulatedProject = HOTEL) -> list[tuple[str, int, str, str]]:
    """What PolyAI has, in the order in which it came."""
    return [
        (one.conversation_id, one.turn_id, one.role, one.annotation_type)
        for one in polyai.annotations(project.key)
    ]


def noted(polyai: Simulator, project: SimulatedProject = HOTEL) -> list[tuple[str, str]]:
    return [(one.conversation_id, one.note) for one in polyai.notes(project.key)]


Calls = Callable[[], Sequence[str]]


@pytest.fixture
def calls(polyai: Simulator) -> Calls:
    """The calls that were made since the last time."""

    def calls() -> Sequence[str]:
        made = [f"{one.method} {one.path}" for one in polyai.requests]
        polyai.requests.clear()
        return made

    return calls
