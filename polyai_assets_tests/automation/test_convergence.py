"""Days of a project that never stands still, followed tick by tick, until the tables are what the source is."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from polyai_assets.assets.days import Ingest
from polyai_assets.automation.decide import days_to_refresh
from polyai_assets.automation.finished import running_now
from polyai_assets.automation.tick import ProjectMemory, look
from polyai_assets.configuration import ProjectConfig
from polyai_assets.raw.conversations.unsettled import read_unsettled
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Clock, IncludedDetails, SimulatedProject, Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.assets.ingesting import connect
from polyai_assets_tests.deployment import configured, partitions_of
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.tiers import long

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_facts")]

START = datetime(2025, 3, 3, tzinfo=UTC)
EVENING = START + timedelta(hours=18)
BUSY = timedelta(hours=14)
"""How long the source changes at random: an evening, a night, and the morning of the next day."""
QUIET = timedelta(days=2, hours=3)
"""How long it is followed after that: the last busy day is refreshed twice more."""
PROJECT = SimulatedProject("us-1", "acme", "hotel-bot", "a-key", "hotel", 40)
EVERYTHING = IncludedDetails(latency=True, turn_metadata=True, context_state=True)
MINUTE = timedelta(minutes=1)


@dataclass
class Platform:
    """What a deployment does by itself, without Dagster: the sensor's ticks and the nightly refresh."""

    config: ProjectConfig
    ingest: Ingest
    clock: Clock
    memory: dict[str, ProjectMemory] = field(default_factory=dict)
    refreshed: date | None = None
    runs: int = 0
    calls_of_a_tick: list[int] = field(default_factory=list)
    whole_fetches_instead: int = 0

    def tick(self, asked: Callable[[], int]) -> None:
        """Do what is due now; `asked` counts the requests that the source has seen."""
        now = self.clock.now()
        if self.refreshed is None or (now.date() > self.refreshed and now.hour >= 2):
            self.refreshed = now.date()
            self._run(days_to_refresh(now, 1, START.date()))
        index = read_unsettled(self.ingest.store)
        self.whole_fetches_instead += len(index)
        before = asked()
        tick = look([self.config], index, self.memory, {}, running_now, now)
        self.calls_of_a_tick.append(asked() - before)
        self.memory = tick.memory
        for config, request in tick.requests:
            assert config is self.config
            self._run([request.day], request.around)

    def _run(self, days: list[date], around: tuple[datetime, ...] | None = None) -> None:
        self.runs += 1
        partitions = partitions_of(self.config.project, days)
        work = replace(self.ingest, top_up_around=around)
        assert [one.error for one in work.run(self.config, partitions)] == [None] * len(days)


class Life:
    """Changes, moves and deletes conversations of the last hours at random; they start and finish by themselves."""

    def __init__(self, simulator: Simulator, dice: Random) -> None:
        self._simulator = simulator
        self._dice = dice
        self.deleted: set[str] = set()

    def go_on(self) -> None:
        now = self._simulator.clock.now()
        ended = [
            one
            for one in self._simulator.conversations(
                PROJECT.key, max(START, now - timedelta(hours=20)), now, EVERYTHING
            )
            if not one["in_progress"]
        ]
        for one in self._dice.sample(ended, min(len(ended), self._dice.choice([0, 0, 0, 0, 1, 2]))):
            self._dice.choice([self._change, self._change, self._move, self._delete])(one, now)

    def _change(self, one: dict[str, Any], _now: datetime) -> None:
        self._simulator.put(PROJECT.key, one | {"handoff_reason": f"because {self._dice.random()}"})

    def _move(self, one: dict[str, Any], now: datetime) -> None:
        moved = datetime.fromisoformat(one["started_at"]) + timedelta(hours=self._dice.choice([-14, -6, 6]))
        if START <= moved < now:
            self._simulator.put(PROJECT.key, one | {"started_at": moved.isoformat()})

    def _delete(self, one: dict[str, Any], _now: datetime) -> None:
        self._simulator.remove(PROJECT.key, one["id"])
        self.deleted.add(one["id"])


def shown(one: dict[str, Any]) -> tuple[Any, ...]:
    """What is compared of a conversation."""
    start = datetime.fromisoformat(one["started_at"]).astimezone(UTC)
    turns = [turn["user_input"] for turn in one["turns"]]
    return start, one["in_progress"], one["num_turns"], one["handoff_reason"], turns


def tables_in(file: Path, before: date) -> dict[str, tuple[Any, ...]]:
    with looking_into(file) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(
            "SELECT conversation_id, started_at, in_progress, num_turns, handoff_reason, "
            "(SELECT coalesce(list(user_input ORDER BY turn_index), []) FROM turns "
            "WHERE turns.conversation_id = conversations.conversation_id) FROM conversations WHERE date < ?",
            [before],
        ).fetchall()
    assert len({row[0] for row in found}) == len(found), "a conversation is on two days"
    return {name: tuple(row) for name, *row in found}


@pytest.mark.parametrize(("seed", "loads"), [(2, False), long(1, True)])
def test_whatever_happens_to_conversations_the_tables_become_what_the_source_is(
    tmp_path: Path, seed: int, *, loads: bool, capsys: pytest.CaptureFixture[str]
):
    """Where it `loads`, by each run; else they are made once, of what the raw store has become."""
    dice = Random(seed)
    clock = Clock(EVENING)
    simulator = Simulator([PROJECT], seed=seed, clock=clock)
    with simulator.running() as url:
        config = configured(
            PROJECT, url, parallel_windows=1, lookback_days=1, top_up_every=timedelta(hours=2)
        )
        store, warehouse = RawStore(str(tmp_path / "raw")), Warehouse(str(tmp_path / "polyai.duckdb"))
        ingest = Ingest(
            store, warehouse, tmp_path / "spool", connect, fetches=True, loads=loads, now=clock.now
        )
        platform, life = Platform(config, ingest, clock), Life(simulator, dice)
        while clock.now() < EVENING + BUSY:
            platform.tick(lambda: len(simulator.requests))
            life.go_on()
            clock.advance(dice.choice([10, 15, 20]) * MINUTE)
        while clock.now() < EVENING + BUSY + QUIET:
            platform.tick(lambda: len(simulator.requests))
            clock.advance(timedelta(hours=2))

        today = clock.now().date()
        midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
        truth = {
            one["id"]: shown(one)
            for one in simulator.conversations(PROJECT.key, START, midnight)
            if one["environment"] == "live"
        }
        if not loads:
            replay = replace(ingest, fetches=False, loads=True)
            days = [START.date() + timedelta(days=n) for n in range((today - START.date()).days)]
            outcomes = replay.run(config, partitions_of(config.project, days))
            assert [one.error for one in outcomes] == [None] * len(days)
    assert {day.date for day in read_unsettled(store)} <= {today, today - timedelta(days=1)}
    assert tables_in(tmp_path / "polyai.duckdb", today) == truth
    assert life.deleted
    assert not life.deleted & truth.keys()
    assert max(platform.calls_of_a_tick) <= 1
    calls = len(simulator.requests)
    with capsys.disabled():
        sys.stdout.write(
            f"\nfollowed with {calls} calls in {platform.runs} runs; "
            f"fetching what is unsettled at every tick would have taken {platform.whole_fetches_instead}\n"
        )
    assert calls < platform.whole_fetches_instead
