"""Days of a lake age, and the process is killed twice: the next goes on, and no snapshot holds what went."""

from pathlib import Path

import pytest

from polyai_assets.raw.retention_days import RetentionDays
from polyai_assets.raw.store import RawStore
from polyai_assets.retention.retention_plan import read_plan
from polyai_assets.retention.retention_receipt import FOLDER
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.deployment import DAY1, DAY2, DAY3
from polyai_assets_tests.erasure.callers import holding
from polyai_assets_tests.looking import own_duckdb
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.retention.aged import after, plant, planted, retain
from polyai_assets_tests.retention.retaining import on_a_lake, retain_until
from polyai_assets_tests.steps import Steps
from polyai_assets_tests.tiers import LONG

DAYS = (DAY1, DAY2, DAY3)
KEPT = RetentionDays(raw=10, text=39, facts=40)
TODAY = after(DAY2, 40)
"""Of DAY1 rows go, of DAY2 text, and of all three days raw records."""
pytestmark = pytest.mark.slow


def kill_at(steps: Steps, url: str, last_call: int) -> None:
    """Remove what is old in another process, until it is killed."""
    given = [url, steps.root, KEPT, TODAY, last_call]
    process = PROCESSES.Process(target=retain_until, args=given)
    process.start()
    process.join()
    assert process.exitcode == -9


@LONG
def test_a_run_that_is_killed_at_any_instant_is_done_by_the_next(
    tmp_path: Path, polyai: Simulator, polyai_url: str
):
    steps = Steps(on_a_lake(tmp_path, polyai_url, KEPT), tmp_path, polyai)
    plant(polyai, DAYS)
    assert steps.run(DAY1, DAY3).success
    store = RawStore(steps.platform.raw_store)
    gone = [planted(day).encode() for day in (DAY1, DAY2)]
    (kept,) = ask(steps, f"FROM conversations WHERE date = '{DAY3}' ORDER BY ALL")
    assert len(holding(tmp_path, gone)) > 3

    for last_call in (300, 1800):  # as it begins, and while rows of the lake go
        kill_at(steps, polyai_url, last_call)
        assert (read_plan(store) is not None, store.names(FOLDER)) == (True, [])
    assert retain(tmp_path, steps.platform, TODAY) is not None
    assert (read_plan(store), len(store.names(FOLDER))) == (None, 2)
    assert holding(tmp_path, gone) == []
    assert ask(
        steps,
        f"FROM conversations WHERE date = '{DAY3}' ORDER BY ALL",
        "SELECT DISTINCT date FROM conversation_facts ORDER BY ALL",
        "SELECT count(*) FROM ducklake_snapshots('warehouse')",
    ) == [kept, [(DAY2,), (DAY3,)], [(1,)]]


def ask(steps: Steps, *statements: str) -> list[list[tuple[object, ...]]]:
    lake = Warehouse(steps.platform.warehouse, steps.platform.warehouse_data)
    with own_duckdb("ducklake") as connection, lake.attached(connection, read_only=True):
        connection.execute("USE warehouse.main")
        try:
            return [connection.execute(statement).fetchall() for statement in statements]
        finally:
            connection.execute("USE memory.main")
