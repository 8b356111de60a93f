"""Runs of the details step that are killed: what was fetched is not fetched again, and what was good stays."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from polyai_assets.privacy.master_key import VARIABLE
from polyai_assets.raw.details.ask import AT_ONCE
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import Simulator
from polyai_assets_tests.assets import detailing
from polyai_assets_tests.assets.ingesting import ingest_raw
from polyai_assets_tests.deployment import DAY1, HOTEL
from polyai_assets_tests.looking import looking_into
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.tiers import LONG

DAYS = [DAY1, DAY1 + timedelta(days=1)]
KILLS = 6
MANY = 40


def run_in_a_process(target: Callable[..., None], *arguments: Any) -> int | None:
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode


def work_on(polyai: Simulator, dice: Random, more: int) -> None:
    """Give every day more conversations, and change one of those that are there."""
    for day in DAYS:
        known = polyai.conversations(HOTEL.key, midnight(day), midnight(day) + timedelta(days=1))
        for _ in range(more):
            start = midnight(day) + timedelta(seconds=dice.randrange(40_000))
            polyai.put(
                HOTEL.key, known[0] | {"id": f"KA{dice.getrandbits(64):x}", "started_at": start.isoformat()}
            )
        polyai.put(HOTEL.key, dice.choice(known) | {"from_number": f"+{dice.getrandbits(40)}"})


def truth_in(polyai: Simulator) -> dict[str, str]:
    found = polyai.conversations(HOTEL.key, midnight(DAYS[0]), midnight(DAYS[-1]) + timedelta(days=1))
    return {one["id"]: one["from_number"] for one in found}


def tables_in(folder: Path) -> dict[str, str]:
    with looking_into(folder / "polyai.duckdb") as connection:
        found = connection.execute("SELECT conversation_id, from_number FROM conversation_details").fetchall()
        assert len(dict(found)) == len(found)
        return dict(found)


def asked_for(polyai: Simulator) -> list[str]:
    return [one.path for one in polyai.requests if one.path.startswith("/v1/agents/")]


@pytest.mark.usefixtures("no_facts")
def test_what_was_fetched_before_a_kill_is_not_fetched_again_and_lies_encrypted_where_the_store_is(
    tmp_path: Path, polyai: Simulator, polyai_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {VARIABLE: f"1:{'a' * 32}"}
    monkeypatch.setenv(VARIABLE, environment[VARIABLE])
    RawStore(str(tmp_path / "raw")).encrypt()
    work_on(polyai, Random(1), MANY)
    ingest_raw(polyai_url, tmp_path, DAYS)
    polyai.requests.clear()
    fetching = (polyai_url, tmp_path, DAYS, MANY // 2, None, environment)
    assert run_in_a_process(detailing.fetch_until_spooled, *fetching) == -9
    first = asked_for(polyai)
    assert len(first) < MANY
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    numbers = {number.encode() for number in truth_in(polyai).values() if number}
    assert len(numbers) > 1
    assert [number for number in numbers if number in on_disk] == []
    polyai.requests.clear()
    assert [one.error for one in detailing.fetch_details(polyai_url, tmp_path, DAYS)] == [None] * 2
    later = set(asked_for(polyai))  # one of before the kill may have arrived since, too
    again = set(first) & later
    # those whose answers were on their way in the other threads
    assert len(again) <= AT_ONCE
    assert len(later) == len(truth_in(polyai)) - len(first) + len(again)
    assert tables_in(tmp_path) == truth_in(polyai)
    assert list((tmp_path / "spool" / "details").glob("*.spool")) == []


@LONG
@pytest.mark.usefixtures("no_facts")  # but in the processes that are killed
def test_a_run_that_is_killed_at_any_instant_is_finished_by_the_next(
    tmp_path: Path, polyai: Simulator, polyai_url: str
) -> None:
    dice = Random(2)
    ingest_raw(polyai_url, tmp_path, DAYS)
    detailing.fetch_details(polyai_url, tmp_path, DAYS)
    work_on(polyai, dice, 4)
    ingest_raw(polyai_url, tmp_path, DAYS)
    calls = PROCESSES.Array("q", 1)
    assert run_in_a_process(detailing.fetch_and_count, polyai_url, tmp_path, DAYS, calls) == 0
    before = truth_in(polyai)
    assert tables_in(tmp_path) == before
    killed = 0
    for number in range(KILLS):
        work_on(polyai, dice, 4)
        ingest_raw(polyai_url, tmp_path, DAYS)
        after = truth_in(polyai)
        last_call = int(0.9 * calls[0] * (number + dice.random()) / KILLS)
        killed += run_in_a_process(detailing.fetch_until, polyai_url, tmp_path, DAYS, last_call) == -9
        tables = tables_in(tmp_path)
        assert tables.keys() >= before.keys()
        assert all(row in (before.get(name), after.get(name)) for name, row in tables.items())
        assert [one.error for one in detailing.fetch_details(polyai_url, tmp_path, DAYS)] == [None] * 2
        assert tables_in(tmp_path) == after
        before = after
    assert killed >= KILLS - 2
