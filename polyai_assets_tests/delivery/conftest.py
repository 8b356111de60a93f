"""Days that are loaded, and a folder to publish them in."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.tables import CONVERSATION_FACTS, LOADS, literal
from polyai_assets.delivery.publish import DayPublished, Publisher
from polyai_assets.delivery.settings import USUAL_TABLES, PublishSettings
from polyai_assets.raw.conversations.certificate import Certificate, TurnCount
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CERTIFICATE, RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.delivery.published import Published
from polyai_assets_tests.looking import looking
from polyai_assets_tests.warehouse.conftest import PARTITION, loaded

DAY = PARTITION.date
NOW = datetime(2026, 3, 9, tzinfo=UTC)


@dataclass
class LoadedOnce:
    """Warehouses with one day, each loaded once for all tests, by the records that were loaded."""

    folder: Path
    files: dict[Sequence[bytes], Path] = field(default_factory=dict)

    def of(self, payloads: Sequence[bytes]) -> Path:
        if payloads not in self.files:
            file = self.folder / f"{len(self.files)}.duckdb"
            loaded(Warehouse(str(file), wait=30), *payloads, partition=replace(PARTITION, records="a fetch"))
            self.files[payloads] = file
        return self.files[payloads]


@pytest.fixture(scope="session")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> LoadedOnce:
    return LoadedOnce(tmp_path_factory.mktemp("loaded"))


@dataclass
class Desk:
    """A raw store with certificates, a warehouse, and what is published of them."""

    folder: Path
    warehouse: Warehouse
    loaded_once: LoadedOnce

    @property
    def place(self) -> Path:
        return self.folder / "data" / "published"

    @property
    def publisher(self) -> Publisher:
        return Publisher(
            RawStore(str(self.folder / "raw")), self.warehouse, PACKAGED, PublishSettings(str(self.place))
        )

    def load(self, *payloads: bytes, day: date = DAY, certified: bool = True, **changed: Any) -> None:
        """Certify records of a day, and have in the tables of that day what a load leaves there."""
        certificate = certificate_of(day, payloads, **changed)
        if certified:
            self.certify(certificate)
        source, file = self.loaded_once.of(payloads), Path(self.warehouse.target)
        is_first = not file.exists()
        if is_first:
            shutil.copyfile(source, file)
        with looking() as connection:
            connection.execute(f"ATTACH {literal(str(source))} AS source (READ_ONLY)")
            connection.execute(f"ATTACH {literal(str(file))} AS desk")
            connection.execute("BEGIN")
            for table in _READ:
                column = _OF_CERTIFICATE.get(table)
                named = f", {literal(certificate.content_sha256)} AS {column}" if column else ""
                others = "" if is_first else f"WHERE date = '{day}'"
                connection.execute(f"DELETE FROM desk.main.{table} {others}")
                rows = f"SELECT * REPLACE (DATE '{day}' AS date{named}) FROM source.main.{table}"
                connection.execute(f"INSERT INTO desk.main.{table} {rows}")
            connection.execute("COMMIT")
            connection.execute("DETACH source")
            connection.execute("DETACH desk")

    def certify(self, certificate: Certificate) -> None:
        """Keep a certificate in the raw store."""
        self.publisher.raw.write(
            f"{certificate.partition.folder}/{CERTIFICATE}", msgspec.json.encode(certificate)
        )

    def publish(self, day: date = DAY, **settings: Any) -> DayPublished:
        publisher = self.publisher
        publisher = replace(publisher, settings=replace(publisher.settings, **settings))
        with looking() as connection:
            return publisher.publish(connection, Partition(PARTITION.partition.project, day), NOW)

    def read(self, table: str = "conversations") -> list[tuple[Any, ...]]:
        """Read the newest versions as a reader does that has DuckDB and nothing of ours."""
        with duckdb.connect() as connection:
            (files,) = connection.execute(
                f"SELECT list(? || '/' || file) FROM (SELECT tables.{table}.file, version, "
                "max(version) OVER (PARTITION BY project, date) AS newest FROM read_json(?)) WHERE version = newest",
                [str(self.place), f"{self.place}/manifests/**/*.json"],
            ).fetchone() or ([],)
            return connection.execute(
                "SELECT CAST(date AS VARCHAR), conversation_id FROM read_parquet(?) ORDER BY ALL", [files]
            ).fetchall()


_READ = (*USUAL_TABLES, LOADS.name)
"""The tables that are looked at when a day is published."""
_OF_CERTIFICATE = {LOADS.name: "records_sha256", CONVERSATION_FACTS.name: "certificate_sha256"}
"""The columns that say which fetch was loaded."""


def certificate_of(day: date, payloads: Sequence[bytes], **changed: Any) -> Certificate:
    start = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    given: dict[str, Any] = {
        "project": PARTITION.project,
        "date": day,
        "fetch_id": "f1",
        "fetch_started_at": start + timedelta(days=2),
        "fetch_finished_at": start + timedelta(days=2),
        "code_version": "1",
        "query": {"client_env": []},
        "left_out": [],
        "walks": [],
        "rows": len(payloads),
        "unreadable": 0,
        "in_progress": {},
        "turns": TurnCount(0, 0, "on", 0, {}),
        "records_sha256": str(hash(payloads)),
    }
    return Certificate(**given | changed)


@pytest.fixture
def desk(tmp_path: Path, loaded_once: LoadedOnce) -> Desk:
    return Desk(tmp_path, Warehouse(str(tmp_path / "polyai.duckdb"), wait=30), loaded_once)


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")
