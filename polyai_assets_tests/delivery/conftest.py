"""Days that are loaded, and a folder to publish them in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from polyai_assets.contract.contract import PACKAGED
from polyai_assets.delivery.publish import DayPublished, Publisher
from polyai_assets.delivery.settings import PublishSettings
from polyai_assets.raw.conversations.certificate import Certificate, TurnCount
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CERTIFICATE, RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.looking import looking
from polyai_assets_tests.warehouse.conftest import PARTITION, elsewhere, loaded

DAY = PARTITION.date
NOW = datetime(2026, 3, 9, tzinfo=UTC)


@dataclass
class Desk:
    """A raw store with certificates, a warehouse, and what is published of them."""

    folder: Path
    warehouse: Warehouse

    @property
    def place(self) -> Path:
        return self.folder / "data" / "published"

    @property
    def publisher(self) -> Publisher:
        return Publisher(
            RawStore(str(self.folder / "raw")), self.warehouse, PACKAGED, PublishSettings(str(self.place))
        )

    def load(self, *payloads: bytes, day: date = DAY, certified: bool = True, **changed: Any) -> None:
        """Certify and load records of a day, as a step does."""
        certificate = certificate_of(day, payloads, **changed)
        if certified:
            self.certify(certificate)
        load = replace(elsewhere(PARTITION, date=day), records=certificate.content_sha256)
        loaded(self.warehouse, *payloads, partition=load)

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
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, Warehouse(str(tmp_path / "polyai.duckdb"), wait=30))
