"""Days of a lake age, and the process is killed again and again: the next goes on, and no snapshot holds what went."""

from pathlib import Path

import pytest

from polyai_assets.assets.read_only_copy import copy_platform
from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.retention_plan import read_plan
from polyai_assets.retention.retention_receipt import FOLDER
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3
from polyai_assets_tests.erasure.callers import holding
from polyai_assets_tests.looking import looking_into, own_duckdb
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.retention.aged import after, plan_on, plant, planted
from polyai_assets_tests.retention.retaining import on_a_lake, retain_until
from polyai_assets_tests.steps import Steps

DAYS = (DAY1, DAY2, DAY3)
KEPT = RetentionDays(raw=10, text=39, facts=40)
TODAY = after(DAY2, 40)
"""Of DAY1 rows go, of DAY2 text, and of all three days raw records."""

pytestmark = pytest.mark.slow


def killed_at(steps: Steps, url: str, last_call: int) -> bool:
    """Remove what is old in another process; tell whether it was killed."""
    given = [url, steps.root, KEPT, TODAY, last_call]
    process = PROCESSES.Process(target=retain_until, args=given)
    process.start()
    process.join()
    assert process.exitcode in (-9, 0)
    return process.exitcode == -9


def test_a_run_that_is_killed_at_any_instant_is_done_by_the_next(
    tmp_path: Path, polyai: Simulator, polyai_url: str
):
    steps = Steps(on_a_lake(tmp_path, polyai_url, KEPT), tmp_path, polyai)
    plant(polyai, DAYS)
    assert steps.run(DAY1, DAY3).success
    copy_platform(steps.platform)
    store = RawStore(steps.platform.raw_store)
    gone = [planted(day).encode() for day in (DAY1, DAY2)]
    kept = ask(steps, f"FROM conversations WHERE date = '{DAY3}' ORDER BY ALL")
    shown = figures(steps)
    assert len(holding(tmp_path, gone)) > 3

    kills, last_call = 0, 300
    while killed_at(steps, polyai_url, last_call):
        assert store.names(FOLDER) == []
        kills, last_call = kills + 1, last_call * 4
    assert kills > 1
    assert (read_plan(store), len(store.names(FOLDER))) == (None, 2)
    assert holding(tmp_path, gone) == []
    assert plan_on(steps, TODAY).is_empty
    assert ask(steps, f"FROM conversations WHERE date = '{DAY3}' ORDER BY ALL") == kept
    assert ask(steps, "SELECT DISTINCT date FROM conversation_facts ORDER BY ALL") == [(DAY2,), (DAY3,)]
    assert ask(steps, "SELECT count(*) FROM ducklake_snapshots('warehouse')") == [(1,)]
    assert figures(steps) == shown


def ask(steps: Steps, statement: str) -> list[tuple[object, ...]]:
    lake = Warehouse(steps.platform.warehouse, steps.platform.warehouse_data)
    with own_duckdb("ducklake") as connection, lake.attached(connection, read_only=True):
        connection.execute("USE warehouse.main")
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.execute("USE memory.main")


def figures(steps: Steps) -> list[tuple[object, ...]]:
    with looking_into(steps.platform.read_only_copy) as connection:
        return connection.execute("FROM daily_kpis ORDER BY ALL").fetchall()
