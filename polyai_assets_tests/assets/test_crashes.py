"""Runs that are killed at any instant: of the fetch, of the raw commit, of the commit to the warehouse."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from polyai_assets.raw.conversations.unsettled import read_unsettled
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CONVERSATION_FILES, RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets import ingesting
from polyai_assets_tests.deployment import DAY1, HOTEL, project_of
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.processes import PROCESSES

DAYS = [DAY1 + timedelta(days=n) for n in range(2)]
KILLS = 10

Truth = dict[str, tuple[Any, ...]]


def work_on(polyai: Simulator, dice: Random, more: int = 1) -> None:
    """Give every day more conversations, and change one of those that are there."""
    for day in DAYS:
        known = polyai.conversations(HOTEL.key, midnight(day), midnight(day) + timedelta(days=1))
        for _ in range(more):
            start = midnight(day) + timedelta(seconds=dice.randrange(86_400))
            copy = {"id": f"KA{dice.getrandbits(64):x}", "started_at": start.isoformat()}
            polyai.put(HOTEL.key, known[0] | copy)
        polyai.put(HOTEL.key, dice.choice(known) | {"from_number": f"+{dice.getrandbits(40)}"})


def truth_in(polyai: Simulator) -> Truth:
    """What the source holds: of each conversation what is compared, by its id."""
    found = polyai.conversations(HOTEL.key, midnight(DAYS[0]), midnight(DAYS[-1]) + timedelta(days=1))
    return {
        one["id"]: (
            datetime.fromisoformat(one["started_at"]).astimezone(UTC),
            one["from_number"],
            [turn["user_input"] for turn in one["turns"]],
            sorted(one["metrics"]),
        )
        for one in found
    }


TABLES = """
    SELECT conversation_id, started_at, from_number,
        (SELECT coalesce(list(user_input ORDER BY turn_index), []) FROM turns
         WHERE turns.conversation_id = conversations.conversation_id),
        (SELECT coalesce(list_sort(list(DISTINCT name)), []) FROM metrics
         WHERE metrics.conversation_id = conversations.conversation_id)
    FROM conversations
"""


def tables_in(folder: Path) -> Truth:
    with looking_into(folder / "polyai.duckdb") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return {name: tuple(row) for name, *row in connection.execute(TABLES).fetchall()}


def raw_in(folder: Path) -> set[str]:
    """The ids in the raw store, as its certificates name them; whatever they name must be there and whole."""
    store = RawStore(str(folder / "raw"))
    ids: set[str] = set()
    for day in DAYS:
        certificate = store.certificate(Partition(project_of(HOTEL), day))
        assert certificate is not None
        content = CONVERSATION_FILES.read_file(store, certificate, certificate.file)
        assert hashlib.sha256(content).hexdigest() == certificate.file.sha256
        with store.records(certificate) as batches:
            ids |= {
                json.loads(payload)["id"] for batch in batches for payload in batch["payload"].to_pylist()
            }
    return ids


@pytest.mark.usefixtures("no_facts")  # but in the processes that are killed
def test_a_run_that_is_killed_at_any_instant_leaves_what_was_good_and_is_finished_by_the_next(
    tmp_path: Path, polyai: Simulator, polyai_url: str
):
    dice = Random(1)
    work_on(polyai, dice, more=10)
    ingesting.ingest(polyai_url, tmp_path, DAYS)
    work_on(polyai, dice)
    calls = PROCESSES.Array("q", len(DAYS))
    counted = PROCESSES.Process(target=ingesting.ingest_and_count, args=(polyai_url, tmp_path, DAYS, calls))
    counted.start()
    counted.join(60)
    assert counted.exitcode == 0
    before = truth_in(polyai)
    assert tables_in(tmp_path) == before

    killed = 0
    for number in range(KILLS):
        work_on(polyai, dice)
        after = truth_in(polyai)
        day, share = divmod(number, KILLS // len(DAYS))
        begun = calls[day - 1] if day else 0
        last_call = begun + int((calls[day] - begun) * (share + dice.random()) * len(DAYS) / KILLS)
        arguments = (polyai_url, tmp_path, DAYS, last_call, dice.choice([0, 0.002, 0.01]))
        run = PROCESSES.Process(target=ingesting.ingest_until, args=arguments)
        run.start()
        run.join(60)
        assert run.exitcode in (0, -9)  # the last of them may have come to its end before
        killed += run.exitcode == -9

        tables = tables_in(tmp_path)
        assert tables.keys() >= before.keys()
        assert all(row in (before.get(name), after.get(name)) for name, row in tables.items())
        assert raw_in(tmp_path) >= before.keys()

        assert [outcome.error for outcome in ingesting.ingest(polyai_url, tmp_path, DAYS)] == [None] * len(
            DAYS
        )
        assert tables_in(tmp_path) == after
        assert read_unsettled(RawStore(str(tmp_path / "raw"))) == []
        before = after
    assert killed >= KILLS - 2
