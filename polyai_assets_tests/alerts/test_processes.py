"""Several processes at once, on a DuckDB file and on a DuckLake."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from polyai_assets.alerts.raising import AlertResult
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.attach import Warehouse
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

# pytest finds fixtures by the names in a module
from polyai_assets_tests.warehouse.test_ducklake import new_database, on_postgres  # noqa: F401


@pytest.fixture(params=["file", "lake"])
def shared(request: pytest.FixtureRequest) -> Warehouse:
    """A warehouse that several processes use."""
    found: Warehouse = request.getfixturevalue("on_postgres" if request.param == "lake" else "empty")
    make_tables(found)
    return found


def at_once(number: int, *arguments: str) -> Sequence[str]:
    """Let processes raise the same alerts at the same time; gives what each said."""
    command = [
        sys.executable,
        "-m",
        "polyai_assets_tests.alerts.raising_process",
        PROJECT,
        NOW.isoformat(),
        *arguments,
    ]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(number)
        ]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        return [process.stdout.read().strip() for process in processes if process.stdout is not None]


def test_processes_that_find_the_same_at_once_tell_it_once(
    shared: Warehouse, store: RawStore, webhook: Webhook, alert: Raise
):
    alert(warehouse=shared)  # the tables are there: making them is not what keeps the processes apart
    drift(shared)
    said = at_once(2, webhook.url, store.url, shared.target, *([shared.data] if shared.data else []))
    assert sorted(said) == ["0", "1"]
    assert len(webhook.messages) == 1
    assert open_findings(shared) == [("type changed", "num_turns")]


def test_processes_that_find_a_message_due_send_it_once(
    shared: Warehouse, store: RawStore, webhook: Webhook, alert: Raise
):
    drift(shared)
    alert(warehouse=shared, sending_time=0.0)
    said = at_once(2, webhook.url, store.url, shared.target, *([shared.data] if shared.data else []))
    assert sorted(said) == ["0", "1"]
    assert len(webhook.messages) == 1


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
