"""How long a million turns take into a Postgres, beside a plain COPY of the same rows: `python -m … --turns 1000000`.

Both begin with files on this machine. The plain COPY is the server's own, of a CSV file into a table without an index;
a delivery reads Parquet files, replaces NUL characters, deletes, inserts, writes its log, and compares afterwards.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import duckdb
import psutil
from pydantic import SecretStr

from polyai_assets.api.project import Project
from polyai_assets.contract.contract import PACKAGED
from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.tables import TURNS, literal, quote
from polyai_assets.delivery.deliver import Deliverer
from polyai_assets.delivery.manifest import (
    ColumnPublished,
    DayManifest,
    FilePublished,
    file_folder,
    write_manifest,
)
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.dialects import POSTGRES
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets_tests.postgres import PostgresServer, new_server

PROJECT = Project.parse("us-1/acme/hotel-bot")
FIRST = date(2026, 3, 1)
DAYS = 30

_VALUES = {
    Kind.TEXT: "CASE WHEN i % 3 = 0 THEN '' ELSE repeat('I would like to change it. ', CAST(i % 5 AS INTEGER)) END",
    Kind.TIMESTAMP: "TIMESTAMPTZ '2026-03-01 10:00:00Z' + to_seconds(i)",
    Kind.INTEGER: "i % 40",
    Kind.NUMBER: "i / 1000",
    Kind.LATENCY: "(i % 3000) / 1000",
    Kind.BOOLEAN: "i % 2 = 0",
    Kind.TEXT_LIST: "CASE WHEN i % 4 = 0 THEN ['change_booking'] ELSE [] END",
    Kind.OBJECT: """'{"model": "m1", "tokens": ' || i % 900 || '}'""",
    Kind.OBJECT_LIST: """'[{"name": "room", "value": "double"}]'""",
}
_KEYS = {
    "project": literal(PROJECT.key),
    "conversation_id": "'CA' || i // 8",
    "turn_index": "i % 8",
}


def publish(place: Path, turns: int) -> list[Partition]:
    """Write a month of turns, as they are published."""
    partitions = [Partition(PROJECT, FIRST + timedelta(days=number)) for number in range(DAYS)]
    for partition in partitions:
        name = f"{file_folder(TURNS.name, partition)}/v1.parquet"
        path = place / name
        path.parent.mkdir(parents=True)
        rows = turns // DAYS
        columns = ", ".join(
            f"CAST({_value(field, partition)} AS {field.kind.sql_type}) AS {quote(field.name)}"
            for field in TURNS.fields
        )
        numbers = f"range({rows}) AS numbers (i)"
        options = "FORMAT parquet, COMPRESSION zstd"
        duckdb.sql(f"COPY (SELECT {columns} FROM {numbers}) TO {literal(str(path))} ({options})")
        content = path.read_bytes()
        file = FilePublished(
            name,
            rows,
            len(content),
            hashlib.sha256(content).hexdigest(),
            "",
            [ColumnPublished(field.name, field.kind.sql_type) for field in TURNS.fields],
        )
        manifest = DayManifest(
            project=PROJECT.key,
            date=partition.date,
            version=1,
            certificate_sha256="",
            verdict="complete",
            settled=True,
            restates=None,
            schema_version="1",
            tables={TURNS.name: file},
            published_at=datetime.now(UTC),
        )
        write_manifest(FileStore(str(place)), manifest)
    return partitions


def _value(field: Field, partition: Partition) -> str:
    if field.kind is Kind.DATE:
        return f"DATE '{partition.date}'"
    return _KEYS.get(field.name) or _VALUES[field.kind]


def deliver(place: Path, database: str, partitions: Sequence[Partition]) -> None:
    """Deliver the month, in as many transactions as a delivery does."""
    settings = DeliverySettings("target", "postgres", SecretStr(database), tables=(TURNS.name,))
    with duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        with closing(open_target(settings, connection)) as target:
            deliverer = Deliverer(
                FileStore(str(place)), settings, PACKAGED, target, connection, lambda: datetime.now(UTC)
            )
            for day in deliverer.deliver(partitions):
                if day.error is not None:
                    raise day.error


def plain_copy(place: Path, database: str) -> Callable[[], None]:
    """Write a CSV file of the same rows, and a table for them; gives what copies it."""
    csv = place / "turns.csv"
    columns = ", ".join(
        f"'{{' || array_to_string(list_transform({quote(field.name)}, lambda item: '\"' || item || '\"'), ',') || '}}'"
        if field.kind is Kind.TEXT_LIST
        else quote(field.name)
        for field in TURNS.fields
    )
    source = f"read_parquet({literal(str(place / 'turns/*/*/*.parquet'))}, hive_partitioning = false)"
    duckdb.sql(f"COPY (SELECT {columns} FROM {source}) TO {literal(str(csv))} (FORMAT csv, HEADER false)")
    csv.chmod(0o644)
    declared = ", ".join(
        f"{quote(field.name)} {POSTGRES.types[field.kind.sql_type].ddl}" for field in TURNS.fields
    )
    connection = duckdb.connect()
    load_extension(connection, "postgres_scanner")
    connection.execute(f"ATTACH {literal(database)} AS server (TYPE postgres)")

    def run(statement: str) -> None:
        connection.execute("CALL postgres_execute('server', ?)", [statement])

    run(f"CREATE TABLE plain ({declared})")
    return lambda: run(f"COPY plain FROM {literal(str(csv))} (FORMAT csv)")


@dataclass(frozen=True)
class Taken:
    """Seconds that something takes, and those of them in which this process and the server compute."""

    seconds: float
    computing: float


def timed(work: Callable[[], object], server: PostgresServer) -> Taken:
    """Measure something."""
    began, before = time.monotonic(), _computed(server)
    work()
    return Taken(time.monotonic() - began, _computed(server) - before)


def _computed(server: PostgresServer) -> float:
    """Add up the seconds of this process, and of those of the server, also of those that have ended."""
    postmaster = psutil.Process(server.server.get_pid())
    spent = [process.cpu_times() for process in (psutil.Process(), postmaster, *postmaster.children())]
    ended = postmaster.cpu_times()
    return sum(times.user + times.system for times in spent) + ended.children_user + ended.children_system


@click.command()
@click.option("--turns", default=1_000_000, show_default=True)
def main(turns: int) -> None:
    """Deliver turns to a Postgres of its own, twice, and copy them plainly."""
    with TemporaryDirectory() as folder, new_server() as server:
        place = Path(folder)
        place.chmod(0o755)  # the server reads the CSV file as another user
        partitions = publish(place, turns)
        database = server()
        plain = timed(plain_copy(place, database), server)
        delivered = timed(lambda: deliver(place, database, partitions), server)
        again = timed(lambda: deliver(place, database, partitions), server)
        for name, taken in (("plain COPY", plain), ("delivered", delivered), ("nothing new", again)):
            click.echo(
                f"{name:12} {taken.seconds:6.1f} s {turns / taken.seconds:10,.0f} rows/s "
                f"{taken.seconds / plain.seconds:5.2f} x; computing {taken.computing:6.1f} s "
                f"{taken.computing / plain.computing:5.2f} x"
            )


if __name__ == "__main__":
    main()
