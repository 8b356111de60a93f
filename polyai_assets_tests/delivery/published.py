"""Days that are published, made of rows and not of a warehouse; and a target that they are delivered to."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import SecretStr

from polyai_assets.api.project import Project
from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.tables import literal
from polyai_assets.delivery.deliver import DayDelivered, Deliverer
from polyai_assets.delivery.manifest import (
    ColumnPublished,
    DayManifest,
    FilePublished,
    file_folder,
    write_manifest,
)
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.delivery.targets.target import DeliveryTarget
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.looking import looking, own_duckdb

HOTEL = Project.parse("us-1/acme/hotel-bot")
DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)

EXTENSIONS = {"postgres": ["postgres_scanner"], "ducklake": ["ducklake"]}
"""What kinds of targets load, which takes longer than a delivery of a few rows."""

CONVERSATIONS = {
    "project": "VARCHAR",
    "date": "DATE",
    "conversation_id": "VARCHAR",
    "started_at": "TIMESTAMPTZ",
    "duration": "DOUBLE",
    "num_turns": "BIGINT",
    "handoff": "BOOLEAN",
    "state": "JSON",
}
TURNS = {
    "project": "VARCHAR",
    "date": "DATE",
    "conversation_id": "VARCHAR",
    "turn_index": "BIGINT",
    "user_input": "VARCHAR",
    "intents": "VARCHAR[]",
    "entities": "JSON",
}
Rows = Sequence[Mapping[str, Any]]


@dataclass
class Published:
    """A folder of published days."""

    place: Path
    columns: dict[str, dict[str, str]] = field(
        default_factory=lambda: {"conversations": dict(CONVERSATIONS), "turns": dict(TURNS)}
    )
    schema: str = "polyai"
    published_at: datetime = NOW
    url: str = ""

    @property
    def store(self) -> FileStore:
        return FileStore(self.url or str(self.place))

    def put(
        self,
        version: int = 1,
        *,
        day: date = DAY,
        project: Project = HOTEL,
        conversations: Rows = (),
        turns: Rows = (),
        settled: bool = True,
        verdict: str = "complete",
    ) -> DayManifest:
        """Publish a version of a day, with these rows of its tables."""
        partition = Partition(project, day)
        rows = {"conversations": conversations, "turns": turns}
        manifest = DayManifest(
            project=project.key,
            date=day,
            version=version,
            certificate_sha256=hashlib.sha256(f"{day} {version}".encode()).hexdigest(),
            verdict=verdict,
            settled=settled,
            restates=version - 1 or None,
            schema_version="1",
            tables={table: self._file(table, partition, version, rows[table]) for table in self.columns},
            published_at=self.published_at + timedelta(minutes=version),
        )
        assert write_manifest(self.store, manifest)
        return manifest

    def _file(self, table: str, partition: Partition, version: int, rows: Rows) -> FilePublished:
        columns = self.columns[table]
        given = [{"project": partition.project.key, "date": partition.date, **row} for row in rows]
        read = pa.Table.from_pylist(
            [{name: row.get(name) for name in columns} for row in given],
            pa.schema([(name, _ARROW[kind]) for name, kind in columns.items()]),
        )
        name = f"{file_folder(table, partition)}/v{version}.parquet"
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with looking() as connection:
            connection.register("given", read)
            connection.execute(f"COPY (FROM given) TO {literal(str(path))} (FORMAT parquet)")
            connection.unregister("given")
        content = path.read_bytes()
        return FilePublished(
            name,
            len(rows),
            len(content),
            hashlib.sha256(content).hexdigest(),
            "0",
            [ColumnPublished(column, kind) for column, kind in columns.items()],
        )

    def deliver(
        self,
        kind: str,
        connection: str,
        *partitions: Partition,
        at: datetime = NOW,
        erases: bool = False,
        **settings: Any,
    ) -> list[DayDelivered]:
        """Deliver days, or the one that tests are about."""
        given = DeliverySettings(
            "target", kind, SecretStr(connection), self.schema, tuple(self.columns), **settings
        )
        with own_duckdb(*EXTENSIONS.get(kind, ())) as duck:
            duck.execute("SET TimeZone = 'UTC'")
            with closing(open_target(given, duck)) as target:
                deliverer = Deliverer(self.store, given, PACKAGED, target, duck, lambda: at, erases)
                return list(deliverer.deliver(partitions or [Partition(HOTEL, DAY)]))


_ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "JSON": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
}


def errors(days: Iterable[DayDelivered]) -> list[str]:
    return [f"{day.partition}: {day.error}" for day in days if day.error]


@contextmanager
def opened(kind: str, connection: str) -> Iterator[DeliveryTarget]:
    """Make a target without days that are delivered to it."""
    settings = DeliverySettings("target", kind, SecretStr(connection))
    with own_duckdb() as duck, closing(open_target(settings, duck)) as target:
        yield target
