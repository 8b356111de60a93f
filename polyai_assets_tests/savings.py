"""What costs the tests time and is none of their subject, done once for all tests of a process or left out."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log import in_memory as events_in_memory
from dagster._core.storage.runs import in_memory as runs_in_memory
from dagster.components.core import load_defs
from sqlalchemy import Connection, Engine, MetaData, QueuePool, create_engine, event

from polyai_assets.contract.tables import Table
from polyai_assets.machine.folders import own_folder
from polyai_assets.warehouse import replace
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets.warehouse.facts import renew
from polyai_assets.warehouse.facts.figures_of_facts import FactTally
from polyai_assets.warehouse.load import FactFigures, Load
from polyai_assets.warehouse.transaction import in_transaction
from polyai_assets_tests.looking import own_duckdb


@pytest.fixture(scope="session", autouse=True)
def small_duckdb_files() -> Iterator[None]:
    """Let DuckDB write small blocks without looking for the best compression: a commit takes half the time.

    How the values lie in a file is DuckDB's matter; what is committed, and when, is as everywhere. Nor does it compare
    the signature of an extension with its 36 MB whenever it is loaded; in processes that tests start, it does.
    """
    connect = duckdb.connect

    def connect_small(
        database: str | Path = ":memory:", read_only: bool = False, config: dict[str, Any] | None = None
    ) -> duckdb.DuckDBPyConnection:
        small = {
            "force_compression": "uncompressed",
            "default_block_size": "16384",
            "allow_unsigned_extensions": "true",
        }
        return connect(database, read_only=read_only, config=small | (config or {}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", connect_small)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_certificates_named() -> Iterator[None]:
    """Let no variable of this machine name certificates: to read them takes longer than to deliver a message.

    No test speaks TLS with anybody. One that is about such a variable sets it.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "AWS_CA_BUNDLE",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
        ):
            patch.delenv(name, raising=False)
        yield


class _CopiedTables:
    """Tables of Dagster that are created once, and copied into every other database in memory."""

    def __init__(self, metadata: MetaData) -> None:
        self._metadata = metadata
        self._created: sqlite3.Connection | None = None

    def create_all(self, connection: Connection) -> None:
        """Create the tables, as Dagster calls it."""
        database: Any = connection.connection.driver_connection
        if self._created is not None:
            self._created.backup(database)
            return
        self._metadata.create_all(connection)
        self._created = sqlite3.connect(":memory:", check_same_thread=False)
        database.backup(self._created)


def _create_pooled(url: str, **_: object) -> Engine:
    engine = create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", lambda database, _: database.execute("PRAGMA foreign_keys = ON"))
    return engine


@contextmanager
def _connect_to_runs(storage: Any) -> Iterator[Connection]:
    with storage._engine.begin() as connection:
        yield connection


@contextmanager
def _connect_to_events(storage: Any) -> Iterator[Connection]:
    with storage._db_lock, storage._engine.begin() as connection:
        yield connection


@pytest.fixture(scope="session", autouse=True)
def quick_dagster_in_memory() -> Iterator[None]:
    """Let Dagster keep what it has in memory in tables that are copied, by connections that are kept.

    It creates each of its tables and indexes anew for every instance, writes their revision, for which Alembic reads
    its scripts, and connects to its own memory four times for an event: a third of the time of a small run.
    """
    with pytest.MonkeyPatch.context() as patch:
        for storage in (runs_in_memory, events_in_memory):
            patch.setattr(storage, "stamp_alembic_rev", lambda *_: None)
            patch.setattr(storage, "create_engine", _create_pooled)
        for storage, metadata in (
            (runs_in_memory, "RunStorageSqlMetadata"),
            (events_in_memory, "SqlEventLogStorageMetadata"),
        ):
            patch.setattr(storage, metadata, _CopiedTables(getattr(storage, metadata)))
        patch.setattr(runs_in_memory.InMemoryRunStorage, "connect", _connect_to_runs)
        patch.setattr(events_in_memory.InMemoryEventLogStorage, "_connect", _connect_to_events)
        yield


@pytest.fixture(scope="session", autouse=True)
def revisions_read_once() -> Iterator[None]:
    """Read the scripts of Alembic once: a storage of Dagster in files reads all of them five times when it is made."""
    read: dict[str, ScriptDirectory] = {}
    from_config = ScriptDirectory.from_config

    def read_once(config: Config) -> ScriptDirectory:
        name = str(config.config_file_name)
        if name not in read:
            read[name] = from_config(config)
        return read[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", read_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def components_described_once() -> Iterator[None]:
    """Describe every component that is installed once: Dagster makes their schemas whenever it loads a project."""
    describe = load_defs.get_library_json_enriched_defs
    described = cache(lambda: describe(None).metadata)

    def describe_once(tree: dg.ComponentTree | None) -> dg.Definitions:
        return dg.Definitions(metadata=described(), component_tree=tree)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load_defs, "get_library_json_enriched_defs", describe_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def tables_created_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give a new warehouse file the tables of a load as a copy of those that the first such load has created.

    To create and describe them takes as long as to store a few rows in them.
    """
    folder = tmp_path_factory.mktemp("created")
    created: dict[tuple[Table, ...], Path] = {}

    def in_copy(
        connection: duckdb.DuckDBPyConnection,
        warehouse: Warehouse,
        name: str,
        tables: Sequence[Table],
        *work: Any,
    ) -> Any:
        if not warehouse.is_ducklake and not Path(warehouse.target).exists():
            if tables not in created:
                empty = folder / f"{len(created)}.duckdb"
                with own_duckdb() as creating:
                    in_transaction(creating, Warehouse(str(empty)), name, tables, lambda _: None)
                created[tables] = empty
            own_folder(Path(warehouse.target).parent)
            shutil.copy(created[tables], warehouse.target)
        return in_transaction(connection, warehouse, name, tables, *work)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replace, "in_transaction", in_copy)
        yield


@pytest.fixture
def tables_created_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a load create its tables itself, in its own transaction."""
    monkeypatch.setattr(replace, "in_transaction", in_transaction)


@pytest.fixture
def no_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loads make no facts, for tests that look at none: they are a third of what a small load takes."""

    def make_none(
        _: duckdb.DuckDBPyConnection, loads: Sequence[Load], **empty: object
    ) -> dict[date, FactFigures]:
        return {load.date: FactTally().figures(0) for load in loads}

    for module in (replace, renew):
        monkeypatch.setattr(module, "make_facts", make_none)
