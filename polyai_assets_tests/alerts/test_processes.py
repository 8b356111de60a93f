"""Several processes at once, on a DuckDB file and on a DuckLake."""

from pathlib import Path

import pytest

from polyai_assets.alerts.raising import AlertResult
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
from polyai_assets_tests.alerts import raising_process
from polyai_assets_tests.alerts.conftest import (
    HOUR,
    NOW,
    PROJECT,
    Raise,
    Webhook,
    ask,
    conversations,
    drift,
    make_tables,
    open_findings,
    outbox,
    quarantined,
    violation,
)
from polyai_assets_tests.processes import PROCESSES
from polyai_assets_tests.tiers import long


@pytest.fixture(params=["file", long("lake")])
def shared(request: pytest.FixtureRequest, empty: Warehouse, tmp_path: Path) -> Warehouse:
    """A warehouse that several processes use."""
    found = empty
    if request.param == "lake":
        database = request.getfixturevalue("new_database")()
        found = Warehouse(f"ducklake:postgres:{database}", str(tmp_path / "lake"), wait=60)
    make_tables(found)
    return found


def raise_at_once(warehouse: Warehouse, store: RawStore, webhook: Webhook) -> list[int]:
    """Let two processes raise the same alerts at the same time; gives how many messages each has delivered."""
    barrier, delivered = PROCESSES.Barrier(2), PROCESSES.Array("q", 2)
    arguments = (PROJECT, NOW, webhook.url, store.url, warehouse.target, warehouse.data, barrier, delivered)
    processes = [PROCESSES.Process(target=raising_process.raise_at_once, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    return sorted(delivered)


def test_processes_that_find_the_same_or_a_message_due_at_once_send_it_once(
    shared: Warehouse, store: RawStore, webhook: Webhook, alert: Raise
):
    alert(warehouse=shared)  # the tables are there: making them is not what keeps the processes apart
    drift(shared)
    assert raise_at_once(shared, store, webhook) == [0, 1]
    assert len(webhook.messages) == 1
    assert open_findings(shared) == [("type changed", "num_turns")]
    drift(shared, path="channel")
    alert(warehouse=shared, sending_time=0.0)
    assert len(webhook.messages) == 1
    assert raise_at_once(shared, store, webhook) == [0, 1]
    assert len(webhook.messages) == 2


def test_all_that_is_told_of_a_file_is_told_of_a_ducklake(shared: Warehouse, webhook: Webhook, alert: Raise):
    conversations(shared, 10)
    drift(shared)
    violation(shared, turn_index=1)
    quarantined(shared, "turn 3 is odd", "id is missing")
    assert alert(warehouse=shared) == AlertResult(opened=4, delivered=1)
    assert alert(NOW + HOUR, warehouse=shared) == AlertResult()
    ask(shared, "DELETE FROM warehouse.main.quarantine")
    webhook.status = 500
    told = alert(NOW + 2 * HOUR, warehouse=shared)
    assert (told.resolved, told.failed) == (2, 1)
    webhook.status = 200
    assert alert(NOW + 3 * HOUR, warehouse=shared) == AlertResult(delivered=1)
    assert [row["attempts"] for row in outbox(shared)] == [0, 1]
    assert len(open_findings(shared)) == 2
