"""A storm over deliveries to a Postgres: deliverers that are killed at random instants, two at once, and a reader.

    python -m polyai_assets_tests.delivery.storm --days 30 --projects 3 --kills 40

Days are published, delivered, restated, emptied, and lose or move conversations; on a day in the middle a column is
added. Afterwards the target equals what is published row by row, its log explains every version, and the reader has
seen no day in parts. The test runs a small one.
"""

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import click
import duckdb
from pydantic import SecretStr

from polyai_assets.api.project import Project
from polyai_assets.contract.contract import PACKAGED
from polyai_assets.delivery.deliver import Deliverer
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets_tests.delivery.published import DAY, Published

TABLES = ("conversations", "turns")
_DAYS = """
SELECT log.project, log.date::text, log.version, calls, turns, first_call, last_call, first_turn, last_turn
FROM polyai.polyai_delivery_log AS log
LEFT JOIN (SELECT project, date, count(*) AS calls, min(num_turns) AS first_call, max(num_turns) AS last_call
    FROM polyai.conversations GROUP BY project, date) AS of_calls USING (project, date)
LEFT JOIN (SELECT project, date, count(*) AS turns, min(turn_index) AS first_turn, max(turn_index) AS last_turn
    FROM polyai.turns GROUP BY project, date) AS of_turns USING (project, date)
"""
"""Of each day the version that the log names, and of what version its rows are, as one statement sees it."""


