"""A storm over deliveries to a Postgres: deliverers that are killed at random instants, two at once, and a reader.

    python -m polyai_assets_tests.delivery.storm --days 30 --projects 3 --kills 40

Days are published, delivered, restated, emptied, lose or move conversations, and have some erased; on a day in the
middle a column is added; and the server is down for a while. One project more is fetched from a simulated PolyAI,
loaded and published, changes, and has a caller erased. Afterwards the target equals what is published, and the
warehouse, row by row, its log explains every version, and the reader has seen no day in parts. The test runs a small
one.
"""

import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import click
import duckdb

from polyai_assets.api.project import Project
from polyai_assets.delivery.manifest import newest_manifests
from polyai_assets.delivery.withdraw import withdraw_restated
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets_tests.delivery.delivering import DelivererProcess
from polyai_assets_tests.delivery.loaded import LoadedDays, loaded_days
from polyai_assets_tests.delivery.published import DAY, Published
from polyai_assets_tests.deployment import START
from polyai_assets_tests.postgres import PostgresServer, new_server

ERASED = "erased"
"""What the ids of conversations begin with that are erased."""

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
    server: PostgresServer
    database: str
    projects: list[Project]
    days: list[date]
    chance: random.Random
    loaded: LoadedDays | None
    published: Published = field(init=False)
    versions: dict[Partition, int] = field(default_factory=dict)
    rows: dict[tuple[str, str, int], tuple[int, int]] = field(default_factory=dict)
    in_parts: list[tuple[Any, ...]] = field(default_factory=list)
    reads: int = 0
    cut_off: int = 0

    def __post_init__(self) -> None:
        self.published = Published(self.place)

    @property
    def partitions(self) -> list[Partition]:
        return [Partition(project, day) for project in self.projects for day in self.days]

    @property
    def delivered(self) -> list[Partition]:
        return [*self.partitions, *(self.loaded.partitions if self.loaded else [])]

    def publish(self, partition: Partition, ids: list[str]) -> None:
        """Publish another version of a day; each of its rows says which version it is of."""
        version = self.versions.get(partition, 0) + 1
        self.versions[partition] = version
        self.rows[partition.project.key, str(partition.date), version] = len(ids), 2 * len(ids)
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
            names = [f"{partition.date}-{number}" for number in range(self.chance.randint(1, 9))]
            self.publish(partition, [*names, f"{ERASED}-{partition.date}"])
        if self.loaded is not None:
            self.loaded.load()
            self.rows |= self.loaded.published()

    def change_some(self) -> None:
        """Restate every second day: it is emptied, loses a conversation, or one moves to the next day."""
        for number, partition in enumerate(self.partitions):
            names = [f"{partition.date}-{number}" for number in range(5)]
            kept: list[str] = [list[str](), names[1:], [*names, "moved"]][number % 3]
            if number % 2:
                self.publish(partition, kept)
        if self.loaded is not None:
            self.loaded.restate()
            self.rows |= self.loaded.published()

    def erase_some(self) -> None:
        """Publish every day without what is erased, and leave no version of it that has it."""
        for number, partition in enumerate(self.partitions):
            if not number % 2:
                self.publish(partition, [f"{partition.date}-{number}" for number in range(4)])
            withdraw_restated(self.published.store, partition)
        if self.loaded is not None:
            self.loaded.erase()
            self.rows |= self.loaded.published()

    def start(self) -> DelivererProcess:
        return DelivererProcess(self.place, self.database, self.delivered)

    def deliver(self, kills: int) -> None:
        """Let deliverers begin, two at a time, and kill all but the last."""
        running: list[DelivererProcess] = []
        following = self.start()
        for number in range(kills + 1):
            process = following
            if number < kills:
                following = self.start()  # it is ready by the time that it is needed
            process.begin()
            running.append(process)
            time.sleep(self.chance.uniform(0, 0.4))
            if len(running) == 2:
                running.pop(0).kill()
        assert running.pop().ended() == set()

    def deliver_while_down(self) -> None:
        """Take the server away from two deliverers, which end and say so; the reader sees what it saw before."""
        running = [self.start(), self.start()]
        for process in running:
            process.begin()
        time.sleep(self.chance.uniform(0, 0.1))
        with self.server.down():
            said = [process.ended() for process in running]
        assert all(errors <= {"TargetUnreachable"} for errors in said), said
        self.cut_off += sum(map(bool, said))

    @contextmanager
    def read_on(self) -> Iterator[None]:
        """Read meanwhile, in a loop, and note every day that is seen in parts."""
        ended = Event()

        def read() -> None:
            while not ended.is_set():
                try:
                    with connected(self.database) as connection:
                        self.read_until(ended, connection)
                except duckdb.Error as error:
                    if not re.search("connect|terminating|closed", str(error)):
                        raise
                    time.sleep(0.2)  # the server is down

        reader = Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            ended.set()
            reader.join()

    def read_until(self, ended: Event, connection: duckdb.DuckDBPyConnection) -> None:
        while not ended.is_set():
            time.sleep(0.05)
            try:
                found = ask(connection, _DAYS)
            except duckdb.Error as error:
                if "does not exist" not in str(error):  # there are no tables yet
                    raise
                continue
            self.reads += 1
            self.in_parts += [row for row in found if not self.is_whole(row)]

    def is_whole(self, row: tuple[Any, ...]) -> bool:
        project, day, version, calls, turns, *marks = row
        same = {mark for mark in marks if mark is not None} if self.is_made(project) else {version}
        return (calls or 0, turns or 0) == self.rows[project, day, version] and same <= {version}

    def is_made(self, project: str) -> bool:
        """Whether it is one of those whose days are made here, and whose rows say of which version they are."""
        return project in {each.key for each in self.projects}

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
            assert {(project, day): version for project, day, version, *_ in log} == self.newest_versions()
            for project, day, version, restated, differing, found, replaced in log:
                calls, turns = self.rows[project, day, version]
                assert (differing, found) == ("", calls + turns)
                assert replaced == (turns if self.is_made(project) else 0)
                assert restated < version
            for table, columns in (
                ("conversations", "conversation_id, num_turns, position"),
                ("turns", "conversation_id, turn_index, user_input"),
            ):
                held = ask(connection, f"SELECT project, date, {columns} FROM polyai.{table}")
                assert sorted(map(repr, held)) == sorted(map(repr, self.published_rows(table, columns)))
            self.check_loaded(connection)
            names = {name for (name,) in ask(connection, "SELECT DISTINCT conversation_id FROM polyai.turns")}
            assert names
            assert not {name for name in names if name.startswith(ERASED)}

    def check_loaded(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Compare what was loaded with the warehouse, which has nothing of who was erased."""
        if self.loaded is None:
            return
        (project,) = {partition.project.key for partition in self.loaded.partitions}
        for table, columns in (
            ("conversations", "conversation_id, num_turns, handoff, from_number"),
            ("turns", "conversation_id, turn_index, user_input, agent_response"),
        ):
            query = f"SELECT project, date, {columns} FROM polyai.{table} WHERE project = '{project}'"
            held, there = ask(connection, query), self.loaded.rows(table, columns)
            assert held
            assert sorted(map(repr, held)) == sorted(map(repr, there))
            assert not {row[2] for row in held} & set(self.loaded.erased)

    def newest_versions(self) -> dict[tuple[str, str], int]:
        made = {
            (partition.project.key, str(partition.date)): version
            for partition, version in self.versions.items()
        }
        loaded = self.loaded.published() if self.loaded else {}
        return made | {(project, day): version for project, day, version in loaded}

    def published_rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """Read the files of the newest versions; what Postgres refuses is replaced."""
        store = FileStore(str(self.place))
        days = {partition.date for partition in self.delivered}
        files = [
            self.place / manifest.tables[table].file
            for project in {partition.project for partition in self.delivered}
            for manifest in newest_manifests(store, project, days).values()
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


def storm(
    place: Path,
    server: PostgresServer,
    days: int,
    projects: int,
    kills: int,
    seed: int,
    loaded: LoadedDays | None = None,
) -> Storm:
    """Let it rage, and check what is left."""
    given = Storm(
        place,
        server,
        server(),
        [Project.parse(f"us-1/acme/bot-{number}") for number in range(projects)],
        [DAY + timedelta(days=number) for number in range(days)],
        random.Random(seed),
        loaded,
    )
    with given.read_on():
        given.publish_all()
        given.deliver(kills)
        given.change_some()
        given.deliver_while_down()
        given.erase_some()
        given.deliver(kills)
    given.check()
    return given


@click.command()
@click.option("--days", default=30, show_default=True)
@click.option("--projects", default=3, show_default=True)
@click.option("--kills", default=20, show_default=True)
@click.option("--seed", default=7, show_default=True)
def main(days: int, projects: int, kills: int, seed: int) -> None:
    """Run a storm over a Postgres of its own."""
    with new_server() as server, TemporaryDirectory() as folder:
        place, began = Path(folder, "published"), time.monotonic()
        several = [START + timedelta(days=number) for number in range(min(days, 9))]
        with loaded_days(place, Path(folder), several) as loaded:
            given = storm(place, server, days, projects, kills, seed, loaded)
        click.echo(
            f"{len(given.delivered)} days, {len(given.rows)} versions, {2 * kills} deliverers killed, {given.cut_off} "
            f"cut off by the server: equal row by row, in {time.monotonic() - began:.0f} s; {given.reads} reads, none "
            "saw a day in parts"
        )


if __name__ == "__main__":
    main()
