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
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import click
import duckdb

from polyai_assets.api.project import Project
from polyai_assets.warehouse.extensions import load_extension
from polyai_assets_tests.delivery.delivering import DelivererProcess
from polyai_assets_tests.delivery.loaded import LoadedDays, loaded_days
from polyai_assets_tests.delivery.published import DAY
from polyai_assets_tests.delivery.storm_days import ERASED, StormDays
from polyai_assets_tests.deployment import START
from polyai_assets_tests.postgres import PostgresServer, new_server

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
    """Deliverers of days to a database, a reader of it, and what it has seen."""

    days: StormDays
    server: PostgresServer
    database: str
    in_parts: list[tuple[Any, ...]] = field(default_factory=list)
    reads: int = 0
    cut_off: int = 0

    def start(self) -> DelivererProcess:
        return DelivererProcess(self.days.place, self.database, self.days.delivered)

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
            time.sleep(self.days.chance.uniform(0, 0.4))
            if len(running) == 2:
                running.pop(0).kill()
        assert running.pop().ended() == set()

    def deliver_while_down(self) -> None:
        """Take the server away from two deliverers, which end and say so; the reader sees what it saw before."""
        running = [self.start(), self.start()]
        for process in running:
            process.begin()
        time.sleep(self.days.chance.uniform(0, 0.1))
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
            self.in_parts += [row for row in found if not self.days.is_whole(row)]

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
            assert {
                (project, day): version for project, day, version, *_ in log
            } == self.days.newest_versions()
            for project, day, version, restated, differing, found, replaced in log:
                calls, turns = self.days.rows[project, day, version]
                assert (differing, found) == ("", calls + turns)
                assert replaced == (turns if self.days.is_made(project) else 0)
                assert restated < version
            for table, columns in (
                ("conversations", "conversation_id, num_turns, position"),
                ("turns", "conversation_id, turn_index, user_input"),
            ):
                held = ask(connection, f"SELECT project, date, {columns} FROM polyai.{table}")
                assert sorted(map(repr, held)) == sorted(map(repr, self.days.published_rows(table, columns)))
            self.check_loaded(connection)
            names = {name for (name,) in ask(connection, "SELECT DISTINCT conversation_id FROM polyai.turns")}
            assert names
            assert not {name for name in names if name.startswith(ERASED)}

    def check_loaded(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Compare what was loaded with the warehouse, which has nothing of who was erased."""
        if self.days.loaded is None:
            return
        (project,) = {partition.project.key for partition in self.days.loaded.partitions}
        for table, columns in (
            ("conversations", "conversation_id, num_turns, handoff, from_number"),
            ("turns", "conversation_id, turn_index, user_input, agent_response"),
        ):
            query = f"SELECT project, date, {columns} FROM polyai.{table} WHERE project = '{project}'"
            held, there = ask(connection, query), self.days.loaded.rows(table, columns)
            assert held
            assert sorted(map(repr, held)) == sorted(map(repr, there))
            assert not {row[2] for row in held} & set(self.days.loaded.erased)


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
    given = StormDays(
        place,
        [Project.parse(f"us-1/acme/bot-{number}") for number in range(projects)],
        [DAY + timedelta(days=number) for number in range(days)],
        random.Random(seed),
        loaded,
    )
    raging = Storm(given, server, server())
    with raging.read_on():
        given.publish_all()
        raging.deliver(kills)
        given.change_some()
        raging.deliver_while_down()
        given.erase_some()
        raging.deliver(kills)
    raging.check()
    return raging


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
            f"{len(given.days.delivered)} days, {len(given.days.rows)} versions, {2 * kills} deliverers killed, "
            f"{given.cut_off} cut off by the server: equal row by row, in {time.monotonic() - began:.0f} s; "
            f"{given.reads} reads, none saw a day in parts"
        )


if __name__ == "__main__":
    main()