@contextmanager
def connected(database: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        load_extension(connection, "postgres_scanner")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{database}' AS server (TYPE postgres)")
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    found = connection.execute("SELECT * FROM postgres_query('server', ?)", [query]).to_arrow_table()
    return [tuple(row.values()) for row in found.to_pylist()]


@dataclass
class Storm:
    """What is published of some projects' days, and how many rows each version has."""

    place: Path
    database: str
    projects: list[Project]
    days: list[date]
    chance: random.Random
    published: Published = field(init=False)
    versions: dict[Partition, int] = field(default_factory=dict)
    rows: dict[tuple[str, str, int], int] = field(default_factory=dict)
    in_parts: list[tuple[Any, ...]] = field(default_factory=list)
    reads: int = 0

    def __post_init__(self) -> None:
        self.published = Published(self.place)

    @property
    def partitions(self) -> list[Partition]:
        return [Partition(project, day) for project in self.projects for day in self.days]

    def publish(self, partition: Partition, ids: list[str]) -> None:
        """Publish another version of a day; each of its rows says which version it is of."""
        version = self.versions.get(partition, 0) + 1
        self.versions[partition] = version
        self.rows[partition.project.key, str(partition.date), version] = len(ids)
        if partition.date >= self.days[len(self.days) // 3]:
            self.published.columns["conversations"]["position"] = "BIGINT"
        else:
            self.published.columns["conversations"].pop("position", None)
        calls = [{"conversation_id": name, "num_turns": version, "position": version} for name in ids]
        turns = [
            {"conversation_id": name, "turn_index": version, "user_input": f"{name} \0"}
            for name in ids
            for _ in range(2)
        ]
        self.published.put(
            version,
            day=partition.date,
            project=partition.project,
            conversations=calls,
            turns=turns,
        )

    def publish_all(self) -> None:
        for partition in self.partitions:
            self.publish(
                partition, [f"{partition.date}-{number}" for number in range(self.chance.randint(1, 9))]
            )

    def change_some(self) -> None:
        """Restate every second day: it is emptied, loses a conversation, or one moves to the next day."""
        for number, partition in enumerate(self.partitions):
            names = [f"{partition.date}-{number}" for number in range(5)]
            kept: list[str] = [list[str](), names[1:], [*names, "moved"]][number % 3]
            if number % 2:
                self.publish(partition, kept)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a deliverer, which waits for a word before it begins."""
        command = [
            sys.executable,
            "-m",
            "polyai_assets_tests.delivery.storm",
            "--deliver",
            str(self.place),
            "--database",
            self.database,
        ]
        command += [part for partition in self.partitions for part in ("--partition", partition.key)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def deliver(self, kills: int) -> None:
        """Let deliverers begin, two at a time, and kill all but the last."""
        running: list[subprocess.Popen[bytes]] = []
        following = self.start()
        for number in range(kills + 1):
            process = following
            if number < kills:
                following = self.start()  # it is ready by the time that it is needed
            begin(process)
            running.append(process)
            time.sleep(self.chance.uniform(0, 0.4))
            if len(running) == 2:
                killed = running.pop(0)
                killed.kill()
                killed.wait()
        assert running.pop().wait() == 0

    @contextmanager
    def read_on(self) -> Iterator[None]:
        """Read meanwhile, in a loop, and note every day that is seen in parts."""
        ended = Event()

        def read() -> None:
            with connected(self.database) as connection:
                while not ended.is_set():
                    try:
                        found = ask(connection, _DAYS)
                    except duckdb.Error as error:
                        if "does not exist" not in str(error):  # there are no tables yet
                            raise
                        continue
                    self.reads += 1
                    time.sleep(0.01)
                    self.in_parts += [row for row in found if not self.is_whole(row)]

        reader = Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            ended.set()
            reader.join()

    def is_whole(self, row: tuple[Any, ...]) -> bool:
        project, day, version, calls, turns, *marks = row
        expected = self.rows[project, day, version]
        same = {mark for mark in marks if mark is not None}
        return (calls or 0, turns or 0) == (expected, 2 * expected) and same <= {version}

    def check(self) -> None:
        """Compare the target with what is published, row by row, and its log."""
        assert self.reads > 0
        assert self.in_parts == []
        with connected(self.database) as connection:
            log = ask(
                connection,
                "SELECT project, date::text, version, restated_count, differing, rows_found, nul_characters "
                "FROM polyai.polyai_delivery_log",
            )
            assert {(project, day): version for project, day, version, *_ in log} == {
                (partition.project.key, str(partition.date)): version
                for partition, version in self.versions.items()
            }
            for project, day, version, restated, differing, found, replaced in log:
                rows = self.rows[project, day, version]
                assert (differing, found, replaced) == ("", 3 * rows, 2 * rows)
                assert restated < version
            for table, columns in (
                ("conversations", "conversation_id, num_turns, position"),
                ("turns", "conversation_id, turn_index, user_input"),
            ):
                held = ask(connection, f"SELECT project, date, {columns} FROM polyai.{table}")
                assert sorted(map(repr, held)) == sorted(map(repr, self.published_rows(table, columns)))

    def published_rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Read the files of the newest versions; what Postgres refuses is replaced."""
        folder = self.place / table
        files = [
            next(folder.glob(f"project=*{partition.project.project_id}/date={partition.date}/v{version}.*"))
            for partition, version in self.versions.items()
        ]
        with duckdb.connect() as connection:
            source = "read_parquet(?, union_by_name = true, hive_partitioning = false)"
            found = connection.execute(
                f"SELECT project, date, {columns} FROM {source}", [[str(file) for file in files]]
            ).fetchall()
        return [
            tuple(value.replace("\0", "�") if isinstance(value, str) else value for value in row)
            for row in found
        ]


def begin(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.stdin.close()


def storm(place: Path, database: str, days: int, projects: int, kills: int, seed: int) -> Storm:
    """Let it rage, and check what is left."""
    given = Storm(
        place,
        database,
        [Project.parse(f"us-1/acme/bot-{number}") for number in range(projects)],
        [DAY + timedelta(days=number) for number in range(days)],
        random.Random(seed),
    )
    with given.read_on():
        given.publish_all()
        given.deliver(kills)
        given.change_some()
        given.deliver(kills)
    given.check()
    return given


def deliver_all(place: Path, database: str, partitions: list[Partition]) -> None:
    settings = DeliverySettings("target", "postgres", SecretStr(database), tables=TABLES)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        with closing(open_target(settings, connection)) as target:
            target.probe()
            print("ready", flush=True)  # noqa: T201 - whoever started it waits for that
            sys.stdin.read()
            deliverer = Deliverer(
                FileStore(str(place)), settings, PACKAGED, target, connection, lambda: datetime.now(UTC)
            )
            errors = [day.error for day in deliverer.deliver(partitions) if day.error]
            if errors:
                raise errors[0]


@click.command()
@click.option("--days", default=30, show_default=True)
@click.option("--projects", default=3, show_default=True)
@click.option("--kills", default=20, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--deliver", "place", type=click.Path(path_type=Path), hidden=True)
@click.option("--database", hidden=True)
@click.option("--partition", "partitions", multiple=True, hidden=True)
def main(
    days: int,
    projects: int,
    kills: int,
    seed: int,
    place: Path | None,
    database: str | None,
    partitions: tuple[str, ...],
) -> None:
    """Run a storm over a Postgres of its own."""
    if place is not None and database is not None:
        deliver_all(place, database, [Partition.parse(key) for key in partitions])
        return
    from polyai_assets_tests.postgres import new_server

    with new_server() as make, TemporaryDirectory() as folder:
        began = time.monotonic()
        given = storm(Path(folder), make(), days, projects, kills, seed)
        click.echo(
            f"{len(given.partitions)} days, {sum(given.versions.values())} versions, {2 * kills} deliverers killed: "
            f"equal row by row, in {time.monotonic() - began:.0f} s; {given.reads} reads, none saw a day in parts"
        )


if __name__ == "__main__":
    main()
